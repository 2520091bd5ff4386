"""`letta-tui show`: one conversation as JSON for programs and as text for people."""

from __future__ import annotations

import subprocess
import sys

import httpx
import pytest

from tests.app_helpers import NOW, ids, only_agent, small_server
from tests.commands.conftest import Run
from tui.backends.demo.transport import DemoTransport
from tui.cli import main
from tui.commands import profile
from tui.commands.registry import NAMES


@pytest.fixture(scope="module")
def demo() -> DemoTransport:
    return DemoTransport(now=NOW)


def named(demo: DemoTransport, summary: str) -> str:
    return next(row.id for row in demo.store.conversations.values() if row.summary == summary)


def test_the_json_of_a_compacted_conversation(letta: Run, demo: DemoTransport) -> None:
    wanted = named(demo, "Refactor the billing API, second try")
    ended = letta("show", "--demo", wanted, "--json", server=demo)
    told = ended.json
    assert ended.code == 0
    assert set(told) == {
        "conversation",
        "agent",
        "in_context",
        "history",
        "memory",
        "isolated_blocks",
        "shared_blocks",
        "unreadable",
    }
    in_context = told["conversation"]["in_context_message_ids"]
    assert list(dict.fromkeys(message["id"] for message in told["in_context"])) == in_context
    assert len(in_context) == 13
    history = list(dict.fromkeys(message["id"] for message in told["history"]))
    assert len(history) == 214
    assert set(in_context) <= set(history)
    dates = [message["date"] for message in told["history"]]
    assert dates == sorted(dates)
    assert told["unreadable"] == {}


def test_the_json_of_memory_three_ways(letta: Run, demo: DemoTransport) -> None:
    told = letta("show", "--demo", named(demo, "Importer: after a recompile"), "--json", server=demo).json
    project = told["memory"]["project"]
    assert project["state"] == "isolation lost"
    assert project["isolated"].startswith("importer:")
    assert project["compiled"] == project["shared"]
    assert "CONVERSATION_ID: default" in project["why"]
    assert told["memory"]["human"]["isolated"] is None
    assert [block["label"] for block in told["isolated_blocks"]] == ["project"]
    assert "project" in [block["label"] for block in told["shared_blocks"]]


def test_messages_and_blocks_are_the_servers_own_objects(letta: Run) -> None:
    server = small_server("One")
    told = letta("show", "--demo", ids(server)[0], "--json", server=server).json
    (system,) = told["in_context"]
    assert {"otid", "sender_id", "step_id", "is_err", "run_id"} <= set(system)
    assert told["history"] == told["in_context"]
    assert "archived" not in told["conversation"]  # the embedded server, like 0.16.8, does not say


def test_a_fork_shows_what_it_shares(letta: Run, demo: DemoTransport) -> None:
    wanted = named(demo, "Weekly report, with adjectives (fork)")
    told = letta("show", "--demo", wanted, "--json", server=demo).json
    known = {message["id"] for message in told["history"]}
    assert {message["id"] for message in told["in_context"]} <= known


def test_the_default_conversation(letta: Run, demo: DemoTransport) -> None:
    told = letta("show", "--demo", "default", "--agent", "Ada", "--json", server=demo).json
    assert told["conversation"]["id"] == "default"
    assert told["isolated_blocks"] == []
    assert {label["state"] for label in told["memory"].values()} == {"live"}


def test_people_get_memory_history_and_context(letta: Run, demo: DemoTransport) -> None:
    told = letta("show", "--demo", named(demo, "Refactor the billing API, second try"), server=demo).out
    lines = told.splitlines()
    assert lines[0] == "# Refactor the billing API, second try"
    heads = [line for line in lines if line.startswith("## ")]
    assert heads == [
        "## Summary",
        "## Memory",
        "## Before the context: 201 messages that the model no longer reads",
        "## In context: 13 messages",
    ]
    assert any(line.startswith("### ▣ isolated  project  ↺ stale") for line in lines)
    assert "    Can you split the invoice module?" in lines


