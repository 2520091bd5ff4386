"""Parses the memory out of a compiled system message, which is what the model of a conversation reads.

Letta writes blocks in these ways (measured on 0.16.8, and with the templates of 23 versions from 0.6.0 to 0.16.4):

* 0.6.0 to 0.7.15: a tag with the count of characters, `<human characters="11/5000">`; no tag around all blocks.
* 0.7.16 to 0.7.29: description and metadata before the value, the counts as attributes; no tag around all blocks.
* 0.8.0 and later: the same with the counts as a list, inside `<memory_blocks>`.
* In each of them lines may be numbered: `Line 1: ` for some types of agents from 0.6.54 to 0.12, `1→ ` for Anthropic's
  models since 0.13.
* Git-backed memory: nested tags.
* Letta Code's local agents: a tag for each file with its description and text, then MEMORY.md in `<memory>` (measured
  on 0.34.12), or a `<file>` for each in `<memory root=...>` (read in its source); older ones as git-backed memory.

Each value is cut out by the length or the line numbers next to it, so that a value that looks like markup cannot
mislead; what does not fit is unknown, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Literal

Rendering = Literal["plain", "numbered", "git", "files", "none"]

OPENING = "<memory_blocks>\nThe following memory blocks are currently engaged in your core memory unit:\n\n"
CLOSING = "\n</memory_blocks>"
OLD_OPENING = r"\nCore memory shown below \([^\n]*\):\n"
"""The line before the blocks from 0.6.0 to 0.7.29."""

LABEL_CHARS = 1000
"""The longest label that is looked for; it may contain anything, even line ends, which no server refuses."""

_DESCRIBED = (
    rf"<(?P<label>(?:(?!>\n<description>\n).){{1,{LABEL_CHARS}}})>\n"
    r"<description>\n(?P<description>.*?)\n</description>\n<metadata>"
)
HEAD = re.compile(
    rf"{_DESCRIBED}(?:\n- read_only=true)?\n- chars_current=(?P<chars>\d+)\n- chars_limit=\d+\n</metadata>\n"
    r"(?P<numbered><warning>\n.*?\n</warning>\n)?<value>\n",
    re.DOTALL,
)
ATTRIBUTES_HEAD = re.compile(
    rf'{_DESCRIBED}\n(?:read_only="true" )?chars_current="(?P<chars>\d+)" chars_limit="\d+"\n</metadata>\n<value>\n',
    re.DOTALL,
)
CHARACTERS_HEAD = re.compile(
    rf'<(?P<label>(?:(?! characters="\d+/\d+">\n).){{1,{LABEL_CHARS}}}) characters="(?P<chars>\d+)/\d+">\n',
    re.DOTALL,
)
OLD_BLOCK = re.compile(r'^<[^\n]+ characters="\d+/\d+">\n', re.MULTILINE)
"""A block of 0.6.0 to 0.7.15, where the line before the first one is missing."""

LINES_HEAD = re.compile(r"# NOTE: Line numbers[^\n]*?(?:\n|(?=Line 1: ))")
"""The remark before lines that are numbered as `Line 1: `; before 0.8 they begin on the same line."""

OLD_FORM = re.compile(r'### Memory \[last modified: | characters="\d+/\d+">\n|chars_current="\d+"')
"""What only memory of versions before 0.8 has, or of a template of one's own, which those allowed."""

GIT_MARK = "Reminder: <projection> contains the local path of the memory file projection."
GIT_FILE = re.compile(
    r"^(?P<pad> *)<projection>\$MEMORY_DIR/(?P<path>system/[^\n]+)\.md</projection>\n", re.MULTILINE
)
GIT_DESCRIPTION = re.compile(r" *<description>[^\n]*</description>\n")
INDEX = "MEMORY.md"
"""The file that lists the others; the prompt has it under its own name."""

LOCAL_HEAD = re.compile(
    r"^<(?P<label>[^<>/\n]{1,200})>\n<description>(?P<description>[^\n]*)</description>\n", re.MULTILINE
)
LOCAL_INDEX = re.compile(r"^<memory>\n", re.MULTILINE)
LOCAL_FILE = re.compile(r'^<file name="(?P<path>[^"\n]+)">\n', re.MULTILINE)
LOCAL_ROOT = re.compile(r"^<memory root=[^\n]*>\n", re.MULTILINE)
FRONTMATTER = re.compile(r"\A---\n.*?^---(?:\n|\Z)", re.DOTALL | re.MULTILINE)
AMBIGUOUS = "its closing tag appears in it more than once"

