"""Clients on the embedded server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.api.servers import AT_ONCE
from tui.api.client import LettaClient
from tui.api.wire import Wire
from tui.backends.demo import DemoTransport, Store

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


@pytest.fixture
def server() -> DemoTransport:
    """An embedded server without a single agent."""
    return DemoTransport(Store.empty(NOW))


@pytest.fixture
async def client(server: DemoTransport) -> AsyncIterator[LettaClient]:
    found = LettaClient(Wire("http://demo", transport=server, patience=AT_ONCE))
    yield found
    await found.close()
