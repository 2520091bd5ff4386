"""List, heading, detail, marks and footer show the same facts, whatever changes them."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    NARROW,
    ids,
    main_screen,
    pane_text,
    press,
    row_id,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
)
from tests.ui.stories import numbered
from tui.ui import main_screen as main_screen_module
from tui.ui.widgets.footer import KeyLine

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of following never strikes by itself."""
    monkeypatch.setattr(main_screen_module, "EVERY", 10_000.0)


@pytest.mark.parametrize("key", ["r", "R", "s", "S", "ctrl+t"])
async def test_a_summary_that_was_changed_elsewhere_is_the_same_in_row_and_title(key: str) -> None:
    transport = small_server("One", "Two")
    async with started(transport) as (app, pilot):
        transport.store.set_summary(ids(transport)[0], "Renamed elsewhere")
        await press(pilot, key)
        assert "Renamed elsewhere" in pane_text(app, "#list")
        assert pane_text(app, "#title") == "Renamed elsewhere"
        await press(pilot, "i")
        assert "Renamed elsewhere" in pane_text(app, "#info")


async def test_a_page_that_shows_a_changed_row_again_changes_the_detail_too() -> None:
    """Rows of one instant come twice, with the page after theirs."""
    transport = numbered(30)
    for conversation in transport.store.conversations.values():
        conversation.created_at = next(iter(transport.store.conversations.values())).created_at
    async with started(transport, page_size=10) as (app, pilot):
        here = row_id(app)
        assert here is not None
        transport.store.set_summary(here, "Renamed elsewhere")
        main_screen(app).reading.conversations.near_end()
        await settle(pilot)
        assert pane_text(app, "#title") == "Renamed elsewhere"
        assert "Renamed elsewhere" in pane_text(app, "#list")


async def test_a_filter_without_a_match_shows_no_conversation_and_offers_nothing_to_do_with_one() -> None:
    transport = numbered(5)
    wanted = ids(transport)[3]
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "j", "j", "slash")
        await type_text(pilot, "3x")
        assert pane_text(app, "#title") == ""
        assert pane_text(app, "#messages") == ""
        assert pane_text(app, "ListHeading") == "newest ↓ · 5, all 0 matches"
        await press(pilot, "enter")
        hints = {hint.id for hint in main_screen(app).query_one(KeyLine).hints}
        assert not hints & {"summary.edit", "conversation.open", "context.check", "history.toggle"}
        await press(pilot, "escape")
        assert row_id(app) == wanted
        assert pane_text(app, "#title") == "Number 003"
        assert pane_text(app, "ListHeading") == "newest ↓ · 5, all 4 of 5"
        hints = {hint.id for hint in main_screen(app).query_one(KeyLine).hints}
        assert "summary.edit" in hints


async def test_matches_and_position_count_the_same_rows() -> None:
    """The default conversation is one of the matches where it matches."""
    async with started(small_server("An ear", "No such", "An earl")) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "a")
        assert len(main_screen(app).panes.list.rows) == 3
        await press(pilot, "enter")
        assert pane_text(app, "ListHeading") == "newest ↓ · 3, all 2 of 3 matches"


async def test_the_order_can_be_seen_while_a_filter_is_on() -> None:
    async with started(numbered(12)) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "01")
        await press(pilot, "enter", "S")
        assert pane_text(app, "ListHeading") == "oldest ↑ · 12, all 3 of 3 matches"


async def test_all_is_loaded_in_every_order() -> None:
    async with started(numbered(45), page_size=20) as (app, pilot):
        await press(pilot, "G", "G", "G")
        assert "45, all" in pane_text(app, "ListHeading")
        for key in ("s", "s", "s", "S", "r", "R"):
            await press(pilot, key)
            assert "45, all" in pane_text(app, "ListHeading"), key


async def test_a_conversation_that_was_deleted_elsewhere_leaves_list_count_detail_and_marks() -> None:
    transport = numbered(60)
    first, second, third = ids(transport)[:3]
    async with started(transport, page_size=50) as (app, pilot):
        await press(pilot, "space", "space", "ctrl+t")
        assert row_id(app) == third
        assert "2 marked" in pane_text(app, "ListHeading")
        transport.store.delete_conversation(first)
        transport.store.delete_conversation(third)
        main_screen(app).reading.follow.tick()
        await settle(pilot)
        assert "Number 000" not in pane_text(app, "#list")
        assert "Number 002" not in screen_text(app).replace("“Number 002” was deleted", "")
        assert pane_text(app, "#title") == "Number 003"
        assert main_screen(app).marks.rows.keys() == {second}
        assert "● 1 marked · newest" in pane_text(app, "ListHeading")


@pytest.mark.parametrize("keys", [("r",), ("R",)])
async def test_a_refresh_without_the_open_conversation_shows_its_neighbour(keys: tuple[str, ...]) -> None:
    transport = small_server("One", "Two")
    async with started(transport) as (app, pilot):
        transport.store.delete_conversation(ids(transport)[0])
        await press(pilot, *keys)
        assert row_id(app) == ids(transport)[0]
        assert pane_text(app, "#title") == "Two"
        assert pane_text(app, "ListHeading") == "newest ↓ · 1, all 1 of 1"


async def test_a_refresh_of_a_conversation_that_is_gone_shows_that_the_list_has_it_no_more() -> None:
    """The error says that `r` shows it, wherever the focus is."""
    transport = small_server("One", "Two")
    async with started(transport, size=NARROW) as (app, pilot):
        await press(pilot, "enter")
        transport.store.delete_conversation(ids(transport)[0])
        await press(pilot, "r")
        assert "could not be read" in pane_text(app, "#facts")
        await press(pilot, "r")
        assert pane_text(app, "#title") == "Two"


async def test_the_footer_follows_the_row_under_the_cursor() -> None:
    """Of a server that refuses summaries, a row with a draft can still be edited."""
    transport = small_server("One", "Two")
    async with started(transport) as (app, pilot):
        main = main_screen(app)
        await press(pilot, "e", "!", "down")
        main.panes.list.focus()
        await press(pilot, "j")
        main.services.client.learner.failed("edit", "summaries are refused")
        await settle(pilot)
        assert "summary.edit" not in {hint.id for hint in main.query_one(KeyLine).hints}
        await press(pilot, "k")
        assert "summary.edit" in {hint.id for hint in main.query_one(KeyLine).hints}
