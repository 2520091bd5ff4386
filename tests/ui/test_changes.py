"""Fork, delete, recompile, archive, undo: shown first, done once, and refused when read-only."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    NOW,
    WIDE,
    asked,
    assert_harmless,
    bodies,
    draft_on_disk,
    flush,
    focused_id,
    ids,
    leave_draft,
    main_screen,
    make_app,
    offered_ids,
    only_agent,
    post_keys,
    press,
    press_until_held,
    remarks,
    row_id,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
    writes,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.storage.draft_store import Draft
from tui.storage.paths import state_dir
from tui.ui.dialogs.confirm import ConfirmScreen
from tui.ui.dialogs.confirm_change import AskScreen
from tui.ui.dialogs.conflict import ConflictScreen
from tui.ui.dialogs.summary_history import SummariesScreen

pytestmark = pytest.mark.anyio

NO_ROUTE = httpx.Response(404, json={"detail": "Not Found"})
URL = "http://letta.test"


def isolated_server(*summaries: str) -> DemoTransport:
    """The newest conversation has an isolated `human` that differs; others follow below it."""
    transport = small_server(*summaries)
    store = transport.store
    made = store.add_conversation(only_agent(transport), "Billing", ("human", "project"))
    store.set_block(store.conversations[made].isolated[0], "Robin, who moved")
    store.add_message(made, "user", "Can you split it?")
    return transport


def newest(transport: DemoTransport) -> str:
    """The conversation that the app starts on."""
    return ids(transport)[-1]


def copies() -> list[Path]:
    """The copies on disk."""
    return sorted((state_dir() / "backups").glob("*.json"))


def real_app(transport: DemoTransport, **settings: Any) -> LettaApp:
    """The app on a server with a journal, as any server but the demo has."""
    return make_app(transport, demo=False, base_url=URL, **settings)


def summary_of(transport: DemoTransport, key: str) -> str | None:
    """What the server holds."""
    return transport.store.conversations[key].summary


# fork


async def test_a_fork_is_told_made_once_and_gets_the_cursor() -> None:
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        source = row_id(app)
        await press(pilot, "f")
        assert isinstance(app.screen, AskScreen)
        assert "Isolation and summary are not copied" in screen_text(app)
        assert writes(transport) == []
        await press(pilot, "y")
        assert len(writes(transport)) == 1
        made = newest(transport)
        assert made != source
        assert row_id(app) == made
        assert f"Forked as {made}" in remarks(app)
        assert main_screen(app).panes.list.has_focus
        await press(pilot, "j")
        assert row_id(app) == source


async def test_a_question_can_be_left_and_nothing_happens() -> None:
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        here = row_id(app)
        for asks in ("f", "D", "C"):
            for leaves in ("escape", "n"):
                await press(pilot, asks)
                assert isinstance(app.screen, AskScreen)
                await press(pilot, leaves)
                assert len(app.screen_stack) == 1
                assert focused_id(app) == "list"
        assert row_id(app) == here
        assert [line for line in writes(transport) if "dry_run" not in line] == []
        assert copies() == []


async def test_a_remark_of_before_does_not_stand_over_the_answers() -> None:
    """It still stands on the screen below."""
    async with started(isolated_server("one"), size=NARROW, notifications=True) as (app, pilot):
        await press(pilot, "w")
        assert "Exported" in screen_text(app)
        await press(pilot, "D")
        assert isinstance(app.screen, AskScreen)
        assert "Exported" not in screen_text(app)
        await press(pilot, "escape")
        assert "Exported" in screen_text(app)


async def test_no_key_answers_before_the_question_can_be_read() -> None:
    """y typed ahead on a slow server must not delete what was never shown."""
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        gate = await press_until_held(pilot, transport, "D", method="GET", path="/conv-[^/]+$")
        await post_keys(pilot, "y", "exclamation_mark", "y")
        await flush(pilot)
        assert isinstance(app.screen, AskScreen)
        gate.open()
        await settle(pilot)
        assert isinstance(app.screen, AskScreen)
        assert "2 isolated blocks are deleted with it" in screen_text(app)
        assert writes(transport) == []


async def test_the_default_conversation_is_forked_by_the_second_key_only() -> None:
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        await press(pilot, "k", "f")
        assert "Refused" in screen_text(app)
        assert "permanently" in screen_text(app)
        await press(pilot, "y")
        assert isinstance(app.screen, AskScreen)
        assert writes(transport) == []
        await press(pilot, "exclamation_mark")
        assert [line.split("?")[0] for line in writes(transport)] == ["POST /v1/conversations/default/fork"]
        assert row_id(app) == newest(transport)


async def test_a_fork_whose_answer_is_lost_is_found_in_the_list() -> None:
    transport = isolated_server("one")
    transport.fail(httpx.ReadError, method="POST", after_commit=True)
    async with started(transport) as (app, pilot):
        await press(pilot, "f", "y")
        assert len(writes(transport)) == 1
        assert row_id(app) == newest(transport)
        assert "probably created anyway" in remarks(app)


@pytest.mark.parametrize(("key", "method", "act"), [("f", "POST", "fork"), ("C", "POST", "recompile")])
async def test_what_the_server_lacks_is_said_once_and_not_offered_again(
    key: str, method: str, act: str
) -> None:
    transport = isolated_server("one")
    transport.fail(NO_ROUTE, method=method, path=f"/{act}$")
    async with started(transport) as (app, pilot):
        await press(pilot, key, "y")
        assert f"cannot {act}" in remarks(app) + screen_text(app)
        await press(pilot, "escape", key)
        assert app.screen is main_screen(app)
        assert f"conversation.{act}" not in offered_ids(app)


# delete


async def test_a_deletion_copies_first_says_where_and_keeps_the_cursor_in_its_place() -> None:
    transport = isolated_server("one", "two")
    async with started(transport, size=NARROW) as (app, pilot):
        key, place = row_id(app), main_screen(app).panes.list.cursor
        assert key is not None
        await press(pilot, "D")
        told = screen_text(app)
        assert "2 isolated blocks are deleted with it, 1 stored nowhere else: human." in told
        assert "≠ differs from shared" in told
        assert "A full copy is saved first, in" in told
        await press(pilot, "y")
        (copy,) = copies()
        assert str(copy) in remarks(app)
        held = json.loads(copy.read_text())
        assert held["conversation"]["id"] == key
        assert "Robin, who moved" in [block["value"] for block in held["isolated_blocks"]]
        assert "Can you split it?" in [message.get("content") for message in held["messages"]]
        assert transport.store.conversations[key].deleted
        assert key not in [row.id for row in main_screen(app).panes.list.rows]
        assert main_screen(app).panes.list.cursor == place
        assert row_id(app) == ids(transport)[0]


async def test_the_key_that_asks_does_not_confirm() -> None:
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        await press(pilot, "D", "D", "enter", "space", "D")
        assert isinstance(app.screen, AskScreen)
        assert writes(transport) == []


@pytest.mark.parametrize("path", ["/v1/messages/$", "/core-memory/blocks$", "/v1/blocks/"])
async def test_nothing_is_deleted_where_the_copy_is_not_whole(path: str) -> None:
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        await press(pilot, "D")
        transport.fail(500, method="GET", path=path)
        await press(pilot, "y")
        assert "the copy would be incomplete" in remarks(app)
        assert writes(transport) == []
        assert copies() == []
        assert row_id(app) == newest(transport)


async def test_nothing_is_deleted_where_the_disk_refuses() -> None:
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        state_dir().mkdir(parents=True, exist_ok=True)
        (state_dir() / "backups").write_text("in the way")
        await press(pilot, "D", "y")
        assert "the copy cannot be written" in remarks(app)
        assert writes(transport) == []


async def test_a_lost_answer_to_a_deletion_is_read_back() -> None:
    transport = isolated_server("one")
    transport.fail(httpx.ReadError, method="DELETE", after_commit=True)
    async with started(transport) as (app, pilot):
        key = row_id(app)
        await press(pilot, "D", "y")
        assert "Deleted" in remarks(app)
        assert key not in [row.id for row in main_screen(app).panes.list.rows]


async def test_a_deletion_that_nobody_can_tell_of_says_so_and_where_the_copy_is() -> None:
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        key = row_id(app)
        await press(pilot, "D")
        transport.fail(httpx.ReadError, method="DELETE")
        await press(pilot, "y")
        assert "may or may not be deleted" in remarks(app)
        assert str(copies()[0]) in remarks(app)
        assert row_id(app) == key


async def test_a_draft_goes_into_the_copy_and_away() -> None:
    transport = isolated_server("one")
    key = newest(transport)
    leave_draft(Draft("http://demo", only_agent(transport), key, "half a thought", "Billing", NOW))
    async with started(transport) as (app, pilot):
        await press(pilot, "D")
        assert "half a thought" in screen_text(app)
        await press(pilot, "y")
        assert json.loads(copies()[0].read_text())["draft"] == "half a thought"
        assert draft_on_disk("http://demo", key) is None
        assert main_screen(app).panes.list.drafts == frozenset()


async def test_what_cannot_be_read_can_be_tried_again() -> None:
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        transport.fail(500, method="GET", path="/conv-[^/]+$", times=1)
        await press(pilot, "D")
        assert "✗ Reading the conversation" in screen_text(app)
        await press(pilot, "y")
        assert isinstance(app.screen, AskScreen)
        await press(pilot, "r")
        assert "2 isolated blocks are deleted with it" in screen_text(app)


# recompile


async def test_a_recompile_shows_the_labels_and_writes_on_y() -> None:
    transport = small_server("one")
    human = next(block for block in transport.store.blocks.values() if block.label == "human")
    transport.store.set_block(human.id, "Robin\nmoved")
    key = newest(transport)
    async with started(transport) as (app, pilot):
        await press(pilot, "C")
        told = screen_text(app)
        assert "1 label would change" in told
        assert "moved" in told
        await press(pilot, "y")
        assert "Recompiled" in remarks(app)
        system = transport.store.rows[transport.store.in_context(key)[0]]
        assert "Robin\nmoved" in system.parts[0]["text"]


async def test_a_recompile_over_isolated_blocks_needs_the_second_key() -> None:
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        await press(pilot, "C")
        assert "This conversation has 2 isolated blocks" in screen_text(app)
        await press(pilot, "y")
        assert isinstance(app.screen, AskScreen)
        assert all("dry_run" in line for line in writes(transport))
        await press(pilot, "exclamation_mark")
        assert [line for line in writes(transport) if "dry_run" not in line] == [
            f"POST /v1/conversations/{newest(transport)}/recompile"
        ]
        assert "Recompiled" in remarks(app)


# archive


async def test_a_server_that_never_says_archived_is_not_even_asked() -> None:
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        before = len(transport.requests)
        await press(pilot, "A")
        assert remarks(app) == "Archiving isn't supported by this server"
        assert len(transport.requests) == before


async def test_a_server_that_takes_the_request_and_does_nothing_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A field that is there says nothing yet of whether it can be changed: it is read back."""
    from tui.backends.demo import records

    told = records.Conversation.json
    monkeypatch.setattr(records.Conversation, "json", lambda *args: told(*args) | {"archived": False})
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        await press(pilot, "A", "y")
        assert bodies(transport, "PATCH") == [{"archived": True}]
        assert "changed nothing" in remarks(app)
        await press(pilot, "A")
        assert app.screen is main_screen(app)


