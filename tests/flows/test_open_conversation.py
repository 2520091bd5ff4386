"""Opening: one round trip deep, and shown only while it is what the cursor is on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.reading import Reading, listed, reading, server_with
from tui.model.agent import Agent
from tui.model.opened import Context, Opened
from tui.rules.view_state import Failed, Loading, View

pytestmark = pytest.mark.anyio


def shown_id(view: View) -> str | None:
    return None if view is None else view.conversation.id


def titles(found: Reading) -> list[str | None]:
    """The summaries of all complete views so far."""
    return [one.view.conversation.summary for one in found.screen.views if isinstance(one.view, Opened)]


async def test_the_row_on_which_the_cursor_rests_is_read_in_one_round_trip(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        gate = found.transport.hold(path="conv-|core-memory|blocks")
        found.transport.requests.clear()
        found.open.cursor_moved()
        await found.shown(lambda: gate.waiting >= 3)
        sent = len(found.transport.requests)
        gate.open()
        await found.screen.settle()
        assert isinstance(found.screen.opened.view, Opened)
        assert len(found.transport.requests) == sent
        assert found.screen.seen == [shown_id(found.screen.opened.view)]


async def test_rows_that_the_cursor_passes_are_not_read(tmp_path: Path) -> None:
    async with listed(tmp_path, *(f"Number {place}" for place in range(20))) as found:
        for place in range(1, 20):
            found.screen.cursor = place
            found.open.cursor_moved()
        await found.screen.settle()
        assert titles(found) == ["Number 18"]


async def test_old_rows_are_not_read(tmp_path: Path) -> None:
    transport = server_with("One")
    async with listed(tmp_path, transport=transport):
        pass
    transport.requests.clear()
    async with reading(transport, tmp_path) as found:
        found.conversations.show_last_visit(found.agent.id, None)
        found.open.cursor_moved()
        await found.screen.settle()
        assert not transport.requests


async def test_an_answer_for_a_row_that_the_cursor_left_is_not_shown(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        gate = found.transport.hold(path=found.screen.conversations.rows[1].id)
        await found.go(1)
        await gate.arrived()
        await found.go(2)
        await found.shown(lambda: titles(found) == ["Two"])
        gate.open()
        await found.screen.settle()
        assert titles(found) == ["Two"]


async def test_an_error_for_a_row_that_the_cursor_left_is_not_shown(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        first = found.screen.conversations.rows[1].id
        gate = found.transport.hold(path=first)
        found.transport.fail(404, path=first)
        await found.go(1)
        await gate.arrived()
        found.screen.cursor = 2
        gate.open()
        await found.screen.settle()
        assert not any(isinstance(one.view, Failed) for one in found.screen.views)


async def test_of_two_readings_of_a_row_the_newer_one_is_shown(tmp_path: Path) -> None:
    """The cursor came back: the first answer is older, and comes later."""
    async with listed(tmp_path, "One", "Two") as found:
        row = found.screen.conversations.rows[1]
        gate = found.transport.hold(path="core-memory")
        await found.go(1)
        await gate.arrived()
        found.transport._gates.clear()
        await found.go(1)
        await found.shown(lambda: isinstance(found.screen.opened.view, Opened))
        newest = found.screen.opened.view
        gate.open()
        await found.screen.settle()
        assert found.screen.opened.view is newest
        assert shown_id(newest) == row.id


async def test_a_failure_of_the_older_of_two_readings_is_not_shown(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        path = f"{found.screen.conversations.rows[1].id}$"
        gate = found.transport.hold(path=path)
        found.transport.fail(404, path=path, times=1)
        await found.go(1)
        await gate.arrived()
        found.transport._gates.clear()
        newer = found.transport.hold(path="core-memory")
        found.open.cursor_moved()  # the reading that waits is given up
        gate.open()
        newer.open()
        await found.screen.settle()
        assert isinstance(found.screen.opened.view, Opened)
        assert not any(isinstance(one.view, Failed) for one in found.screen.views)


async def test_another_agents_conversation_is_not_shown(tmp_path: Path) -> None:
    """The default conversations of all agents have the same id."""
    async with listed(tmp_path, "One") as found:
        gate = found.transport.hold(path="/v1/agents/[^/]+$")
        found.screen.cursor = 0
        found.open.read(found.screen.conversations.rows[0])
        await gate.arrived()
        other = Agent(id="agent-other")
        found.conversations.shown = type(found.conversations.shown)(
            agent=other, rows=found.conversations.shown.rows
        )
        gate.open()
        await found.screen.settle()
        assert titles(found) == []


async def test_the_first_messages_are_shown_before_the_rest(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        gate = found.transport.hold(path="core-memory")
        await found.go(1)
        await found.shown(lambda: isinstance(found.screen.opened.view, Loading) and _known(found) is not None)
        gate.open()
        await found.screen.settle()
        assert isinstance(found.screen.opened.view, Opened)


def _known(found: Reading) -> Opened | None:
    view = found.screen.opened.view
    return view.known if isinstance(view, Loading) else None


async def test_first_messages_of_a_row_that_the_cursor_left_are_not_shown(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        first = found.screen.conversations.rows[1].id
        blocks = found.transport.hold(path="core-memory")
        gate = found.transport.hold(path=first)
        await found.go(1)
        await gate.arrived()
        found.screen.cursor = 2
        gate.open()
        await blocks.arrived()
        await found.shown(lambda: gate.waiting == 0)
        blocks.open()
        await found.screen.settle()
        assert _all_known(found) == []


async def test_first_messages_of_an_older_reading_are_not_shown(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        blocks = found.transport.hold(path="core-memory")
        gate = found.transport.hold(path="conv-")
        await found.go(1)
        await gate.arrived(2)
        found.open._reading = object()
        gate.open()
        await found.shown(lambda: gate.waiting == 0)
        blocks.open()
        await found.screen.settle()
        assert _all_known(found) == []


def _all_known(found: Reading) -> list[str]:
    views = [one.view for one in found.screen.views]
    return [view.conversation.id for view in views if isinstance(view, Loading) and view.known is not None]


async def test_what_was_read_before_is_shown_until_it_is_read_again(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        await found.go(1)
        await found.screen.settle()
        await found.go(2)
        await found.screen.settle()
        gate = found.transport.hold()
        found.screen.cursor = 1
        found.open.cursor_moved()
        await found.shown(lambda: _known(found) is not None)
        view = found.screen.opened.view
        assert isinstance(view, Loading)
        assert view.earlier
        gate.open()
        await found.screen.settle()
        assert isinstance(found.screen.opened.view, Opened)


async def test_what_was_read_before_is_not_shown_of_a_row_that_the_cursor_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listed(tmp_path, "One", "Two", "Three") as found:
        for place in (1, 2):
            await found.go(place)
            await found.screen.settle()
        found.screen.views.clear()

        async def prepare(opened: Opened) -> None:
            found.screen.cursor = 3  # while it is laid out

        monkeypatch.setattr(found.screen, "prepare", prepare)
        found.screen.cursor = 1
        found.open.cursor_moved()
        await found.screen.settle()
        assert found.screen.conversations.rows[1].id not in _all_known(found)


async def test_neighbours_are_read_while_the_cursor_rests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.flows.open_conversation.NEIGHBOURS", 2)
    async with listed(tmp_path, "One", "Two", "Three") as found:
        await found.go(2)
        await found.screen.settle()
        assert len(found.open.cache) == 3
        assert titles(found) == ["Two"]


async def test_what_could_not_be_read_says_why(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        found.transport.fail(404, path="conv-")
        await found.go(1)
        await found.screen.settle()
        assert isinstance(found.screen.opened.view, Failed)


async def test_a_summary_that_was_saved_is_shown_where_it_is_open(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        row = await found.go(1)
        await found.screen.settle()
        found.conversations.put(row.changed(summary="Saved"))
        assert titles(found)[-1] == "Saved"
        shown = found.screen.opened
        found.conversations.put(found.screen.conversations.rows[2].changed(summary="Other"))
        assert found.screen.opened is shown


async def test_a_changed_conversation_is_read_again_where_the_cursor_is_on_it(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        one, two = found.screen.conversations.rows[1:]
        found.open.reload(two)
        await found.screen.settle()
        assert titles(found) == []
        found.open.reload(one)
        await found.screen.settle()
        assert titles(found) == ["One"]


async def test_only_what_came_since_the_last_look_is_a_change(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        row = await found.go(1)
        await found.screen.settle()
        assert not found.screen.opened.changes
        found.say(row.id, "new")
        await found.go(1)
        await found.screen.settle()
        assert len(found.screen.opened.changes.messages) == 1
        found.open.look()
        assert not found.screen.opened.changes
        found.say(row.id, "newer")
        await found.go(1)
        await found.screen.settle()
        assert len(found.screen.opened.changes.messages) == 1
        await found.go(2)
        await found.screen.settle()
        assert not found.screen.opened.changes


async def test_read_again_is_nothing_where_something_else_is_open_by_then(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        await found.go(1)
        await found.screen.settle()
        gate = found.transport.hold(path=found.screen.conversations.rows[1].id)
        read: list[Opened | None] = []

        async def again() -> None:
            read.append(await found.open.read_again())

        found.screen.start_worker("follow", again)
        await gate.arrived()
        await found.go(2)
        await found.shown(lambda: titles(found)[-1] == "Two")
        gate.open()
        await found.screen.settle()
        assert read == [None]


async def test_a_server_that_was_left_shows_nothing_more(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        row = await found.go(1)
        await found.screen.settle()
        shown = found.screen.opened
        found.open.close()
        found.conversations.put(row.changed(summary="Saved"))
        assert found.screen.opened is shown


async def test_hidden_types_stay_hidden_in_the_next_conversation(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        await found.go(1)
        await found.screen.settle()
        found.open.hide_types(frozenset({"reasoning"}))
        await found.go(2)
        await found.screen.settle()
        assert found.screen.opened.scope.hidden == {"reasoning"}
        view = found.screen.opened.view
        assert isinstance(view, Opened)
        assert isinstance(view.context, Context)


# what is open is a row of the list


async def test_a_summary_that_comes_with_the_list_is_shown_in_the_detail_too(tmp_path: Path) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        row = await found.go(1)
        await found.screen.settle()
        before = found.screen.opened.view
        assert isinstance(before, Opened)
        found.transport.store.set_summary(row.id, "Renamed")
        found.conversations.reload()
        await found.screen.settle()
        view = found.screen.opened.view
        assert isinstance(view, Opened)
        assert view.conversation.summary == "Renamed"
        assert view.context is before.context
        assert view.conversation.in_context_message_ids == before.conversation.in_context_message_ids


@pytest.mark.parametrize("kind", [Loading, Failed])
async def test_a_title_that_comes_with_the_list_is_shown_whatever_the_detail_shows(
    tmp_path: Path, kind: type[Loading | Failed]
) -> None:
    async with listed(tmp_path, "One", "Two") as found:
        for place in (1, 2):
            await found.go(place)
            await found.screen.settle()
        row = found.screen.conversations.rows[1]
        gate = found.transport.hold(path=row.id)
        found.transport.fail(500, path=row.id)
        found.screen.cursor = 1
        found.open.cursor_moved()
        await gate.arrived()
        if kind is Failed:
            gate.open()
            await found.shown(lambda: isinstance(found.screen.opened.view, Failed))
        found.conversations.put(row.changed(summary="Renamed"))
        view = found.screen.opened.view
        assert isinstance(view, kind)
        assert view.conversation.summary == "Renamed"
        if isinstance(view, Loading):
            assert view.known is not None
            assert view.known.conversation.summary == "Renamed"


async def test_a_list_that_says_nothing_new_shows_the_detail_no_second_time(tmp_path: Path) -> None:
    async with listed(tmp_path, "One") as found:
        await found.go(1)
        await found.screen.settle()
        shown = found.screen.opened
        found.conversations.reload()
        await found.screen.settle()
        assert found.screen.opened is shown


async def test_a_conversation_that_leaves_the_list_is_not_open_any_more(tmp_path: Path) -> None:
    """The next one has the cursor, and is read when it rests there."""
    async with listed(tmp_path, "One", "Two") as found:
        row = await found.go(1)
        await found.screen.settle()
        found.transport.store.delete_conversation(row.id)
        found.conversations.reload()
        await found.screen.settle("pages")
        view = found.screen.opened.view
        assert isinstance(view, Loading)
        assert view.conversation.summary == "Two"


async def test_a_row_that_the_cursor_passes_leaves_the_detail_as_it_is(tmp_path: Path) -> None:
    """What changes in the list meanwhile is no reason to show less."""
    async with listed(tmp_path, "One", "Two") as found:
        await found.go(1)
        await found.screen.settle()
        shown = found.screen.opened
        found.screen.cursor = 2
        found.conversations.put(found.screen.conversations.rows[2].changed(summary="Renamed"))
        assert found.screen.opened is shown
