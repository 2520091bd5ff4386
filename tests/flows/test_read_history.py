"""The whole history: read on demand, shown only where it is still wanted, read again when it is out of date."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.reading import Reading, listed
from tui.model.errors import LettaError
from tui.model.opened import History, Opened

pytestmark = pytest.mark.anyio

HISTORY = "/v1/messages"


async def opened(found: Reading, place: int = 1) -> Opened:
    await found.go(place)
    await found.screen.settle()
    view = found.screen.opened.view
    assert isinstance(view, Opened)
    return view


async def test_it_is_read_once_and_put_away_again(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        view = await opened(found)
        found.history.toggle()
        await found.screen.settle()
        scope = found.screen.opened.scope
        assert scope.is_whole(view)
        assert isinstance(scope.history_of(view), History)
        sent = len(found.transport.requests)
        found.history.toggle()
        assert not found.screen.opened.scope.is_whole(view)
        found.history.toggle()
        await found.screen.settle()
        assert found.screen.opened.scope.is_whole(view)
        assert len(found.transport.requests) == sent


async def test_one_that_failed_is_tried_again(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        view = await opened(found)
        found.transport.fail(404, path=HISTORY)
        found.history.toggle()
        await found.screen.settle()
        assert isinstance(found.screen.opened.scope.history_of(view), LettaError)
        found.transport.clear()
        found.history.toggle()
        found.history.toggle()
        await found.screen.settle()
        assert isinstance(found.screen.opened.scope.history_of(view), History)


async def test_it_is_not_shown_of_a_conversation_that_was_left(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        view = await opened(found)
        gate = found.transport.hold(path=HISTORY)
        found.history.toggle()
        await gate.arrived()
        await found.go(2)
        await found.screen.settle("open")
        gate.open()
        await found.screen.settle()
        assert found.screen.opened.scope.history_of(view) is None


async def test_that_of_another_conversation_takes_nothing_away(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        await opened(found)
        gate = found.transport.hold(path=HISTORY)
        found.history.toggle()
        await gate.arrived()
        found.transport._gates.clear()
        await found.go(2)
        await found.screen.settle("open")
        view = found.screen.opened.view
        assert isinstance(view, Opened)
        found.history.toggle()
        await found.shown(lambda: found.screen.opened.scope.history_of(view) is not None)
        gate.open()
        await found.screen.settle()
        assert isinstance(found.screen.opened.scope.history_of(view), History)


async def test_it_is_not_shown_where_it_was_put_away_meanwhile(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        view = await opened(found)
        gate = found.transport.hold(path=HISTORY)
        found.history.toggle()
        await gate.arrived()
        found.history.toggle()
        gate.open()
        await found.screen.settle()
        assert found.screen.opened.scope.history_of(view) is None


@pytest.mark.parametrize("whole", [True, False], ids=["shown", "put away"])
async def test_one_that_is_out_of_date_is_read_again_or_forgotten(tmp_path: Path, whole: bool) -> None:
    async with listed(tmp_path, "One") as found:
        view = await opened(found)
        found.history.toggle()
        await found.screen.settle()
        if not whole:
            found.history.toggle()
        before = found.screen.opened.scope.history_of(view)
        found.say(view.conversation.id, "new")
        again = await opened(found)
        after = found.screen.opened.scope.history_of(again)
        assert after is not before
        assert isinstance(after, History) == whole
