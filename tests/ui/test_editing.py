"""Editing a summary in place: keys, focus, what is sent, and what is not."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    WIDE,
    asked,
    bodies,
    focused_id,
    ids,
    main_screen,
    offered_ids,
    only_agent,
    pane_text,
    press,
    remarks,
    row_id,
    screen_text,
    small_server,
    started,
    type_text,
    writes,
)
from tests.ui.stories import typed
from tui.app import LettaApp
from tui.ui.dialogs.confirm import ConfirmScreen

pytestmark = pytest.mark.anyio


def editing(app: LettaApp) -> bool:
    """Whether the editor is open and has the keys."""
    return focused_id(app) == "summary-text"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_e_opens_the_summary_enter_saves_it_and_the_list_has_the_keys_again(
    size: tuple[int, int],
) -> None:
    """The whole story once: prefilled, typed, saved, shown, focus back, the cursor where it was."""
    transport = small_server("First", "Second", "Third")
    wanted = ids(transport)[1]
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "j", "e")
        assert editing(app)
        assert typed(app) == "Second"
        assert "unchanged" in pane_text(app, "#editor")
        await type_text(pilot, " try")
        assert "● changed" in pane_text(app, "#editor")
        assert "10 characters" in pane_text(app, "#editor")
        await press(pilot, "enter")
        assert main_screen(app).panes.list.has_focus
        assert row_id(app) == wanted
        assert "Second try" in pane_text(app, "#list")
        assert "Saved: Second try" in remarks(app)
    assert transport.store.conversations[wanted].summary == "Second try"
    assert writes(transport) == [f"PATCH /v1/conversations/{wanted}"]
    assert bodies(transport, "PATCH") == [{"summary": "Second try"}]


async def test_saving_touches_nothing_but_the_summary() -> None:
    """Blocks, messages and everything else of the conversation stay as they were."""
    transport = small_server()
    store = transport.store
    (agent_id,) = store.agents
    wanted = store.add_conversation(agent_id, "Before", ["human", "project"])
    store.add_message(wanted, "user", "hello")
    known = store.conversations[wanted].json(store.in_context(wanted))
    async with started(transport) as (_, pilot):
        await press(pilot, "e", "X", "enter")
    after = store.conversations[wanted].json(store.in_context(wanted))
    assert {name for name in after if after[name] != known[name]} == {"summary", "updated_at"}


async def test_escape_restores_sends_nothing_and_ctrl_z_can_bring_the_text_back() -> None:
    """An edit given up by mistake is not lost."""
    transport = small_server("First")
    async with started(transport) as (app, pilot):
        await press(pilot, "e")
        await type_text(pilot, " of all")
        await press(pilot, "escape")
        assert main_screen(app).panes.list.has_focus
        assert "First of all" not in screen_text(app)
        assert not main_screen(app).panes.list.drafts
        await press(pilot, "e")
        assert typed(app) == "First"
        await press(pilot, "ctrl+z")
        assert typed(app) == "First of all"
        await press(pilot, "escape")
    assert writes(transport) == []


async def test_an_unchanged_text_is_not_sent() -> None:
    """Enter on what the server has already closes the editor, and that is all."""
    transport = small_server("First")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "X", "backspace", "enter")
        assert main_screen(app).panes.list.has_focus
        assert not main_screen(app).panes.list.drafts
    assert writes(transport) == []


async def test_line_ends_that_a_text_field_would_change_are_no_change() -> None:
    """Summaries with foreign line ends that nobody edited stay as they are, byte for byte."""
    transport = small_server("a\r\nb\nc\r", "one\u2028two\x0cthree", "")
    async with started(transport) as (app, pilot):
        for _ in range(3):
            await press(pilot, "e")
            assert "unchanged" in pane_text(app, "#editor")
            await press(pilot, "enter", "j")
    assert writes(transport) == []


async def test_clearing_is_asked_about_and_sends_an_empty_text_and_not_null() -> None:
    """null would change nothing on a real server; escape leaves the summary as it was."""
    transport = small_server("Away")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "ctrl+u", "enter")
        assert isinstance(app.screen, ConfirmScreen)
        await press(pilot, "escape")
        assert writes(transport) == []
        assert editing(app)
        await press(pilot, "enter", "y")
        assert "untitled" in pane_text(app, "#list")
        assert main_screen(app).panes.list.has_focus
    assert bodies(transport, "PATCH") == [{"summary": ""}]


async def test_ctrl_j_breaks_the_line_which_enter_does_not() -> None:
    """A summary of two lines, saved as such and shown on one row."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "ctrl+j")
        await type_text(pilot, "two")
        assert typed(app) == "One\ntwo"
        assert "2 lines" in pane_text(app, "#editor")
        await press(pilot, "enter")
        assert "One ⏎ two" in pane_text(app, "#list")
    assert bodies(transport, "PATCH") == [{"summary": "One\ntwo"}]


async def test_letters_that_are_keys_elsewhere_are_only_letters_here() -> None:
    """q does not quit, a picks no agent, ? shows no help."""
    letters = "qeamibxyYsSrRfDAHtdjkGgnNhl?!@/"
    transport = small_server("")
    async with started(transport) as (app, pilot):
        await press(pilot, "e")
        await type_text(pilot, letters)
        assert editing(app)
        assert typed(app) == letters
        await press(pilot, "enter")
    assert bodies(transport, "PATCH") == [{"summary": letters}]


