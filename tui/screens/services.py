"""What the app gives the main screen to work with: a server, files on this machine, a clock, the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from tui.screens.key_gate import KeyGate

if TYPE_CHECKING:
    from tui.flows.pending_writes import PendingWrites
    from tui.letta.client import LettaClient
    from tui.letta.transport import Wire
    from tui.local.backups import Backups
    from tui.local.draft_keeper import DraftKeeper
    from tui.local.journal_keeper import JournalKeeper
    from tui.local.settings import Settings
    from tui.local.state import State
    from tui.local.visits import Visits


@dataclass(frozen=True)
class Services:
    """Made by the app for each server; the main screen hands each flow those that it needs."""

    wire: Wire
    drafts: DraftKeeper
    state: State
    settings: Settings
    clock: Callable[[], datetime]
    journal: JournalKeeper
    backups: Backups
    visits: Visits
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
        """Where a bundle says that it is from: of a file, the server that the file is of."""
        from tui.local.settings import origin

        return origin(self.settings)
