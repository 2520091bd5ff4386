"""What was asked before the screen was loaded and is answered already, looked at without taking it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tui.model.agent import Agent

from tui.api import targets
from tui.api.listed import Listed
from tui.letta.decoding import LARGE
from tui.letta.response import parsed
from tui.model.conversation import Conversation

if TYPE_CHECKING:
    from tui.api.early import Early
    from tui.api.targets import Target


def rows_at_hand(
    early: Early | None, agent_id: str, *, limit: int, order: str, order_by: str
) -> tuple[Agent, tuple[Conversation, ...]] | None:
    """An agent and its first rows; None where they are not here, or too large to be read before a frame is painted.

    The usual way takes the same answers later, and tells what is wrong with one that cannot be used.
    """
    if early is None:
        return None
    wanted = targets.conversations(agent_id, limit=limit, order=order, order_by=order_by)
    told, listed = (_body(early, target) for target in (targets.agent(agent_id), wanted))
    if not isinstance(told, dict) or not isinstance(listed, list):
        return None
    rows, reader = [], Listed()
    for row in listed:
        with suppress(ValueError):
            rows.append(reader.read(row))
    try:
        return Agent.read(told), tuple(rows)
    except ValueError:
        return None


def _body(early: Early, target: Target) -> Any:
    """What a good answer says, None for any other."""
    answer = early.at_hand(targets.spelled(*target))
    if answer is None or answer.status != 200 or answer.cut or len(answer.content) > LARGE:
        return None
    wrong, body = parsed(answer.content)
    return None if wrong else body
