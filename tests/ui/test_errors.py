"""Errors first: from one error of a conversation to the next, their count in the facts, and the step of a message."""

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
    pane_text,
    press,
    reader_text,
    remarks,
    screen_text,
    settle,
    small_server,
    started,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport

pytestmark = pytest.mark.anyio


def failing(error: str = "no such file", *, times: int = 2) -> DemoTransport:
    """A conversation with calls that failed, one that succeeded, and text between them."""
    transport = small_server("Failing")
    store, agent, (conversation,) = transport.store, only_agent(transport), ids(transport)
    for number in range(times + 1):
        call = {"name": f"tool-{number}", "arguments": "{}", "tool_call_id": f"call-{number}"}
        status, text = ("error", f"{error} {number}\n" * 40) if number else ("success", "fine")
        result = {"type": "tool", "tool_call_id": f"call-{number}", "status": status, "tool_return": text}
        step = store.new_id("step")
        parts = [{"type": "text", "text": f"question {number}"}]
        store.write(agent, conversation, "user", parts, step_id=step)
        store.write(agent, conversation, "assistant", [{"type": "calls", "calls": [call]}], step_id=step)
        returns = [{"type": "returns", "returns": [result | {"stdout": None, "stderr": None}]}]
        store.write(agent, conversation, "tool", returns, step_id=step)
    return transport


def selected(app: LettaApp) -> str:
    item = main_screen(app).panes.detail.reader.item
    return "" if item is None else item.title or item.word


async def test_the_keys_go_from_error_to_error_and_around_the_end() -> None:
    async with started(failing()) as (app, pilot):
        await press(pilot, "right_square_bracket")
        assert (focused_id(app), selected(app)) == ("messages", "tool-1")
        assert "no such file 1" in screen_text(app)  # unfolded, though forty lines start folded
        await press(pilot, "right_square_bracket")
        assert (selected(app), remarks(app)) == ("tool-2", "")
        await press(pilot, "right_square_bracket")
        assert (selected(app), remarks(app)) == ("tool-1", "Wrapped around to the first of 2 errors")
        await press(pilot, "left_square_bracket")
        assert (selected(app), remarks(app).splitlines()[-1]) == (
            "tool-2",
            "Wrapped around to the last of 2 errors",
        )
        await press(pilot, "left_square_bracket")
        assert selected(app) == "tool-1"


async def test_the_facts_count_the_tools_that_failed() -> None:
    async with started(failing()) as (app, _):
        assert "2 tools failed" in pane_text(app, "#facts")
    async with started(failing(times=1)) as (app, _):
        assert "1 tool failed" in pane_text(app, "#facts")
    async with started(small_server("Fine")) as (app, _):
        assert "failed" not in pane_text(app, "#facts")


async def test_from_another_tab_or_a_narrow_list_the_messages_are_shown() -> None:
    async with started(failing(), size=NARROW) as (app, pilot):
        await press(pilot, "b", "escape", "right_square_bracket")
        assert (focused_id(app), selected(app)) == ("messages", "tool-1")
        assert "✗ error" in screen_text(app)


async def test_without_errors_it_says_so() -> None:
    async with started(small_server("Fine")) as (app, pilot):
        await press(pilot, "right_square_bracket")
        assert remarks(app) == "No errors in context; H shows the rest"
        assert focused_id(app) == "list"
        app.clear_notifications()
        await press(pilot, "H", "left_square_bracket")
        assert remarks(app) == "No errors in this conversation"


async def test_an_error_before_the_context_is_gone_to_in_the_whole_history() -> None:
    transport = failing()
    store, (conversation,) = transport.store, ids(transport)
    kept = store.in_context(conversation)
    store.set_in_context(conversation, [kept[0], *kept[-2:]])
    async with started(transport) as (app, pilot):
        await press(pilot, "H", "enter", "g", "right_square_bracket")
        item = main_screen(app).panes.detail.reader.item
        assert item is not None
        assert (item.title, item.dimmed) == ("tool-1", True)


