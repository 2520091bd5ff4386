"""A client on the demo data at a fixed moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from tui.backends.demo import DemoTransport

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


@pytest.fixture
def demo() -> DemoTransport:
    return DemoTransport(now=NOW)


@pytest.fixture
async def http(demo: DemoTransport) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=demo, base_url="http://demo") as client:
        yield client
