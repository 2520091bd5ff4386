"""One memory file in the time machine: what is not committed, then each commit that changed it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tui.model.text import one_line
from tui.presentation.diff import diff, summary
from tui.presentation.item import Item, Part, SideBySide, Text, is_long
from tui.presentation.times import absolute, since
from tui.presentation.traces import MORE
from tui.rules.memory.commits import FileVersion, Standing, standings
from tui.rules.memory.compiled_memory import body_of
from tui.rules.memory.file_states import differs
from tui.rules.memory.label_states import Label

SHORT = 10
"""Characters of a revision that are shown."""

MARKS = {Standing.PROMPT: "◆", Standing.RECORD: "◇"}


def commit_items(
    label: Label, versions: Sequence[FileVersion], now: datetime, *, complete: bool
) -> tuple[Item, ...]:
    """Return each version of a file, the newest first; `complete` if there are no older ones."""
    found = standings(label, versions)
    items = [*_not_committed(label), *_elsewhere(label, found, complete=complete)]
    for index, version in enumerate(versions):
        older = versions[index + 1] if index + 1 < len(versions) else None
        here = [one for one in Standing if found.get(one) == version.commit.revision]
        items.append(_version(version, older, here, now, newest=not index, oldest=complete and older is None))
    if not complete:
        text = "older commits are not read yet: move here to read more, or press o to read all"
        items.append(Item(MORE, "…", "not read", "muted", parts=(Text(text, "muted"),), spaced=True))
    return tuple(items)


def _not_committed(label: Label) -> Iterable[Item]:
    """The text of the work tree, where it differs from the committed one."""
    file = label.file
    if file is None or not differs(file.committed, file.work_tree):
        return
    before, after = body_of(file.committed or ""), body_of(file.work_tree or "")
    captions = ("committed in git now", "in the work tree")
    parts = (SideBySide(Text(before), Text(after), captions, marked=True),)
    head = (
        "edited, not committed: no model reads it" if file.work_tree is not None else "deleted, not committed"
    )
    yield Item("work-tree", "✎", "not committed", "warning", head=head, parts=parts, folded=is_long(*parts))


def _elsewhere(label: Label, found: dict[Standing, str], *, complete: bool) -> Iterable[Item]:
    """The text in the prompt, where no commit that was read has it."""
    if label.compiled is None or Standing.PROMPT in found:
        return
    head = (
        "no commit has the text that the model reads"
        if complete
        else "none of the commits read so far has it"
    )
    parts = (_text(label.compiled),)
    yield Item("prompt", MARKS[Standing.PROMPT], "in the prompt", "accent", head=head, parts=parts)


def _version(
    version: FileVersion,
    older: FileVersion | None,
    here: Sequence[Standing],
    now: datetime,
    *,
    newest: bool,
    oldest: bool,
) -> Item:
    commit = version.commit
    words = [f"{MARKS[standing]} {standing.value}" for standing in here]
    words.append(one_line(commit.subject, 100))
    by = Text(f"┄ {one_line(commit.author, 60)} · {one_line(commit.revision[:SHORT])}", "muted")
    parts: tuple[Part, ...]
    if version.value is None:
        parts = (Text("deleted", "warning"), by)
    elif older is not None and older.value is not None:
        before, after = body_of(older.value), body_of(version.value)
        parts = (SideBySide(Text(before), Text(after), ("before", "from here on"), marked=True), by)
        words.append(summary(diff(before, after)))
    else:
        parts = (_text(body_of(version.value)), by)
        words += ["the first one"] if oldest else []
    return Item(
        key=f"commit-{commit.revision}",
        glyph="●" if newest else "○",
        word=since(commit.time, now) or "at an unknown time",
        tone="accent" if here else "muted",
        title=absolute(commit.time),
        head=" · ".join(filter(None, words)),
        head_role="accent" if here else "muted",
        preview=one_line(body_of(version.value or ""), 200),
        parts=parts,
        folded=is_long(*parts),
        spaced=True,
        copy_id=commit.revision,
        copy_text=version.value or "",
        raw={**commit.as_json(sent_only=True), "value": version.value},
    )


def _text(value: str) -> Text:
    return Text(value) if value else Text("(empty)", "muted")
