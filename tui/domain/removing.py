"""Deleting a conversation: what dies with it, the copy that is made first, and whether it really went."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tui.api.errors import LettaError, NotThere, OutcomeUnknown, ServerTrouble
from tui.api.gathering import Whole
from tui.api.opening import Opened
from tui.api.rows import Conversation
from tui.domain.question import Question
from tui.domain.stakes import differing_labels, isolated_items
from tui.model.text import one_line, plural
from tui.presentation.json_output import agent_json


class DeletionServer(Protocol):
    """The two calls that deleting needs."""

    async def conversation(self, conversation_id: str, agent_id: str | None = None) -> Conversation:
        """Read one conversation."""
        ...

    async def delete_conversation(self, conversation_id: str) -> None:
        """Delete it."""
        ...


@dataclass(frozen=True)
class Deleted:
    """The server no longer has it; `backup` is the path of the copy; `already` if somebody else deleted it."""

    backup: str
    already: bool = False


@dataclass(frozen=True)
class NotDeleted:
    """It is still there, because of `reason`; `backup` is None where no copy was made either."""

    reason: str
    backup: str | None = None
    error: LettaError | None = None


@dataclass(frozen=True)
class Unsure:
    """It may or may not be gone."""

    error: LettaError
    backup: str


Removal = Deleted | NotDeleted | Unsure


async def remove(
    server: DeletionServer, conversation_id: str, back_up: Callable[[], Awaitable[str]]
) -> Removal:
    """Let `back_up` make its copy (it answers the path), then delete; without a copy nothing is deleted.

    `back_up` may raise LettaError and OSError; DELETE and, after a lost answer, GET of /v1/conversations/{id}.
    """
    try:
        backup = await back_up()
    except LettaError as error:
        return NotDeleted(f"nothing was deleted, since the copy would not be whole: {error}", error=error)
    except OSError as trouble:
        return NotDeleted(f"nothing was deleted, since the copy cannot be written: {trouble}")
    try:
        await server.delete_conversation(conversation_id)
    except NotThere:
        return Deleted(backup, already=True)
    except (OutcomeUnknown, ServerTrouble) as error:
        return await _after_trouble(server, conversation_id, backup, error)
    except LettaError as error:
        return NotDeleted(f"not deleted: {error}", backup, error)
    return Deleted(backup)


async def _after_trouble(
    server: DeletionServer, conversation_id: str, backup: str, error: LettaError
) -> Removal:
    """The answer was lost or an error: only whether it can still be read tells what happened."""
    try:
        await server.conversation(conversation_id)
    except NotThere:
        return Deleted(backup)
    except LettaError:
        return Unsure(error, backup)
    # After silence the deletion may still be on its way; after an answer it may not.
    if isinstance(error, OutcomeUnknown):
        return Unsure(error, backup)
    return NotDeleted(f"not deleted: {error}", backup, error)


def question(opened: Opened, folder: str, draft: str | None) -> Question:
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
    return Question("\n".join(lines), "Delete it", isolated_items(opened, "dies"))


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
