"""What the app gives the main screen to work with: a server, files on this machine, a clock, the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from tui.ui.key_gate import KeyGate

if TYPE_CHECKING:
    from tui.config.settings import Settings
    from tui.flows.pending_writes import PendingWrites
    from tui.letta.client import LettaClient
    from tui.letta.transport import Wire
    from tui.storage.backups import Backups
    from tui.storage.draft_writer import DraftWriter
    from tui.storage.journal_writer import JournalWriter
    from tui.storage.last_visit import LastVisits
    from tui.storage.state import State


@dataclass(frozen=True)
class Services:
    """Made by the app for each server; the main screen hands each flow those that it needs."""

    wire: Wire
    drafts: DraftWriter
    state: State
    settings: Settings
    clock: Callable[[], datetime]
    journal: JournalWriter
    backups: Backups
    visits: LastVisits
    wire_for: Callable[[Settings], Wire]
    writes: PendingWrites
    keys: KeyGate = field(default_factory=KeyGate)

    @cached_property
    def client(self) -> LettaClient:
        """The calls to the server; they and their models are loaded after the first paint, when first needed."""
        from tui.letta.client import LettaClient

        return LettaClient(self.wire)

    @property
    def server(self) -> str:
        """The server's base URL, under which drafts and state are stored."""
        return self.wire.base_url

    @property
    def origin(self) -> str | None:
        """The server that a bundle names as its origin; while a file is browsed, the origin that the file names."""
        from tui.config.server import server_origin

        return server_origin(self.settings)