async def test_ctrl_down_and_ctrl_up_save_and_go_on_editing_the_neighbour() -> None:
    """Three summaries in a row without leaving the editor."""
    transport = small_server("One", "Two", "Three")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1", "ctrl+down")
        assert editing(app)
        assert typed(app) == "Two"
        await press(pilot, "2", "ctrl+down", "3", "ctrl+up")
        assert typed(app) == "Two2"
        assert row_id(app) == ids(transport)[1]
        assert "Two2" in pane_text(app, "#list")
        await press(pilot, "escape")
        assert main_screen(app).panes.list.has_focus
    assert bodies(transport, "PATCH") == [{"summary": "One1"}, {"summary": "Two2"}, {"summary": "Three3"}]


async def test_there_is_an_end_to_going_on() -> None:
    """Behind the last row the editor closes and says why."""
    transport = small_server("Only")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "1", "ctrl+down")
        assert main_screen(app).panes.list.has_focus
        assert "No more conversations" in remarks(app)
        await press(pilot, "e", "2", "ctrl+up")
        assert main_screen(app).panes.list.has_focus
    assert bodies(transport, "PATCH") == [{"summary": "Only1"}, {"summary": "Only12"}]


async def test_the_focus_goes_back_to_the_reader_that_the_edit_was_begun_from() -> None:
    """e while reading messages, enter, and the keys read messages again."""
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "enter")
        assert focused_id(app) == "messages"
        await press(pilot, "e", "X", "enter")
        assert focused_id(app) == "messages"
        await press(pilot, "e", "escape")
        assert focused_id(app) == "messages"


async def test_the_cursor_is_at_the_end_and_a_huge_summary_opens() -> None:
    """300,000 characters in one line and a hundred lines: open, type, save."""
    text = "x" * 300_000 + "\n" * 100 + "end"
    transport = small_server(text)
    async with started(transport) as (_, pilot):
        await press(pilot, "e", "Z", "enter")
    assert bodies(transport, "PATCH") == [{"summary": text + "Z"}]


async def test_hostile_text_comes_through_an_edit_byte_for_byte() -> None:
    """What is filtered from the screen is not filtered from the text."""
    transport = small_server(HOSTILE.replace("\x85", ""))
    async with started(transport) as (_, pilot):
        await press(pilot, "e", "Z", "enter")
    assert bodies(transport, "PATCH") == [{"summary": HOSTILE.replace("\x85", "") + "Z"}]


async def test_a_nul_is_refused_here_and_nothing_is_sent() -> None:
    """A real server answers 500 to it; the reason names the place."""
    transport = small_server("a\0b")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "c", "enter")
        assert editing(app)
        assert "NUL character at position 2" in pane_text(app, "#editor")
        await press(pilot, "ctrl+u", "d", "enter")
        assert main_screen(app).panes.list.has_focus
    assert bodies(transport, "PATCH") == [{"summary": "d"}]


async def test_of_the_default_conversation_is_said_what_the_server_says() -> None:
    """e on ◆: a plain sentence, no editor, nothing written: the one request that could is empty, and refused."""
    transport = small_server("One")
    async with started(transport) as (app, pilot):
        await press(pilot, "k", "e")
        assert main_screen(app).panes.list.has_focus
        assert "summary of the default conversation can't be edited: Reading" in remarks(app)
        assert "refused (422" in remarks(app)
    assert bodies(transport, "PATCH") == [{}]
    assert len(writes(transport)) == 1


@pytest.mark.parametrize("methods", [{"GET", "PATCH"}, {"PATCH"}])
async def test_the_default_conversation_is_edited_where_the_server_has_a_summary_of_it(
    methods: set[str],
) -> None:
    transport = small_server("One", flavour="cloud")
    assert transport.cloud is not None
    transport.cloud.default_methods = frozenset(methods)
    async with started(transport) as (app, pilot):
        await press(pilot, "k", "e")
        await type_text(pilot, "[/foo]")
        await press(pilot, "enter")
        assert main_screen(app).panes.list.has_focus
        assert "default conversation · [/foo]" in pane_text(app, "#list")
    assert transport.store.agents[only_agent(transport)].default_summary == "[/foo]"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_readonly_leaves_no_key_that_could_write(size: tuple[int, int]) -> None:
    """--readonly: edit and new are gone from footer, help and palette, and their keys do nothing."""
    transport = small_server("One")
    async with started(transport, readonly=True, size=size) as (app, pilot):
        assert "read-only" in pane_text(app, "#header")
        assert "Edit" not in pane_text(app, "KeyLine")
        assert "New" not in pane_text(app, "KeyLine")
        assert not offered_ids(app) & {"summary.edit", "summary.edit-outside", "conversation.new"}
        titles = {command.title for command in app.get_system_commands(app.screen) if command.discover}
        assert not titles & {"Edit", "New", "Edit in $EDITOR"}
        await press(pilot, "e", "E", "ctrl+n")
        assert main_screen(app).panes.list.has_focus
        await press(pilot, "question_mark")
        assert "Edit the summary" not in screen_text(app)
    assert writes(transport) == []
    assert asked(transport, "GET")
