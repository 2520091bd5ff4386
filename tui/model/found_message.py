"""One result of a server's own search of messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tui.model.message import Message


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message that a server found; an agent or a conversation that it does not report is ""."""

    agent_id: str
    conversation_id: str
    message: Message

    @classmethod
    def read(cls, data: object) -> FoundMessage:
        """Read one result, which has `message_id` and `created_at` where a list has `id` and `date`.

        Raises ValueError without an id.
        """
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        fields: dict[str, Any] = data
        if isinstance(data.get("message"), dict):  # a message with its rank around it
            fields = {**data, **data["message"]}
        fields = {
            **fields,
            "id": fields.get("message_id") or fields.get("id"),
            "date": fields.get("created_at") or fields.get("date"),
        }
        message = Message.read(fields)
        if not message.id:
            raise ValueError("no message_id")
        return cls(_text(fields.get("agent_id")), _text(fields.get("conversation_id")), message)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
