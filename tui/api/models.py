"""Frozen models of what a Letta server answers, tolerant of what it leaves out, nulls, or adds.

`None` always means "this server did not say": a field that is absent, null, of an unexpected type, or
that this endpoint never fills. It is never the same as 0, "" or an empty tuple.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from pydantic import ConfigDict, Field

from tui.api.wire_model import Count, When, WireModel

DEFAULT = "default"
"""The id of an agent's conversation without a record of its own."""


class Conversation(WireModel):
    """A conversation, or the default one of an agent (`id` is then "default")."""

    id: str
    agent_id: str = ""
    summary: str | None = None
    created_at: When | None = None
    updated_at: When | None = None
    last_message_at: When | None = None
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
        return name in self.model_fields_set or name in (self.model_extra or {})

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


class Agent(WireModel):
    """An agent as the list without relationships gives it."""

    id: str
    name: str | None = None
    model: str | None = None
    description: str | None = None
    created_at: When | None = None
    updated_at: When | None = None
    last_run_completion: When | None = None
    message_ids: tuple[str, ...] | None = None
    agent_type: str | None = None

    @property
    def title(self) -> str:
        """The name, or the id where there is none."""
        return self.name or self.id


class Block(WireModel):
    """A memory block, shared or isolated; Letta gives blocks no times."""

    id: str
    label: str | None = None
    value: str | None = None
    description: str | None = None
    limit: Count | None = None
    read_only: bool | None = None


class Message(WireModel):
    """One API message: a stored row may give several, so `id` alone is no key; `raw` is the whole answer."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    id: str = ""
    message_type: str = "unknown"
    date: When | None = None
    step_id: str | None = None
    run_id: str | None = None
    otid: str | None = None
    raw: Mapping[str, Any] = Field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, data: object) -> Self:
        """One JSON object as a message that keeps every byte of it in `raw`."""
        message = super().read(data)
        return message.changed(raw=data)


class ContextSize(WireModel):
    """How many tokens the context takes, and how many the model can hold, as the server counts them."""

    context_window_size_current: Count
    context_window_size_max: Count


class Trace(WireModel):
    """What a server kept of one call of a model; `request_json` is the whole request as the provider got it."""

    request_json: Mapping[str, Any]
    created_at: When | None = None
    call_type: str | None = None
    step_id: str | None = None


class Health(WireModel):
    """What /v1/health/ says."""

    version: str | None = None
    status: str | None = None


Row = TypeVar("Row", bound=WireModel)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list: its readable rows, and how many rows the server sent in all."""

    rows: tuple[Row, ...]
    sent: int

    @property
    def unreadable(self) -> int:
        """Rows that carried no id and could not be kept."""
        return self.sent - len(self.rows)
