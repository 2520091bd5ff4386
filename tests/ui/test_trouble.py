"""What goes wrong while reading is readable where it happened, leaves the keys alive, and heals."""

from __future__ import annotations

import httpx
import pytest

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    WIDE,
    assert_harmless,
    ids,
    main_screen,
    pane_text,
    post_keys,
    press,
    press_until_held,
    row_id,
    screen_text,
    settle,
    small_server,
    started,
    until,
)
from tui.backends.demo.transport import Fault

pytestmark = pytest.mark.anyio

TROUBLES: list[tuple[Fault, str]] = [
    (401, "the API key is missing or wrong (401)"),
    (404, "(404)"),
    (422, "refused (422"),
    (429, "(429"),
    (500, "the server failed (500"),
    (httpx.Response(200, html="<h1>It works!</h1>"), "answered with a web page (200)"),
    (httpx.Response(200, text="It works!"), "not complete JSON"),
    (httpx.Response(402, json={"reasons": ["not-enough-credits"]}), "payment required (402: not-enough"),
    (httpx.Response(403, json={"message": "No permission"}), "not allowed (403: No permission"),
    (httpx.Response(404, json={"message": "Not Found"}), "not supported by this server (404)"),
    (b'{"id": "conv-', "not complete JSON"),
    (httpx.ConnectError, "cannot connect"),
    (httpx.ReadTimeout, "within the timeout"),
    (httpx.RemoteProtocolError, "the connection was closed"),
]


async def test_a_conversation_that_cannot_be_read_says_why_in_its_place() -> None:
    """The reason stands where the messages would; moving on works; r in the pane repairs it."""
    transport = small_server("One", "Broken", "Three")
    broken = ids(transport)[1]
    async with started(transport) as (app, pilot):
        for fault, words in TROUBLES:
            transport.fail(fault, path=f"/v1/conversations/{broken}")
            await press(pilot, "j")
            assert words in pane_text(app, "#messages")
            assert "Broken" in pane_text(app, "#title"), words
            assert "could not be read" in pane_text(app, "#facts"), words
            await press(pilot, "j")
            assert "Three" in pane_text(app, "#title"), words
            assert "⚙ system" in pane_text(app, "#messages"), words
            transport.clear()
            await press(pilot, "k", "enter", "r")
            assert row_id(app) == broken, words
            assert "⚙ system" in pane_text(app, "#messages"), words
            await press(pilot, "escape", "k")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_r_in_the_reader_repairs_what_failed(size: tuple[int, int]) -> None:
    """The way back that the error itself names."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    transport.fail(500, path=f"/v1/conversations/{wanted}")
    async with started(transport, size=size) as (app, pilot):
        await press(pilot, "enter")
        assert "r retries" in pane_text(app, "#messages")
        transport.clear()
        await press(pilot, "r")
        assert "system" in pane_text(app, "#messages")
        assert "the server failed" not in screen_text(app)


async def test_a_conversation_deleted_meanwhile_says_so_and_goes_with_a_refresh() -> None:
    """Its row is still there until the list is read again."""
    transport = small_server("One", "Gone")
    gone = ids(transport)[1]
    async with started(transport) as (app, pilot):
        transport.store.delete_conversation(gone)
        await press(pilot, "j")
        words = pane_text(app, "#messages")
        assert "not found (404)" in words
        assert "deleted" in words
        assert "actor=" not in screen_text(app)


async def test_messages_that_cannot_be_read_leave_memory_and_info_standing() -> None:
    """Half an answer is shown as half an answer."""
    transport = small_server("One")
    transport.fail(422, path="/messages")
    async with started(transport) as (app, pilot):
        assert "refused (422" in pane_text(app, "#messages")
        assert "messages unreadable" in pane_text(app, "#facts")
        await press(pilot, "b")
        assert "human" in pane_text(app, "#memory")


async def test_one_undecodable_row_does_not_hide_the_others() -> None:
    """The list of messages is a 500; each message by its id is not."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    transport.store.add_message(wanted, "user", "still readable")
    transport.fail(500, path="/v1/conversations/.*/messages")
    async with started(transport) as (app, _):
        assert "still readable" in pane_text(app, "#messages")


async def test_shared_blocks_that_cannot_be_read_are_said_to_be_unknown() -> None:
    """Neither the same nor different: unknown."""
    transport = small_server()
    (agent_id,) = transport.store.agents
    transport.store.add_conversation(agent_id, "Own", ["human"])
    transport.fail(500, path="core-memory/blocks")
    async with started(transport) as (app, pilot):
        await press(pilot, "b")
        words = pane_text(app, "#memory")
        assert "the server failed (500" in words
        assert "Robin" in words
        assert "= same" not in words
        assert "≠" not in words


async def test_an_error_body_is_text() -> None:
    """Markup and escape sequences in what a server says about its trouble."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    transport.fail(httpx.Response(500, json={"detail": HOSTILE}), path=f"/v1/conversations/{wanted}$")
    async with started(transport) as (app, pilot):
        assert "[@click=app.quit]press[/]" in pane_text(app, "#messages")
        assert_harmless(app)
        transport.fail(httpx.Response(400, json={"detail": HOSTILE}), path="/v1/conversations/$")
        await press(pilot, "j", "k", "G", "slash", "z")
        assert_harmless(app)
        await press(pilot, "escape", "e", "X", "enter")
        assert_harmless(app)
        assert app.is_running


async def test_a_passing_failure_heals_itself() -> None:
    """503 twice, then an answer: nothing is said, since nothing is wrong."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    transport.fail(503, path=f"/v1/conversations/{wanted}$", times=2)
    async with started(transport) as (app, _):
        assert "⚙ system" in pane_text(app, "#messages")
        assert main_screen(app).panes.list.has_focus


async def test_keys_stay_alive_while_every_request_hangs() -> None:
    """Moving, tabs, help and filter need no server."""
    transport = small_server("One", "Two", "Three")
    async with started(transport) as (app, pilot):
        gate = await press_until_held(pilot, transport, "j")
        await post_keys(pilot, "j", "b", "slash", *"two")
        await until(pilot, lambda: [row.summary for row in main_screen(app).panes.list.rows] == ["Two"])
        gate.open()
        await settle(pilot)