# undo


async def edit(pilot: Any, text: str) -> None:
    """Replace the summary under the cursor."""
    await press(pilot, "e", "f7", "delete")
    await type_text(pilot, text)
    await press(pilot, "enter")


async def test_undo_and_redo_walk_through_what_was_saved() -> None:
    transport = small_server("first")
    key = newest(transport)
    async with started(transport) as (app, pilot):
        await edit(pilot, "second")
        await edit(pilot, "third")
        told = []
        for step in ("u", "u", "u", "ctrl+y", "ctrl+y", "ctrl+y"):
            await press(pilot, step)
            told.append(summary_of(transport, key))
        assert told == ["second", "first", "first", "second", "third", "third"]
        assert "Nothing to redo" in remarks(app)
        row = main_screen(app).panes.list.row
        assert row is not None
        assert row.summary == "third"


async def test_quick_undos_are_done_one_after_the_other() -> None:
    transport = small_server("first")
    async with started(transport) as (_, pilot):
        await edit(pilot, "second")
        await edit(pilot, "third")
        await post_keys(pilot, "u", "u")
        await settle(pilot)
        assert summary_of(transport, newest(transport)) == "first"


async def test_a_cleared_summary_comes_back() -> None:
    transport = small_server("precious")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "f7", "delete", "enter")
        assert isinstance(app.screen, ConfirmScreen)
        await press(pilot, "y")
        assert summary_of(transport, newest(transport)) == ""
        await press(pilot, "u")
        assert summary_of(transport, newest(transport)) == "precious"


