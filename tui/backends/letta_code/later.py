"""A store's transport, imported with its first request, so that the first frame does not wait for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from tui.backends.letta_code.transport import LettaCodeTransport

    Base = httpx.AsyncBaseTransport
else:
    Base = object  # a base class would import httpx, which takes a third of the startup time


class LaterLettaCodeTransport(Base):
    """Hands all requests to a `LettaCodeTransport` that it makes for the first one."""

    has_local_memory = True
    """It answers `/_local/`."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._transport: LettaCodeTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; raises what `LettaCodeTransport` raises."""
        if self._transport is None:
            from tui.backends.letta_code.transport import LettaCodeTransport

            self._transport = LettaCodeTransport(self._store)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the transport, if there was a request."""
        if self._transport is not None:
            await self._transport.aclose()
