"""Each way out of a finding on a real server: the finding before, the way out, the finding gone, and who was called.

The commands are the ones that the check offers, as they are offered. How often a model was called is counted by asking
the fake model itself, which numbers its answers.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.live.rest import RestError, call
from tests.live.running import RealServer
from tests.live.test_check import Agent
from tui.cli import main
from tui.presentation.ways_out import NOTHING_BROKEN
from tui.rules.check.finding import Kind
from tui.rules.check.ways_out import Way

pytestmark = pytest.mark.live
REPOSITORY = Path(__file__).parents[2]
SEARCH = {"name": "conversation_search", "arguments": {"query": "hello"}}
INSERT = {"name": "memory_insert", "arguments": {"label": "human", "new_string": "F", "insert_line": -1}}


@pytest.fixture
def agent(real_server: RealServer) -> Iterator[Agent]:
    made = Agent(real_server)
    made.call("PATCH", f"/v1/agents/{made.id}", {"parallel_tool_calls": True})
    yield made
    with suppress(RestError):
        made.call("DELETE", f"/v1/agents/{made.id}")


Check = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def checked(real_server: RealServer, capsys: pytest.CaptureFixture[str]) -> Check:
    """What `letta-tui check` finds in a conversation, as JSON."""

    def run(conversation: str, *options: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        main(["check", conversation, "--json", "--base-url", real_server.base_url, *options])
        findings: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["findings"]
        return findings

    return run


def kinds(findings: list[dict[str, Any]]) -> list[str]:
    return [one["kind"] for one in findings]


def way_of(finding: dict[str, Any], kind: Way) -> str:
    """The command of a way out, which has to be the only one."""
    (way,) = finding["ways_out"]
    assert way["kind"] == kind
    assert way["command"]
    return str(way["command"])


def run(command: str, folder: Path) -> str:
    """Paste a command into a shell as it is; `letta-tui` is this program. Returns what it printed."""
    program = folder / "letta-tui"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tui "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        command, shell=True, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout + done.stderr


class Models:
    """Counts the calls of the model between two looks, without its own."""

    def __init__(self, server: RealServer) -> None:
        self._url = f"{server.llm_url}/chat/completions"
        self._before = self._number()

    def _number(self) -> int:
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "count"}]}
        text = call("POST", self._url, body)["choices"][0]["message"]["content"]
        found = re.search(r"#(\d+)", text)
        assert found is not None
        return int(found[1])

    def called(self) -> int:
        """Return how often the model was called since the last look."""
        before, self._before = self._before, self._number()
        return self._before - before - 1


def say(agent: Agent, conversation: str, **told: Any) -> list[str]:
    return agent.say(conversation, f"@@{json.dumps(told)}")


def say_by_default(agent: Agent, text: str) -> list[dict[str, Any]]:
    body = {"messages": [{"role": "user", "content": text}], "streaming": False}
    messages: list[dict[str, Any]] = agent.call("POST", f"/v1/agents/{agent.id}/messages", body)["messages"]
    return messages


def types(agent: Agent, conversation: str) -> list[str]:
    path = f"/v1/conversations/{conversation}/messages?order=asc&limit=500"
    return [message["message_type"] for message in agent.call("GET", path)]


def ask_first(agent: Agent, tool: str = "memory_insert") -> None:
    """Have the calls of a tool wait for approval."""
    agent.call("PATCH", f"/v1/agents/{agent.id}/tools/approval/{tool}", {"requires_approval": True})


def drop(server: RealServer, conversation: str, message_type: str) -> None:
    """Take the first message of a type out of context behind the server's back, as a lost write does."""
    if not server.psql:
        pytest.skip("no access to the server's database")
    path = f"/v1/conversations/{conversation}/messages?order=asc&limit=500"
    wanted = next(one["id"] for one in server.call("GET", path) if one["message_type"] == message_type)
    where = f"conversation_id = '{conversation}' and message_id = '{wanted}'"
    change = f"update conversation_messages set in_context = false where {where}"
    subprocess.run([*server.psql, "-c", change], check=True, capture_output=True)


