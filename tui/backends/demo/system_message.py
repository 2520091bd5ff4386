"""Texts that the server writes for the model: the compiled system message, and the summary after a compaction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from tui.backends.demo.records import Block

OPENING = "The following memory blocks are currently engaged in your core memory unit:"
SUMMARY_NOTE = (
    "Note: prior messages from the beginning of the conversation have been hidden from view "
    "due to conversation memory constraints.\nThe following is a summary of the previous messages:\n "
)


def format_time(moment: datetime) -> str:
    """Write a moment as the server does in texts for the model, e.g. `2026-11-22 12:34:15 AM UTC+0000`."""
    return moment.strftime("%Y-%m-%d %I:%M:%S %p %Z%z")


def compile_block(block: Block) -> str:
    """Render one block as 0.16.8 does for models that are not Anthropic's."""
    lines = [f"<{block.label}>", "<description>", block.description or "", "</description>", "<metadata>"]
    if block.read_only:
        lines.append("- read_only=true")
    lines += [f"- chars_current={len(block.value)}", f"- chars_limit={block.limit}", "</metadata>"]
    return "\n".join([*lines, "<value>", block.value, "</value>", f"</{block.label}>"])


def compile_system(
    instructions: str,
    blocks: Iterable[Block],
    *,
    agent_id: str,
    conversation_id: str,
    at: datetime,
    earlier: int,
) -> str:
    """Compile a system message; `conversation_id` is `default` for the default one and after a recompile."""
    memory = "\n\n".join([OPENING, *(compile_block(block) for block in blocks)])
    metadata = [
        f"- AGENT_ID: {agent_id}",
        f"- CONVERSATION_ID: {conversation_id}",
        f"- System prompt last recompiled: {format_time(at)}",
        f"- {earlier} previous messages between you and the user are stored in recall memory",
    ]
    return f"{instructions}\n\n<memory_blocks>\n{memory}\n\n</memory_blocks>\n\n" + "\n".join(
        ["<memory_metadata>", *metadata, "</memory_metadata>"]
    )


def summary_alert(summary: str, time: str) -> str:
    """A summary as the server stores it: a user message whose text is JSON."""
    return json.dumps(
        {"type": "system_alert", "message": SUMMARY_NOTE + summary, "time": time},
        indent=2,
        ensure_ascii=False,
    )
