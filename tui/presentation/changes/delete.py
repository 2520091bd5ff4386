"""Texts about a deletion: what is lost, and why it was refused; and the JSON of the copy."""

from __future__ import annotations

from typing import Any

from tui.model.opened import Opened, Whole
from tui.model.text import one_line, plural
from tui.presentation.changes.affected_blocks import isolated_items
from tui.presentation.changes.consequences import Consequences
from tui.presentation.json_output import agent_json
from tui.rules.changes.affected_blocks import differing_labels
from tui.rules.changes.outcome import Refused


def refusal_text(refused: Refused) -> str:
    """Return the reason why a conversation was not deleted."""
    return refused.reason or f"not deleted: {refused.error}"


def consequences(opened: Opened, folder: str, draft: str | None) -> Consequences:
    """Return what a deletion removes permanently, and where the copy goes."""
    conversation = opened.conversation
    lines = ["The server cannot bring it back."]
    if opened.isolated is None:
        lines.append("It does not report whether isolated blocks are deleted too.")
    elif opened.supported.lacks("isolate"):
        pass
    elif opened.isolated:
        differing = differing_labels(opened)
        are = "is" if len(opened.isolated) == 1 else "are"
        count = f"{plural(len(opened.isolated), 'isolated block')} {are} deleted with it"
        names = one_line(", ".join(differing), 100)
        same = "the same" if len(opened.isolated) == 1 else "each the same"
        tail = (
            f", {len(differing)} stored nowhere else: {names}"
            if differing
            else f", {same} as its shared block"
        )
        lines.append(f"{count}{tail}.")
    else:
        lines.append("No isolated blocks are deleted.")
    if draft is not None:
        lines.append(f"Your unsaved draft is deleted too: “{one_line(draft, 60)}”.")
    if conversation.in_context_message_ids is not None:
        lines[0] = f"{plural(len(conversation.in_context_message_ids), 'message')} in context. {lines[0]}"
    lines.append(f"A full copy is saved first, in {folder}")
    return Consequences("\n".join(lines), "Delete it", isolated_items(opened, "delete"))


def backup_json(whole: Whole, server: str, draft: str | None) -> dict[str, Any]:
    """Return all that was read of a conversation as one JSON object, with message texts and block values unchanged."""
    opened = whole.opened
    return {
        "made_by": "letta-tui",
        "made_at": opened.at.isoformat(),
        "server": server,
        "conversation": opened.conversation.as_json(),
        "agent": agent_json(opened.agent),
        "in_context_message_ids": None if whole.context.ids is None else list(whole.context.ids),
        "message_ids_without_answer": list(whole.context.without_message),
        "messages": [dict(message.raw) for message in whole.messages],
        "isolated_blocks": [block.as_json() for block in whole.isolated],
        "isolated_blocks_gone": list(whole.gone),
        "shared_blocks": [block.as_json() for block in whole.shared],
        "draft": draft,
    }
