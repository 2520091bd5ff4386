"""A conversation of a real server exported and opened offline: the same conversation, the same findings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.live.rest import RestError
from tests.live.running import RealServer
from tests.live.test_check import Agent
from tui.cli import main

pytestmark = pytest.mark.live


@pytest.fixture
def agent(real_server: RealServer) -> Iterator[Agent]:
    made = Agent(real_server)
    yield made
    with suppress(RestError):
        made.call("DELETE", f"/v1/agents/{made.id}")


class Shell:
    """Commands as typed in a shell, with what they print."""

    def __init__(self, server: RealServer, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._server, self._capsys, self._folder = server, capsys, folder

    def online(self, *arguments: str) -> tuple[int, str]:
        """Run on the server."""
        return self._run(*arguments, "--base-url", self._server.base_url)

    def offline(self, file: Path, *arguments: str) -> tuple[int, str]:
        """Run on a file."""
        return self._run(*arguments, "--from", str(file))

    def _run(self, *arguments: str) -> tuple[int, str]:
        self._capsys.readouterr()
        return main(list(arguments)), self._capsys.readouterr().out

    def export(self, *wanted: str) -> Path:
        """The bundle of a conversation."""
        file = self._folder / f"{len(list(self._folder.iterdir()))}.json"
        code, _ = self.online("export", *wanted, "-o", str(file))
        assert code == 0
        return file


@pytest.fixture
def shell(real_server: RealServer, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    return Shell(real_server, capsys, tmp_path)


def without_ways_out(told: Any) -> Any:
    """The output of a command without the ways out of findings, since a file has none."""
    for one in told.get("findings", ()) if isinstance(told, dict) else ():
        del one["ways_out"]
    return told


def same(shell: Shell, file: Path, *wanted: str) -> dict[str, Any]:
    """Compare every answer of the server with that of the file; returns what `check` found."""
    found: dict[str, Any] = {}
    for command in ("check", "show", "blocks", "diff"):
        online = shell.online(command, *wanted, "--json")
        offline = shell.offline(file, command, "--json")
        found[command] = without_ways_out(json.loads(online[1]))
        assert (offline[0], without_ways_out(json.loads(offline[1]))) == (online[0], found[command]), command
    online_text, offline_text = shell.online("show", *wanted)[1], shell.offline(file, "show")[1]
    assert ages_apart(online_text) == ages_apart(offline_text)
    return found


def ages_apart(text: str) -> list[str]:
    """Lines without those that say how long ago something was."""
    return [line for line in text.splitlines() if " ago" not in line and "just now" not in line]


def test_a_conversation_with_faults_is_the_same_offline(agent: Agent, shell: Shell) -> None:
    conversation = agent.converse("human")
    for number in range(8):
        agent.say(conversation, f"hello {number}")
    assert "tool_return_message" in agent.say(conversation, "please remember tea")
    agent.edit(agent.shared("persona"), "I am terser.")
    agent.call("POST", f"/v1/conversations/{conversation}/compact")
    agent.say(conversation, "and again")
    agent.edit(agent.isolated(conversation, "human"), "Name: Samuel")
    found = same(shell, shell.export(conversation), conversation)
    assert found["check"]["findings"]
    assert len(found["show"]["history"]) > len(found["show"]["in_context"])
    assert found["diff"]


def test_a_fork_and_a_lost_isolation_are_the_same_offline(agent: Agent, shell: Shell) -> None:
    conversation = agent.converse("human")
    agent.edit(agent.isolated(conversation, "human"), "Name: Samuel")
    agent.say(conversation, "hello")
    fork = str(agent.call("POST", f"/v1/conversations/{conversation}/fork")["id"])
    agent.say(fork, "hello from the fork")
    agent.call("POST", f"/v1/conversations/{conversation}/recompile")
    for wanted in (conversation, fork):
        same(shell, shell.export(wanted), wanted)


def test_a_default_conversation_is_the_same_offline(agent: Agent, shell: Shell) -> None:
    body = {"messages": [{"role": "user", "content": "hello"}], "streaming": False}
    agent.call("POST", f"/v1/agents/{agent.id}/messages", body)
    wanted = ("default", "--agent", agent.id)
    same(shell, shell.export(*wanted), *wanted)


def test_lettas_own_agent_file_shows_the_messages_that_the_server_shows(
    agent: Agent, shell: Shell, tmp_path: Path
) -> None:
    for text in ("hello", "please remember tea"):
        body = {"messages": [{"role": "user", "content": text}], "streaming": False}
        agent.call("POST", f"/v1/agents/{agent.id}/messages", body)
    file = tmp_path / "agent.af"
    file.write_text(json.dumps(agent.call("GET", f"/v1/agents/{agent.id}/export")))
    online = json.loads(shell.online("show", "default", "--agent", agent.id, "--json")[1])
    offline = json.loads(shell.offline(file, "show", "--json")[1])

    def told(messages: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        fields = (
            "message_type",
            "content",
            "reasoning",
            "tool_call",
            "tool_return",
            "status",
            "tool_call_id",
        )
        return [tuple(message.get(name) for name in fields) for message in messages]

    assert told(offline["in_context"]) == told(online["in_context"])
    assert any(message["message_type"] == "tool_return_message" for message in offline["in_context"])
    assert {name: label["shared"] for name, label in offline["memory"].items()} == {
        name: label["shared"] for name, label in online["memory"].items()
    }
    findings = json.loads(shell.offline(file, "check", "--json")[1])["findings"]
    there = json.loads(shell.online("check", "default", "--agent", agent.id, "--json")[1])["findings"]
    assert [(one["kind"], one["label"]) for one in findings] == [(one["kind"], one["label"]) for one in there]