def test_people_get_all_three_texts_of_a_stale_block(letta: Run, demo: DemoTransport) -> None:
    told = letta("show", "--demo", named(demo, "Refactor the billing API, second try"), server=demo).out
    items = {item.split()[2]: item for item in told.split("\n### ") if "  ↺ stale" in item}
    captions = {
        name: [line.strip() for line in item.splitlines() if line.startswith("    [")]
        for name, item in items.items()
    }
    assert captions == {
        "project": ["[what the model reads]", "[the agent's shared block]", "[this conversation's copy]"],
        "policy": ["[what the model reads]", "[the current block]"],
    }
    reads = items["project"].partition("[what the model reads]")[2].partition("    [")[0]
    assert "split proposed" in reads
    assert "split agreed" not in reads
    assert "compiled" not in told.partition("## Before")[0]  # nothing about a view that only the app has


def test_a_part_that_cannot_be_read_is_null_and_said(letta: Run) -> None:
    server = small_server("One")
    server.fail(500, path="/v1/messages/$")
    ended = letta("show", "--demo", ids(server)[0], "--json", server=server)
    assert ended.code == 3
    assert ended.json["history"] is None
    assert "history" in ended.json["unreadable"]
    assert ended.json["memory"]["human"]["state"] == "live"
    assert "Reading the history" in ended.err


def test_a_message_that_cannot_be_read_is_said_in_every_form(letta: Run) -> None:
    """In context and asked for by its id, since no list shows it: the answer without it is not the whole context."""
    server = small_server("One")
    (wanted,) = ids(server)
    server.fail(b"[]", path="/conv-[^/]+/messages$")
    server.fail(500, path="/v1/messages/message-")
    for words in (
        ["show", "--json"],
        ["show"],
        ["export", "--format", "md"],
        ["export", "--format", "jsonl"],
    ):
        ended = letta(*words, "--demo", wanted, server=server)
        assert "could not be read: message message-" in ended.err, words
    assert (
        "Reading a message"
        in letta("show", "--json", "--demo", wanted, server=server).json["unreadable"]["in_context"]
    )


@pytest.mark.parametrize("words", [["show", "--json"], ["list", "--agents", "--json"]])
def test_the_secrets_of_an_agent_are_not_told(letta: Run, words: list[str]) -> None:
    server = small_server("One")
    told = {"id": only_agent(server), "name": "Ada", "secrets": [{"key": "K", "value": "hush"}]}
    server.fail(httpx.Response(200, json=told), path="/v1/agents/agent-[^/]*$")
    server.fail(httpx.Response(200, json=[told]), path="/v1/agents/$")
    wanted = [] if "list" in words else ids(server)
    ended = letta(*words, "--demo", *wanted, server=server)
    assert "Ada" in ended.out
    assert "hush" not in ended.out


def test_a_server_without_history_is_no_failure(letta: Run) -> None:
    server = small_server("One")
    server.fail(httpx.Response(404, json={"detail": "Not Found"}), path="/v1/messages/$")
    ended = letta("show", "--demo", ids(server)[0], server=server)
    assert ended.code == 0
    assert "## Before the context\n\ncould not be read: Reading the history" in ended.out


ACTS = [f"profile {name} --help" for name, *_ in profile.SUBCOMMANDS]
HELPED = ["--help", "help", "help options", *(f"{name} --help" for name in NAMES), *ACTS]


@pytest.mark.parametrize("words", HELPED)
def test_help_fits_a_screen(letta: Run, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ended = letta(*words.split())
    lines = ended.out.splitlines()
    assert ended.code == 0
    assert len(lines) < 24
    assert max(map(len, lines)) < 80


def shell(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m tui check --demo --all --json"
    done = shell(f"{command} | true; echo ${{PIPESTATUS[0]}}")
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert done.stdout.strip() in ("1", "141")  # 1 where the pipe was still open


def test_a_terminal_that_lacks_letters_gets_them_spelled_out() -> None:
    script = f"PYTHONIOENCODING=ascii {sys.executable} -m tui check --demo --agent Grace"
    done = shell(script)
    assert done.returncode == 1
    assert "over limit" in done.stdout
    assert done.stdout.isascii()


@pytest.mark.parametrize(
    "place", ["tui.commands.dispatch.dispatch", "tui.commands.check.CheckCommand.__call__"]
)
def test_ctrl_c_ends_quietly_with_130(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupted)
    assert main(["check", "--demo", "--all"]) == 130


LOADED = """
import sys
from tui.cli import main
from tui.commands.registry import NAMES, load
for name in NAMES: load(name)
code = main(["check", "--demo", "--agent", "Grace"])
print("textual" in sys.modules, "rich" in sys.modules, code, file=sys.stderr)
"""


def test_no_screen_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "False False 1"
