"""Changes of memory blocks on a real server, with a second writer, a lost response and a killed process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import make_quick, note_remarks, press, remarks, screen_text, settle, type_text
from tests.live.running import REPOSITORY, RealServer
from tests.live.seed import create_agent
from tests.live.test_acts import SIZE, make, system_text
from tui.app import LettaApp
from tui.config.settings import Settings
from tui.ui.dialogs.block_editor import BlockEditor
from tui.ui.dialogs.conflict import ConflictScreen

pytestmark = [pytest.mark.live, pytest.mark.anyio]

SHARED = "Name: Sam"
TO_HUMAN = ("b", "enter", "j")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pauses that people need."""
    make_quick(monkeypatch)


@pytest.fixture
def agent(real_server: RealServer) -> Iterator[str]:
    """An agent of the test's own."""
    made = create_agent(real_server, "memory", SHARED)
    yield made
    real_server.call("DELETE", f"/v1/agents/{made}")


class Memory:
    """A conversation with an isolated `human`, as the server reports it."""

    def __init__(self, server: RealServer, agent: str) -> None:
        self.server, self.agent = server, agent
        self.conversation = make(server, agent, "isolates it", "human")
        self.own = str(server.call("GET", f"/v1/conversations/{self.conversation}")["isolated_block_ids"][0])
        path = f"/v1/agents/{agent}/core-memory/blocks/human"
        self.shared = str(server.call("GET", path)["id"])

    @property
    def values(self) -> tuple[str, str]:
        """What the server has in the isolated and in the shared block."""
        own, shared = (self.server.call("GET", f"/v1/blocks/{id}") for id in (self.own, self.shared))
        return own["value"], shared["value"]

    def write(self, block_id: str, value: str) -> None:
        """Somebody else writes."""
        self.server.call("PATCH", f"/v1/blocks/{block_id}", {"value": value})

    def app(self, **settings: Any) -> LettaApp:
        """The app on this conversation."""
        known = {"base_url": self.server.base_url, "api_key": self.server.api_key, **settings}
        app = LettaApp(Settings(agent=self.agent, conversation=self.conversation, **known))
        return note_remarks(app)

    def command(self, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
        """`letta-tui block ...` in a process of its own."""
        environment = {**os.environ, "LETTA_BASE_URL": self.server.base_url, "XDG_STATE_HOME": str(home)}
        return subprocess.run(
            [sys.executable, "-m", "tui", "block", *arguments],
            env=environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def memory(real_server: RealServer, agent: str) -> Memory:
    return Memory(real_server, agent)


async def test_edit_reset_promote_and_undo_leave_the_values_that_they_showed(memory: Memory) -> None:
    before = system_text(memory.server, memory.conversation)
    app = memory.app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, *TO_HUMAN, "e")
        await type_text(pilot, ", who moved")
        await press(pilot, "enter")
        assert "until an automatic compaction" in screen_text(app)
        await press(pilot, "y")
        assert memory.values == (f"{SHARED}, who moved", SHARED)
        assert system_text(memory.server, memory.conversation) == before
        await press(pilot, "p", "y")
        assert memory.values == (f"{SHARED}, who moved",) * 2
        await press(pilot, "u")
        assert memory.values == (f"{SHARED}, who moved", SHARED)
        await press(pilot, "X", "y")
        assert memory.values == (SHARED, SHARED)
        await press(pilot, "u")
        assert memory.values == (f"{SHARED}, who moved", SHARED)


async def test_a_promotion_reaches_every_default_conversation_at_once(memory: Memory) -> None:
    server = memory.server
    body = {
        "name": "other",
        "model": server.model,
        "embedding": server.embedding,
        "block_ids": [memory.shared],
    }
    other = server.call("POST", "/v1/agents/", body)
    memory.write(memory.own, "Name: Kim")
    try:
        app = memory.app()
        async with app.run_test(size=SIZE) as pilot:
            await settle(pilot)
            await press(pilot, *TO_HUMAN, "p")
            assert "! Also read by 1 other agent: other." in screen_text(app)
            await press(pilot, "y")
        assert memory.values == ("Name: Kim", "Name: Kim")
        for id in (memory.agent, other["id"]):
            first = server.call("GET", f"/v1/agents/{id}")["message_ids"][0]
            assert "Name: Kim" in json.dumps(server.call("GET", f"/v1/messages/{first}"))
    finally:
        server.call("DELETE", f"/v1/agents/{other['id']}")


@pytest.mark.parametrize(
    ("answer", "stored"), [("m", f"{SHARED} mine"), ("t", "Theirs"), ("escape", "Theirs")]
)
async def test_a_second_writer_in_between_is_asked_about(memory: Memory, answer: str, stored: str) -> None:
    app = memory.app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, *TO_HUMAN, "e")
        await type_text(pilot, " mine")
        await press(pilot, "enter")
        memory.write(memory.own, "Theirs")
        await press(pilot, "y")
        assert isinstance(app.screen, ConflictScreen)
        await press(pilot, answer)
        assert memory.values == (stored, SHARED)
        assert isinstance(app.screen, BlockEditor) is (answer == "escape")


