"""The commands that write, and the list, on a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

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


def test_create_set_get_and_list(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        assert main([*arguments, "--base-url", agent.server.base_url]) == code
        return capsys.readouterr().out

    made = run("create", "--agent", agent.id, "--isolate", "human", "--summary", "First").strip()
    assert agent.call("GET", f"/v1/conversations/{made}")["summary"] == "First"
    assert agent.isolated(made, "human")
    run("create", "--agent", agent.id, "--isolate", "nope", code=2)
    assert [row["id"] for row in agent.call("GET", f"/v1/conversations/?agent_id={agent.id}")] == [made]
    run("summary", "set", made, "Not this", "--if-was", "Elsewhere", code=1)
    run("summary", "set", made, "Zwei\nZeilen ü", "--if-was", "First")
    assert run("summary", "get", made) == "Zwei\nZeilen ü\n"
    run("summary", "set", made, "x", "--readonly", code=2)
    run("summary", "set", "default", "x", "--agent", agent.id, code=2)
    listed = json.loads(run("list", "--agent", agent.id, "--filter", "zeilen", "--json"))
    assert [row["id"] for row in listed] == [made]
    assert len(listed[0]["isolated_block_ids"]) == 1
    (sent,) = agent.call("GET", f"/v1/conversations/?agent_id={agent.id}")
    assert listed[0] == {name: value for name, value in sent.items() if name != "in_context_message_ids"}
    run("list", "--agent", agent.id, "--archived", code=2)
    run("archive", made, code=2)
    run("unarchive", made, code=2)
    assert agent.call("GET", f"/v1/conversations/?agent_id={agent.id}") == [sent], "nothing was sent"
    run("summary", "set", made, "")
    assert run("summary", "get", made) == ""
    assert agent.id in {row["id"] for row in json.loads(run("list", "--agents", "--json"))}
    run("diff", made)
    agent.edit(agent.isolated(made, "human"), "Name: Samuel")
    assert "+Name: Samuel" in run("diff", made, code=1)
