"""Parses the memory out of a compiled system message, which is what the model of a conversation reads.

Letta writes blocks in three ways (measured on 0.16.8 and read in its source): plain, with numbered lines for
Anthropic models, and as nested tags for git-backed memory. Each value is cut out by the length or the line numbers
next to it, so that a value that looks like markup cannot mislead; what does not fit is unknown, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Rendering = Literal["plain", "numbered", "git", "none"]

OPENING = "<memory_blocks>\nThe following memory blocks are currently engaged in your core memory unit:\n\n"
CLOSING = "\n</memory_blocks>"
HEAD = re.compile(
    r"<(?P<label>[^\n]+)>\n<description>\n(?P<description>.*?)\n</description>\n<metadata>"
    r"(?P<read_only>\n- read_only=true)?\n- chars_current=(?P<chars>\d+)\n- chars_limit=(?P<limit>\d+)\n</metadata>\n"
    r"(?P<numbered><warning>\n.*?\n</warning>\n)?<value>\n",
    re.DOTALL,
)
NUMBERED = re.compile(r"</metadata>\n<warning>\n")
GIT_MARK = "Reminder: <projection> contains the local path of the memory file projection."
GIT_FILE = re.compile(
    r"^(?P<pad> *)<projection>\$MEMORY_DIR/(?P<path>system/[^\n]+)\.md</projection>\n", re.MULTILINE
)
GIT_DESCRIPTION = re.compile(r" *<description>[^\n]*</description>\n")
FILE = re.compile(
    r'<file status="(?P<status>\w+)"(?: name="(?P<name>[^"\n]*)")?>\n(?:<(?P<label>[^\n<>/]+)>\n)?'
)
FILE_CHARS = re.compile(r"- chars_current=(\d+)\n- chars_limit=\d+\n</metadata>\n(?:<value>\n)?")
WHEN = re.compile(r"^- System prompt last recompiled: (.+)$", re.MULTILINE)
ZONE_NAME = re.compile(r" (?:[A-Za-z]+|[+-]\d{2,4})(?=[+-]\d{4}$)")
"""The name of a zone before its offset: "EST", or "-03" if it has no name."""
WHOSE = re.compile(r"^- CONVERSATION_ID: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class CompiledBlock:
    """One block as it stands in the system message; if its `value` is unknown, `why` has the reason."""

    label: str
    value: str | None
    why: str = ""


@dataclass(frozen=True)
class OpenFile:
    """A file of a folder attached to the agent, as the system message shows it."""

    name: str
    status: str
    value: str | None


@dataclass(frozen=True)
class CompiledMemory:
    """What a system message says of memory; if `rendering` is "none" nothing is known, and `why` has the reason."""

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


def compiled_at(text: str) -> datetime | None:
    """Return when a system message was compiled, in UTC; None if it does not say."""
    return _when(_metadata(text))


def _metadata(text: str) -> str:
    """What the server wrote about the compilation, after all blocks: a block may hold lines that look like it."""
    tail = text.rfind("<memory_metadata>")
    return text[tail:] if tail >= 0 else ""


def _memory(text: str) -> tuple[Rendering, list[CompiledBlock], str]:
    start = text.find(OPENING)
    while start >= 0:
        blocks = _blocks(text, start + len(OPENING))
        if blocks is not None:
            numbered = bool(blocks) and NUMBERED.search(text, start, start + 50_000) is not None
            return "numbered" if numbered else "plain", blocks, ""
        start = text.find(OPENING, start + 1)
    if GIT_MARK in text:
        return "git", list(_git(text)), ""
    if "<memory_blocks>" in text:
        return "none", [], "its memory section has a form that this program does not know"
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
        read = _numbered if head["numbered"] else _plain
        block, end = read(text, head.end(), head["label"], int(head["chars"]))
        if end < 0:
            return None
        blocks.append(block)
        position = end if text.startswith(CLOSING, end) else end + 1
    return blocks


def _plain(text: str, start: int, label: str, chars: int) -> tuple[CompiledBlock, int]:
    """A value of exactly `chars` characters; with any other length it is unknown."""
    end_tag = f"</value>\n</{label}>\n"
    if text.startswith("\n" + end_tag, start + chars):
        return CompiledBlock(label, text[start : start + chars]), start + chars + 1 + len(end_tag)
    end = text.find(end_tag, start)
    why = "its length is not the one that stands beside it"
    return CompiledBlock(label, None, why), end + len(end_tag) if end >= 0 else -1


def _numbered(text: str, start: int, label: str, chars: int) -> tuple[CompiledBlock, int]:
    """A value with numbered lines; if the numbers are out of order it is unknown."""
    end_tag = f"</value>\n</{label}>\n"
    lines: list[str] = []
    position = start
    while not text.startswith(end_tag, position):
        mark = f"{len(lines) + 1}→ "
        end = text.find("\n", position)
        if not text.startswith(mark, position) or end < 0:
            end = text.find(end_tag, position)
            why = "its lines are not numbered in order"
            return CompiledBlock(label, None, why), end + len(end_tag) if end >= 0 else -1
        lines.append(text[position + len(mark) : end])
        position = end + 1
    value = "\n".join(lines)
    done = position + len(end_tag)
    if len(value) != chars:
        return CompiledBlock(label, None, "its length is not the one that stands beside it"), done
    return CompiledBlock(label, value), done


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
            yield CompiledBlock(path, None, "other files stand inside it")
            continue
        value = text[begin:end] if end >= begin else ""
        yield CompiledBlock(path, value.removeprefix(pad))


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
    """Whether a compiled value equals a block's; git memory drops trailing line ends when it is compiled."""
    return compiled.rstrip("\n") == value.rstrip("\n") if rendering == "git" else compiled == value
