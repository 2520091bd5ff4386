"""`letta-tui search`: what it prints, what it takes, and the code that it ends with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.app_helpers import BIDI, HOSTILE, NOW, asked, ids, only_agent, small_server, writes
from tests.commands.conftest import Run
from tests.commands.interrupting import Interrupting, Killed, kill
from tests.flows.test_search import PHRASE, compacted
from tests.local_store import LocalStore, assistant, said, user
from tui.backends.demo.transport import DemoTransport
from tui.cli import main
from tui.commands.search import parse_since
from tui.storage.paths import state_dir

KEYS = {
    *("conversation", "agent", "message", "role", "time", "in_context", "text"),
    *("in", "label", "title", "matches", "stored", "readers"),
}


@pytest.mark.parametrize(("flavour", "option"), [("self-hosted", "--demo"), ("cloud", "--demo=cloud")])
def test_a_phrase_before_the_context_is_found_and_the_code_is_0(
    letta: Run, flavour: str, option: str
) -> None:
    server, wanted = compacted(flavour)
    ended = letta("search", PHRASE, option, "--all", "--jsonl", server=server)
    assert ended.code == 0
    (hit,) = map(json.loads, ended.out.splitlines())
    assert set(hit) == KEYS
    assert (hit["conversation"], hit["role"], hit["in_context"]) == (wanted, "user", False)
    assert hit["agent"] == only_agent(server)
    assert hit["text"] == "I painted THE COBALT LIGHTHOUSE today"
    assert datetime.fromisoformat(hit["time"]).tzinfo is not None
    assert ("searched by the server" in ended.err) == (flavour == "cloud")
    assert ("reading every message" in ended.err) == (flavour != "cloud")
    assert not [path for path in writes(server) if "/messages/search" not in path]


def test_nothing_found_ends_with_1_and_prints_nothing(letta: Run) -> None:
    server, _ = compacted()
    ended = letta("search", "no such words", "--demo", server=server)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-1].startswith("0 hits · 3 conversations · ")


def test_people_get_two_lines_for_a_hit_and_the_rest_on_stderr(letta: Run) -> None:
    server, wanted = compacted()
    ended = letta("search", PHRASE, "--demo", "--agent", "Ada", server=server)
    assert ended.out == (
        f"{wanted}  One  just now · user · before the context\n    I painted ▸THE COBALT LIGHTHOUSE◂ today\n"
    )
    assert ended.err.splitlines() == [
        "Searching messages: refused (400: Message search requires message embedding, OpenAI, and Turbopuffer "
        "to be enabled.)",
        f"1 hit · 3 conversations · {len(asked(server)) - 1} requests · reading every message, since the server "
        "does not search (demo)",
    ]


def test_with_all_agents_each_hit_names_its_own(letta: Run) -> None:
    server, _ = compacted()
    grace = server.store.add_agent("Grace", {})
    server.store.add_message(grace, "user", PHRASE)
    out = letta("search", PHRASE, "--demo", "--all", server=server).out
    assert "  Grace  default conversation  " in out
    assert "  Ada  One  " in out
    named = letta("search", PHRASE, "--demo", "--agent", "Grace", "--jsonl", server=server).out
    assert [json.loads(line)["agent"] for line in named.splitlines()] == [grace]


def test_json_is_one_object_with_how_it_was_searched(letta: Run) -> None:
    server, wanted = compacted()
    found = letta("search", PHRASE, "--demo", "--json", server=server).json
    assert set(found) == {"searched", "requests", "how", "system_messages", "complete", "hits"}
    assert (found["searched"], found["how"], found["complete"]) == (3, "reading", True)
    assert [hit["conversation"] for hit in found["hits"]] == [wanted]
    cloud, _ = compacted("cloud")
    by_server = letta("search", PHRASE, "--demo=cloud", "--json", server=cloud).json
    assert (by_server["how"], by_server["complete"], len(by_server["hits"])) == ("server", False, 1)
    nothing = letta("search", "no such words", "--demo", "--json", server=server)
    assert (nothing.code, nothing.json["hits"]) == (1, [])


def test_places_role_and_time_narrow_it(letta: Run) -> None:
    server = small_server("Lighthouse", blocks={"human": "Sam saw a lighthouse"})
    store, wanted = server.store, ids(server)[0]
    store.add_message(wanted, "user", "a lighthouse")
    store.add_message(wanted, "assistant", "the lighthouse")

    def places(*options: str) -> list[tuple[str, str | None]]:
        ended = letta("search", "lighthouse", "--demo", "--jsonl", *options, server=server)
        return [(hit["in"], hit["role"]) for hit in map(json.loads, ended.out.splitlines())]

    assert places("--in", "memory") == [("memory", None)]
    assert places("--in", "summaries,memory") == [("memory", None), ("summaries", None)]
    assert places("--role", "assistant") == [("messages", "assistant")]
    assert ("messages", "user") in places("--since", "1h")
    assert places("--since", "2999-01-01") == []


def test_a_regex_is_one_only_if_that_is_said(letta: Run) -> None:
    server, _ = compacted()
    assert letta("search", r"cobalt\s\w+house", "--demo", server=server).code == 1
    ended = letta("search", r"cobalt\s\w+house", "--demo", "--regex", server=server)
    assert ended.code == 0
    assert "▸COBALT LIGHTHOUSE◂" in ended.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["", "--demo"], "search needs a text"),
        (["  ", "--demo"], "search needs a text"),
        (["x", "--demo", "--all", "--agent", "Ada"], "either --agent or --all"),
        (["x", "--demo", "--in", "dreams"], "--in takes messages, summaries or memory, not “dreams”"),
        (["x", "--demo", "--in", ""], "--in takes messages, summaries or memory, not “”"),
        (["x", "--demo", "--in", "memory", "--role", "user"], "memory has neither"),
        (["x", "--demo", "--since", "yesteryear"], "--since takes a time"),
        (["x", "--demo", "--role", "clown"], "clown"),
        (["(", "--demo", "--regex"], "the regex cannot be used: "),
        (["x" * 10_001, "--demo"], "at most 10,000 characters"),
        (["x", "--demo", "--json", "--jsonl"], "--json"),
        (["--demo"], "TEXT"),
        (["x", "--demo", "--agent", "Nobody"], "Nobody"),
    ],
)
def test_what_cannot_be_searched_for_ends_with_2(letta: Run, arguments: list[str], words: str) -> None:
    ended = letta("search", *arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert words in ended.err


@pytest.mark.parametrize(
    ("typed", "when"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("3 h", NOW - timedelta(hours=3)),
        ("90min", NOW - timedelta(minutes=90)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("7 days", None),
        ("999999w", None),
        ("", None),
    ],
)
def test_since_is_a_time_or_how_long_ago(typed: str, when: datetime | None) -> None:
    assert parse_since(typed, NOW) == when


def test_hostile_text_reaches_no_terminal(letta: Run) -> None:
    server = small_server(HOSTILE)
    server.store.add_message(ids(server)[0], "user", f"needle {HOSTILE} {BIDI} [/foo]")
    for options in ((), ("--jsonl",), ("--json",)):
        ended = letta("search", "needle", "--demo", *options, server=server)
        assert ended.code == 0
        assert "\x1b" not in ended.out + ended.err
        assert not any(char in ended.out + ended.err for char in BIDI if not char.isprintable())
        assert "[/foo]" in ended.out


def test_a_conversation_that_cannot_be_read_is_named_and_the_code_is_its_own(letta: Run) -> None:
    server, _ = compacted()
    server.fail(500, path=f"{ids(server)[1]}/messages")
    ended = letta("search", PHRASE, "--demo", server=server)
    assert ended.code == 3
    assert "▸THE COBALT LIGHTHOUSE◂" in ended.out
    assert "Two: Reading the messages: the server failed (500" in ended.err
    assert "1 could not be read completely" in ended.err


@pytest.mark.parametrize(("status", "code"), [(401, 4), (402, 2)])
def test_a_refused_key_ends_it(letta: Run, status: int, code: int) -> None:
    server, _ = compacted()
    server.fail(status, path="/messages")
    assert letta("search", PHRASE, "--demo", server=server).code == code


def test_a_server_that_is_gone_ends_with_3(letta: Run) -> None:
    server, _ = compacted()
    server.fail(httpx.ConnectError)
    assert letta("search", PHRASE, "--demo", server=server).code == 3


def test_offline_a_bundle_is_searched(letta: Run, tmp_path: Path) -> None:
    server, wanted = compacted()
    file = str(tmp_path / "one.json")
    assert letta("export", wanted, "--demo", "--output", file, server=server).code == 0
    assert main(["search", PHRASE, "--from", file, "--json"]) == 0


def test_letta_codes_files_are_searched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = LocalStore(tmp_path)
    ada = store.add_agent("Ada", {"human": "Sam"})
    rows = (user(1, f"I painted {PHRASE}"), assistant(2, said("Nice.")), user(3, "bye"))
    store.add_conversation("local-conv-1", ada, *rows, summary="Paint", in_context=["ui-msg-3"])
    assert main(["search", PHRASE, "--letta-code", str(tmp_path), "--jsonl"]) == 0
    (hit,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (hit["conversation"], hit["message"], hit["in_context"]) == ("local-conv-1", "ui-msg-1", False)


def test_interrupted_what_was_found_stands_and_the_code_is_130() -> None:
    """The first line is read before the signal is sent, so that nothing depends on time."""
    program = """\
