"""An agent, and the server that it lives on; `None` always means "not reported", as in a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from tui.model.record import Reader, Record, text, texts, time

GIT_MEMORY_TAG = "git-memory-enabled"
"""The tag of an agent whose memory is stored in git: its blocks mirror committed files, or there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Record):
    """An agent as the list without relationships gives it."""

    readers: ClassVar[Mapping[str, Reader]] = {
        "id": text,
        "name": text,
        "model": text,
        "description": text,
        "created_at": time,
        "updated_at": time,
        "last_run_completion": time,
        "message_ids": texts,
        "agent_type": text,
    }

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

    @property
    def is_all(self) -> bool:
        """Whether this stands for every agent of the server."""
        return not self.id

    @property
    def keeps_memory_in_git(self) -> bool:
        """Whether its memory is in git, as its tags report."""
        tags = self.unknown.get("tags")
        return isinstance(tags, list) and GIT_MEMORY_TAG in tags

    @property
    def clears_context(self) -> bool:
        """Whether the agent forgets its messages after each turn."""
        return self.unknown.get("message_buffer_autoclear") is True

    @property
    def is_in_group(self) -> bool:
        """Whether other agents run after its turns, as a sleeptime agent does."""
        return bool(self.unknown.get("multi_agent_group") or self.unknown.get("enable_sleeptime"))


ALL_AGENTS = Agent(id="", name="all agents")
"""Stands for every agent of a server: with its id, conversations of all agents are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health(Record):
    """The response of /v1/health/."""

    readers: ClassVar[Mapping[str, Reader]] = {"version": text, "status": text}
    required: ClassVar[tuple[str, ...]] = ()

    version: str | None = None
    status: str | None = None
