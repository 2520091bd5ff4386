"""Changes of memory blocks by keys: shown first, done once, and no text or key of a user lost."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from textual import events

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    WIDE,
    assert_harmless,
    draft_on_disk,
    ids,
    offered_ids,
    only_agent,
    press,
    press_until_held,
    reader_text,
    remarks,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
    until,
    writes,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.ui.dialogs.block_editor import BlockEditor
from tui.ui.dialogs.confirm_change import AskScreen
from tui.ui.dialogs.conflict import ConflictScreen
from tui.ui.dialogs.summary_history import SummariesScreen
from tui.ui.tools.manual import ManualScreen

pytestmark = pytest.mark.anyio

OWN, SHARED = "Robin, who moved", "Robin"
TO_HUMAN = ("b", "enter", "j")


def isolated_server(own: str = OWN) -> DemoTransport:
    """The newest conversation has an isolated `human` that differs, and a `persona` that it shares."""
    transport = small_server("Older")
    made = transport.store.add_conversation(only_agent(transport), "Billing", ("human",))
    transport.store.set_block(transport.store.conversations[made].isolated[0], own)
    return transport


def block_ids(transport: DemoTransport) -> tuple[str, str]:
    """The isolated and the shared `human`."""
    store = transport.store
    own = store.conversations[ids(transport)[-1]].isolated[0]
    shared = next(one.id for one in store.shared(store.agents[only_agent(transport)]) if one.label == "human")
    return own, shared


def values(transport: DemoTransport) -> tuple[str, str]:
    """What the server has in both."""
    own, shared = block_ids(transport)
    return transport.store.blocks[own].value, transport.store.blocks[shared].value


def editor(app: LettaApp) -> BlockEditor:
    """The editor of a block, which is open."""
    assert isinstance(app.screen, BlockEditor)
    return app.screen


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_e_edits_the_selected_block_and_shows_first_what_that_does(size: tuple[int, int]) -> None:
    server = isolated_server()
    async with started(server, size=size) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e")
        assert "human · this conversation's own block" in screen_text(app)
        assert editor(app).editor.text == OWN
        await type_text(pilot, " back")
        await press(pilot, "enter")
        assert isinstance(app.screen, AskScreen)
        shown = screen_text(app)
        assert "Save “human”?" in shown
        assert "Only this conversation reads it." in shown
        assert "until an automatic compaction" in shown
        assert "Robin, who moved back" in shown
        assert writes(server) == []
        await press(pilot, "y")
        assert values(server) == (f"{OWN} back", SHARED)
        assert "Saved: human" in remarks(app)
        assert "Robin, who moved back" in reader_text(app, "memory")
        assert app.focused is not None
        assert app.focused.id == "memory"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_first_difference_of_a_long_block_is_in_view(size: tuple[int, int]) -> None:
    lines = [f"Line {number}: a fact that takes more than one row in a narrow dialog" for number in range(40)]
    async with started(isolated_server("\n".join(lines)), size=size) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e", *["up"] * 10, "end")
        await type_text(pilot, " zebra")
        await press(pilot, "enter")
        assert isinstance(app.screen, AskScreen)
        assert "zebra" in screen_text(app)
        assert "Line 9:" not in screen_text(app)
        await press(pilot, "g")
        assert "equal lines" in screen_text(app)


async def test_escape_in_the_question_goes_back_to_the_text() -> None:
    server = isolated_server()
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e", "home")
        await type_text(pilot, "Mx ")
        await press(pilot, "enter", "escape")
        area = editor(app).editor.area
        assert (area.text, area.cursor_location, area.has_focus) == (f"Mx {OWN}", (0, 3), True)
        assert not editor(app).editor.busy
        await press(pilot, "escape")
        assert not isinstance(app.screen, BlockEditor)
        await press(pilot, "e", "ctrl+z")
        assert editor(app).editor.text == f"Mx {OWN}"
        assert writes(server) == []


async def test_elsewhere_e_still_edits_the_summary() -> None:
    async with started(isolated_server()) as (app, pilot):
        await press(pilot, "b", "enter", "g", "e")  # the heading of Memory is no label
        assert not isinstance(app.screen, BlockEditor)
        assert app.focused is not None
        assert app.focused.id == "summary-text"


async def test_x_resets_p_promotes_and_u_takes_back_each() -> None:
    server = isolated_server()
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "X")
        assert "Reset “human” to the agent's shared value?" in screen_text(app)
        await press(pilot, "y")
        assert values(server) == (SHARED, SHARED)
        await press(pilot, "u")
        assert values(server) == (OWN, SHARED)
        await press(pilot, "p")
        assert "Write this conversation's “human” into the agent's shared block?" in screen_text(app)
        assert "Also read by 1 other conversation of this agent and its default one." in screen_text(app)
        await press(pilot, "y")
        assert values(server) == (OWN, OWN)
        await press(pilot, "u")
        assert values(server) == (OWN, SHARED)
        await press(pilot, "ctrl+y")
        assert values(server) == (OWN, OWN)


async def test_u_of_a_block_works_after_a_restart() -> None:
    server = isolated_server()
    for keys in (("X", "y"), ("u",)):
        async with started(server, demo=False, base_url="http://letta.test") as (_, pilot):
            await press(pilot, *TO_HUMAN, *keys)
    assert values(server) == (OWN, SHARED)


async def test_the_values_of_a_block_are_listed() -> None:
    server = isolated_server()
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "X", "y", "U")
        assert isinstance(app.screen, SummariesScreen)
        assert "Values · human" in screen_text(app)
        await press(pilot, "enter")
        assert "This is the current value" in remarks(app)
        await press(pilot, "j", "enter")
        assert values(server) == (OWN, SHARED)


async def test_shared_labels_are_neither_reset_nor_promoted() -> None:
    server = isolated_server()
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "j", "X")
        assert "Only an isolated block can be reset or promoted" in remarks(app)
        await press(pilot, "g", "p")
        assert "Select a label in Memory: b shows them" in remarks(app)
        await press(pilot, "escape", "X")
        assert "Reset works in Memory" in remarks(app)
        assert writes(server) == []


async def test_a_read_only_block_is_refused_in_words() -> None:
    server = isolated_server()
    server.store.change_block(block_ids(server)[0], read_only=True)
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e")
        assert not isinstance(app.screen, BlockEditor)
        assert "this block is read-only" in remarks(app)
        await press(pilot, "X")
        assert "✗ this block is read-only" in screen_text(app)
        await press(pilot, "y")
        assert isinstance(app.screen, AskScreen)
        assert writes(server) == []


async def test_a_text_over_the_limit_is_refused_while_it_is_typed() -> None:
    server = isolated_server()
    server.store.change_block(block_ids(server)[0], limit=len(OWN) + 1)
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e")
        await type_text(pilot, "!!")
        assert "✗ 18 characters are 1 over the block's limit of 17" in screen_text(app)
        await press(pilot, "enter")
        assert editor(app).editor.text == f"{OWN}!!"
        await press(pilot, "backspace", "enter", "y")
        assert values(server)[0] == f"{OWN}!"


async def test_somebody_else_in_between_is_a_conflict_as_with_summaries() -> None:
    server = isolated_server()
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e")
        await type_text(pilot, " mine")
        await press(pilot, "enter")
        server.store.set_block(block_ids(server)[0], "Theirs")
        await press(pilot, "y")
        assert isinstance(app.screen, ConflictScreen)
        assert "Two texts of one memory block" in screen_text(app)
        await press(pilot, "escape")
        assert editor(app).editor.text == f"{OWN} mine"
        await press(pilot, "enter", "y")
        assert values(server)[0] == f"{OWN} mine"


async def test_a_refusal_is_shown_in_the_editor_and_the_text_stays() -> None:
    server = isolated_server()
    server.fail(500, method="PATCH", times=1)
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e")
        await type_text(pilot, " mine")
        await press(pilot, "enter", "y")
        assert "not saved" in screen_text(app)
        assert draft_on_disk(app._wire.base_url, ids(server)[-1]) is not None
        await press(pilot, "enter", "y")
        assert values(server)[0] == f"{OWN} mine"


async def test_a_lost_answer_is_read_back() -> None:
    server = isolated_server()
    server.fail(httpx.ReadError, method="PATCH", after_commit=True, times=1)
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e")
        await type_text(pilot, " mine")
        await press(pilot, "enter", "y")
        assert "Saved: human" in remarks(app)
        assert len([one for one in writes(server) if one.startswith("PATCH")]) == 1


async def test_an_unsaved_text_outlives_the_app() -> None:
    server = isolated_server()
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e")
        await type_text(pilot, " half")
        app.exit()
    async with started(server, notifications=True) as (app, pilot):
        assert "✎ 1 unsaved text of a memory block: e on the block in Memory continues it" in remarks(app)
        assert "unsaved draft" not in remarks(app)
        await press(pilot, *TO_HUMAN, "e")
        assert editor(app).editor.text == f"{OWN} half"
        assert "draft stored" in screen_text(app)


async def test_saving_goes_on_to_the_next_block() -> None:
    server = isolated_server()
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e")
        await type_text(pilot, " one")
        await press(pilot, "ctrl+down", "y")
        assert "persona · the agent's shared block" in screen_text(app)
        await type_text(pilot, " two")
        assert editor(app).editor.text == "Ada two"


async def test_keys_in_a_burst_go_into_the_text_and_answer_no_question() -> None:
    """The question is answered only by a key that was typed after it was shown."""
    server = isolated_server()
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN)
        for key in ("e", "D", "q", "y"):
            app.post_message(events.Key(key, key))
        await settle(pilot)
        assert editor(app).editor.text == f"{OWN}Dqy"
        for key in ("ctrl+s", "y", "D"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await settle(pilot)
        assert isinstance(app.screen, AskScreen)
        assert writes(server) == []
        await press(pilot, "escape")
        assert editor(app).editor.text == f"{OWN}Dqy"


async def test_escape_while_it_is_being_saved_says_so() -> None:
    server = isolated_server()
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e")
        await type_text(pilot, " mine")
        await press(pilot, "enter")
        gate = await press_until_held(pilot, server, "y", method="PATCH")
        await pilot.press("escape")
        await until(pilot, lambda: "still being saved" in remarks(app))
        gate.open()
        await settle(pilot)
        assert values(server)[0] == f"{OWN} mine"


async def test_texts_of_a_server_do_nothing_to_the_terminal() -> None:
    server = isolated_server(HOSTILE)
    store = server.store
    store.change_block(block_ids(server)[0], description=HOSTILE)
    store.add_agent(HOSTILE, [store.blocks[block_ids(server)[1]]])
    async with started(server, agent=next(iter(store.agents))) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e")
        assert "[/foo]" in screen_text(app)
        assert_harmless(app)
        await type_text(pilot, "x")
        await press(pilot, "enter")
        assert_harmless(app)
        await press(pilot, "y", "p")
        assert "Also read by 1 other agent" in screen_text(app)
        assert_harmless(app)
        await press(pilot, "y", "U")
        assert_harmless(app)


async def test_readonly_forbids_every_change() -> None:
    server = isolated_server()
    async with started(server, readonly=True) as (app, pilot):
        await press(pilot, *TO_HUMAN)
        assert not offered_ids(app) & {"summary.edit", "summary.undo", "memory.reset", "memory.promote"}
        await press(pilot, "e", "X", "p", "u")
        assert "Read-only: --readonly refuses all changes" in remarks(app)
        assert not isinstance(app.screen, BlockEditor | AskScreen)
    assert writes(server) == []


async def test_an_editor_outside_saves_after_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.ui.external_programs.edit_outside", lambda app, text: f"{text}, typed elsewhere")
    server = isolated_server()
    async with started(server) as (app, pilot):
        await press(pilot, *TO_HUMAN, "E")
        assert isinstance(app.screen, AskScreen)
        assert f"{OWN}, typed elsewhere" in screen_text(app)
        await press(pilot, "y")
        assert values(server)[0] == f"{OWN}, typed elsewhere"


async def test_f1_in_the_editor_opens_its_page() -> None:
    async with started(isolated_server()) as (app, pilot):
        await press(pilot, *TO_HUMAN, "e", "f1")
        assert isinstance(app.screen, ManualScreen)
        assert "Change memory" in screen_text(app)


async def test_the_default_conversation_edits_the_agents_block() -> None:
    server = isolated_server()
    async with started(server) as (app, pilot):
        await press(pilot, "g", "b", "enter", "j", "j", "e")
        assert "the agent's shared block" in screen_text(app)
        await type_text(pilot, " too")
        await press(pilot, "enter")
        assert "reads it at once" in screen_text(app)
        await press(pilot, "y")
    assert values(server)[1] == f"{SHARED} too"
