"""The context check on the screen: its count in the header, its list, and the jump to what a finding is about."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    asked,
    assert_harmless,
    focused_id,
    ids,
    main_screen,
    only_agent,
    press,
    remarks,
    screen_lines,
    screen_text,
    settle,
    small_server,
    started,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.ui.dialogs.findings import FindingsScreen

pytestmark = pytest.mark.anyio


def header(app: LettaApp) -> str:
    return screen_lines(app)[0].rstrip()


def selected(app: LettaApp) -> str:
    """The key of the item that is selected in the shown pane."""
    item = main_screen(app).panes.detail.reader.item
    return "" if item is None else item.key


def faulty() -> DemoTransport:
    """A server whose one conversation reads an old `human` and has a call that never returned."""
    transport = small_server("Broken")
    store, conversation_id = transport.store, ids(transport)[0]
    agent_id = only_agent(transport)
    call = {"name": "search", "arguments": "{}", "tool_call_id": "call-1"}
    store.write(agent_id, conversation_id, "user", [{"type": "text", "text": "look"}])
    store.write(agent_id, conversation_id, "assistant", [{"type": "calls", "calls": [call]}])
    store.write(agent_id, conversation_id, "assistant", [{"type": "text", "text": "never mind"}])
    human = next(block for block in store.shared(store.agents[agent_id]) if block.label == "human")
    store.change_block(human.id, value="Robin O.")
    return transport


async def test_the_header_counts_what_the_open_conversation_has() -> None:
    """The first demo conversation has two stale labels, the next one nothing, a lost isolation is an error."""
    async with started() as (app, pilot):
        assert header(app).endswith("● connected   ! 2")
        await press(pilot, "j")
        assert header(app).endswith("● connected")
        await press(pilot, *["j"] * 8)
        assert "Importer: after a recompile" in screen_text(app)
        assert header(app).endswith("● connected   ✗ 1")


async def test_a_long_conversation_is_checked_beside_the_loop_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transport = faulty()
    async with started(transport) as (app, pilot):
        found = main_screen(app).opened.findings
        assert found
        monkeypatch.setattr("tui.flows.check_context.MANY", 0)
        await press(pilot, "r")
        assert main_screen(app).opened.findings == found


async def test_the_key_is_there_only_while_a_conversation_is_open() -> None:
    """Nothing is open on a server without agents, nor while a conversation cannot be read."""
    transport = small_server("One")
    transport.fail(500, path="/v1/conversations/conv-[^/]*$")
    async with started(transport) as (app, pilot):
        assert "! Check" not in screen_text(app)
        await press(pilot, "exclamation_mark")
        assert not isinstance(app.screen, FindingsScreen)
        transport.clear()
        await press(pilot, "r", "R")
        assert "! Check" in screen_text(app)
        await press(pilot, "exclamation_mark")
        assert isinstance(app.screen, FindingsScreen)


async def test_the_findings_are_listed_the_worst_first_and_explained() -> None:
    """Severity by glyph and word, what it is about, one sentence, the ids."""
    async with started(faulty()) as (app, pilot):
        assert header(app).endswith("✗ 2")
        requests = len(asked(app._transport))  # type: ignore[arg-type]
        await press(pilot, "exclamation_mark")
        text = screen_text(app)
        assert "Context check · 2 findings · Broken" in text
        assert text.index("✗ error search call without return") < text.index("! warning human stale")
        assert "search was called and never returned" in text
        assert "call-1" in text
        assert len(asked(app._transport)) == requests  # type: ignore[arg-type]


async def test_enter_goes_to_the_message_that_a_finding_is_about() -> None:
    """The tab shows, the item is selected, the reader has the keys; escape goes back to the list."""
    async with started(faulty()) as (app, pilot):
        await press(pilot, "b", "exclamation_mark", "enter")
        item = main_screen(app).panes.detail.reader.item
        assert item is not None
        assert (item.word, item.title) == ("tool call", "search")
        assert focused_id(app) == "messages"
        await press(pilot, "escape")
        assert focused_id(app) == "list"


async def test_a_stale_block_is_shown_beside_what_the_model_reads() -> None:
    """The jump changes the view of the memory pane to the one that shows the difference."""
    async with started(faulty()) as (app, pilot):
        await press(pilot, "exclamation_mark", "j", "enter")
        assert (focused_id(app), selected(app)) == ("memory", "label-human")
        assert "what the model reads vs. now" in screen_text(app)


async def test_a_jump_brings_hidden_types_back() -> None:
    """What a finding is about is shown, even if its type of message was filtered out."""
    async with started(faulty()) as (app, pilot):
        screen = main_screen(app)
        kind = next(item.kind for item in screen.panes.detail.messages if item.title == "search")
        screen.reading.opened.hide_types(frozenset({kind}))
        await settle(pilot)
        await press(pilot, "exclamation_mark", "enter")
        item = screen.panes.detail.reader.item
        assert item is not None
        assert item.title == "search"


async def test_escape_leaves_everything_where_it_was() -> None:
    """No jump, no change of pane, and the key itself closes too."""
    for key in ("escape", "q", "exclamation_mark"):
        async with started(faulty()) as (app, pilot):
            await press(pilot, "exclamation_mark", key)
            assert app.screen is main_screen(app)
            assert focused_id(app) == "list"


async def test_a_healthy_conversation_says_so() -> None:
    """Nothing to jump to, so enter is not offered, and says why."""
    async with started(small_server("Fine")) as (app, pilot):
        await press(pilot, "exclamation_mark")
        assert "0 findings · Fine" in screen_text(app)
        assert "✓ no findings" in screen_text(app)
        assert "Go to it" not in screen_text(app)
        await press(pilot, "enter", "y")
        assert isinstance(app.screen, FindingsScreen)
        assert remarks(app).splitlines() == ["No findings"] * 2


async def test_y_copies_the_ids() -> None:
    """An id a line, as the finding names them."""
    async with started(faulty()) as (app, pilot):
        await press(pilot, "exclamation_mark", "y")
        assert app.clipboard.splitlines()[1] == "call-1"
        assert "Copied 2 ids" in remarks(app)


async def test_in_a_narrow_window_the_jump_shows_the_detail() -> None:
    """One pane at a time: the one with the item."""
    async with started(faulty(), size=NARROW) as (app, pilot):
        await press(pilot, "exclamation_mark", "enter")
        assert "▹ tool call" in screen_text(app)
        assert "search" in screen_text(app)
        assert focused_id(app) == "messages"


async def test_hostile_names_are_shown_not_obeyed() -> None:
    """Titles, labels and names of tools come from the server."""
    transport = small_server(HOSTILE, blocks={HOSTILE: "x"})
    agent = transport.store.agents[only_agent(transport)]
    transport.store.change_block(agent.block_ids[0], value="y")
    async with started(transport) as (app, pilot):
        await press(pilot, "exclamation_mark")
        assert_harmless(app)
        assert "[/foo]" in screen_text(app)
        await press(pilot, "enter")
        assert_harmless(app)
