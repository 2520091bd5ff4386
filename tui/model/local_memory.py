"""Memory that an agent has in files on this machine: what was committed, and what a prompt's record reports.

Letta's API has no route for these; a backend that serves such agents answers them below `/_local/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.model.server_model import ServerModel, Text, When

if TYPE_CHECKING:
    from tui.model.errors import LettaError


class PromptRecord(ServerModel):
    """The compiled prompt of a conversation, and the record of the memory in it.

    `content` is what the model reads at each turn, and `memory` the part of it that was rendered, where that is known;
    `core_memory` is the memory that was rendered last, which the model may have been sent only once. All are None
    before the first turn. `revision` is the commit that was rendered last.
    `raw_system_current` is False where the agent's own prompt has changed since, None where that is not known.
    """

    compiled_at: When | None = None
    content: Text | None = None
    memory: Text | None = None
    core_memory: Text | None = None
    revision: Text | None = None
    raw_system_current: bool | None = None
    problem: Text = ""


class MemoryFile(ServerModel):
    """One memory file: its text as committed and in the work tree; None where it is not there."""

    path: Text
    label: Text = ""
    description: Text | None = None
    committed: Text | None = None
    work_tree: Text | None = None


@dataclass(frozen=True)
class MemoryFiles:
    """The memory files of an agent; where `state` is not "ok", `problem` says what could not be read.

    `index` is MEMORY.md, which is not a label itself. `head` is the newest commit.
    """

    state: str = "ok"
    problem: str = ""
    head: str | None = None
    files: tuple[MemoryFile, ...] = ()
    index: MemoryFile | None = None
    raw: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, data: object) -> MemoryFiles:
        """Read the response of the route; raises ValueError if it is not an object."""
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        rows = data.get("files")
        files = [MemoryFile.read(row) for row in rows if _has_path(row)] if isinstance(rows, list) else []
        index = data.get("index")
        return cls(
            _text(data.get("state")) or "ok",
            _text(data.get("problem")),
            _text(data.get("head")) or None,
            tuple(files),
            MemoryFile.read(index) if _has_path(index) else None,
            data,
        )

    @property
    def every(self) -> tuple[MemoryFile, ...]:
        """All files, the index last."""
        return self.files if self.index is None else (*self.files, self.index)


class MemoryCommit(ServerModel):
    """One commit of the memory: who made it, when, and the first line of its message."""

    revision: Text
    author: Text = ""
    time: When | None = None
    subject: Text = ""


@dataclass(frozen=True)
class DamagedRecord:
    """A conversation, or with the id None an agent, that no list has: its record cannot be read, for this reason.

    Only the record says whose a conversation is, so that the agent is None but for a default one.
    """

    id: str | None
    agent_id: str | None
    reason: str

    def may_be_of(self, agent_id: str) -> bool:
        """Whether it is of this agent, as far as can be known."""
        return self.agent_id in (None, agent_id)

    @classmethod
    def read(cls, data: object) -> DamagedRecord:
        """A row of the route; raises ValueError where it names nothing."""
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        id, agent_id = _text(data.get("id")) or None, _text(data.get("agent_id")) or None
        if id is None and agent_id is None:
            raise ValueError("it names neither a conversation nor an agent")
        return cls(id, agent_id, _text(data.get("reason")))


@dataclass(frozen=True)
class LocalMemory:
    """What was read of a conversation's memory in files: the prompt's record, and the files; each may have failed."""

    prompt: PromptRecord | LettaError
    files: MemoryFiles | LettaError


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _has_path(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("path"), str)
