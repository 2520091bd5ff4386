"""Reads what a memory file was in each commit that changed it, some commits at a time, each once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from tui.letta.client import LettaClient
from tui.model.errors import LettaError, attempt
from tui.model.local_memory import MemoryCommit
from tui.rules.memory.commits import FileVersion

PAGE = 20
"""Commits per batch."""

AT_ONCE = 4


@dataclass
class FileHistory:
    """The versions of one file that were read, the newest first."""

    path: str
    versions: list[FileVersion] = field(default_factory=list)
    complete: bool = False
    error: LettaError | None = None


@dataclass
class ReadCommits:
    """The history of each memory file of an agent; cancelling loses only what was being loaded."""

    client: LettaClient
    agent_id: str
    histories: dict[str, FileHistory] = field(default_factory=dict)

    def of(self, path: str) -> FileHistory:
        """Return what was read of a file so far."""
        return self.histories.setdefault(path, FileHistory(path))

    async def read(self, path: str, *, everything: bool = False) -> None:
        """Read the next older commits of a file, or all of them; what failed is in the history's `error`."""
        history = self.of(path)
        history.error = None
        while not history.complete:
            after = history.versions[-1].commit.revision if history.versions else None
            commits = await attempt(
                self.client.memory_commits, self.agent_id, path=path, after=after, limit=PAGE
            )
            if isinstance(commits, LettaError):
                history.error = commits
                return
            await self._add(history, commits)
            known = len(commits) == PAGE and history.error is None
            history.complete = history.error is None and len(commits) < PAGE
            if not known or not everything:
                return

    async def _add(self, history: FileHistory, commits: Sequence[MemoryCommit]) -> None:
        """Read the file in these commits, a few at once."""
        for start in range(0, len(commits), AT_ONCE):
            batch = commits[start : start + AT_ONCE]
            reads = (
                attempt(self.client.memory_at, self.agent_id, one.revision, history.path) for one in batch
            )
            for commit, value in zip(batch, await asyncio.gather(*reads), strict=True):
                if isinstance(value, LettaError):
                    history.error = value
                    return
                history.versions.append(FileVersion(commit, value))
