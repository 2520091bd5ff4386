"""Following: what changes is shown and marked, and nothing is read while somebody types or reads otherwise."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.flows.reading import NOW, Reading, listed
from tui.model.opened import Opened

pytestmark = pytest.mark.anyio


async def opened(found: Reading, place: int = 1) -> None:
    await found.go(place)
    await found.screen.settle()


async def test_new_rows_and_messages_are_shown(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        await opened(found)
        found.say(found.screen.conversations.rows[1].id, "new")
        found.transport.store.open_conversation(found.agent.id, "New", NOW)
        found.screen.is_at_end = True
        found.follow.toggle()
        assert found.screen.following
        await found.screen.settle()
        assert found.titles == ["New", "One"]
        assert len(found.screen.opened.changes.messages) == 1
        assert found.screen.at_end == 1


async def test_turning_it_off_is_a_look(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        await opened(found)
        found.follow.toggle()
        found.say(found.screen.conversations.rows[1].id, "new")
        await found.screen.settle()
        found.follow.tick()
        await found.screen.settle()
        assert found.screen.opened.changes
        found.follow.toggle()
        assert not found.screen.following
        assert not found.screen.opened.changes


@pytest.mark.parametrize("busy", ["editing", "opening", "off"])
async def test_nothing_is_read_beside_other_work(tmp_path: Path, busy: str) -> None:
    async with listed(tmp_path, "One") as found:
        await opened(found)
        found.follow.following = busy != "off"
        found.screen.is_editing = busy == "editing"
        gate = found.transport.hold()
        if busy == "opening":
            await found.go(1)
            await gate.arrived()
        sent = len(found.transport.requests)
        found.follow.tick()
        assert not found.screen.is_working("follow")
        assert len(found.transport.requests) == sent


async def test_what_somebody_begins_to_edit_meanwhile_is_left_alone(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        await opened(found)
        view = found.screen.opened.view
        gate = found.transport.hold(path="core-memory")
        found.follow.toggle()
        await gate.arrived()
        found.screen.is_editing = True
        gate.open()
        await found.screen.settle()
        assert found.screen.opened.view is view


async def test_what_was_opened_meanwhile_stays(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        await opened(found)
        gate = found.transport.hold(path="core-memory")
        found.follow.toggle()
        await gate.arrived()
        found.transport._gates.clear()
        await opened_beside(found)
        view = found.screen.opened.view
        gate.open()
        await found.screen.settle()
        assert found.screen.opened.view is view


async def opened_beside(found: Reading) -> None:
    """The row that the cursor is on is opened again, as `r` does, while it is followed."""
    before = found.screen.opened.view
    await found.go(1)
    await found.shown(
        lambda: isinstance(found.screen.opened.view, Opened) and found.screen.opened.view is not before
    )


def state(found: Reading) -> str:
    return found.screen.connection.state


async def test_what_cannot_be_followed_is_said_until_it_can_be(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        await opened(found)
        found.transport.fail(httpx.ConnectError)
        found.follow.toggle()
        await found.screen.settle()
        assert found.screen.conversations.problem.startswith("Not followed")
        assert state(found) == "failing"
        found.transport.clear()
        found.follow.tick()
        await found.screen.settle()
        assert found.screen.conversations.problem == ""
        assert state(found) == "connected"
