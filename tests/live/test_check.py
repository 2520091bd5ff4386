"""Every state of memory, made on a real server: the check, the command and the pane call it by its name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.live.rest import RestError
from tests.live.running import RealServer
from tests.live.seed import Plan, create_agent, seed
from tui.cli import main
from tui.letta.client import LettaClient
from tui.letta.open_conversation import open_conversation
from tui.letta.transport import Wire
from tui.model.conversation import Conversation
from tui.model.opened import Opened
from tui.presentation.memory_items import memory_items
from tui.rules.check import check
from tui.rules.memory.isolation import memory_of
from tui.rules.view_state import MemoryMode

pytestmark = pytest.mark.live
NOW = datetime.now(UTC)
LABELS = ("human", "persona", "scratch")
Found = list[tuple[str, str]]


class Agent:
    """An agent of the real server, and the shortest ways to trouble it."""

    def __init__(self, server: RealServer) -> None:
        self.server = server
        self.id = create_agent(server, "checked", "Name: Sam")

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One request, as anybody may send it."""
        return self.server.call(method, path, body)

    def converse(self, *labels: str) -> str:
        """A new conversation with these labels isolated."""
        path = f"/v1/conversations/?agent_id={self.id}"
        return str(self.call("POST", path, {"isolated_block_labels": list(labels) or None})["id"])

    def say(self, conversation: str, text: str) -> list[str]:
        """One turn; the types of its messages."""
        body = {"messages": [{"role": "user", "content": text}], "streaming": False}
        answer = self.call("POST", f"/v1/conversations/{conversation}/messages", body)
        return [message["message_type"] for message in answer["messages"]]

    def shared(self, label: str) -> str:
        """The id of the shared block of that label."""
        blocks = self.call("GET", f"/v1/agents/{self.id}/core-memory/blocks")
        return str(next(block["id"] for block in blocks if block["label"] == label))

    def isolated(self, conversation: str, label: str) -> str:
        """The id of the isolated block of that label."""
        ids = self.call("GET", f"/v1/conversations/{conversation}")["isolated_block_ids"]
        blocks = [self.call("GET", f"/v1/blocks/{block_id}") for block_id in ids]
        return str(next(block["id"] for block in blocks if block["label"] == label))

    def edit(self, block: str, value: str) -> None:
        """PATCH one block."""
        self.call("PATCH", f"/v1/blocks/{block}", {"value": value})

    def detach(self, label: str) -> None:
        """Take a shared block from the agent."""
        path = f"/v1/agents/{self.id}/core-memory/blocks/detach/{self.shared(label)}"
        self.call("PATCH", path)

    def attach(self, label: str, value: str) -> None:
        """Give the agent a new block."""
        made = self.call("POST", "/v1/blocks/", {"label": label, "value": value})
        self.call("PATCH", f"/v1/agents/{self.id}/core-memory/blocks/attach/{made['id']}")


@pytest.fixture
def agent(real_server: RealServer) -> Iterator[Agent]:
    made = Agent(real_server)
    yield made
    with suppress(RestError):
        made.call("DELETE", f"/v1/agents/{made.id}")


def opened(server: RealServer, conversation: str) -> Opened:
    async def read() -> Opened:
        client = LettaClient(Wire(server.base_url, server.api_key, readonly=True))
        try:
            row = await client.conversation(conversation)
            return await open_conversation(client, row, await client.agent(row.agent_id), NOW)
        finally:
            await client.close()

    return asyncio.run(read())


