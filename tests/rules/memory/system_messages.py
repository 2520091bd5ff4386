"""System messages in the forms that Letta 0.6 to 0.16 writes, built for the tests of the parser."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

OPENING = "<memory_blocks>\nThe following memory blocks are currently engaged in your core memory unit:\n\n"
WARNING = "# NOTE: Line numbers shown below (with arrows like '1→') are to help during editing."
LINES_WARNING = "# NOTE: Line numbers shown below are to help during editing. Leave them out of your edits."
OLD_OPENING = (
    "### Memory [last modified: 2025-04-01 03:47:19 AM UTC+0000]\n"
    "3 previous messages between you and the user are stored in recall memory\n\n"
    "Core memory shown below (limited in size, additional information stored in archival / recall memory):\n"
)


@dataclass(frozen=True)
class Shown:
    """A block to render."""

    label: str
    value: str
    description: str = "What it is for."
    limit: int = 100_000
    read_only: bool = False


def _head(block: Shown) -> str:
    read_only = "\n- read_only=true" if block.read_only else ""
    return (
        f"<{block.label}>\n<description>\n{block.description}\n</description>\n<metadata>{read_only}"
        f"\n- chars_current={len(block.value)}\n- chars_limit={block.limit}\n</metadata>\n"
    )


def plain(blocks: Iterable[Shown]) -> str:
    """Blocks for models that are not Anthropic's."""
    found = [f"{_head(block)}<value>\n{block.value}\n</value>\n</{block.label}>\n" for block in blocks]
    return OPENING + "\n".join(found) + "\n</memory_blocks>"


def numbered(blocks: Iterable[Shown]) -> str:
    """Blocks for Anthropic's models: every line carries its number."""
    found = []
    for block in blocks:
        lines = block.value.split("\n") if block.value else []
        value = "".join(f"{number}→ {line}\n" for number, line in enumerate(lines, 1))
        warning = f"<warning>\n{WARNING}\n</warning>\n"
        found.append(f"{_head(block)}{warning}<value>\n{value}</value>\n</{block.label}>\n")
    return OPENING + "\n".join(found) + "\n</memory_blocks>"


def _lines(value: str) -> str:
    return "".join(f"Line {number}: {line}\n" for number, line in enumerate(value.split("\n"), 1))


def lines(blocks: Iterable[Shown], *, empty_has_a_line: bool = True) -> str:
    """Blocks of some types of agents from 0.8.0 to 0.12.1; an empty value has one line before 0.12.0 and then none."""
    found = []
    for block in blocks:
        value = _lines(block.value) if block.value or empty_has_a_line else ""
        found.append(f"{_head(block)}<value>\n{LINES_WARNING}\n{value}</value>\n</{block.label}>\n")
    return OPENING + "\n".join(found) + "\n</memory_blocks>"


def lines_since_012(blocks: Iterable[Shown]) -> str:
    """The same in 0.12."""
    return lines(blocks, empty_has_a_line=False)


def _characters(block: Shown) -> str:
    return f'<{block.label} characters="{len(block.value)}/{block.limit}">\n'


def characters(blocks: Iterable[Shown]) -> str:
    """Blocks of 0.6.0 to 0.7.15."""
    return OLD_OPENING + "\n".join(f"{_characters(one)}{one.value}\n</{one.label}>" for one in blocks)


def characters_lines(blocks: Iterable[Shown]) -> str:
    """Blocks of sleeptime agents from 0.6.54 to 0.7.29: the first line stands behind the warning."""
    found = [f"{_characters(one)}{LINES_WARNING}{_lines(one.value)}</{one.label}>" for one in blocks]
    return OLD_OPENING + "\n".join(found)


def attributes(blocks: Iterable[Shown]) -> str:
    """Blocks of 0.7.16 to 0.7.29."""
    found = []
    for block in blocks:
        read_only = 'read_only="true" ' if block.read_only else ""
        counts = f'{read_only}chars_current="{len(block.value)}" chars_limit="{block.limit}"'
        found.append(
            f"<{block.label}>\n<description>\nNone\n</description>\n<metadata>\n{counts}\n</metadata>\n"
            f"<value>\n{block.value}\n</value>\n</{block.label}>\n"
        )
    return OLD_OPENING + "\n".join(found)


def old_system(memory: str, after: str = "") -> str:
    """A whole system message of 0.6 or 0.7, whose memory may stand in the middle of the instructions."""
    return f"You are Letta.\n\nYour core memory is never empty.\n{memory}{after}"


GIT = """\

Reminder: <projection> contains the local path of the memory file projection.

<self>
<projection>$MEMORY_DIR/system/persona.md</projection>
I am Ada.
I read first.
</self>

<memory>
<human>
  <projection>$MEMORY_DIR/system/human.md</projection>
  <description>Who is there</description>
  Name: Sam
Likes tea
</human>
<notes>
  <today>
    <projection>$MEMORY_DIR/system/notes/today.md</projection>
    ship it
  </today>
</notes>
<external_projection>
${MEMORY_DIR}/
└── diary.md
</external_projection>
</memory>"""


def metadata(conversation_id: str = "conv-1", at: str = "2026-11-22 12:20:25 AM UTC+0000") -> str:
    """The lines that follow the memory."""
    return (
        "\n\n<memory_metadata>\n- AGENT_ID: agent-1\n"
        f"- CONVERSATION_ID: {conversation_id}\n- System prompt last recompiled: {at}\n"
        "- 3 previous messages between you and the user are stored in recall memory\n</memory_metadata>"
    )


def system(memory: str, conversation_id: str = "conv-1", at: str = "2026-11-22 12:20:25 AM UTC+0000") -> str:
    """A whole system message around a memory section."""
    instructions = (
        "<base_instructions>\nYou are careful.\n<memory>\nYou have memory.\n</memory>\n</base_instructions>"
    )
    return f"{instructions}\n\n{memory}{metadata(conversation_id, at)}"
