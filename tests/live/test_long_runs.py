"""`watch`, and a check of many conversations that is interrupted and resumed, on a real server."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Any

import pytest

from tests.live.rest import RestError
from tests.live.running import REPOSITORY, RealServer
from tests.live.test_check import Agent

pytestmark = pytest.mark.live

COUNT, INTERRUPTED = 20, 18
"""Conversations, of which each has a finding, and the one at which a check is interrupted, which reads ahead."""

INTERRUPTIBLE = """
import signal, sys
from tui.cli import main
from tui.letta.client import LettaClient
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell turns off in the background
left = int(sys.argv[1])
whole = LettaClient.conversation

async def interrupted(self, *args):
    global left
    left -= 1
    if left == 0:
        signal.raise_signal(signal.SIGINT)
    return await whole(self, *args)

LettaClient.conversation = interrupted
sys.exit(main(sys.argv[2:]))
"""
"""`letta-tui`, interrupted by ctrl+c before it reads a conversation, or not at all if the number of that is 0."""

Events = list[dict[str, Any]]


@pytest.fixture
def agent(real_server: RealServer) -> Iterator[Agent]:
    made = Agent(real_server)
    yield made
    with suppress(RestError):
        made.call("DELETE", f"/v1/agents/{made.id}")


@contextmanager
def running(agent: Agent, at: int, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`letta-tui` on the agent's conversations, interrupted at the one of this number; ended with the block."""
    about = ["--agent", agent.id, "--base-url", agent.server.base_url]
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, str(at), *arguments, *about],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def check(agent: Agent, *arguments: str, at: int = 0) -> tuple[int, list[str], str]:
    """Exit code, lines and narration of a check of all its conversations."""
    with running(agent, at, "check", "--jsonl", *arguments) as process:
        out, err = process.communicate()
    return process.returncode, out.splitlines(), err


def test_an_interrupted_check_is_resumed_where_it_stopped(agent: Agent) -> None:
    made = [agent.converse() for _ in range(COUNT)]
    agent.edit(agent.shared("human"), "Name: Samuel")
    code, whole, narration = check(agent)
    assert (code, len(whole)) == (1, COUNT)
    assert {json.loads(line)["conversation"] for line in whole} == set(made)
    code, first, stopped = check(agent, at=INTERRUPTED)
    assert code == 130
    assert first
    assert "to continue, run the same command with --resume" in stopped
    code, rest, resumed = check(agent, "--resume")
    assert code == 1
    assert [*first, *rest] == whole
    assert rest
    assert resumed == narration, "the counts are of both"
    assert "nothing to resume" in check(agent, "--resume")[2]


def test_what_happens_is_a_line_each(agent: Agent) -> None:
    with running(agent, 0, "watch", "--every", "0.1") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.readline().startswith("watching 0 conversations of checked on ")
        events: Events = []

        def wait_for(found: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
            """The next line that is meant; those before it count too."""
            assert process.stdout is not None
            for line in process.stdout:
                events.append(json.loads(line))
                if found(events[-1]):
                    return events[-1]
            raise AssertionError(f"watch ended after {events}")

        made = agent.converse()
        wait_for(lambda event: event["event"] == "created")
        agent.say(made, "hello [/foo]")
        wait_for(lambda event: "assistant_message" in [one["type"] for one in event.get("messages", ())])
        agent.call("PATCH", f"/v1/conversations/{made}", {"summary": "Renamed"})
        renamed = wait_for(lambda event: event["event"] == "summary")
        agent.call("DELETE", f"/v1/conversations/{made}")
        wait_for(lambda event: event["event"] == "deleted")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    assert {(event["agent"], event["conversation"]) for event in events} == {(agent.id, made)}
    kinds = [kind for kind, _ in groupby(event["event"] for event in events)]
    assert kinds == ["created", "messages", "summary", "deleted"]
    assert (renamed["before"], renamed["after"]) == (None, "Renamed")
    messages = [one for event in events for one in event.get("messages", ())]
    ids = [(one["id"], one["type"]) for one in messages]
    assert len(set(ids)) == len(ids), "each message once"
    assert messages[0]["text"] == "hello [/foo]"
