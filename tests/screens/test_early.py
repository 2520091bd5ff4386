"""A start whose first requests left before the screen was loaded: each is asked once, and its failure heals."""

from __future__ import annotations

import pytest

from tests.app_helpers import NOW, WIDE, asked, only_agent, pane_text, screen_text, settle, small_server
from tests.faults.serving import served
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.config.settings import Settings
from tui.local.ahead import ask_ahead
from tui.storage.state import user_state

pytestmark = pytest.mark.anyio

FIRST = ("/v1/health/", "/v1/agents/agent-", "/v1/conversations/?")


def started(url: str, transport: DemoTransport) -> LettaApp:
    """The app on a server where an agent was left."""
    settings = Settings(base_url=url, api_key="sk-secret")
    user_state().remember_agent(url, only_agent(transport))
    early = ask_ahead(settings, user_state())
    assert early is not None
    return LettaApp(settings, clock=lambda: NOW, early=early)


def early_ones(heard: list[bytes]) -> int:
    """How many requests the standard library has sent."""
    return sum(b"Connection: close" in head for head in heard)


async def test_version_agent_and_rows_are_asked_for_once() -> None:
    transport = small_server("One", "Two")
    with served(transport) as (url, heard):
        app = started(url, transport)
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            assert "Two" in screen_text(app)
            assert "Ada" in pane_text(app, "#header")
        first = [
            line for path in FIRST for line in asked(transport, "GET", path) if "/core-memory" not in line
        ]
        assert len(first) == early_ones(heard) == 3
        assert [one.path for one in app._requests][::-1][:3] == [one.partition(" ")[2] for one in first]
        assert all(b"Bearer sk-secret" in head for head in heard)


async def test_a_start_heals_when_all_of_them_fail() -> None:
    transport = small_server("One", "Two")
    transport.fail(500, times=3)
    with served(transport) as (url, heard):
        app = started(url, transport)
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            assert "Two" in screen_text(app)
            assert early_ones(heard) == app._requests.totals.failures == 3