def test_a_denial_ends_the_wait_and_neither_the_tool_nor_a_model_runs(
    agent: Agent, checked: Check, tmp_path: Path
) -> None:
    ask_first(agent)
    conversation = agent.converse()
    say(agent, conversation, tool_calls=[INSERT, INSERT])
    found = checked(conversation)
    assert kinds(found) == [Kind.APPROVAL, Kind.APPROVAL]
    before, models = agent.call("GET", f"/v1/blocks/{agent.shared('human')}")["value"], Models(agent.server)
    assert run(way_of(found[0], Way.DENY), tmp_path) == "denied\n"
    assert models.called() == 0
    assert checked(conversation) == []
    assert types(agent, conversation)[-2:] == ["approval_response_message", "tool_return_message"]
    assert agent.call("GET", f"/v1/blocks/{agent.shared('human')}")["value"] == before
    assert agent.say(conversation, "hello") == ["assistant_message"]  # the conversation takes messages again
    models.called()
    assert run(way_of(found[0], Way.DENY), tmp_path) == "nothing to do: no approval is pending\n"
    assert models.called() == 0  # a denial that is sent again would run the agent


def test_a_plain_denial_runs_the_agent_and_so_does_one_that_comes_late(agent: Agent) -> None:
    """Why `letta-tui deny` limits the steps, and looks before it sends."""
    ask_first(agent)
    conversation = agent.converse()
    say(agent, conversation, tool_calls=[INSERT])
    path = f"/v1/conversations/{conversation}/messages"
    request = agent.call("GET", f"{path}?order=asc&limit=500")[-1]
    verdict = {"type": "approval", "tool_call_id": request["tool_calls"][0]["tool_call_id"], "approve": False}
    given = {"type": "approval", "approvals": [verdict], "approval_request_id": request["id"]}
    models = Models(agent.server)
    agent.call("POST", path, {"messages": [given], "streaming": False})
    assert models.called() == 1
    agent.call("POST", path, {"messages": [given], "streaming": False, "max_steps": 1})
    assert models.called() == 1


