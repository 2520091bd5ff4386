"""Every command takes ids as people paste them, and their beginnings; what fits nothing is one sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.app_helpers import NOW, ids, only_agent, small_server, writes
from tests.commands.conftest import Run
from tui.backends.demo.transport import DemoTransport

Typed = Callable[[str], str]

FORMS: dict[str, Typed] = {
    "whole": lambda id: id,
    "begin": lambda id: id[: id.index("-") + 9],
    "cut": lambda id: f"{id[: id.index('-') + 14]}…",
    "quoted": lambda id: f" “{id}”\n",
    "capitals": lambda id: id.upper(),
}
COMMANDS = (
    "show CONVERSATION",
    "blocks CONVERSATION",
    "check CONVERSATION",
    "diff CONVERSATION",
    "export CONVERSATION",
    "summary get CONVERSATION",
    "summary set CONVERSATION text",
    "archive CONVERSATION",
    "list --agent AGENT",
    "create --agent AGENT",
    "check --agent AGENT",
    "show default --agent AGENT",
    "summary get Default --agent AGENT",
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_takes_an_id_in_each_form(letta: Run, command: str, form: str) -> None:
    """On the server of the newer API, which has all of these commands."""
    server = small_server("One", "Two", flavour="cloud")
    row = next(iter(server.store.conversations.values()))
    known = {"CONVERSATION": FORMS[form](row.id), "AGENT": FORMS[form](row.agent_id)}
    ended = letta(*(known.get(word, word) for word in command.split()), server=server)
    assert ended.code in (0, 1), ended.err
    assert "no conversation" not in ended.err
    assert "no agent" not in ended.err


@pytest.mark.parametrize("command", [one for one in COMMANDS if "CONVERSATION" in one])
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (
            "nope",
            "no conversation “nope” on localhost:8283: an id is conv- and 36 characters, of which the first 8",
        ),
        ("conv-1", "too short, 1 character after conv-"),
        ("conv-00000000", "no conversation on localhost:8283 has an id that begins with “conv-00000000”"),
        ("AGENT", "that is the id of an agent"),
    ],
)
def test_what_fits_nothing_is_a_sentence(letta: Run, command: str, typed: str, words: str) -> None:
    server = small_server("One")
    named = only_agent(server) if typed == "AGENT" else typed
    ended = letta(*(named if word == "CONVERSATION" else word for word in command.split()), server=server)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert "String should have" not in ended.err
    assert not writes(server)


def test_several_that_fit_are_listed_and_none_is_changed(letta: Run) -> None:
    server = small_server("One", "Two")
    one, two = server.store.conversations.values()
    same = f"{one.id[:13]}{two.id[13:]}"
    del server.store.conversations[two.id]
    two.id = same
    server.store.conversations[same] = two
    ended = letta("summary", "set", one.id[:13], "text", server=server)
    assert ended.code == 2
    assert ended.err.startswith(f"letta-tui: 2 conversations match “{one.id[:13]}”: ")
    assert all(id in ended.err for id in ids(server))
    assert not writes(server)


@pytest.mark.parametrize("version", ["0.16.2", "0.16.4", "0.16.8"])
def test_a_server_that_lists_one_agents_conversations_only_is_asked_for_each(
    letta: Run, version: str
) -> None:
    server = DemoTransport(now=NOW, version=version)
    row = list(server.store.conversations.values())[-1]
    ended = letta("summary", "get", row.id[:13], "--json", server=server)
    assert ended.json["conversation"] == row.id
