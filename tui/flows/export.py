"""Export conversations as a bundle on this machine, which opens offline; nothing is ever overwritten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tui.flows.collection import Collection
from tui.flows.find_by_id import own_agent
from tui.flows.results import LONG
from tui.letta.collect import collect
from tui.model.errors import LettaError, attempt
from tui.model.os_errors import reason_of
from tui.model.text import one_line, plural
from tui.presentation.bundle_file import bundle, missing_parts
from tui.presentation.conversation_info import title_of
from tui.storage.backups import Backups

if TYPE_CHECKING:
    from tui.flows.results import Results, Server
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.model.opened import Evidence


class ExportConversations:
    """Reads conversations again, with everything that belongs to them, and writes them into one file."""

    def __init__(
        self,
        server: Server,
        origin: str | None,
        clock: Callable[[], datetime],
        files: Backups,
        results: Results,
    ) -> None:
        self.running = False
        """Whether several conversations are being exported."""
        self._server, self._origin, self._clock = server, origin, clock
        self._files, self._results = files, results

    async def export(self, row: Conversation, agent: Agent) -> None:
        """Export one conversation."""
        read = await attempt(self._collect, row, agent)
        self._results.report(read if isinstance(read, LettaError) else None)
        if isinstance(read, LettaError):
            self._results.message(f"Not exported: {read}", error=True)
            return
        bundle = self._bundle([read])
        path = await self._write(f"default-{agent.id}" if row.is_default else row.id, bundle)
        if path is None:
            return
        absent = missing_parts(bundle["conversations"][0])
        text = f"Exported “{one_line(title_of(read.opened), 60)}” to {path}"
        if absent:
            text += f"\n{plural(len(absent), 'part')} could not be read: {one_line(absent[0], 200)}"
        self._results.message(text, error=bool(absent), seconds=LONG)

    async def export_all(self, rows: Sequence[Conversation], agent: Agent) -> None:
        """Export several conversations as one bundle; cancelled, nothing is written."""
        reading = Collection(rows)

        def before() -> None:
            self._results.show_progress(f"Exporting {reading.position} · escape stops")

        self.running = True
        try:
            await reading.run(lambda row: self._collect(row, agent), before)
        except asyncio.CancelledError:
            self._results.message(f"Export stopped at {reading.position}: nothing was written")
            raise
        finally:
            self.running = False
            self._results.show_progress("")
        self._results.report(reading.failed[-1][1] if reading.failed else None)
        if not reading.evidence:
            self._results.message(f"Not exported: {reading.problems(())[0]}", error=True)
            return
        bundle = self._bundle(reading.evidence)
        path = await self._write(f"{len(reading.evidence)}-conversations", bundle)
        if path is not None:
            problems = reading.problems(bundle["conversations"])
            self._results.message(reading.summary(path, problems), error=bool(problems), seconds=LONG)

    async def _collect(self, row: Conversation, agent: Agent) -> Evidence:
        client = self._server.client
        return await collect(client, row, await own_agent(client, row, agent), self._clock())

    def _bundle(self, read: list[Evidence]) -> dict[str, Any]:
        letta = self._results.version or None
        return bundle(read, base_url=self._origin, letta=letta, at=self._clock())

    async def _write(self, name: str, bundle: dict[str, Any]) -> str | None:
        """Write a bundle; returns its path, or None after saying why it cannot be written."""
        try:
            return str(await asyncio.to_thread(self._files.save, name, self._clock(), bundle))
        except OSError as problem:
            reason = reason_of(problem)
            self._results.message(f"Not exported: the file cannot be written: {reason}", error=True)
            return None