class Losing(httpx.AsyncBaseTransport):
    """A network that loses the response to a write."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport()
        self.lost = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if request.method == "PATCH":
            await response.aread()
            self.lost += 1
            raise httpx.ReadError("lost", request=request)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


async def test_a_lost_answer_is_read_back_and_nothing_is_sent_twice(memory: Memory) -> None:
    network = Losing()
    known = Settings(
        agent=memory.agent,
        conversation=memory.conversation,
        base_url=memory.server.base_url,
        api_key=memory.server.api_key,
    )
    app = note_remarks(LettaApp(known, transport=network))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, *TO_HUMAN, "e")
        await type_text(pilot, " mine")
        await press(pilot, "enter", "y")
        assert "Saved: human" in remarks(app)
    assert network.lost == 1
    assert memory.values == (f"{SHARED} mine", SHARED)


async def test_an_undo_after_a_restart_puts_the_value_back(memory: Memory) -> None:
    for keys in (("X", "y"), ("u",)):
        memory.write(memory.own, "Name: Kim") if keys[0] == "X" else None
        app = memory.app()
        async with app.run_test(size=SIZE) as pilot:
            await settle(pilot)
            await press(pilot, *TO_HUMAN, *keys)
    assert memory.values == ("Name: Kim", SHARED)


def test_the_command_gets_sets_resets_and_promotes(memory: Memory, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        act, *more = arguments
        ended = memory.command(act, memory.conversation, "human", *more, home=tmp_path)
        return ended.returncode, ended.stdout

    assert run("get") == (0, f"{SHARED}\n")
    assert run("set", "Name: Kim\n\nMoved.\n", "--if-was", "another text") == (1, "")
    assert memory.values == (SHARED, SHARED)
    assert run("set", "Name: Kim\n\nMoved.\n", "--if-was", SHARED) == (0, "")
    assert run("get") == (0, "Name: Kim\n\nMoved.\n\n")
    assert run("get", "--shared") == (0, f"{SHARED}\n")
    assert run("promote") == (0, "")
    assert memory.values == ("Name: Kim\n\nMoved.\n",) * 2
    assert run("set", SHARED, "--shared") == (0, "")
    assert run("reset") == (0, "")
    assert memory.values == (SHARED, SHARED)
    assert run("set", "x", "--readonly")[0] == 2
    assert memory.values == (SHARED, SHARED)


KILLED = """
import os, signal, sys
from tui.letta.client import LettaClient
from tui.cli import main
step, number = sys.argv[1].split()
calls = 0
whole = getattr(LettaClient, step)

async def killed(self, *args, **more):
    global calls
    calls += 1
    if calls == int(number):
        os.kill(os.getpid(), signal.SIGKILL)
    answer = await whole(self, *args, **more)
    if calls == -int(number):
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

setattr(LettaClient, step, killed)
sys.exit(main(sys.argv[2:]))
"""


def killed(step: str, *arguments: str) -> int:
    """Run `letta-tui` until it kills itself at a step; returns the exit code."""
    command = [sys.executable, "-c", KILLED, step, *arguments]
    return subprocess.run(command, cwd=REPOSITORY, check=False).returncode


@pytest.mark.parametrize(
    ("step", "stored"),
    [
        # before the block is compared, before it is sent, after it was sent, before it is read back
        ("block 2", SHARED),
        ("update_block 1", SHARED),
        ("update_block -1", "Mine"),
        ("block 3", "Mine"),
    ],
)
async def test_a_kill_at_each_step_loses_no_value(
    memory: Memory, step: str, stored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value is the old or the new one, and the old one can be restored from the journal."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    arguments = ["block", "set", memory.conversation, "human", "Mine", "--base-url", memory.server.base_url]
    assert killed(step, *arguments) == -signal.SIGKILL
    assert memory.values == (stored, SHARED)
    app = memory.app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, *TO_HUMAN, "u")
        if stored == "Mine":
            assert "changed by somebody else since" in screen_text(app)
            await press(pilot, "y")
        else:
            assert "Nothing to undo" in remarks(app)
    assert memory.values == (SHARED, SHARED)