async def test_hidden_types_come_back_where_the_error_is_one_of_them() -> None:
    async with started(failing()) as (app, pilot):
        main_screen(app).reading.opened.hide_types(frozenset({"tool call"}))
        await settle(pilot)
        await press(pilot, "right_square_bracket")
        assert selected(app) == "tool-1"
        assert main_screen(app).opened.scope.hidden == frozenset()


async def test_what_the_check_calls_an_error_is_one() -> None:
    transport = small_server("Broken")
    store, agent, (conversation,) = transport.store, only_agent(transport), ids(transport)
    call = {"name": "lost", "arguments": "{}", "tool_call_id": "call-1"}
    store.write(agent, conversation, "assistant", [{"type": "calls", "calls": [call]}])
    store.write(agent, conversation, "assistant", [{"type": "text", "text": "never mind"}])
    async with started(transport) as (app, pilot):
        await press(pilot, "right_square_bracket", "right_square_bracket")
        assert (selected(app), remarks(app)) == ("lost", "This is the only error")


async def test_the_demo_has_an_error_of_each_kind() -> None:
    """A denied approval, a tool that failed, and a step that went wrong after it was written."""
    async with started() as (app, pilot):
        main = main_screen(app)
        rows = main.panes.list.rows
        at = next(index for index, row in enumerate(rows) if "message type" in (row.summary or ""))
        main.panes.list.move_to(at)
        await settle(pilot)
        heads = {f"{item.word}: {item.head}" for item in main.panes.detail.messages if item.failed}
        assert "assistant: ✗ step failed" in heads
        assert "approval: ✗ denied" in heads
        assert any("✗ error" in head for head in heads)


async def test_hostile_errors_are_shown_not_obeyed() -> None:
    async with started(failing(HOSTILE)) as (app, pilot):
        await press(pilot, "right_square_bracket")
        assert "[/foo]" in screen_text(app)
        assert_harmless(app)


# the step of a message


async def test_info_shows_the_step_of_the_selected_message_and_asks_for_it_then() -> None:
    transport = failing()
    async with started(transport) as (app, pilot):
        await press(pilot, "right_square_bracket", "j", "k")
        assert not asked(transport, path="/v1/steps")
        await press(pilot, "i")
        assert len(asked(transport, path="/v1/steps")) == 2
        shown = reader_text(app, "info")
        assert shown.startswith("step  the model call that the selected message belongs to step-")
        assert "tokens   800 in, 20 out, 820 in total" in shown
        assert "step time" in shown
        assert "cost   not reported" in shown
        assert "tokens" in screen_text(app)
        await press(pilot, "m", "i")
        assert len(asked(transport, path="/v1/steps")) == 2
        await press(pilot, "m", "G", "i")
        assert len(asked(transport, path="/v1/steps")) == 4


async def test_a_click_on_info_is_the_same_as_its_key() -> None:
    transport = failing()
    async with started(transport) as (app, pilot):
        await press(pilot, "right_square_bracket")
        bar = main_screen(app).panes.detail.tabs
        bar.post_message(bar.Pressed("info"))
        await settle(pilot)
        assert "tokens" in reader_text(app, "info")


async def test_info_of_another_conversation_has_no_step() -> None:
    transport = failing()
    transport.store.add_conversation(only_agent(transport), "Another")
    async with started(transport) as (app, pilot):
        await press(pilot, "j", "right_square_bracket", "i")
        assert "step time" in reader_text(app, "info")
        await press(pilot, "escape", "k")
        assert "step time" not in reader_text(app, "info")
        await press(pilot, "i")
        assert "step" not in [item.word for item in main_screen(app).panes.detail.reader.items]


async def test_a_step_that_cannot_be_read_says_why() -> None:
    transport = failing()
    transport.fail(404, path="/v1/steps")
    async with started(transport) as (app, pilot):
        await press(pilot, "right_square_bracket", "i")
        assert "could not be read" in reader_text(app, "info")


async def test_a_hostile_step_is_shown_not_obeyed() -> None:
    transport = failing()
    transport.store.agents[only_agent(transport)].model = f"openai/{HOSTILE}"
    async with started(transport) as (app, pilot):
        await press(pilot, "right_square_bracket", "i")
        assert "step model" in screen_text(app)
        assert "[/foo]" in reader_text(app, "info")
        assert_harmless(app)
