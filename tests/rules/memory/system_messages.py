"""System messages in the forms that Letta 0.16 writes, built for the tests of the parser."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

OPENING = "<memory_blocks>\nThe following memory blocks are currently engaged in your core memory unit:\n\n"
WARNING = "# NOTE: Line numbers shown below (with arrows like '1→') are to help during editing."


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