async def test_an_undo_survives_the_program() -> None:
    transport = small_server("first")
    for text in ("second", None):
        app = real_app(transport)
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            if text is not None:
                await edit(pilot, text)
                continue
            await press(pilot, "u")
            assert summary_of(transport, newest(transport)) == "first"
            await press(pilot, "ctrl+y")
            assert summary_of(transport, newest(transport)) == "second"


async def test_the_demo_leaves_no_journal() -> None:
    async with started(small_server("first")) as (_, pilot):
        await edit(pilot, "second")
    assert not (state_dir() / "journal").exists()


@pytest.mark.parametrize(("answer", "left"), [("y", "first"), ("escape", "theirs")])
async def test_somebody_elses_text_is_replaced_only_after_a_question(answer: str, left: str) -> None:
    transport = small_server("before")
    key = newest(transport)
    async with started(transport) as (app, pilot):
        await edit(pilot, "first")
        transport.store.set_summary(key, "theirs")
        await press(pilot, "u")
        assert isinstance(app.screen, AskScreen)
        assert "changed by somebody else since" in screen_text(app)
        assert "somebody else changed it" in screen_text(app)
        await press(pilot, answer)
        assert summary_of(transport, key) == left


async def test_a_text_that_changes_during_the_undo_is_a_conflict() -> None:
    transport = small_server("before")
    key = newest(transport)
    async with started(transport) as (app, pilot):
        await edit(pilot, "first")
        answered = 0

        async def meddle(request: httpx.Request) -> None:
            nonlocal answered
            if request.method == "GET" and request.url.path.endswith(key):
                answered += 1
                if answered == 2:
                    transport.store.set_summary(key, "theirs")

        real = transport.handle_async_request

        async def handle(request: httpx.Request) -> httpx.Response:
            await meddle(request)
            return await real(request)

        transport.handle_async_request = handle  # type: ignore[method-assign]
        await press(pilot, "u")
        assert isinstance(app.screen, ConflictScreen)
        await press(pilot, "escape")
        assert summary_of(transport, key) == "theirs"
        assert "Nothing was changed" in remarks(app)


