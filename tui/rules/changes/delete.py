"""Deleting a conversation: what is lost with it, the copy that is made first, and whether it is really gone."""

from __future__ import annotations

from typing import Any

from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NotThere
from tui.model.opened import Opened, Whole
from tui.model.text import one_line, plural
from tui.presentation.json_output import agent_json
from tui.rules.changes.affected_blocks import differing_labels, isolated_items
from tui.rules.changes.consequences import Consequences
from tui.rules.changes.outcome import Done, Refused, Unknown, not_seen

Deletion = Done[None] | Refused | Unknown


def not_copied(problem: LettaError | OSError) -> Refused:
    """Without a whole copy nothing is deleted."""
    if isinstance(problem, LettaError):
        return Refused(problem, f"nothing was deleted, since the copy would not be whole: {problem}")
    return Refused(None, f"nothing was deleted, since the copy cannot be written: {problem}")


def outcome(backup: str, answer: LettaError | None, now: Conversation | LettaError | None) -> Deletion:
    """The outcome of the DELETE, from its answer and, after a lost one, from reading the conversation."""
    if answer is None:
        return Done(None, backup=backup)
    if isinstance(answer, NotThere):
        return Done(None, already=True, backup=backup)
    if isinstance(now, NotThere):
        return Done(None, backup=backup)
    if isinstance(now, LettaError):
        return Unknown(answer, backup)
    return Refused(answer, backup=backup) if now is None else not_seen(answer, backup)


def reason(refused: Refused) -> str:
    """Why it was not deleted."""
    return refused.reason or f"not deleted: {refused.error}"


def consequences(opened: Opened, folder: str, draft: str | None) -> Consequences:
    """What a deletion takes away for good, and where the copy goes."""
    conversation = opened.conversation
    lines = ["The server cannot bring it back."]
    if opened.isolated is None:
        lines.append("It does not say whether isolated blocks die with it.")
    elif opened.isolated:
        differing = differing_labels(opened)
        die = "dies" if len(opened.isolated) == 1 else "die"
        words = f"{plural(len(opened.isolated), 'isolated block')} {die} with it"
        names = one_line(", ".join(differing), 100)
        same = "the same" if len(opened.isolated) == 1 else "each the same"
        tail = (
            f", {len(differing)} held nowhere else: {names}" if differing else f", {same} as its shared block"
        )
        lines.append(f"{words}{tail}.")
    else:
        lines.append("No isolated block dies with it.")
    if draft is not None:
        lines.append(f"Your unsaved draft goes too: “{one_line(draft, 60)}”.")
    if conversation.in_context_message_ids is not None:
        lines[0] = f"{plural(len(conversation.in_context_message_ids), 'message')} in context. {lines[0]}"
    lines.append(f"First, all of it is copied to {folder}")
    return Consequences("\n".join(lines), "Delete it", isolated_items(opened, "dies"))


def backup_of(whole: Whole, server: str, draft: str | None) -> dict[str, Any]:
    """Everything that was read of a conversation as one JSON object: message texts and block values as they came."""
    opened = whole.opened
    return {
        "made_by": "letta-tui",
        "made_at": opened.at.isoformat(),
        "server": server,
        "conversation": opened.conversation.as_json(),
        "agent": agent_json(opened.agent),
        "in_context_message_ids": None if whole.context.ids is None else list(whole.context.ids),
        "message_ids_without_answer": list(whole.context.unanswered),
        "messages": [dict(message.raw) for message in whole.messages],
        "isolated_blocks": [block.as_json() for block in whole.isolated],
        "isolated_blocks_gone": list(whole.gone),
        "shared_blocks": [block.as_json() for block in whole.shared],
        "draft": draft,
    }
