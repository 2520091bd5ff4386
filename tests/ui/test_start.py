"""The first seconds: which agent, which conversation, and what is said without a server."""

from __future__ import annotations

import httpx
import pytest
from textual.widgets import Input

from tests.app_helpers import (
    NARROW,
    NOW,
    WIDE,
    asked,
    focused_id,
    main_screen,
    make_app,
    only_agent,
    pane_text,
    press,
    remarks,
    row_id,
    screen_text,
    settle,
    small_server,
    started,
    type_text,
    until,
    writes,
)
from tui.backends.demo.transport import DemoTransport, Fault
from tui.ui.dialogs.agent_picker import AgentPicker
from tui.ui.dialogs.connection_failed import ConnectScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_demo_starts_on_its_first_agent_and_the_newest_named_conversation(
    size: tuple[int, int],
) -> None:
    """`--demo`: Ada is open, the list has the keys, the newest named conversation is under the cursor."""
    async with started(size=size) as (app, _):
        main = main_screen(app)
        assert main.connection.agent is not None
        assert main.connection.agent.name == "Ada"
        assert main.panes.list.has_focus
        assert main.panes.list.row is not None
        assert main.panes.list.row.summary == "Refactor the billing API, second try"
        assert main.panes.list.rows[0].is_default
        assert main.opened.view is not None
        assert main.opened.view.conversation.id == main.panes.list.row.id
        assert "default conversation" in screen_text(app)
        assert "200 loaded, more" in screen_text(app)


async def test_the_demo_of_the_cloud_says_which_it_is_and_has_the_same_story() -> None:
    """`--demo=cloud`: the same agent and conversation, without what is archived, under a name of its own."""
    async with started(demo="cloud") as (app, _):
        main = main_screen(app)
        assert main.panes.list.row is not None
        assert main.panes.list.row.summary == "Refactor the billing API, second try"
        shown = screen_text(app)
        assert "demo-cloud" in shown
        assert "Postmortem" not in shown
        assert "Importer" in shown


async def test_the_frame_is_painted_before_the_server_has_said_anything() -> None:
    """First paint waits for nobody: header and list stand while every request hangs."""
    transport = small_server("One")
    gate = transport.hold()
    app = make_app(transport)
    async with app.run_test(size=WIDE) as pilot:
        await gate.arrived()
        await until(pilot, lambda: "connecting" in screen_text(app))
        assert main_screen(app).panes.list.has_focus
        gate.open()
        await settle(pilot)
        assert "connected" in screen_text(app)
        assert "One" in screen_text(app)


async def test_starting_writes_nothing_to_the_server() -> None:
    """Looking around changes nothing."""
    transport = DemoTransport(now=NOW)
    async with started(transport) as (_, pilot):
        await press(pilot, "j", "j", "G", "b", "i", "m", "enter", "escape", "r", "R", "s", "S")
    assert writes(transport) == []


async def test_an_agent_asked_for_by_name_is_opened() -> None:
    """`--agent grace`: upper and lower case do not matter."""
    async with started(agent="grace") as (app, _):
        assert "Grace" in pane_text(app, "#header")
        assert "Quarterly review of the rules" in screen_text(app)


async def test_an_agent_that_is_not_there_is_named_and_the_picker_offers_others() -> None:
    """`--agent nobody`: said plainly, and the next step is at hand."""
    async with started(agent="nobody") as (app, _):
        assert isinstance(app.screen, AgentPicker)
        assert "nobody" in remarks(app)


async def test_an_agent_that_cannot_be_read_now_is_not_said_to_be_missing() -> None:
    """A server that fails says nothing of what it has."""
    transport = small_server("One")
    wanted = only_agent(transport)
    transport.fail(500, path=wanted)
    async with started(transport, agent=wanted, demo=False) as (app, _):
        assert isinstance(app.screen, ConnectScreen)
        assert "the server failed (500" in screen_text(app)
        assert "No agent" not in remarks(app)


async def test_a_conversation_asked_for_is_under_the_cursor_even_from_a_later_page() -> None:
    """`--conversation ID`: the oldest of 240, which no first page holds."""
    transport = DemoTransport(now=NOW)
    rows = [row for row in transport.store.conversations.values() if row.summary]
    ada = next(agent for agent in transport.store.agents.values() if agent.name == "Ada")
    oldest = min((row for row in rows if row.agent_id == ada.id), key=lambda row: row.created_at)
    async with started(transport, conversation=oldest.id) as (app, _):
        assert row_id(app) == oldest.id
        assert main_screen(app).opened.view is not None


async def test_a_conversation_of_another_agent_is_refused_in_words() -> None:
    """`--conversation ID` of Grace while Ada is open."""
    transport = DemoTransport(now=NOW)
    grace = next(agent for agent in transport.store.agents.values() if agent.name == "Grace")
    foreign = next(row for row in transport.store.conversations.values() if row.agent_id == grace.id)
    async with started(transport, conversation=foreign.id) as (app, _):
        assert "another agent" in remarks(app)
        assert row_id(app) != foreign.id


async def test_the_only_agent_of_a_server_is_opened_without_a_question() -> None:
    """A server with one agent leaves nothing to choose."""
    async with started(small_server("One"), demo=False) as (app, _):
        assert main_screen(app).panes.list.has_focus
        assert "One" in screen_text(app)


