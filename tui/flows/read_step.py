"""Read the step of the selected message: the model call that it came from, with its tokens and times.

Steps are read on demand only, never for each row: two requests, and a step that was read with its times is not read
again.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tui.flows.protocols import Background, KnowsServer
from tui.model.errors import LettaError, attempt
from tui.rules.bounded_cache import BoundedCache
from tui.rules.view_state import SelectedStep

if TYPE_CHECKING:
    from tui.letta.client import LettaClient

CACHED = 500
"""Steps that are cached."""


class StepPane(Protocol):
    """The detail: which message is selected, and where its step is shown."""

    @property
    def selected_step(self) -> str:
        """The id of the step of the message that is selected in Messages; "" without one."""

    def show_tab(self, tab: str) -> None:
        """Show Messages, Memory or Info."""

    def show_step(self, step: SelectedStep | None) -> None:
        """Show a step with the facts of the conversation."""


class ReadStep:
    """Reads a step when its message is asked about, and shows it if it is still the one wanted."""

    def __init__(self, client: LettaClient, server: KnowsServer, pane: StepPane, screen: Background) -> None:
        self._client = client
        self._server = server
        self._pane = pane
        self._screen = screen
        self._wanted = ""
        self._cache: BoundedCache[str, SelectedStep] = BoundedCache(CACHED)

    def show_info(self) -> None:
        """Show Info with the step of the selected message, which is read unless it is known or there is none."""
        self._show_step()
        self._pane.show_tab("info")

    def _show_step(self) -> None:
        self._wanted = self._pane.selected_step
        if not self._wanted:
            self._screen.cancel_workers("step")
            self._pane.show_step(None)
            return
        known = self._cache.use(self._wanted)
        self._pane.show_step(known or SelectedStep(self._wanted))
        if known is None:
            self._screen.start_worker("step", partial(self._read, self._wanted))

    async def _read(self, step_id: str) -> None:
        step, metrics = await asyncio.gather(
            attempt(self._client.step, step_id), attempt(self._client.step_metrics, step_id)
        )
        self._server.report(step if isinstance(step, LettaError) else None)
        read = SelectedStep(step_id, step, metrics)
        if read.complete:
            self._cache.put(step_id, read, 1)
        if self._wanted == step_id:
            self._pane.show_step(read)
