"""What a list and its header are made of: light models, so that both are painted before pydantic is loaded.

`None` always means "this server did not say": a field that is absent, null, of an unexpected type, or
that this endpoint never fills. It is never the same as 0, "" or an empty tuple.
"""

from __future__ import annotations

from datetime import datetime
from typing import Generic, NamedTuple, Self, TypeVar

from tui.api.light_model import LightModel

DEFAULT = "default"
"""The id of an agent's conversation without a record of its own."""


class Conversation(LightModel):
    """A conversation, or the default one of an agent (`id` is then "default")."""

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

    @property
    def is_default(self) -> bool:
        """Whether this is the agent's conversation without a record of its own."""
        return self.id == DEFAULT

    def tells(self, name: str) -> bool:
        """Whether the server sent this field at all, be it null: it shows which Letta it is."""
        return name in self.said or name in self.unknown

    def without_context(self) -> Self:
        """This answer with `in_context_message_ids` unsaid: list, create and update send [] always (measured)."""
        return self.changed(in_context_message_ids=None)

    def merged_over(self, known: Conversation | None) -> Conversation:
        """This newer answer, with what it leaves unsaid taken from what was known before."""
        if known is None or known.id != self.id:
            return self
        gaps = {
            name: getattr(known, name)
            for name in ("in_context_message_ids", "isolated_block_ids")
            if getattr(self, name) is None and getattr(known, name) is not None
        }
        return self.changed(**gaps) if gaps else self


class Agent(LightModel):
    """An agent as the list without relationships gives it."""

    id: str
    name: str | None = None
    model: str | None = None
    description: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    last_run_completion: datetime | None = None
    message_ids: tuple[str, ...] | None = None
    agent_type: str | None = None

    @property
    def title(self) -> str:
        """The name, or the id where there is none."""
        return self.name or self.id


class Health(LightModel):
    """What /v1/health/ says."""

    version: str | None = None
    status: str | None = None


Row = TypeVar("Row")


class Page(NamedTuple, Generic[Row]):
    """One page of a list: its readable rows, and how many rows the server sent in all."""

    rows: tuple[Row, ...]
    sent: int

    @property
    def unreadable(self) -> int:
        """Rows that carried no id and could not be kept."""
        return self.sent - len(self.rows)
