"""A server that refuses, or lacks, one thing after the other: what each command says of it, and its exit code."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.app_helpers import NOW, asked, writes
from tests.commands.conftest import Run
from tests.letta.servers import Timer
from tui.backends.demo.transport import DemoTransport

Answer = Callable[[], httpx.Response]

REASONS = "not-enough-credits: You are out of credits: Add credits or switch to another plan to go on."

REFUSALS: dict[str, tuple[Answer | int, int, str]] = {
    "401": (401, 4, "the API key is missing or wrong (401)"),
    "402": (402, 2, f"payment required (402: {REASONS})"),
    "403": (403, 2, "not allowed (403: Forbidden: Your plan does not include this feature)"),
    "404": (404, 2, "not supported by this server (404)"),
    "429": (429, 3, "the server asks to wait 30 s (429: exceeded-quota: Rate limited)"),
    "503": (
        lambda: httpx.Response(
            503,
            json={"errorCode": "cloud_api_shutting_down", "retryable": True},
            headers={"Retry-After": "60"},
        ),
        3,
        "the server asks to wait 60 s (503: cloud_api_shutting_down)",
    ),
    "503 for good": (
        lambda: httpx.Response(503, json={"errorCode": "gone", "retryable": False}),
        3,
        "the server failed (503: gone)",
    ),
    "HTML": (
        lambda: httpx.Response(403, html="<html><title>Attention required</title></html>"),
        3,
        "answered with a web page (403: “Attention required”), which is not Letta",
    ),
}
"""Each refusal of the whole server: its answer, the exit code of every command, and what each says."""

COMMANDS = (
    "list --agent Ada",
    "list --agent AGENT",
    "list --all",
    "list --agents",
    "show CONVERSATION",
    "show default --agent Ada",
    "blocks CONVERSATION",
    "diff CONVERSATION",
    "check CONVERSATION",
    "check --all",
    "check --agent AGENT",
    "export CONVERSATION",
    "summary get CONVERSATION",
    "summary set CONVERSATION text",
    "create --agent AGENT",
    "create --agent Ada",
    "archive CONVERSATION",
    "unarchive CONVERSATION",
    "profile test",
)


@pytest.fixture
def server() -> DemoTransport:
    return DemoTransport(now=NOW, flavour="cloud")


def words_of(command: str, server: DemoTransport) -> list[str]:
    """A command about the first conversation of this server, and its agent."""
    row = next(iter(server.store.conversations.values()))
    known = {"CONVERSATION": row.id, "AGENT": row.agent_id}
    return [known.get(word, word) for word in command.split()]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_refusal_is_said_as_it_was_meant(letta: Run, command: str) -> None:
    for name, (answer, code, words) in REFUSALS.items():
        server = DemoTransport(now=NOW, flavour="cloud")
        server.fail(answer if isinstance(answer, int) else answer())
        ended = letta(*words_of(command, server), server=server)
        assert (ended.code, ended.out) == (code, ""), name
        assert words in ended.err, name
        assert "Traceback" not in ended.err, name


HIDDEN: list[tuple[str, str, Answer | int, str, int, str]] = [
    ("no health", "/v1/health/", 404, "profile test", 0, "Letta, unknown version, agents not counted"),
    ("no health", "/v1/health/", 404, "export CONVERSATION", 0, "exported"),
    ("no agent by id", "/v1/agents/agent-[^/]*$", 404, "show CONVERSATION", 0, "## Memory"),
    ("no agent by id", "/v1/agents/agent-[^/]*$", 404, "list --agent AGENT", 0, "conversation"),
    ("no agents", "/v1/agents/", 404, "list --agent AGENT", 0, "conversation"),
    ("no agents", "/v1/agents/", 404, "create --agent AGENT", 0, "created for agent-"),
    ("no agents", "/v1/agents/", 404, "check --all", 2, "Listing agents: not supported by this server (404)"),
    (
        "no blocks",
        "core-memory",
        404,
        "blocks CONVERSATION",
        0,
        "Reading the agent's blocks: not supported by this server (404)",
    ),
    (
        "no messages",
        "/messages",
        404,
        "show CONVERSATION",
        0,
        "could not be read: Reading the messages: not supported by this server (404)",
    ),
    (
        "blocks on another plan",
        "core-memory",
        403,
        "blocks CONVERSATION",
        2,
        "Reading the agent's blocks: not allowed (403: Forbidden: Your plan does not include this feature)",
    ),
    (
        "blocks without credits",
        "core-memory",
        402,
        "show CONVERSATION",
        2,
        f"Reading the agent's blocks: payment required (402: {REASONS})",
    ),
    (
        "blocks behind a page",
        "core-memory",
        lambda: httpx.Response(200, html="<html><title>Sign in</title>"),
        "diff CONVERSATION",
        3,
        "demo answered with a web page (200: “Sign in”), which is not Letta",
    ),
]
"""What is hidden, the addresses, the answer there, a command, its exit code, and what it says."""


@pytest.mark.parametrize(
    ("path", "answer", "command", "code", "words"),
    [case[1:] for case in HIDDEN],
    ids=[f"{case[0]}: {case[3]}" for case in HIDDEN],
)
def test_what_one_server_hides_is_said_where_it_is_missed(
    letta: Run, server: DemoTransport, path: str, answer: Answer | int, command: str, code: int, words: str
) -> None:
    server.fail(answer if isinstance(answer, int) else answer(), path=path)
    ended = letta("--demo", *words_of(command, server), server=server)
    assert words in ended.out + ended.err
    assert ended.code == code
    assert "may have been deleted" not in ended.err


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (402, 2, f"payment required (402: {REASONS})"),
        (403, 2, "not allowed (403: Forbidden: Your plan does not include this feature)"),
        (
            429,
            3,
            "the server asks to wait 30 s (429: exceeded-quota: Rate limited); this is not retried automatically",
        ),
    ],
)
@pytest.mark.parametrize("command", ["summary set CONVERSATION text", "create --agent AGENT"])
def test_a_refused_write_is_sent_once_and_says_why(
    letta: Run, server: DemoTransport, command: str, status: int, code: int, words: str
) -> None:
    for method in ("PATCH", "POST"):
        server.fail(status, method=method, path="/v1/conversations/")
    ended = letta(*words_of(command, server), server=server)
    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err
    assert len(writes(server)) == 1


def test_a_permission_is_said_not_to_be_about_the_key(letta: Run, server: DemoTransport) -> None:
    server.fail(403)
    ended = letta("list", "--all", server=server)
    assert ended.err.endswith(" — this is about a plan or a permission, not a wrong key\n")
    assert "LETTA_API_KEY" not in ended.err


def test_a_command_does_not_wait_for_longer_than_it_may(letta: Run, server: DemoTransport) -> None:
    """Thirty seconds are more than ten: one request, and an answer at once."""
    server.fail(429)
    assert letta("list", "--agents", server=server).code == 3
    assert len(asked(server, "GET", "/v1/agents/")) == 1


def test_a_wait_that_is_short_enough_is_said_and_waited_for(
    letta: Run, server: DemoTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    timer = Timer()
    monkeypatch.setattr("tui.letta.transport.ServerPause", timer.pause)
    busy = httpx.Response(429, json={"reasons": ["exceeded-quota"]}, headers={"Retry-After": "9"})
    server.fail(busy, path="/v1/agents/", times=1)
    ended = letta("list", "--agents", server=server)
    assert ended.code == 0
    assert ended.err.startswith("letta-tui: localhost:8283 asks to wait 9 s…\n")
    assert timer.slept == [9.0]
    server.fail(busy, path="/v1/agents/", times=2)
    ended = letta("list", "--agents", server=server)
    assert (ended.code, ended.out) == (3, "")
    assert "Listing agents: the server asks to wait 9 s (429: exceeded-quota)\n" in ended.err
    assert timer.slept == [9.0, 9.0]