import asyncio, sys
from tests.flows.test_search import PHRASE
from tests.app_helpers import NOW, ids, small_server
from tui.backends.demo.transport import DemoTransport
from tui.commands import dispatch
from tui.cli import main
server = small_server(*(f"Number {number}" for number in range(60)))
server.store.add_message(ids(server)[0], "user", PHRASE)
server.hold(path=f"{ids(server)[50]}/messages")
whole = dispatch.dispatch
dispatch.dispatch = lambda flags, settings, **_: whole(flags, settings, transport=server, clock=lambda: NOW)
sys.exit(main(["search", PHRASE, "--demo", "--jsonl"]))
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, narrated = process.communicate(timeout=30)
    assert json.loads(line)["title"] == "Number 0"
    assert rest == ""
    assert process.returncode == 130
    assert "stopped: 1 hit" in narrated
    assert "Traceback" not in narrated


@pytest.mark.parametrize("last", [29, 30])
def test_a_search_that_ended_early_is_resumed_where_it_was(letta: Run, last: int) -> None:
    """Where the rest has no hit, the exit code is still that of the whole search."""
    server = small_server(*(f"Number {number}" for number in range(40)))
    every = ids(server)
    for wanted in (every[3], *every[last:30]):
        server.store.add_message(wanted, "user", PHRASE)
    server.fail(401, path=f"{every[20]}/messages")
    arguments = ("search", PHRASE, "--demo", "--agent", "Ada", "--jsonl")
    ended = letta(*arguments, server=server)
    assert ended.code == 4
    assert [json.loads(line)["title"] for line in ended.out.splitlines()] == ["Number 3"]
    assert "letta-tui: to continue, run the same command with --resume\n" in ended.err
    server.clear()
    server.requests.clear()
    ended = letta(*arguments, "--resume", server=server)
    assert ended.code == 0
    assert [json.loads(line)["title"] for line in ended.out.splitlines()] == ["Number 29"][last - 29 :]
    read = [path for path in asked(server, "GET") if "/messages" in path]
    assert not any(one in path for path in read for one in every[:20])
    assert "nothing to resume" not in ended.err
    assert "nothing to resume" in letta(*arguments, "--resume", server=server).err


