"""A conversation, and a page of a list.

`None` always means "not reported by this server": a field that is absent, null, of an unexpected type, or
that this endpoint never fills. It is never the same as 0, "" or an empty tuple.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from tui.model.record import Reader, Record, as_sent, flag, text, texts, time, whole_number

DEFAULT = "default"
"""The id of an agent's conversation without a record of its own."""


def key_of(conversation_id: str, agent_id: str) -> str:
    """A key that is unique on a server: the id of the conversation, for a default one with that of its agent."""
    return f"{agent_id}/{conversation_id}" if conversation_id == DEFAULT else conversation_id


def _shared(value: object) -> str:
    """An id that many rows have in common: it is stored once."""
    return intern(text(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation(Record):
    """A conversation, or the default one of an agent (`id` is then "default")."""

    readers: ClassVar[Mapping[str, Reader]] = {
        "id": text,
        "agent_id": _shared,
        "summary": text,
        "created_at": time,
        "updated_at": time,
        "last_message_at": time,
        "created_by_id": _shared,
        "last_updated_by_id": _shared,
        "in_context_message_ids": texts,
        "isolated_block_ids": texts,
        "archived": flag,
        "archived_at": time,
        "description": text,
        "model": _shared,
        "model_settings": as_sent,
        "context_window_limit": whole_number,
    }

    id: str
    agent_id: str = ""
    summary: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    last_message_at: datetime | None = None
    created_by_id: str | None = None
    last_updated_by_id: str | None = None
    in_context_message_ids: tuple[str, ...] | None = None
    isolated_block_ids: tuple[str, ...] | None = None
    archived: bool | None = None
    """Null if a server reports it as not set; only `was_sent` shows whether it is reported at all."""
    archived_at: datetime | None = None
    description: str | None = None
    """What servers after 0.16.8 store in addition to the summary."""
    model: str | None = None
    """The model of this conversation alone; without one, the agent's is used."""
    model_settings: Any = field(default=None, hash=False)
    context_window_limit: int | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether Letta Code keeps it out of its lists: hidden, of a worker, or without an agent."""
        return any(self.unknown.get(name) is True for name in ("hidden", "is_subagent", "agent_free"))

    @property
    def is_default(self) -> bool:
        """Whether this is the agent's conversation without a record of its own."""
        return self.id == DEFAULT

    @property
    def key(self) -> str:
        """A key that is unique on its server."""
        return key_of(self.id, self.agent_id)

    @classmethod
    def read_row(cls, data: object) -> Self:
        """One row of a list, whose `in_context_message_ids` is always [], whatever is in context (measured)."""
        if isinstance(data, dict):
            data = {name: value for name, value in data.items() if name != "in_context_message_ids"}
        return cls.read(data)

    def without_context(self) -> Self:
        """Return this record without `in_context_message_ids`: list, create and update always send [] (measured)."""
        return self.changed(in_context_message_ids=None)

    def merged_over(self, known: Conversation | None) -> Conversation:
        """Return this newer record, with what it does not report taken from an earlier one."""
        if known is None or known.id != self.id:
            return self
        gaps: dict[str, Any] = {
            name: getattr(known, name)
            for name in ("in_context_message_ids", "isolated_block_ids")
            if getattr(self, name) is None and getattr(known, name) is not None
        }
        return self.changed(**gaps) if gaps else self


Row = TypeVar("Row")


class Page(NamedTuple, Generic[Row]):
    """One page of a list: its readable rows, and how many rows the server sent in all."""

    rows: tuple[Row, ...]
    sent: int

    @property
    def unreadable(self) -> int:
        """Rows that had no id and were left out."""
        return self.sent - len(self.rows)
