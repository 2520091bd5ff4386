"""`letta-tui watch`: changes as JSON lines until it is interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import HOSTILE, NOW, ids, only_agent, small_server
from tests.commands.conftest import Ended, Run
from tests.commands.interrupting import interrupt
from tests.faults.serving import served
from tests.local_store import forgetful_store
from tui.backends.demo.transport import DemoTransport
from tui.backends.letta_code.transport import LettaCodeTransport


class Scene(httpx.AsyncBaseTransport):
    """Passes requests on; each time that the agent's memory is read, something happens: in the end ctrl+c."""

    def __init__(self, server: httpx.AsyncBaseTransport, *things: Callable[[], None]) -> None:
        self._server = server
        self.has_local_memory = getattr(server, "has_local_memory", False)
        self._things = [*things, interrupt]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        answer = await self._server.handle_async_request(request)
        if request.url.path.endswith("/core-memory/blocks") and self._things:
            self._things.pop(0)()
        return answer


def watch(letta: Run, server: Any, *arguments: str) -> Ended:
    return letta("watch", *arguments, "--every", "0.1", server=server)


def events(ended: Ended) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ended.out.splitlines()]


@pytest.fixture
def server() -> DemoTransport:
    return small_server("One", "Two")


def test_changes_are_lines_and_ctrl_c_ends_it_with_130(letta: Run, server: DemoTransport) -> None:
    one, _ = ids(server)

    def rename() -> None:
        server.store.conversations[one].summary = f"[/foo]{HOSTILE}"

    ended = watch(letta, Scene(server, rename, lambda: None), "--demo", "--agent", "Ada")
    assert ended.code == 130
    assert ended.err == "watching 2 conversations of Ada on demo every 0.1 s; ctrl+c stops it\n"
    assert events(ended) == [
        {
            "event": "summary",
            "at": NOW.isoformat(),
            "agent": only_agent(server),
            "conversation": one,
            "before": "One",
            "after": f"[/foo]{HOSTILE}",
        }
    ]
    assert ended.out.isascii()


def test_it_outlasts_a_server_that_goes_away(
    letta: Run, server: DemoTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.commands.watch.LONGEST_COMMAND_WAIT", 0.0)

    def go_away() -> None:
        server.fail(httpx.ConnectError, times=5)
        server.store.add_conversation(only_agent(server), "Three")

    nothing = [lambda: None] * 3
    ended = watch(letta, Scene(server, go_away, *nothing), "--demo", "--agent", "Ada")
    assert ended.code == 130
    assert [event["event"] for event in events(ended)] == ["created"]
    _, away, back = ended.err.splitlines()
    assert away.startswith("letta-tui: Reading the agent: cannot connect: told to fail (demo)")
    assert away.endswith("; retrying")
    assert back == "letta-tui: demo responds again"


IMPATIENT = """\
import sys
from tui.cli import main
from tui.commands import watch
watch.LONGEST_COMMAND_WAIT = 0.0
sys.exit(main(sys.argv[1:]))
"""


def test_a_server_that_dies_and_comes_back_at_its_address_is_watched_on(server: DemoTransport) -> None:
    """On a real socket; each step waits for a line of the one before."""
    one, _ = ids(server)
    with served(server) as (url, _):
        process = subprocess.Popen(
            [sys.executable, "-c", IMPATIENT, "watch", "--all", "--every", "0.1", "--base-url", url],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.readline().startswith("watching 2 conversations of 1 agent")
    try:
        away = process.stderr.readline()
        assert "cannot connect" in away
        assert away.endswith("; retrying\n")
        server.store.conversations[one].summary = "While it was gone"
        with served(server, port=int(url.rpartition(":")[2])):
            assert json.loads(process.stdout.readline())["after"] == "While it was gone"
            assert process.stderr.readline().endswith(" responds again\n")
            server.store.conversations[one].summary = "Since"
            assert json.loads(process.stdout.readline())["before"] == "While it was gone"
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=30)
        assert rest == ("", "")
        assert process.returncode == 130
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(("status", "code"), [(401, 4), (500, 3)])
def test_a_server_that_does_not_let_it_begin_ends_it(
    letta: Run, server: DemoTransport, status: int, code: int
) -> None:
    server.fail(status)
    ended = letta("watch", "--demo", "--all", server=server)
    assert (ended.code, ended.out) == (code, "")


def test_a_key_that_is_refused_meanwhile_ends_it(letta: Run, server: DemoTransport) -> None:
    ended = watch(letta, Scene(server, lambda: server.fail(401)), "--demo", "--agent", "Ada")
    assert ended.code == 4


def test_of_all_agents_and_of_local_ones(letta: Run, tmp_path: Path) -> None:
    server = DemoTransport(now=NOW)
    ended = watch(letta, Scene(server), "--demo", "--all")
    assert ended.code == 130
    store = forgetful_store(tmp_path / "lc")
    local = Scene(LettaCodeTransport(store.path), lambda: None, lambda: None, lambda: None)
    ended = watch(letta, local, f"--letta-code={store.path}", "--agent", "Ada")
    assert (ended.code, ended.out) == (130, "")
    assert ended.err.startswith("watching 6 conversations of Ada on Letta Code · local every 0.1 s")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--demo",),
        ("--demo", "--all", "--agent", "Ada"),
        ("--demo", "--all", "--every", "0"),
        ("--demo", "--all", "--every", "nan"),
        ("--demo", "--all", "--every", "soon"),
        ("--demo", "--agent", "Nobody"),
    ],
)
def test_what_cannot_be_watched_ends_with_2(letta: Run, arguments: tuple[str, ...]) -> None:
    ended = letta("watch", *arguments)
    assert (ended.code, ended.out) == (2, "")


def test_a_file_does_not_change(letta: Run, server: DemoTransport, tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    letta("export", ids(server)[0], "-o", str(file), "--demo", server=server)
    ended = letta("watch", "--all", "--from", str(file))
    assert ended.code == 2
    assert "watch needs a server: a file does not change" in ended.err
