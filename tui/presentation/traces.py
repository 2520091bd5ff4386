"""One memory label in the time machine: the current block, and each value that the model read before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tui.model.text import one_line, plural
from tui.presentation.diff import diff, summary
from tui.presentation.item import Item, Part, SideBySide, Text, is_long
from tui.presentation.times import absolute, since
from tui.rules.memory.traces import NO_TRACE, Span, Step, StepMemory, spans, steps_without_memory

MORE = "more"
"""The key of the item for steps that have not been read yet."""


def trace_items(
    label: str,
    current: str | None,
    steps: tuple[Step, ...],
    read: Mapping[str, StepMemory],
    now: datetime,
) -> tuple[Item, ...]:
    """Return the block's `current` value, each value that the model read, and what is unknown, newest first."""
    label_spans = spans(label, steps, read)
    items = [_current(current, label_spans)]
    for index, span in enumerate(label_spans):
        older = label_spans[index + 1] if index + 1 < len(label_spans) else None
        items.append(_span(span, older, now, newest=not index))
    items += [_unknown(why, missing, now) for why, missing in steps_without_memory(steps, read).items()]
    unread = [step for step in steps if step.id not in read]
    if unread:
        text = f"{plural(len(unread), 'older step')} not read yet: move here to read more, or press o to read all"
        items.append(Item(MORE, "…", "not read", "muted", parts=(Text(text, "muted"),), spaced=True))
    return tuple(items)


def _current(current: str | None, label_spans: tuple[Span, ...]) -> Item:
    if current is None:
        text = "the agent and this conversation have no block with this label now"
        return Item("now", "∅", "no block", "warning", parts=(Text(text, "warning"),))
    last = label_spans[0].value if label_spans else None
    parts: tuple[Part, ...] = (_value(current),)
    head = "the current block"
    if last is not None and last != current:
        head += ", not seen by any step read so far"
        captions = ("last read by the model", "the current block")
        parts = (SideBySide(Text(last), Text(current), captions, marked=True),)
    elif last is not None:
        head += ", as the model last read it"
    return Item("now", "▣", "now", "isolated", head=head, parts=parts, folded=is_long(*parts))


def _span(span: Span, older: Span | None, now: datetime, *, newest: bool) -> Item:
    head = plural(span.steps, "step")
    parts: tuple[Part, ...]
    if span.value is None:
        parts = (Text(span.why, "warning"),)
    elif older is not None and older.value is not None:
        before, after = Text(older.value), Text(span.value)
        parts = (SideBySide(before, after, ("before", "from here on"), marked=True),)
        head += f" · {summary(diff(older.value, span.value))} from the previous value"
    else:
        parts = (_value(span.value),)
        head += "" if older is not None else " · the oldest one read"
    return Item(
        key=f"span-{span.newest.id}",
        glyph="●" if newest else "○",
        word=since(span.until, now) or "at an unknown time",
        tone="accent" if newest else "muted",
        title=_period(span),
        head=head,
        preview=one_line(span.value or span.why, 200),
        parts=parts,
        folded=is_long(*parts),
        spaced=True,
        copy_id=span.oldest.id,
        raw={"value": span.value, "first_step": span.oldest.id, "last_step": span.newest.id},
    )


def _period(span: Span) -> str:
    """The start and end of a span; a date that both share is given once."""
    first, last = absolute(span.since), absolute(span.until)
    if first == last or not first:
        return last
    same = first[:10] == last[:10] and first[19:] == last[19:]
    return f"{first[:19]} to {last[11:]}" if same else f"{first} to {last}"


def _unknown(why: str, missing: list[Step], now: datetime) -> Item:
    no_trace = why == NO_TRACE
    head = plural(len(missing), "step")
    if no_trace:
        head += " without a trace on the server: what the model read then is unknown"
    else:
        head += f": {one_line(why, 200)}"
    lines = "\n".join(f"{step.id}  {since(step.at, now)}" for step in missing)
    return Item(
        f"unknown-{why}",
        "∅",
        "no trace" if no_trace else "unknown",
        "muted",
        head=head,
        preview=f"from {absolute(missing[-1].at)} to {absolute(missing[0].at)}",
        parts=(Text(lines, "muted"),),
        folded=True,
        spaced=True,
    )


def _value(value: str) -> Text:
    return Text(value) if value else Text("(empty)", "muted")
