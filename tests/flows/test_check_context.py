"""The check of what is open: at once, or apart where it is long, and only of what is open still."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.flows.reading import Reading, listed
from tui.backends.demo import DemoTransport

pytestmark = pytest.mark.anyio


async def faulty(found: Reading) -> None:
    """Open the first of the demo's conversations in which the check finds something."""
    for place in range(1, len(found.screen.conversations.rows)):
        await found.go(place)
        await found.screen.settle()
        if found.screen.opened.findings:
            return
    pytest.fail("nothing is wrong in the demo")


async def test_what_is_wrong_is_found_and_goes_with_the_view(tmp_path: Path) -> None:
    async with listed(tmp_path, transport=DemoTransport()) as found:
        await faulty(found)
        found.open.clear()
        assert found.screen.opened.findings == ()


async def test_a_long_one_is_checked_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listed(tmp_path, transport=DemoTransport()) as found:
        await faulty(found)
        findings, view = found.screen.opened.findings, found.screen.opened.view
        assert view is not None
        monkeypatch.setattr("tui.flows.check_context.MANY", 0)
        found.conversations.put(view.conversation.changed(summary="Renamed"))
        assert found.screen.opened.findings == ()
        await found.screen.settle()
        assert found.screen.opened.findings == findings


async def test_findings_of_what_is_not_open_any_more_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listed(tmp_path, transport=DemoTransport()) as found:
        await faulty(found)
        view = found.screen.opened.view
        assert view is not None
        monkeypatch.setattr("tui.flows.check_context.MANY", 0)
        painted = asyncio.Event()
        monkeypatch.setattr(found.screen, "painted", painted.wait)
        found.conversations.put(view.conversation.changed(summary="Renamed"))
        found.open.clear()
        painted.set()
        await found.screen.settle()
        assert found.screen.opened.findings == ()
