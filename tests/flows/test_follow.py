"""Following: what changes is shown and marked, and nothing is read while somebody types or reads otherwise."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.flows.reading import NOW, Reading, listed, reading, server_with
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
        assert found.screen.conversations.problem.startswith("Not following")
        assert state(found) == "failing"
        found.transport.clear()
        found.follow.tick()
        await found.screen.settle()
        assert found.screen.conversations.problem == ""
        assert state(found) == "connected"


# deleted and renamed elsewhere


def numbered(count: int) -> list[str]:
    return [f"Number {number:03}" for number in range(count)]


async def followed(found: Reading) -> None:
    """The next reading."""
    found.follow.tick()
    await found.screen.settle()


async def test_what_was_deleted_elsewhere_leaves_the_list_and_its_count(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two", "Three") as found:
        await opened(found)
        found.follow.toggle()
        await found.screen.settle()
        gone = found.screen.conversations.rows[2].id
        found.transport.store.delete_conversation(gone)
        removed: list[frozenset[str]] = []
        found.conversations.when_shown(lambda shown: removed.append(shown.removed))
        await followed(found)
        assert found.titles == ["One", "Three"]
        assert found.screen.conversations.heading == "newest ↓ · 2, all"
        assert removed[0] == {gone}
        assert not found.screen.messages, "it was not what is read"


@pytest.mark.parametrize("covered", [True, False])
async def test_the_open_conversation_that_was_deleted_elsewhere_gives_way_to_its_neighbour(
    tmp_path: Path, covered: bool
) -> None:
    """Be it among the first rows, which are read each time, or behind them."""
    async with listed(tmp_path, *numbered(90)) as found:
        place = 2 if covered else 80
        await opened(found, place)
        found.follow.toggle()
        await found.screen.settle()
        gone = found.screen.conversations.rows[place]
        found.transport.store.delete_conversation(gone.id)
        await followed(found)
        assert gone.summary not in found.titles
        assert found.screen.conversations.heading == "newest ↓ · 89, all"
        assert found.screen.row is not None
        assert found.screen.row.summary == f"Number {place:03}"
        view = found.screen.opened.view
        assert view is not None
        assert view.conversation.id == found.screen.row.id
        assert found.screen.messages == [f"“{gone.summary}” was deleted by somebody else"]
        assert found.screen.conversations.problem == ""


async def test_a_conversation_that_is_listed_and_cannot_be_read_stays(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        await opened(found)
        found.transport.fail(404, path="/conv-[^/]+$")
        found.follow.toggle()
        await found.screen.settle()
        assert found.titles == ["One"]
        assert found.screen.conversations.problem.startswith("Not following")


async def test_every_loaded_row_is_read_again_in_its_turn(tmp_path: Path) -> None:
    async with listed(tmp_path, *numbered(120)) as found:
        await opened(found)
        found.follow.toggle()
        await found.screen.settle()
        rows = found.screen.conversations.rows
        found.transport.store.delete_conversation(rows[110].id)
        found.transport.store.set_summary(rows[100].id, "Renamed")
        for _ in range(9):
            await followed(found)
            assert found.screen.conversations.heading == "newest ↓ · 120, all"
        await followed(found)
        assert found.screen.conversations.heading == "newest ↓ · 119, all"
        assert found.titles[99] == "Renamed"


async def test_a_list_of_which_a_part_is_loaded_stays_as_long_as_it_is(tmp_path: Path) -> None:
    async with listed(tmp_path, *numbered(120), page_size=60) as found:
        await opened(found)
        found.transport.store.delete_conversation(found.screen.conversations.rows[55].id)
        found.follow.toggle()
        await found.screen.settle()
        assert "Number 054" not in found.titles
        assert found.titles == [title for title in numbered(61) if title != "Number 054"]
        assert found.screen.conversations.heading == "newest ↓ · 60 loaded, more"


async def test_no_row_leaves_while_somebody_begins_to_edit(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        await opened(found)
        gate = found.transport.hold(path="/v1/conversations/$")
        found.follow.toggle()
        await gate.arrived()
        found.screen.is_editing = True
        found.transport.store.delete_conversation(found.screen.conversations.rows[1].id)
        gate.open()
        await found.screen.settle()
        assert found.titles == ["One", "Two"]


async def test_rows_of_the_last_visit_are_not_followed(tmp_path: Path) -> None:
    transport = server_with("One")
    async with listed(tmp_path, transport=transport):
        pass
    async with reading(transport, tmp_path) as found:
        found.conversations.show_last_visit(found.agent.id, None)
        transport.requests.clear()
        found.follow.toggle()
        await found.screen.settle()
        assert not transport.requests