def command(server: RealServer, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """`letta-tui check ... --json` against the server."""
    code = main(["check", *arguments, "--json", "--base-url", server.base_url])
    return code, json.loads(capsys.readouterr().out)["findings"]


def faults(agent: Agent, conversation: str, capsys: pytest.CaptureFixture[str]) -> Found:
    """State and label of every finding: the same from the rules, from the command and on the memory pane."""
    whole = opened(agent.server, conversation)
    found = [(finding.word, finding.label) for finding in check(whole)]
    code, told = command(agent.server, capsys, conversation)
    assert [(one["state"] or one["kind"].replace("-", " "), one["label"] or "") for one in told] == found
    assert code == (1 if found else 0)
    pane = {item.title: item.head for item in memory_items(whole, MemoryMode.VALUE, NOW) if item.title}
    for label in memory_of(whole).labels:
        assert label.state.value in pane[label.name]
    return found


def states(server: RealServer, conversation: str) -> dict[str, str]:
    return {label.name: label.state.value for label in memory_of(opened(server, conversation)).labels}


def test_right_after_creation_all_is_live(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    for conversation in (agent.converse(), agent.converse("human", "scratch")):
        assert faults(agent, conversation, capsys) == []
        assert states(agent.server, conversation) == dict.fromkeys(LABELS, "live")


def test_an_edited_isolated_block_is_stale(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    conversation = agent.converse("human")
    agent.edit(agent.isolated(conversation, "human"), "Name: Samuel")
    assert faults(agent, conversation, capsys) == [("stale", "human")]
    agent.say(conversation, "hello")  # a turn does not recompile
    assert faults(agent, conversation, capsys) == [("stale", "human")]


def test_an_edited_shared_block_is_stale_where_it_is_not_isolated(
    agent: Agent, capsys: pytest.CaptureFixture[str]
) -> None:
    shared, isolated = agent.converse(), agent.converse("human")
    agent.edit(agent.shared("human"), "Name: Samuel")
    assert faults(agent, shared, capsys) == [("stale", "human")]
    assert faults(agent, isolated, capsys) == []
    agent.call("POST", f"/v1/conversations/{shared}/recompile")
    assert faults(agent, shared, capsys) == []


def test_a_memory_tool_leaves_the_model_with_the_old_text(
    agent: Agent, capsys: pytest.CaptureFixture[str]
) -> None:
    conversation = agent.converse("human")
    assert "tool_return_message" in agent.say(conversation, "please remember tea")
    assert faults(agent, conversation, capsys) == [("stale", "human")]


def test_a_recompile_loses_the_isolation(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    conversation = agent.converse("human")
    agent.edit(agent.isolated(conversation, "human"), "Name: Samuel")
    agent.call("POST", f"/v1/conversations/{conversation}/recompile")
    assert faults(agent, conversation, capsys) == [("isolation lost", "human")]


def test_a_detached_label_is_dead_where_isolated_and_removed_elsewhere(
    agent: Agent, capsys: pytest.CaptureFixture[str]
) -> None:
    isolated, shared = agent.converse("human"), agent.converse()
    agent.detach("human")
    assert faults(agent, isolated, capsys) == [("dead", "human")]
    assert faults(agent, shared, capsys) == [("removed", "human")]


def test_a_label_attached_later_is_missing(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    conversation = agent.converse()
    agent.attach("project", "ledger")
    assert faults(agent, conversation, capsys) == [("missing", "project")]


def test_a_fork_reads_the_shared_values_and_is_live(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    conversation = agent.converse("human")
    agent.edit(agent.isolated(conversation, "human"), "Name: Samuel")
    agent.say(conversation, "hello")
    fork = agent.call("POST", f"/v1/conversations/{conversation}/fork")["id"]
    assert faults(agent, fork, capsys) == []
    assert states(agent.server, fork)["human"] == "live"


def test_a_shared_block_over_its_limit_is_noted(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    agent.call("PATCH", f"/v1/blocks/{agent.shared('human')}", {"limit": 4})
    assert ("over limit", "human") in faults(agent, agent.converse(), capsys)


def test_the_orphan_of_a_refused_creation_is_noted_and_heals_with_its_first_turn(
    agent: Agent, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RestError):
        agent.converse("human", "nope")
    (orphan,) = agent.call("GET", f"/v1/conversations/?agent_id={agent.id}")
    assert faults(agent, orphan["id"], capsys) == [("empty context", "")]
    agent.say(orphan["id"], "hello")
    assert faults(agent, orphan["id"], capsys) == []


def test_a_pending_approval_is_found_with_its_run(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    tool = next(
        tool
        for tool in agent.call("GET", f"/v1/agents/{agent.id}")["tools"]
        if tool["name"] == "memory_insert"
    )
    path = f"/v1/agents/{agent.id}/tools/approval/{tool['name']}"
    agent.call("PATCH", path, {"requires_approval": True})
    conversation = agent.converse()
    assert agent.say(conversation, "please remember tea")[-1] == "approval_request_message"
    assert faults(agent, conversation, capsys) == [("approval pending", "memory_insert")]
    (finding,) = check(opened(agent.server, conversation))
    assert finding.ids["run"].startswith("run-")
    with pytest.raises(RestError) as refused:
        agent.say(conversation, "well?")
    assert refused.value.status == 409
    assert "409" in finding.sentence


def test_turns_with_tools_and_errors_are_sound(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    conversation = agent.converse()
    parallel = [{"name": "conversation_search", "arguments": {"query": word}} for word in ("a", "b")]
    for told in (
        {"tool_calls": parallel, "then": "two searches"},
        {"tool_calls": [{"name": "no_such_tool", "arguments": {}}], "then": "never mind"},
        {"reasoning": "hm", "content": "so", "tool_calls": parallel[:1], "then": "done"},
    ):
        agent.say(conversation, f"@@{json.dumps(told)}")
    assert faults(agent, conversation, capsys) == []


def test_a_seeded_server_gives_no_false_alarm(
    real_server: RealServer, capsys: pytest.CaptureFixture[str]
) -> None:
    plans = [Plan(conversations=6, messages=4, isolated=True, via="rest", prefix="sound")]
    if real_server.psql:
        plans.append(Plan(conversations=120, messages=6, via="sql", prefix="sound-sql"))
    for plan in plans:
        for agent_id in seed(real_server, plan).agents:
            assert command(real_server, capsys, "--agent", agent_id) == (0, [])


def test_the_default_conversation_is_compiled_at_once(agent: Agent) -> None:
    agent.edit(agent.shared("human"), "Name: Samuel")

    async def read() -> Opened:
        client = LettaClient(Wire(agent.server.base_url, agent.server.api_key, readonly=True))
        try:
            row = Conversation(id="default", agent_id=agent.id)
            return await open_conversation(client, row, await client.agent(agent.id), NOW)
        finally:
            await client.close()

    assert check(asyncio.run(read())) == ()