async def test_the_history_lists_every_text_and_puts_one_back() -> None:
    transport = small_server(f"first {HOSTILE}")
    key = newest(transport)
    async with started(transport) as (app, pilot):
        await edit(pilot, "second")
        transport.store.set_summary(key, "theirs [/foo]")
        await press(pilot, "U")
        assert isinstance(app.screen, SummariesScreen)
        told = screen_text(app)
        assert "written" in told
        assert "changed by somebody else since" in told
        assert_harmless(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, SummariesScreen), "what stands there now is not put back"
        await press(pilot, "j", "enter")
        assert summary_of(transport, key) == "second"


async def test_an_undo_that_fails_says_so_and_can_be_repeated() -> None:
    transport = small_server("first")
    async with started(transport) as (app, pilot):
        await edit(pilot, "second")
        transport.fail(httpx.ConnectError, times=None)
        await press(pilot, "u")
        assert "cannot connect" in remarks(app)
        transport.clear()
        await press(pilot, "u")
        assert summary_of(transport, newest(transport)) == "first"


# where actions make no sense


async def test_the_default_conversation_offers_no_act_but_its_fork() -> None:
    async with started(isolated_server("one")) as (app, pilot):
        await press(pilot, "k")
        screen = main_screen(app)
        acts = {f"conversation.{act}" for act in ("fork", "delete", "archive", "recompile")}
        assert (acts | {"summary.undo", "summary.redo"}) & offered_ids(app) == {"conversation.fork"}
        await press(pilot, "D", "C", "A", "u", "ctrl+y", "U")
        assert app.screen is screen