def test_another_search_is_not_resumed(letta: Run) -> None:
    server = small_server("One", "Two", "Three")
    server.fail(401, path=f"{ids(server)[2]}/messages")
    assert letta("search", "x", "--demo", server=server).code == 4
    assert "nothing to resume" in letta("search", "y", "--demo", "--resume", server=server).err
    ended = letta("search", "x", "--demo", "--resume", "--json", server=server)
    assert ended.code == 2
    assert "--jsonl" in ended.err


def test_the_demo_is_searched_by_default(letta: Run) -> None:
    ended = letta("search", "ledger", "--demo", "--in", "memory", "--jsonl", server=DemoTransport(now=NOW))
    assert ended.code == 0
    assert {json.loads(line)["in"] for line in ended.out.splitlines()} == {"memory"}


# system messages


def test_words_of_a_memory_are_one_hit_and_not_one_of_each_conversation(letta: Run) -> None:
    server = small_server(*(f"Number {number}" for number in range(12)), blocks={"human": f"Sam, {PHRASE}"})
    server.store.add_message(ids(server)[4], "user", PHRASE)
    ended = letta("search", PHRASE, "--demo", "--agent", "Ada", server=server)
    assert ended.out.splitlines() == [
        f"{ids(server)[4]}  Number 4  just now · user · in context",
        "    ▸the cobalt lighthouse◂",
        f"{only_agent(server)}  shared memory human  13 conversations read it",
        "    Sam, ▸the cobalt lighthouse◂",
    ]
    assert ended.err.splitlines()[-1] == "13 system messages contain it too; --role system lists them"
    found = letta("search", PHRASE, "--demo", "--json", server=server).json
    assert found["system_messages"] == 13
    assert [(hit["in"], hit["stored"], hit["readers"]) for hit in found["hits"]] == [
        ("messages", None, None),
        ("memory", True, 13),
    ]
    listed = letta("search", PHRASE, "--demo", "--role", "system", "--jsonl", server=server)
    assert len(listed.out.splitlines()) == 13
    assert "contain it too" not in listed.err


