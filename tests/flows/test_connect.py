"""Connecting: which agent a start begins with, what it asks the user, and whose choice counts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.flows.reading import NOW, empty_server, reading, server_with
from tui.backends.demo import DemoTransport, Store
from tui.flows.connect import Connection, ServerStatus
from tui.letta.supported import SupportLearner
from tui.model.errors import NoResponse, NotOffered

pytestmark = pytest.mark.anyio


def two_agents() -> DemoTransport:
    store = Store.empty(NOW)
    for name in ("Ada", "Bell"):
        agent_id = store.add_agent(name, {"human": "Robin"}, at=NOW - timedelta(days=9))
        store.add_system(store.open_conversation(agent_id, f"{name}'s", NOW - timedelta(minutes=1)))
    return DemoTransport(store, now=NOW)


async def test_the_only_agent_is_opened_and_the_version_read(tmp_path: Path) -> None:
    async with reading(server_with("One", "Two"), tmp_path) as found:
        found.connect.start()
        await found.screen.settle()
        connection = found.screen.connection
        assert (connection.state, connection.version) == ("connected", "0.16.8")
        assert connection.agent is not None
        assert found.titles == ["One", "Two"]
        assert found.state.last_agent("http://demo") == connection.agent.id


async def test_several_agents_are_a_question(tmp_path: Path) -> None:
    async with reading(two_agents(), tmp_path) as found:
        found.connect.start()
        await found.screen.settle()
        assert found.screen.choosing
        assert found.screen.conversations.empty == "No agent is chosen · a chooses one"


async def test_a_server_without_agents_says_so(tmp_path: Path) -> None:
    async with reading(empty_server(), tmp_path) as found:
        found.connect.start()
        await found.screen.settle()
        assert not found.screen.choosing
        assert "No agents on this server yet" in found.screen.conversations.empty


@pytest.mark.parametrize("name", ["Bell", "bell"])
async def test_an_agent_is_found_by_its_name(tmp_path: Path, name: str) -> None:
    async with reading(two_agents(), tmp_path, agent=name) as found:
        found.connect.start()
        await found.screen.settle()
        assert found.titles == ["Bell's"]


async def test_a_name_that_no_agent_has_is_said(tmp_path: Path) -> None:
    async with reading(two_agents(), tmp_path, agent="Cleo") as found:
        found.connect.start()
        await found.screen.settle()
        assert "No agent “Cleo”" in found.screen.messages[0]
        assert found.screen.choosing


async def test_an_agent_is_found_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    transport = two_agents()
    second = list(transport.store.agents)[1]
    async with reading(transport, tmp_path, agent=f" {second[:14].upper()}…") as found:
        found.connect.start()
        await found.screen.settle()
        assert found.titles == ["Bell's"]


async def test_a_name_that_several_agents_fit_lists_them_and_asks(tmp_path: Path) -> None:
    async with reading(two_agents(), tmp_path, agent="e") as found:
        found.transport.store.agents[next(iter(found.transport.store.agents))].name = "Ede"
        found.connect.start()
        await found.screen.settle()
        assert found.screen.messages[0].startswith("2 agents match “e”: ")
        assert all(agent_id in found.screen.messages[0] for agent_id in found.transport.store.agents)
        assert found.screen.choosing


@pytest.mark.parametrize("known_by", ["agent", "conversation", "the last run"])
async def test_a_server_that_has_no_call_about_agents_is_browsed_by_an_id(
    tmp_path: Path, known_by: str
) -> None:
    transport = two_agents()
    row = list(transport.store.conversations.values())[1]
    named = {"agent": row.agent_id, "conversation": row.id}
    settings = {known_by: named[known_by]} if known_by in named else {}
    async with reading(transport, tmp_path, **settings) as found:
        if not settings:
            found.state.remember_agent("http://demo", row.agent_id)
        transport.fail(404, path="/v1/agents/")
        found.connect.start()
        await found.screen.settle()
        assert found.titles == ["Bell's"]
        assert found.screen.connection.agent is not None
        assert found.screen.connection.agent.title == row.agent_id


async def test_without_any_id_such_a_server_is_a_question(tmp_path: Path) -> None:
    async with reading(two_agents(), tmp_path) as found:
        found.transport.fail(404, path="/v1/agents/")
        found.connect.start()
        await found.screen.settle()
        assert isinstance(found.screen.unreachable, NotOffered)


@pytest.mark.parametrize("form", ["conv-{}", "CONV-{}…", " “conv-{}” "])
async def test_the_conversation_that_was_asked_for_may_be_abbreviated(tmp_path: Path, form: str) -> None:
    transport = server_with("One", "Two", "Three")
    wanted = list(transport.store.conversations)[1]
    async with reading(transport, tmp_path, conversation=form.format(wanted[5:13])) as found:
        found.connect.start()
        await found.screen.settle()
        assert found.screen.row is not None
        assert found.screen.row.id == wanted
        assert found.screen.messages == []


async def test_a_conversation_that_fits_nothing_is_said(tmp_path: Path) -> None:
    async with reading(server_with("One"), tmp_path, conversation="conv-00000000") as found:
        found.connect.start()
        await found.screen.settle()
        (message,) = found.screen.messages
        assert message == "No conversation on demo has an id that begins with “conv-00000000”"


async def test_a_page_in_place_of_answers_is_no_connection(tmp_path: Path) -> None:
    async with reading(server_with("One"), tmp_path) as found:
        found.connect.start()
        await found.screen.settle()
        found.transport.fail(httpx.Response(200, html="<html>Sign in</html>"))
        found.conversations.reload()
        await found.screen.settle()
        assert found.screen.connection.state == "failing"
        assert "answered with a web page (200)" in found.screen.conversations.problem


async def test_the_agent_used_last_is_read_with_its_rows_at_once(tmp_path: Path) -> None:
    transport = two_agents()
    second = list(transport.store.agents)[1]
    async with reading(transport, tmp_path) as found:
        found.state.remember_agent("http://demo", second)
        gate = transport.hold(path="agents|conversations")
        found.connect.start()
        await gate.arrived(2)  # neither waits for the other
        gate.open()
        await found.screen.settle()
        assert found.titles == ["Bell's"]


async def test_an_agent_that_is_gone_is_looked_for_among_those_there_are(tmp_path: Path) -> None:
    async with reading(server_with("One"), tmp_path) as found:
        found.state.remember_agent("http://demo", "agent-that-is-gone")
        found.connect.start()
        await found.screen.settle()
        assert found.titles == ["One"]


async def test_no_answer_is_a_question(tmp_path: Path) -> None:
    async with reading(server_with("One"), tmp_path) as found:
        found.transport.fail(httpx.ConnectError)
        found.connect.start()
        await found.screen.settle()
        assert isinstance(found.screen.unreachable, NoResponse)
        assert found.screen.connection.state == "failing"
        assert found.screen.conversations.problem


async def test_the_agent_that_the_user_chose_meanwhile_stays(tmp_path: Path) -> None:
    """The one used last answers late, and takes no list away."""
    transport = two_agents()
    first, second = transport.store.agents
    async with reading(transport, tmp_path) as found:
        found.state.remember_agent("http://demo", first)
        gate = transport.hold(path=f"agents/{first}")
        found.connect.start()
        await gate.arrived()
        found.connect.open_agent(type(found.agent)(id=second))
        await found.screen.settle("pages")
        gate.open()
        await found.screen.settle()
        assert found.titles == ["Bell's"]
        assert found.screen.connection.agent is not None
        assert found.screen.connection.agent.id == second


async def test_no_agent_is_asked_for_once_the_user_chose_one(tmp_path: Path) -> None:
    transport = two_agents()
    async with reading(transport, tmp_path) as found:
        gate = transport.hold(path="agents/$")
        found.connect.start()
        await gate.arrived()
        found.connect.open_agent(found.agent)
        gate.open()
        await found.screen.settle()
        assert not found.screen.choosing
        assert found.titles == ["Ada's"]


async def test_an_agent_that_was_named_gives_way_to_one_that_was_chosen(tmp_path: Path) -> None:
    transport = two_agents()
    async with reading(transport, tmp_path, agent="Bell") as found:
        every = transport.hold(path="agents/$")
        found.connect.start()
        await every.arrived()
        transport._gates.clear()
        named = transport.hold(path="agents/$")
        every.open()
        await named.arrived()
        found.connect.open_agent(found.agent)
        named.open()
        await found.screen.settle()
        assert found.titles == ["Ada's"]


async def test_a_server_that_fails_late_is_no_question_once_the_user_chose(tmp_path: Path) -> None:
    transport = two_agents()
    async with reading(transport, tmp_path) as found:
        gate = transport.hold(path="agents/$")
        transport.fail(404, path="agents/$")
        found.connect.start()
        await gate.arrived()
        found.connect.open_agent(found.agent)
        gate.open()
        await found.screen.settle()
        assert found.screen.unreachable is None


async def test_rows_of_the_last_visit_stand_before_anything_is_requested(tmp_path: Path) -> None:
    transport = server_with("One", "Two")
    async with reading(transport, tmp_path) as found:
        found.connect.start()
        await found.screen.settle()
    transport.requests.clear()
    async with reading(transport, tmp_path) as found:
        found.connect.begin_with_rows()
        assert found.titles == ["One", "Two"]
        assert found.screen.conversations.as_of == NOW
        assert found.screen.connection.agent is not None
        assert not transport.requests
        found.connect.start()
        await found.screen.settle()
        assert found.screen.conversations.as_of is None


async def test_a_full_disk_is_said_once(tmp_path: Path) -> None:
    async with reading(server_with("One"), tmp_path) as found:
        (tmp_path / "state.json").mkdir()
        found.connect.open_agent(found.agent)
        found.connect.open_agent(found.agent)
        await found.screen.settle()
        assert (
            len([words for words in found.screen.messages if "cannot be stored on this machine" in words])
            == 1
        )


class Shown:
    def __init__(self) -> None:
        self.connections: list[Connection] = []

    def show_connection(self, connection: Connection) -> None:
        self.connections.append(connection)


def test_what_the_client_learns_is_shown_with_the_connection() -> None:
    shown, learner = Shown(), SupportLearner()
    learner.worked("edit")
    status = ServerStatus(shown, learner)
    assert status.connection.supported.has("edit")
    learner.refused("fork", NotOffered("no", status=405))
    assert shown.connections[-1].supported.lacks("fork")
    assert shown.connections[-1].supported.has("edit")
    status.close()
    learner.worked("fork")
    assert shown.connections[-1].supported.lacks("fork"), "another server is browsed"


def test_a_server_that_was_left_shows_nothing_more() -> None:
    shown = Shown()
    status = ServerStatus(shown, SupportLearner())
    status.report()
    status.close()
    status.report(NoResponse("nobody there"))
    assert [one.state for one in shown.connections] == ["connected"]
    assert status.connection.state == "failing"
