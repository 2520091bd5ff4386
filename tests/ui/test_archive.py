"""Archiving with keys: the row stays, marked without colour, the same key takes it back, & shows which list it is."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    NARROW,
    NOW,
    WIDE,
    bodies,
    ids,
    main_screen,
    offered_ids,
    pane_text,
    press,
    remarks,
    row_id,
    screen_text,
    small_server,
    started,
    writes,
)
from tui.backends.demo.transport import DemoTransport

pytestmark = pytest.mark.anyio


def cloud(*summaries: str, archived: str = "") -> DemoTransport:
    """A server that archives, with these conversations, of which one is archived."""
    transport = small_server(*summaries, flavour="cloud")
    for row in transport.store.conversations.values():
        if row.summary == archived:
            row.archived_at = NOW
    return transport


def lines(text: str, words: str) -> list[str]:
    return [line for line in text.splitlines() if words in line]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_row_stays_under_the_cursor_when_it_is_archived_and_the_same_key_takes_it_back(
    size: tuple[int, int],
) -> None:
    transport = cloud("One", "Two", "Three")
    _, two, _ = ids(transport)
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "j", "A")
        assert "Archive “Two”?" in screen_text(app)
        await press(pilot, "y")
        assert "Archived: Two · A unarchives it" in remarks(app)
        assert row_id(app) == two
        assert "▽" in lines(pane_text(app, "#list"), "Two")[0]
        assert not [
            line for line in pane_text(app, "#list").splitlines() if "▽" in line and "Two" not in line
        ]
        await press(pilot, "A")
        assert "Unarchive “Two”?" in screen_text(app)
        await press(pilot, "y")
        assert "Unarchived: Two · A archives it" in remarks(app)
        assert row_id(app) == two
        assert "▽" not in pane_text(app, "#list")
    assert bodies(transport, "PATCH") == [{"archived": True}, {"archived": False}]


async def test_a_refresh_takes_it_from_the_list_and_its_own_list_has_it() -> None:
    transport = cloud("One", "Two", "Three")
    _, two, three = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "A", "y", "r")
        assert "Two" not in pane_text(app, "#list")
        assert row_id(app) == three
        await press(pilot, "ampersand")
        assert row_id(app) == two
        assert "archived · newest ↓ · 1, all" in pane_text(app, "ListHeading")
        assert "no conversation" not in pane_text(app, "#list")
        assert "archived" in pane_text(app, "#facts")
        await press(pilot, "A", "y", "ampersand")
        assert "with archived · newest ↓ · 3, all" in pane_text(app, "ListHeading")
        assert "▽" not in pane_text(app, "#list")
        await press(pilot, "ampersand")
        assert "unarchived · newest ↓ · 3, all" in pane_text(app, "ListHeading")


async def test_an_empty_list_of_archived_ones_leaves_no_key_without_an_answer() -> None:
    transport = cloud("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "ampersand")
        assert "no conversation is archived" in pane_text(app, "#list")
        assert pane_text(app, "#title").strip() == ""
        for key in ("A", "e", "enter", "i"):
            app.clear_notifications()
            await press(pilot, key)
        assert app.screen is main_screen(app)
        await press(pilot, "ampersand", "ampersand")
        assert row_id(app) == ids(transport)[0]
    assert writes(transport) == []


@pytest.mark.parametrize("key", ["A", "ampersand"])
async def test_a_server_that_does_not_archive_says_so(key: str) -> None:
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        before = len(transport.requests)
        await press(pilot, key)
        assert remarks(app) == "Archiving isn't supported by this server"
        assert not offered_ids(app) & {"conversation.archive", "list.archive-status"}
        assert "unarchived" not in pane_text(app, "ListHeading")
        assert len(transport.requests) == before


async def test_marks_stay_on_what_is_archived() -> None:
    transport = cloud("One", "Two")
    one, _ = ids(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "space", "k", "A", "y")
        assert main_screen(app).marks.rows.keys() == {one}
        assert "▽" in lines(pane_text(app, "#list"), "One")[0]


async def test_hostile_titles_are_only_text_in_the_question() -> None:
    transport = cloud("[/foo] [bold]")
    async with started(transport) as (app, pilot):
        await press(pilot, "A")
        assert "Archive “[/foo] [bold]”?" in screen_text(app)
        await press(pilot, "y")
        assert "Archived: [/foo] [bold] · A unarchives it" in remarks(app)


async def test_the_header_names_the_model_of_the_conversation() -> None:
    transport = cloud("One", "Two")
    one, _ = ids(transport)
    transport.store.conversations[one].model = "own/[/foo]"
    agent = next(iter(transport.store.agents.values()))
    async with started(transport) as (app, pilot):
        assert "own/[/foo]" in pane_text(app, "#header")
        await press(pilot, "j")
        assert "own/[/foo]" not in pane_text(app, "#header")
        assert agent.model in pane_text(app, "#header")
        await press(pilot, "k")
        assert "own/[/foo]" in pane_text(app, "#header")


async def test_a_context_that_is_not_reported_is_said_the_same_in_messages_and_history() -> None:
    transport = cloud("One")
    (one,) = ids(transport)
    transport.store.conversations[one].reports_context = False
    async with started(transport) as (app, pilot):
        assert "in context: not reported" in pane_text(app, "#facts")
        shown = [pane_text(app, "ScopeLine")]
        await press(pilot, "H")
        shown.append(pane_text(app, "ScopeLine"))
        assert all("in context: not reported" in line for line in shown)
        assert "nothing before the context" not in shown[1]
        await press(pilot, "i")
        assert "· in context not reported ·" in pane_text(app, "#info")


async def test_null_is_not_the_same_as_not_reported_in_info() -> None:
    for flavour, word in (("cloud", "not set"), ("self-hosted", "not reported")):
        async with started(small_server("One", flavour=flavour)) as (app, pilot):
            await press(pilot, "i")
            info = pane_text(app, "#info")
            assert f"· description {word} ·" in info
            assert f"· archived at {word} ·" in info


async def test_a_narrow_heading_counts_in_fewer_words_and_cuts_none() -> None:
    """What a list shows, its order and whether there is more are never cut to "200 loaded, mo…"."""
    transport = cloud(*(f"Work {number}" for number in range(300)))
    async with started(transport, size=WIDE) as (app, pilot):
        heading = pane_text(app, "ListHeading")
        assert "unarchived · newest ↓ · more" in heading
        assert "…" not in heading
    marking = small_server(*(f"Work {number}" for number in range(300)))
    async with started(marking, size=WIDE) as (app, pilot):
        await press(pilot, "space", "space")
        assert "● 2 marked · newest ↓ · more" in pane_text(app, "ListHeading")
