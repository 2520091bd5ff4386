"""The exact payload: what the server would send to the model now, in parts with their sizes."""

from __future__ import annotations

from textual import work

from tui.letta.client import LettaClient
from tui.model.agent import Agent
from tui.model.errors import LettaError, NotOffered
from tui.model.text import one_line
from tui.presentation.not_supported import not_supported
from tui.presentation.payload import payload_items, sizes
from tui.ui.bindings import bindings
from tui.ui.tools.tool_screen import READING, Copy, ReaderTool


class PayloadScreen(ReaderTool):
    """Shows the preview of an agent's next request; `named` says that the open conversation is not the default one."""

    MANUAL = "tools#exact-payload"
    BINDINGS = bindings("payload", actions={"payload.refresh": "refresh"})

    def __init__(self, client: LettaClient, agent: Agent, copy: Copy, *, named: bool) -> None:
        title = f"Exact payload · {one_line(agent.title, 60)} · default conversation"
        super().__init__(title, copy)
        self._client = client
        self._agent = agent
        self._named = named

    def begin(self) -> None:
        """Request the payload at once."""
        self.read()

    @work(group=READING, exclusive=True)
    async def read(self) -> None:
        """Request the payload; a server without this endpoint is reported as such, not as a failure."""
        self.show_status("reading what the server would send…")
        try:
            payload = await self._client.preview(self._agent.id)
        except NotOffered:
            self.show_status(not_supported("payload", self._client.supported), trouble=True)
        except LettaError as error:
            self.show_status(str(error), trouble=True)
        else:
            self.reader.show(payload_items(payload, named=self._named))
            self.show_status(sizes(payload))

    def action_refresh(self) -> None:
        """Request the payload again."""
        self.read()

    def stopped(self) -> None:
        """Say how to request the payload again."""
        self.show_status("stopped: r retries")
