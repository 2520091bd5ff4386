"""Export of the conversation under the cursor: a bundle on this machine, which opens offline."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from tui.api.errors import LettaError
from tui.api.opening import attempt
from tui.domain.text import one_line, plural
from tui.screens.base import MainState

if TYPE_CHECKING:
    from tui.api.rows import Agent, Conversation


class Exporting(MainState):
    """Writes bundles beside the copies of what was deleted; nothing is ever overwritten."""

    def action_export(self) -> None:
        """Export the conversation under the cursor."""
        if self.list.row is not None and self.agent is not None:
            self.export(self.list.row, self.agent)

    @work(group="export", description="export")
    async def export(self, row: Conversation, agent: Agent) -> None:
        """Read a conversation anew with all its evidence, and write it as one file."""

        from tui.api.evidence import collect
        from tui.domain.bundle import bundle, missing
        from tui.storage.backups import Backups

        desk = self.desk
        found = await attempt(collect, desk.client, row, agent, self.now)
        self.heard(found if isinstance(found, LettaError) else None)
        if isinstance(found, LettaError):
            self.say(f"Not exported: {found}", trouble=True)
            return
        letta = self.header.version or None
        held = bundle([found], base_url=desk.origin, letta=letta, at=self.now)
        name = f"default-{agent.id}" if row.is_default else row.id
        files = Backups(desk.backups.folder.parent / "exports")
        try:
            path = await asyncio.to_thread(files.save, name, self.now, held)
        except OSError as trouble:
            self.say(f"Not exported: the file cannot be written: {trouble}", trouble=True)
            return
        lacking = missing(held["conversations"][0])
        words = f"Exported “{self.name_of(row)}” to {path}"
        if lacking:
            words += f"\n{plural(len(lacking), 'part')} could not be read: {one_line(lacking[0], 200)}"
        self.tell(words, trouble=bool(lacking))