async def test_while_editing_the_keys_type() -> None:
    transport = isolated_server("one")
    async with started(transport) as (app, pilot):
        await press(pilot, "e", "f", "D", "A", "C", "u")
        assert main_screen(app).panes.detail.editor.area.text.endswith("fDACu")
        assert writes(transport) == []


async def test_hostile_text_is_only_text_in_every_question() -> None:
    transport = small_server("one", blocks={"human": HOSTILE})
    store = transport.store
    made = store.add_conversation(only_agent(transport), HOSTILE, ("human",))
    store.set_block(store.conversations[made].isolated[0], f"{HOSTILE} moved")
    async with started(transport) as (app, pilot):
        for key in ("f", "D", "C"):
            await press(pilot, key)
            assert isinstance(app.screen, AskScreen)
            assert_harmless(app)
            await press(pilot, "escape")
        await press(pilot, "D", "y")
        assert_harmless(app)
        assert len(copies()) == 1


# read-only


async def test_read_only_no_act_sends_anything_but_reads() -> None:
    """Keys are hidden, the actions refuse, and the wire below them sends no write, whoever asks."""
    transport = isolated_server("one")
    async with started(transport, readonly=True) as (app, pilot):
        assert "read-only" in screen_text(app)
        screen, row = main_screen(app), main_screen(app).panes.list.row
        assert row is not None
        assert screen.connection.agent is not None
        await press(pilot, "f", "y", "D", "y", "C", "y", "A", "y", "u", "ctrl+y", "e", "E", "ctrl+n")
        assert app.screen is screen
        for act in ("fork", "delete", "recompile", "archive", "undo", "redo"):
            assert not offered_ids(app) & {f"conversation.{act}", f"summary.{act}"}
            app.clear_notifications()
            kind = "summary" if act in ("undo", "redo") else "conversation"
            screen.handlers[f"{kind}.{act}"]()
            await settle(pilot)
            assert "Read-only" in remarks(app)
            assert app.screen is screen
        changes = screen.writing.change
        for change in (changes.fork, changes.delete, changes.recompile):
            screen.start_flow(partial(change, row, screen.connection.agent))
            await settle(pilot)
            await press(pilot, "y", "exclamation_mark", "escape")
        screen.start_flow(partial(changes.archive, row.changed(archived=False)))
        await settle(pilot)
        await press(pilot, "y", "escape")
        screen.handlers["summary.edit"]()
        await settle(pilot)
        await type_text(pilot, "x")
        await press(pilot, "enter")
        assert "--readonly" in screen.panes.detail.editor.problem
    assert asked(transport, "GET")
    assert writes(transport) == []
    assert transport.store.conversations[newest(transport)].summary == "Billing"


async def test_a_deletion_by_somebody_else_is_not_called_ours() -> None:
    """It was there when it was copied, and gone when it was to be deleted."""
    transport = small_server("One", "Two")
    async with started(transport) as (app, pilot):
        gone = httpx.Response(404, json={"detail": "Conversation not found"})
        transport.fail(gone, method="DELETE", path="/conv-")
        await press(pilot, "D", "y")
        assert "Somebody else already deleted “One”" in remarks(app)
