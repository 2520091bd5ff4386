"""Forking: what a fork does not take along, and the one fork that does harm."""

from __future__ import annotations

from tui.model.block import Block
from tui.model.errors import LettaError
from tui.model.opened import Opened
from tui.model.text import one_line, plural
from tui.presentation.changes.affected_blocks import isolated_items
from tui.presentation.changes.consequences import Consequences


def consequences(opened: Opened) -> Consequences:
    """What a fork takes along and what not (measured on 0.16.7 and 0.16.8)."""
    if opened.conversation.is_default:
        return _harmful(opened)
    lines = [f"The fork is a new conversation that shares {_messages(opened)}."]
    lines.append(
        "Isolation and summary are not copied: the fork has no summary, and it reads and writes the agent's "
        "shared blocks."
    )
    labels = [block.label or block.id for block in opened.isolated or () if isinstance(block, Block)]
    if labels:
        names, stay = one_line(", ".join(labels), 120), "stays" if len(labels) == 1 else "stay"
        lines.append(f"{plural(len(labels), 'isolated block')} of this one {stay} behind: {names}.")
    elif opened.isolated is None:
        lines.append("This server does not say whether anything is isolated here.")
    return Consequences("\n".join(lines), "Fork it", isolated_items(opened, "stays"))


def _harmful(opened: Opened) -> Consequences:
    text = (
        "Refused: forking the default conversation empties its own message list for ever, even after the fork "
        "is deleted. The agent keeps its context, but what went before it can no longer be listed as its own "
        f"(measured on Letta 0.16.7 and 0.16.8).\nThe fork would share {_messages(opened)}; isolation and "
        "summary are not copied.\n! forks it anyway; y does not."
    )
    return Consequences(text, "Fork it anyway", forced=True)


def _messages(opened: Opened) -> str:
    context = opened.context
    if isinstance(context, LettaError) or context.ids is None:
        return "the messages in context"
    return f"the {plural(max(0, len(context.ids) - 1), 'message')} in context after the system message"