FILE = re.compile(
    r'<file status="(?P<status>\w+)"(?: name="(?P<name>[^"\n]*)")?>\n(?:<(?P<label>[^\n<>/]+)>\n)?'
)
FILE_CHARS = re.compile(r"- chars_current=(\d+)\n- chars_limit=\d+\n</metadata>\n(?:<value>\n)?")
SECTION = re.compile(f"{re.escape(OPENING)}|{OLD_OPENING}")
TRIED = 50
"""Beginnings of a section that are tried: instructions may quote a few, and a hostile text many."""

WHEN = re.compile(r"^- System prompt last recompiled: (.+)$", re.MULTILINE)
ZONE_NAME = re.compile(r" (?:[A-Za-z]+|[+-]\d{2,4})(?=[+-]\d{4}$)")
"""The name of a zone before its offset: "EST", or "-03" if it has no name."""
WHOSE = re.compile(r"^- CONVERSATION_ID: (\S+)$", re.MULTILINE)

OTHER_LENGTH = "its length differs from the stated one"


@dataclass(frozen=True)
class CompiledBlock:
    """One block as in the system message; if its `value` is unknown, `why` has the reason."""

    label: str
    value: str | None
    why: str = ""
    numbered: bool = False


@dataclass(frozen=True)
class OpenFile:
    """A file of a folder attached to the agent, as the system message shows it."""

    name: str
    status: str
    value: str | None


@dataclass(frozen=True)
class CompiledMemory:
    """The memory in a system message; if `rendering` is "none" nothing is known, and `why` has the reason."""

    rendering: Rendering
    blocks: Mapping[str, CompiledBlock] = field(default_factory=dict)
    files: tuple[OpenFile, ...] = ()
    at: datetime | None = None
    conversation_id: str | None = None
    why: str = ""


def parse_system_message(text: str) -> CompiledMemory:
    """Return the memory in a system message, with its time and the conversation that it was compiled for."""
    metadata = _metadata(text)
    whose = WHOSE.search(metadata)
    rendering, blocks, why = _memory(text)
    return CompiledMemory(
        rendering,
        {block.label: block for block in blocks},
        files=tuple(_files(text)),
        at=_when(metadata),
        conversation_id=whose[1] if whose else None,
        why=why,
    )


def parse_local_prompt(text: str) -> CompiledMemory:
    """Return the memory in a prompt that Letta Code compiled, or in the rendered memory alone, by the files' labels.

    The rendered memory is last in a prompt, before the metadata: what the instructions quote is not mistaken for it.
    A value is stripped of blank lines around it, as `same_text` compares it.
    """
    tail = text.rfind("<memory_metadata>")
    section = text if tail < 0 else text[:tail]
    metadata = _metadata(text)
    whose = WHOSE.search(metadata)
    rendering: Rendering = "git"
    blocks = list(_git(section[section.rfind(GIT_MARK) :])) if GIT_MARK in section else []
    if not blocks:  # a memory may quote a line that begins another form
        rendering = "files"
        roots = list(islice(LOCAL_ROOT.finditer(section), TRIED))
        files = _local_files(section, roots[-1].end()) if roots else []
        blocks = files or _local_blocks(section)
    if not blocks:
        rendering = "none"
    return CompiledMemory(
        rendering,
        {block.label: block for block in blocks},
        at=_when(metadata),
        conversation_id=whose[1] if whose else None,
        why="" if blocks else "the prompt has no memory section that letta-tui recognizes",
    )


def body_of(text: str) -> str:
    """Return the text of a memory file without its frontmatter, as Letta Code renders it."""
    return FRONTMATTER.sub("", text, count=1).strip("\n").rstrip()


def compiled_at(text: str) -> datetime | None:
    """Return when a system message was compiled, in UTC; None if it does not say."""
    return _when(_metadata(text))


def _metadata(text: str) -> str:
    """What the server wrote about the compilation, after all blocks: a block may contain lines that look like it."""
    tail = text.rfind("<memory_metadata>")
    return text[tail:] if tail >= 0 else ""


def _memory(text: str) -> tuple[Rendering, list[CompiledBlock], str]:
    for mark in islice(SECTION.finditer(text), TRIED):
        read = _blocks if mark[0] == OPENING else _old_blocks
        blocks = read(text, mark.end())
        if blocks is not None:
            return "numbered" if any(block.numbered for block in blocks) else "plain", blocks, ""
    if GIT_MARK in text:
        return "git", list(_git(text)), ""
    if "<memory_blocks>" in text:
        return "none", [], "its memory section has an unknown format"
    first = OLD_BLOCK.search(text) if SECTION.search(text) is None else None
    if first is not None and (blocks := _old_blocks(text, first.start())) is not None:
        return "plain", blocks, ""
    if OLD_FORM.search(text) is not None:
        return "none", [], "its memory section has a format of Letta 0.x that is not compared"
    return "none", [], "the system message has no memory section"