async def test_several_agents_bring_the_picker_and_the_last_used_one_is_kept() -> None:
    """The first start asks; the second opens what was used last."""
    transport = DemoTransport(now=NOW)
    async with started(transport, demo=False) as (app, pilot):
        assert isinstance(app.screen, AgentPicker)
        await type_text(pilot, "grace")
        await press(pilot, "enter")
        assert "Grace" in pane_text(app, "#header")
    async with started(DemoTransport(now=NOW), demo=False) as (again, pilot):
        assert not isinstance(again.screen, AgentPicker)
        assert "Grace" in pane_text(again, "#header")


async def test_a_server_without_agents_says_so() -> None:
    """An empty server is no error."""
    transport = small_server()
    transport.store.agents.clear()
    async with started(transport, demo=False) as (app, _):
        assert "no agents" in screen_text(app)


# without a server


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_without_a_server_the_first_screen_says_what_was_tried_and_why_it_failed(
    size: tuple[int, int],
) -> None:
    """Connection refused: address, where it came from, reason, and four ways on."""
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(
        transport, demo=False, base_url="http://letta.test:8283", sources={"base_url": "flag"}, size=size
    ) as (app, _):
        assert isinstance(app.screen, ConnectScreen)
        words = screen_text(app)
        assert "http://letta.test:8283" in words
        assert "flag" in words
        assert "cannot connect" in words
        for offer in ("Connect", "Demo", "Quit"):
            assert offer in words
        assert focused_id(app) == "url"


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        (httpx.ConnectError, "The server does not respond"),
        (httpx.ConnectTimeout, "The server does not respond"),
        (401, "The server requires an API key"),
        (404, "No Letta server at this address"),
        (500, "The server failed"),
        (httpx.Response(200, html="<h1>It works!</h1>"), "This is not a Letta server"),
        (
            httpx.Response(307, headers={"location": "https://elsewhere.test"}),
            "This is not a Letta server",
        ),
    ],
    ids=["refused", "silent", "401", "404", "500", "a page", "a redirect"],
)
async def test_the_first_dialog_is_called_by_what_happened(fault: Fault, title: str) -> None:
    transport = small_server("One")
    transport.fail(fault)
    async with started(transport, demo=False, base_url="http://letta.test") as (app, _):
        assert isinstance(app.screen, ConnectScreen)
        assert f"✗ {title}" in screen_text(app)


async def test_staying_without_a_server_leaves_r_as_the_way_back() -> None:
    """Escape closes the dialog; the reason stays readable; r connects later."""
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(transport, demo=False) as (app, pilot):
        await press(pilot, "escape")
        assert app.is_running
        assert "cannot connect" in screen_text(app)
        assert "r retries · ctrl+o connections" in screen_text(app)
        assert "^o Connections" in pane_text(app, "KeyLine")
        transport.clear()
        await press(pilot, "r")
        assert "One" in screen_text(app)
        assert "r retries" not in screen_text(app)
        assert "^o Connections" not in pane_text(app, "KeyLine")


async def test_an_address_that_cannot_be_one_is_refused_where_it_was_typed() -> None:
    """Nothing is sent to it."""
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(transport, demo=False) as (app, pilot):
        before = len(transport.requests)
        app.screen.query_one("#url", Input).value = "ftp://nowhere"
        await press(pilot, "enter")
        assert isinstance(app.screen, ConnectScreen)
        assert pane_text(app, "#complaint")
        assert len(transport.requests) == before


async def test_what_is_no_letta_server_is_said_to_be_none() -> None:
    """HTML, a redirect, a cut body and a gateway's error at the first contact, one after the other."""
    answers: tuple[tuple[Fault, str], ...] = (
        (httpx.Response(200, html="<h1>It works!</h1>"), "answered with a web page (200)"),
        (httpx.Response(404, html="<title>nginx</title>"), "answered with a web page (404: “nginx”)"),
        (httpx.Response(301, headers={"Location": "https://elsewhere.test/"}), "redirects to"),
        (b'[{"id": "agent', "not complete JSON"),
        (503, "503"),
    )
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(transport, demo=False) as (app, pilot):
        for answer, words in answers:
            transport.clear()
            transport.fail(answer)
            await press(pilot, "escape", "r")
            assert isinstance(app.screen, ConnectScreen)
            assert words in screen_text(app)


async def test_a_health_check_that_fails_is_no_reason_to_stop() -> None:
    """Only the version is missing then."""
    transport = small_server("One")
    transport.fail(500, path="/v1/health/")
    async with started(transport, demo=False) as (app, _):
        assert "One" in screen_text(app)
        assert "Letta" not in pane_text(app, "#header")
    assert asked(transport, "GET", "/v1/health/")


@pytest.mark.parametrize("faults", [[], [422]])
async def test_a_conversation_that_there_is_not_is_told_in_words(faults: list[int]) -> None:
    """Servers refuse an id that is none with a dump of their checks."""
    transport = small_server("One")
    for fault in faults:
        transport.fail(fault, path="/v1/conversations/conv-nope")
    async with started(transport, demo=False, conversation="conv-nope") as (app, _):
        assert "No conversation “conv-nope” on" in remarks(app)
        assert "One" in screen_text(app)
