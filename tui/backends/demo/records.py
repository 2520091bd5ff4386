"""Records of the embedded server: agents, blocks, conversations, message rows and their positions in a conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]

USER_ID = "user-00000000-0000-4000-8000-000000000000"
DEFAULT_LIMIT = 100_000


def timestamp(moment: datetime | None) -> str | None:
    """Write a moment as the server does in records: microseconds, if there are any, and a Z."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if moment.microsecond else "%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Block:
    """A memory block; never changed in place, so that a snapshot stays what it was."""

    id: str
    label: str
    value: str
    description: str | None
    limit: int
    read_only: bool
    created_at: datetime

    def json(self) -> Json:
        """Render the block as `GET /v1/blocks/{id}` does: no created_at, no updated_at."""
        return {
            "value": self.value,
            "limit": self.limit,
            "project_id": None,
            "template_name": None,
            "is_template": False,
            "template_id": None,
            "base_template_id": None,
            "deployment_id": None,
            "entity_id": None,
            "preserve_on_migration": False,
            "label": self.label,
            "read_only": self.read_only,
            "description": self.description,
            "metadata": {},
            "hidden": None,
            "id": self.id,
            "created_by_id": None,
            "last_updated_by_id": None,
            "tags": [],
        }


@dataclass
class Agent:
    """An agent, with the ids of its default conversation in context and of its attached blocks."""

    id: str
    name: str
    model: str
    system: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    tags: list[str] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)
    block_ids: list[str] = field(default_factory=list)
    need_approval: set[str] = field(default_factory=set)
    """Names of tools whose calls wait for approval."""
    compiled_at: datetime | None = None
    last_run_completion: datetime | None = None
    default_summary: str | None = None
    """Summary of the default conversation; Letta up to 0.16.8 has none."""


@dataclass
class Conversation:
    """A named conversation; `story` writes its rows when they are first read.

    Fields from `description` on came after 0.16.8; `reports_context` is whether GET says what is in context.
    """

    id: str
    agent_id: str
    summary: str | None
    created_at: datetime
    updated_at: datetime
    isolated: list[str] = field(default_factory=list)
    last_message_at: datetime | None = None
    last_run_completion: datetime | None = None
    deleted: bool = False
    model: str | None = None
    model_settings: Json | None = None
    snapshot: tuple[Block, ...] = ()
    story: Callable[[], None] | None = None
    description: str | None = None
    archived_at: datetime | None = None
    context_window_limit: int | None = None
    hidden: bool = False
    reports_context: bool = True

    def json(self, in_context: list[str] | None = None) -> Json:
        """Render the record; only `GET` of one conversation says what is in context, all else says `[]`."""
        return {
            "created_by_id": USER_ID,
            "last_updated_by_id": USER_ID,
            "created_at": timestamp(self.created_at),
            "updated_at": timestamp(self.updated_at),
            "id": self.id,
            "agent_id": self.agent_id,
            "summary": self.summary,
            "in_context_message_ids": in_context or [],
            "isolated_block_ids": list(self.isolated),
            "model": self.model,
            "model_settings": self.model_settings,
            "last_message_at": timestamp(self.last_message_at),
        }


@dataclass
class MessageRow:
    """A stored message: one id, one or more parts; `conversation_id` None is the default conversation."""

    id: str
    agent_id: str
    conversation_id: str | None
    role: str
    parts: list[Json]
    created_at: datetime
    sequence: int
    otid: str | None = None
    name: str | None = None
    step_id: str | None = None
    run_id: str | None = None
    is_err: bool | None = None
    sender_id: str | None = None
    deleted: bool = False


@dataclass(frozen=True)
class StepTrace:
    """What was sent to the model at a step: its system message as it was then, and the rows behind that."""

    agent_id: str
    run_id: str | None
    at: datetime
    system: str
    message_ids: tuple[str, ...]


@dataclass
class Link:
    """The position of a message in a conversation; positions may collide after a compaction."""

    message_id: str
    position: int
    in_context: bool = True
    deleted: bool = False


def text_part(text: str) -> Json:
    """The stored form of a text."""
    return {"type": "text", "text": text}