def _when(metadata: str) -> datetime | None:
    match = WHEN.search(metadata)
    if match is None:
        return None
    text = ZONE_NAME.sub(" ", match[1].strip())  # strptime knows few zone names
    try:
        return datetime.strptime(text, "%Y-%m-%d %I:%M:%S %p %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _blocks(text: str, position: int) -> list[CompiledBlock] | None:
    """Block after block up to the closing tag; None if the section cannot be read to its end."""
    blocks: list[CompiledBlock] = []
    while not text.startswith(CLOSING, position):
        head = HEAD.match(text, position)
        if head is None:
            return None
        block, end = _block(text, head, f"</value>\n</{head['label']}>\n")
        if end < 0:
            return None
        blocks.append(block)
        position = end if text.startswith(CLOSING, end) else end + 1
    return blocks


def _old_blocks(text: str, position: int) -> list[CompiledBlock] | None:
    """Block after block as before 0.8, where nothing closes the section; None if it cannot be read."""
    blocks: list[CompiledBlock] = []
    while position < len(text):
        head, closing = ATTRIBUTES_HEAD.match(text, position), "</value>\n</{}>\n"
        if head is None:
            head, closing = CHARACTERS_HEAD.match(text, position), "</{}>"
        if head is None:
            break
        block, end = _block(text, head, closing.format(head["label"]))
        if end < 0:
            return None
        blocks.append(block)
        position = end + 1 if text.startswith("\n", end) else end
    return blocks if blocks or position >= len(text) else None


def _block(text: str, head: re.Match[str], closing: str) -> tuple[CompiledBlock, int]:
    """The block after its head, and where it ends: after its closing tags, or at -1 where those are missing."""
    start, label, chars = head.end(), head["label"], int(head["chars"])
    if head.groupdict().get("numbered"):
        return _numbered(text, start, label, chars, closing, "{}→ ")
    block, end = _plain(text, start, label, chars, closing)
    lines = LINES_HEAD.match(text, start) if block.value is None else None
    return (block, end) if lines is None else _numbered(text, lines.end(), label, chars, closing, "Line {}: ")


def _plain(text: str, start: int, label: str, chars: int, closing: str) -> tuple[CompiledBlock, int]:
    """A value of exactly `chars` characters; with any other length it is unknown."""
    if text.startswith(f"\n{closing}", start + chars):
        return CompiledBlock(label, text[start : start + chars]), start + chars + 1 + len(closing)
    return _unknown(text, start, label, closing, OTHER_LENGTH)


def _numbered(
    text: str, start: int, label: str, chars: int, closing: str, number: str
) -> tuple[CompiledBlock, int]:
    """A value with numbered lines; if the numbers are out of order it is unknown."""
    lines: list[str] = []
    position = start
    while not text.startswith(closing, position):
        mark = number.format(len(lines) + 1)
        end = text.find("\n", position)
        if not text.startswith(mark, position) or end < 0:
            why = "its lines are not numbered in order"
            return _unknown(text, position, label, closing, why, numbered=True)
        lines.append(text[position + len(mark) : end])
        position = end + 1
    value = "\n".join(lines)
    done = position + len(closing)
    if len(value) != chars:
        return CompiledBlock(label, None, OTHER_LENGTH, numbered=True), done
    return CompiledBlock(label, value, numbered=True), done


def _unknown(
    text: str, position: int, label: str, closing: str, why: str, *, numbered: bool = False
) -> tuple[CompiledBlock, int]:
    """A block of unknown value, which ends at the next closing tags."""
    end = text.find(closing, position)
    block = CompiledBlock(label, None, why, numbered=numbered)
    return block, end + len(closing) if end >= 0 else -1


def _git(text: str) -> Iterator[CompiledBlock]:
    """Values of git-backed memory: between a file's path and its closing tag, without trailing line ends."""
    start = text.find(GIT_MARK)
    marks = list(GIT_FILE.finditer(text, start))
    for mark in marks:
        path = mark["path"]
        tag = "self" if path == "system/persona" and not mark["pad"] else path.rsplit("/", 1)[-1]
        inner = GIT_DESCRIPTION.match(text, mark.end()) if tag != "self" else None
        begin = inner.end() if inner else mark.end()
        pad = mark["pad"]
        close = f"\n{pad[2:]}</{tag}>"
        end = text.find(close, begin - 1)
        if end < 0 or any(mark.start() < other.start() < end for other in marks):
            yield CompiledBlock(path, None, "it contains other files")
            continue
        value = text[begin:end] if end >= begin else ""
        yield CompiledBlock(path, value.removeprefix(pad))


def _local_blocks(section: str) -> list[CompiledBlock]:
    """Tag after tag, each closed before the next one begins, up to the end; from the first from which that works."""
    tried = set[int]()
    for head in islice(LOCAL_HEAD.finditer(section), TRIED):
        blocks = _local_chain(section, head.start(), tried)
        if blocks is not None:
            return blocks
    for index in islice(LOCAL_INDEX.finditer(section), TRIED):  # a memory that has only its index
        blocks = _local_chain(section, index.start(), tried)
        if blocks is not None:
            return blocks
    return []


def _local_chain(section: str, position: int, tried: set[int]) -> list[CompiledBlock] | None:
    """The blocks from a position to the end of the section; None if there is anything else between them.

    `tried` are positions from which that is known; those of this chain are added.
    """
    blocks: list[CompiledBlock] = []
    while (position := _skip_blank(section, position)) < len(section):
        if position in tried:
            return None
        tried.add(position)
        head = LOCAL_HEAD.match(section, position)
        index = LOCAL_INDEX.match(section, position) if head is None else None
        if head is not None:
            label, tag, start = head["label"], head["label"], head.end()
        elif index is not None:
            label, tag, start = INDEX, "memory", index.end()
        else:
            return None
        closings = list(_local_closings(section, start, tag))
        if not closings:
            return None
        end, position = closings[0]
        value = section[start : max(start, end)].strip("\n").rstrip()
        known = len(closings) == 1
        blocks.append(CompiledBlock(label, value if known else None, "" if known else AMBIGUOUS))
        if not known:
            position = closings[-1][1]
    return blocks


def _local_closings(section: str, start: int, tag: str) -> Iterator[tuple[int, int]]:
    """Where a block may end, and where its closing tag ends: on a line of its own, followed by a block or nothing."""
    closing = f"</{tag}>"
    position = start
    while (found := section.find(closing, position)) >= 0:
        position = found + len(closing)
        own_line = section[found - 1] == "\n" and section[position : position + 1] in ("", "\n")
        after = _skip_blank(section, position)
        follows = (
            after >= len(section) or LOCAL_HEAD.match(section, after) or LOCAL_INDEX.match(section, after)
        )
        if own_line and follows:
            yield found - 1, position


def _skip_blank(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\n":
        position += 1
    return position


def _local_files(section: str, position: int) -> list[CompiledBlock]:
    """The files of `<memory root=...>`, each up to the next one; their frontmatter is in them."""
    heads = list(LOCAL_FILE.finditer(section, position))
    ends = [*(head.start() for head in heads[1:]), len(section)]
    blocks = []
    for head, limit in zip(heads, ends, strict=False):
        body = section[head.end() : limit]
        count = len(re.findall(r"^</file>$", body, re.MULTILINE))
        label = head["path"] if head["path"] == INDEX else head["path"].removesuffix(".md")
        if count == 1:
            end = re.search(r"^</file>$", body, re.MULTILINE)
            blocks.append(CompiledBlock(label, body_of(body[: end.start() if end else 0])))
        else:
            blocks.append(CompiledBlock(label, None, AMBIGUOUS))
    return blocks


def _files(text: str) -> Iterator[OpenFile]:
    start = text.rfind("\n<directories>\n")
    if start < 0:
        return
    position = start
    while (file := FILE.search(text, position)) is not None:
        chars = FILE_CHARS.search(text, file.end())
        if chars is None:
            return
        count = int(chars[1])
        value = text[chars.end() : chars.end() + count] if count else ""
        whole = text.startswith("\n</value>\n", chars.end() + count) if count else True
        yield OpenFile(file["name"] or file["label"] or "file", file["status"], value if whole else None)
        position = chars.end() + count


def same_text(rendering: Rendering, compiled: str, value: str) -> bool:
    """Return whether a compiled value equals a block's; git memory drops trailing line ends when it is compiled."""
    if rendering == "files":
        return compiled.strip("\n").rstrip() == value.strip("\n").rstrip()
    return compiled.rstrip("\n") == value.rstrip("\n") if rendering == "git" else compiled == value
