"""A server with the four documented calls and nothing else: every command says something true of it."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Run
from tests.reference_server import ReferenceServer

ID = "conv-0f6c1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
AGENT = "agent-0f6c1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
NOT_SUPPORTED = "not supported by this server (404)"


@pytest.fixture(params=[False, True], ids=["self-hosted", "cloud"])
def server(request: pytest.FixtureRequest) -> ReferenceServer:
    return ReferenceServer(cloud=request.param)


@pytest.mark.parametrize("agent", ["agent_id", AGENT, AGENT.upper()])
def test_list_takes_the_id_of_an_agent_as_it_is_given(
    letta: Run, server: ReferenceServer, agent: str
) -> None:
    ended = letta("list", "--agent", agent, server=server)
    assert ended.code == 0
    assert "summary" in ended.out.splitlines()[-1]
    listed = [one for one in server.requests if one.url.path == "/v1/conversations/"]
    assert {one.url.params["agent_id"] for one in listed} == {agent if agent == "agent_id" else AGENT}


@pytest.mark.parametrize("arguments", [("--all",), ("--agents",)])
def test_list_says_that_agents_are_not_listed(
    letta: Run, server: ReferenceServer, arguments: tuple[str, ...]
) -> None:
    ended = letta("list", *arguments, server=server)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"letta-tui: Listing agents: {NOT_SUPPORTED}\n"


def test_show_prints_what_there_is_and_what_is_missing(letta: Run, server: ReferenceServer) -> None:
    ended = letta("show", ID, server=server)
    assert ended.code == 0
    assert "id · agent_id · agent_id" in ended.out
    assert f"GET /v1/conversations/{ID}" in server.asked
    assert f"could not be read: Reading the messages: {NOT_SUPPORTED}" in ended.out
    assert f"Reading the agent's blocks: {NOT_SUPPORTED}" in ended.err
    told = letta("show", ID, "--json", server=server).json
    assert told["conversation"]["summary"] == "summary"
    assert told["agent"]["id"] == "agent_id"
    assert told["unreadable"]


@pytest.mark.parametrize("command", ["blocks", "diff", "check", "export"])
def test_what_needs_more_than_the_conversation_says_what_is_missing(
    letta: Run, server: ReferenceServer, command: str
) -> None:
    ended = letta(command, ID, server=server)
    assert NOT_SUPPORTED in ended.out + ended.err
    assert "deleted" not in ended.out + ended.err
    assert ended.code in (0, 1)


def test_two_conversations_of_which_no_message_can_be_read_are_not_said_to_be_the_same(
    letta: Run, server: ReferenceServer
) -> None:
    for options in ((), ("--json",)):
        ended = letta("diff", ID, ID[:-1] + "c", *options, server=server)
        assert ended.code == 2
        assert ended.err.startswith("no differences, of what could be read: no message of id could be\n")
        assert f"Reading the messages: {NOT_SUPPORTED}" in ended.err
    assert ended.json["unreadable"], "what was read is still shown"
    assert not ended.json["whole"]


def test_compact_says_what_is_known_of_the_context(letta: Run, server: ReferenceServer) -> None:
    ended = letta("compact", ID, server=server)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "letta-tui: not compacted: the server reports 1 message in context, which is too little for a summary\n"
    )
    assert not [one for one in server.requests if one.method != "GET"]


def test_the_summary_is_read_and_what_was_read_back_is_what_counts(
    letta: Run, server: ReferenceServer
) -> None:
    assert letta("summary", "get", ID, server=server).out == "summary\n"
    assert letta("summary", "set", ID, "summary", server=server).err.startswith("nothing to do")
    ended = letta("summary", "set", ID, "other", server=server)
    assert (ended.code, ended.err) == (1, "saved, then overwritten by somebody else's text: “summary”\n")
    assert f"PATCH /v1/conversations/{ID}" in server.asked


@pytest.mark.parametrize("agent", ["agent_id", AGENT])
def test_create_takes_the_id_of_an_agent_as_it_is_given(
    letta: Run, server: ReferenceServer, agent: str
) -> None:
    ended = letta("create", "--agent", agent, "--summary", "summary", server=server)
    assert (ended.code, ended.out) == (0, "id\n")
    (made,) = (one for one in server.requests if one.method == "POST")
    assert made.url.params["agent_id"] == agent


def test_the_server_is_said_to_list_no_agents(letta: Run, server: ReferenceServer) -> None:
    ended = letta("profile", "test", server=server)
    assert (ended.code, ended.err) == (2, f"letta-tui: Listing agents: {NOT_SUPPORTED}\n")


@pytest.mark.parametrize("command", ["show", "summary get", "check"])
def test_an_abbreviated_id_that_fits_nothing_is_said_to_fit_nothing(
    letta: Run, server: ReferenceServer, command: str
) -> None:
    ended = letta(*command.split(), "conv-12345678", server=server)
    assert ended.code == 2
    assert "has an id that begins with “conv-12345678”" in ended.err
