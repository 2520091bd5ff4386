"""Messages, contexts and histories for the tests that put them together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.message import Message
from tui.model.opened import Context, History, Opened

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def read(rows: list[dict[str, Any]]) -> tuple[Message, ...]:
    return tuple(Message.read(row) for row in rows)


def said(*ids: str, kind: str = "user", start: int = 0) -> tuple[Message, ...]:
    """Messages a minute apart."""
    return read(
        [
            {
                "id": name,
                "message_type": f"{kind}_message",
                "content": f"text of {name}",
                "date": (NOW + timedelta(minutes=start + at)).isoformat(),
            }
            for at, name in enumerate(ids)
        ]
    )


def context(ids: list[str], messages: tuple[Message, ...]) -> Context:
    rows = tuple(message for name in ids for message in messages if message.id == name)
    return Context(tuple(ids), rows)


def history(messages: tuple[Message, ...], **told: Any) -> History:
    return History(messages, told.pop("own", frozenset(message.id for message in messages)), **told)


def opened(held: Context) -> Opened:
    conversation = Conversation(id="conv-1", agent_id="agent-1")
    return Opened(conversation, Agent(id="agent-1"), NOW, held, (), ())