def test_a_denial_is_not_offered_where_it_would_run_another_tool(
    agent: Agent, checked: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    ask_first(agent)
    conversation = agent.converse()
    say(agent, conversation, tool_calls=[SEARCH, INSERT])
    (found,) = checked(conversation)
    (way,) = found["ways_out"]
    assert (way["kind"], way["command"]) == (Way.NONE, None)
    assert "another tool was called in the same step" in way["sentence"]
    code = main(["deny", conversation, "--base-url", agent.server.base_url])
    assert (code, types(agent, conversation)[-1]) == (2, "approval_request_message")
    assert "would run that tool" in capsys.readouterr().err


def test_of_the_default_conversation_the_run_that_waits_is_cancelled(
    agent: Agent, checked: Check, tmp_path: Path
) -> None:
    ask_first(agent)
    conversation = agent.converse()
    say(agent, conversation, tool_calls=[INSERT])
    say_by_default(agent, f"@@{json.dumps({'tool_calls': [SEARCH, INSERT]})}")
    (found,) = checked("default", "--agent", agent.id)
    models = Models(agent.server)
    assert run(way_of(found, Way.CANCEL_RUN), tmp_path) == "denied\n"
    assert models.called() == 0
    assert checked("default", "--agent", agent.id) == []
    assert kinds(checked(conversation)) == [Kind.APPROVAL]  # a named one stays as it is
    assert [message["message_type"] for message in say_by_default(agent, "hello")] == ["assistant_message"]


@pytest.mark.parametrize(
    ("lost", "kind"), [("tool_return_message", Kind.CALL), ("tool_call_message", Kind.RETURN)]
)
def test_compacting_all_removes_a_broken_call(
    agent: Agent, checked: Check, tmp_path: Path, lost: str, kind: Kind
) -> None:
    conversation = agent.converse()
    agent.say(conversation, "hello")
    say(agent, conversation, tool_calls=[SEARCH], then="done")
    agent.say(conversation, "bye")
    drop(agent.server, conversation, lost)
    (found,) = (one for one in checked(conversation) if one["kind"] == kind)
    models = Models(agent.server)
    assert "compacted: 2 messages in context" in run(way_of(found, Way.COMPACT), tmp_path)
    assert models.called() == 1  # the summary
    assert checked(conversation) == []
    assert agent.say(conversation, "hello again") == ["assistant_message"]


def test_compacting_all_removes_a_call_id_that_was_used_twice(
    agent: Agent, checked: Check, tmp_path: Path
) -> None:
    conversation = agent.converse()
    for _ in range(2):
        say(agent, conversation, tool_calls=[{**SEARCH, "id": "call_same"}], then="done")
    (found,) = checked(conversation)
    assert found["kind"] == Kind.DUPLICATE_CALL
    run(way_of(found, Way.COMPACT), tmp_path)
    assert checked(conversation) == []


def test_compacting_keeps_an_approval_that_is_pending(agent: Agent, checked: Check) -> None:
    ask_first(agent)
    conversation = agent.converse()
    agent.say(conversation, "hello")
    say(agent, conversation, tool_calls=[INSERT])
    main(["compact", conversation, "--mode", "all", "--base-url", agent.server.base_url])
    assert kinds(checked(conversation)) == [Kind.APPROVAL]


def test_a_fork_has_a_system_message_again_in_place_of_its_first_message(
    agent: Agent, checked: Check, tmp_path: Path
) -> None:
    conversation = agent.converse()
    agent.say(conversation, "one")
    agent.say(conversation, "two")
    drop(agent.server, conversation, "system_message")
    (found,) = checked(conversation)
    assert found["kind"] == Kind.NO_SYSTEM
    with pytest.raises(RestError):
        agent.say(conversation, "three")
    models = Models(agent.server)
    fork = json.loads(run(way_of(found, Way.FORK), tmp_path))["id"]
    assert models.called() == 0
    assert checked(fork) == []
    assert types(agent, fork) == [
        *("system_message", "assistant_message", "user_message", "assistant_message"),
    ]
    assert agent.say(fork, "three") == ["assistant_message"]
    assert kinds(checked(conversation)) == [Kind.NO_SYSTEM]


@pytest.mark.parametrize("kind", [Kind.DUPLICATE_ID, Kind.NO_MESSAGE])
def test_the_ids_of_a_default_conversation_can_be_set(
    agent: Agent, checked: Check, tmp_path: Path, kind: Kind
) -> None:
    say_by_default(agent, "one")
    path = f"/v1/agents/{agent.id}"
    ids = agent.call("GET", path)["message_ids"]
    nobody = "message-00000000-0000-4000-8000-000000000001"
    wrong = [*ids, ids[-1]] if kind is Kind.DUPLICATE_ID else [ids[0], nobody, *ids[1:]]
    agent.call("PATCH", path, {"message_ids": wrong})
    (found,) = checked("default", "--agent", agent.id)
    assert found["kind"] == kind
    models = Models(agent.server)
    run(way_of(found, Way.SET_CONTEXT), tmp_path)
    assert models.called() == 0
    assert checked("default", "--agent", agent.id) == []
    assert agent.call("GET", path)["message_ids"] == ids


def test_a_recompile_heals_stale_missing_and_removed_where_nothing_is_isolated(
    agent: Agent, checked: Check, tmp_path: Path
) -> None:
    conversation = agent.converse()
    agent.detach("scratch")
    agent.attach("project", "ledger")
    agent.edit(agent.shared("human"), "Name: Samuel")
    found = checked(conversation)
    assert sorted(kinds(found)) == [Kind.MISSING, Kind.REMOVED, Kind.STALE]
    models = Models(agent.server)
    assert {way_of(one, Way.RECOMPILE) for one in found} == {way_of(found[0], Way.RECOMPILE)}
    assert run(way_of(found[0], Way.RECOMPILE), tmp_path) == "recompiled\n"
    assert models.called() == 0
    assert checked(conversation) == []


def test_a_recompile_heals_the_default_conversation(agent: Agent, checked: Check, tmp_path: Path) -> None:
    """Attaching a block does not compile it, though each edit of a block does."""
    say_by_default(agent, "one")
    agent.detach("human")
    agent.attach("human", "Name: Samuel")
    (found,) = checked("default", "--agent", agent.id)
    assert found["kind"] == Kind.STALE
    assert run(way_of(found, Way.RECOMPILE), tmp_path) == "recompiled\n"
    assert checked("default", "--agent", agent.id) == []


def test_nothing_heals_isolated_values_without_a_turn(
    agent: Agent, checked: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    conversation = agent.converse("human")
    agent.edit(agent.isolated(conversation, "human"), "Name: Samuel")
    agent.say(conversation, "one")
    (stale,) = checked(conversation)
    assert [way["kind"] for way in stale["ways_out"]] == [Way.NONE]
    to = ("--base-url", agent.server.base_url)
    assert main(["recompile", conversation, *to]) == 2  # refused: it would be lost
    assert "1 isolated block" in capsys.readouterr().err
    assert kinds(checked(conversation)) == [Kind.STALE]
    assert main(["recompile", conversation, "--force", *to]) == 0
    assert main(["compact", conversation, "--mode", "all", *to]) == 0
    (lost,) = checked(conversation)
    assert (lost["kind"], [way["kind"] for way in lost["ways_out"]]) == (Kind.LOST, [Way.NONE])


def test_what_is_left_of_a_refused_creation_is_deleted(agent: Agent, checked: Check, tmp_path: Path) -> None:
    with pytest.raises(RestError):
        agent.converse("human", "nope")
    (orphan,) = agent.call("GET", f"/v1/conversations/?agent_id={agent.id}")
    (found,) = checked(orphan["id"])
    assert found["kind"] == Kind.EMPTY
    run(way_of(found, Way.DELETE), tmp_path)
    assert agent.call("GET", f"/v1/conversations/?agent_id={agent.id}") == []


def test_a_block_of_a_dead_label_brings_it_back_to_life(agent: Agent, checked: Check, tmp_path: Path) -> None:
    conversation = agent.converse("human")
    agent.detach("human")
    (found,) = checked(conversation)
    assert found["kind"] == Kind.DEAD
    run(way_of(found, Way.ATTACH_BLOCK), tmp_path)
    assert checked(conversation) == []
    assert agent.call("GET", f"/v1/blocks/{agent.shared('human')}")["value"] == ""
    own = agent.isolated(conversation, "human")
    assert "tool_return_message" in agent.say(conversation, "please remember tea")
    assert "tea" in agent.call("GET", f"/v1/blocks/{own}")["value"]  # the agent edits it again


def test_a_limit_is_raised_to_what_the_block_has(agent: Agent, checked: Check, tmp_path: Path) -> None:
    block = agent.shared("human")
    agent.call("PATCH", f"/v1/blocks/{block}", {"limit": 4})
    conversation = agent.converse()
    (found,) = checked(conversation)
    assert found["kind"] == Kind.OVER_LIMIT
    run(way_of(found, Way.RAISE_LIMIT), tmp_path)
    assert checked(conversation) == []
    now = agent.call("GET", f"/v1/blocks/{block}")
    assert (now["value"], now["limit"]) == ("Name: Sam", len("Name: Sam"))


def test_what_was_left_out_cannot_be_put_back(agent: Agent, checked: Check) -> None:
    conversation = agent.converse()
    agent.say(conversation, "one")
    say(agent, conversation, delay=1.1, content="two")  # dates are whole seconds, and an older one is found
    drop(agent.server, conversation, "user_message")
    (found,) = checked(conversation)
    assert found["kind"] == Kind.LEFT_OUT
    (way,) = found["ways_out"]
    assert (way["kind"], way["command"]) == (Way.NONE, None)
    assert way["sentence"] != NOTHING_BROKEN