def test_only_a_system_message_is_said_and_is_no_hit(letta: Run) -> None:
    server = small_server("One", "Two")
    text = "You are a helpful assistant"
    server.store.add_message(ids(server)[0], "system", text)
    ended = letta("search", text, "--demo", server=server)
    assert (ended.code, ended.out) == (1, "")
    assert "system message" in ended.err.splitlines()[-1]
    assert "--role system lists them" in ended.err


@pytest.mark.parametrize("every", [0.0, 3600.0])
@pytest.mark.parametrize("at", [20, 36])
def test_a_search_that_is_killed_loses_nothing_and_repeats_what_came_after_its_position(
    letta: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    every: float,
    at: int,
) -> None:
    """Hits in memory, which come behind all conversations of an agent, count those before the kill too."""
    server = small_server(*(f"Number {number}" for number in range(30)), blocks={"human": f"Sam, {PHRASE}"})
    other = server.store.add_agent("Grace", {"human": f"Kim, {PHRASE}"}, at=NOW - timedelta(days=20))
    for wanted in (*ids(server)[::3], other):
        server.store.add_message(wanted, "user", PHRASE)
    arguments = ("search", PHRASE, "--demo", "--all", "--jsonl")
    whole = letta(*arguments, server=server).out.splitlines()
    monkeypatch.setattr("tui.commands.search.SAVE_EVERY", every)
    with pytest.raises(Killed):
        letta(*arguments, server=Interrupting(server, at, kill))
    first = capsys.readouterr().out.splitlines()
    assert first
    rest = letta(*arguments, "--resume", server=server)
    assert rest.code == 0
    assert [*first, *rest.out.splitlines()] == (whole if every == 0.0 else [*first, *whole])
    assert ("nothing to resume" in rest.err) is (every > 0)
    assert not list((state_dir() / "runs").glob("*"))


def test_a_search_by_the_server_is_not_made_twice_when_it_is_resumed(
    letta: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tui.commands.search.SAVE_EVERY", 0.0)
    server = small_server(*(f"{PHRASE} {number}" for number in range(5)), flavour="cloud")
    server.store.add_message(ids(server)[0], "user", PHRASE)
    for number in range(3):
        server.store.add_agent(f"A{number}", {"human": PHRASE}, at=NOW - timedelta(days=20 + number))
    arguments = ("search", PHRASE, "--demo=cloud", "--all", "--jsonl")
    whole = letta(*arguments, server=server).out.splitlines()
    total = len(server.requests)
    with pytest.raises(Killed):
        letta(*arguments, server=Interrupting(server, total - 3, kill))
    first = capsys.readouterr().out.splitlines()
    server.requests.clear()
    rest = letta(*arguments, "--resume", server=server)
    assert not asked(server, "POST")
    again = rest.out.splitlines()
    assert list(dict.fromkeys([*first, *again])) == whole
    assert len(first) + len(again) <= len(whole) + 1, "the memory of one agent"


def test_what_a_killed_search_has_stored_may_be_damaged(letta: Run) -> None:
    server = small_server("One", "Two", "Three", blocks={"human": PHRASE})
    server.fail(401, path=f"{ids(server)[2]}/messages")
    assert letta("search", PHRASE, "--demo", "--jsonl", server=server).code == 4
    (file,) = (state_dir() / "runs").glob("*")
    content = json.loads(file.read_text())
    server.clear()
    for folded in ({"a": [["x"]]}, {"a": 3}, {"a": [[1] * 11]}, 7):
        file.write_text(json.dumps(content | {"details": {"how": "reading", "folded": folded}}))
        ended = letta("search", PHRASE, "--demo", "--jsonl", "--resume", server=server)
        assert "nothing to resume" in ended.err
        assert ended.code == 0
