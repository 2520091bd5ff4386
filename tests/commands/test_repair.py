"""`letta-tui recompile`, `deny` and `compact`: what they change, what they refuse, and the ways out of `check`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import HOSTILE, bodies, ids, only_agent, small_server, writes
from tests.commands.conftest import Run
from tests.presentation.test_ways_out import words
from tui.backends.demo.transport import DemoTransport
from tui.cli import main


def stale_server(**told: Any) -> DemoTransport:
    """A conversation whose model reads an older `human`."""
    server = small_server("One", **told)
    human = next(block for block in server.store.blocks.values() if block.label == "human")
    server.store.set_block(human.id, "Robin\nmoved")
    return server


def waiting_server() -> DemoTransport:
    """A conversation that waits for approval of a call."""
    server = small_server("One")
    call = {"name": "memory_insert", "arguments": "{}", "tool_call_id": "call-1"}
    parts = [{"type": "calls", "calls": [call], "approval": True}]
    server.store.write(only_agent(server), ids(server)[0], "user", [{"type": "text", "text": "go"}])
    server.store.write(only_agent(server), ids(server)[0], "approval", parts, run_id="run-1")
    return server


def long_server() -> DemoTransport:
    """A conversation with a call that never returned."""
    server = small_server("One")
    store, agent_id, wanted = server.store, only_agent(server), ids(server)[0]
    store.write(agent_id, wanted, "user", [{"type": "text", "text": "look"}])
    call = {"name": "search", "arguments": "{}", "tool_call_id": "call-1"}
    store.write(agent_id, wanted, "assistant", [{"type": "calls", "calls": [call]}])
    store.write(agent_id, wanted, "assistant", [{"type": "text", "text": "never mind"}])
    return server


@pytest.mark.parametrize("make", [stale_server, waiting_server, long_server])
def test_the_command_that_check_offers_ends_the_finding(letta: Run, make: Any) -> None:
    server = make()
    (found,) = letta("check", ids(server)[0], "--demo", "--json", server=server).json["findings"]
    (way,) = found["ways_out"]
    assert set(way) == {"kind", "sentence", "command"}
    program, *arguments = words(way["command"])
    assert program == "letta-tui"
    assert letta(*arguments, server=server).code == 0
    assert letta("check", ids(server)[0], "--demo", "--json", server=server).json["findings"] == []


def test_people_read_the_way_out_below_the_finding(letta: Run) -> None:
    server = waiting_server()
    out = letta("check", ids(server)[0], "--demo", server=server).out
    assert "    way out: Deny the pending call" in out
    assert f"\n      letta-tui deny {ids(server)[0]} --demo\n" in out
    assert max(map(len, out.splitlines())) <= 100


def test_where_there_is_none_the_reason_stands_there(letta: Run) -> None:
    server = stale_server(flavour="cloud")
    found = letta("check", ids(server)[0], "--demo=cloud", "--json", server=server).json["findings"]
    assert [(way["kind"], way["command"]) for one in found for way in one["ways_out"]] == [("none", None)]
    out = letta("check", ids(server)[0], "--demo=cloud", server=server).out
    assert "No way out on this server: none has been tried on servers after Letta 0.16.8." in out
    assert "way out: " not in out


def test_in_a_file_nothing_can_be_repaired(
    letta: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server, path = waiting_server(), tmp_path / "bundle.json"
    assert letta("export", ids(server)[0], "--demo", "-o", str(path), server=server).code == 0
    assert main(["check", "--from", str(path), "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    (way,) = found["ways_out"]
    assert (way["kind"], way["command"]) == ("none", None)
    assert "a file can't be changed" in way["sentence"]


def test_hostile_labels_are_shown_not_obeyed(letta: Run) -> None:
    server = small_server("One", blocks={HOSTILE: "x"})
    wanted, agent_id = ids(server)[0], only_agent(server)
    server.store.isolate(server.store.conversations[wanted], HOSTILE)
    server.store.detach(agent_id, HOSTILE)
    for options in ((), ("--json",)):
        out = letta("check", wanted, "--demo", *options, server=server).out
        assert "attach" in out
        assert "[/foo]" in out
        assert "\x1b" not in out


# recompile


def test_recompile_reads_compares_and_writes_once(letta: Run) -> None:
    server = stale_server()
    ended = letta("recompile", ids(server)[0], "--demo", server=server)
    assert (ended.code, ended.out, ended.err) == (0, "", "recompiled\n")
    in_earnest = [line for line in writes(server) if "dry_run" not in line]
    assert len(in_earnest) == 1


def test_a_dry_run_prints_each_label_and_writes_nothing(letta: Run) -> None:
    server = stale_server()
    ended = letta("recompile", ids(server)[0], "--demo", "--dry-run", server=server)
    assert ended.code == 0
    assert "1 label would change" in ended.err
    assert "changed  human" in ended.out
    assert all("dry_run=true" in line for line in writes(server))


def test_recompile_refuses_to_overwrite_isolated_values_but_with_force(letta: Run) -> None:
    server = stale_server()
    wanted = ids(server)[0]
    server.store.isolate(server.store.conversations[wanted], "human")
    ended = letta("recompile", wanted, "--demo", server=server)
    assert ended.code == 2
    assert "1 isolated block (human)" in ended.err
    assert "--force does it anyway" in ended.err
    assert all("dry_run" in line for line in writes(server))
    assert letta("recompile", wanted, "--demo", "--force", server=server).code == 0


def test_recompile_of_a_default_conversation_names_its_agent(letta: Run) -> None:
    server = small_server("One")
    agent_id = only_agent(server)
    assert letta("recompile", "default", "--demo", "--agent", "Ada", server=server).code == 0
    assert bodies(server, "POST") == [{"agent_id": agent_id}] * 3
    assert letta("recompile", "default", "--demo", server=server).code == 2


def test_servers_that_cannot_recompile_say_so(letta: Run) -> None:
    server = stale_server(version="0.16.6")
    ended = letta("recompile", ids(server)[0], "--demo", server=server)
    assert ended.code == 2
    assert "cannot recompile a system message: Letta 0.16.7 is the first version that can" in ended.err


# deny


def test_deny_says_what_became_of_it(letta: Run) -> None:
    server = waiting_server()
    wanted = ids(server)[0]
    ended = letta("deny", wanted, "--demo", "--json", "--reason", "not now", server=server)
    came = ["approval_response_message", "tool_return_message"]
    assert ended.json == {"conversation": wanted, "outcome": "done", "came": came}
    assert (ended.code, ended.err) == (0, "denied\n")
    (body,) = bodies(server, "POST")
    assert body["messages"][0]["approvals"][0]["reason"] == "not now"
    ended = letta("deny", wanted, "--demo", server=server)
    assert (ended.code, ended.err) == (0, "nothing to do: no approval is pending\n")
    assert len(bodies(server, "POST")) == 1


def test_a_denial_without_an_answer_may_be_done(letta: Run) -> None:
    server = waiting_server()
    server.fail(httpx.ReadError, method="POST")
    ended = letta("deny", ids(server)[0], "--demo", server=server)
    assert ended.code == 3
    assert "may or may not be denied" in ended.err


# compact


def test_compact_counts_what_is_in_context_before_and_after(letta: Run) -> None:
    server = long_server()
    wanted = ids(server)[0]
    ended = letta("compact", wanted, "--demo", "--mode", "all", "--json", server=server)
    assert ended.json == {"conversation": wanted, "before": 4, "after": 2}
    assert (ended.code, ended.err) == (0, "compacted: 2 messages in context, 4 before\n")
    assert bodies(server, "POST") == [{"compaction_settings": {"mode": "all"}}]
    ended = letta("compact", wanted, "--demo", "--mode", "all", server=server)
    assert ended.code == 2
    assert "not have enough messages" in ended.err


def test_servers_that_cannot_compact_say_so(letta: Run) -> None:
    server = small_server("One", version="0.16.2")
    for text in ("one", "two"):
        server.store.add_message(ids(server)[0], "user", text)
    ended = letta("compact", ids(server)[0], "--demo", server=server)
    assert ended.code == 2
    assert "cannot compact a conversation: Letta 0.16.4 is the first version that can" in ended.err


def test_compact_knows_two_modes(letta: Run) -> None:
    assert letta("compact", "conv-1", "--demo", "--mode", "nope").code == 2


@pytest.mark.parametrize("name", ["recompile", "deny", "compact"])
def test_readonly_and_files_forbid_all_of_them(letta: Run, name: str, tmp_path: Any) -> None:
    server = {"recompile": stale_server, "deny": waiting_server, "compact": long_server}[name]()
    wanted, path = ids(server)[0], tmp_path / "bundle.json"
    ended = letta(name, wanted, "--demo", "--readonly", server=server)
    assert ended.code == 2
    assert "--readonly refuses all changes" in ended.err
    assert writes(server) == []
    assert letta("export", wanted, "--demo", "-o", str(path), server=server).code == 0
    ended = letta(name, wanted, "--from", str(path))
    assert ended.code == 2
    assert "nothing in a file can be changed" in ended.err


@pytest.mark.parametrize("name", ["recompile", "deny", "compact"])
def test_an_unknown_conversation_ends_with_2(letta: Run, name: str) -> None:
    ended = letta(name, "conv-00000000-0000-4000-8000-000000000000", "--demo")
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize(
    ("name", "cost"),
    [
        ("recompile", "No model is called"),
        ("deny", "neither does the agent"),
        ("compact", "a model\nis called"),
    ],
)
def test_the_help_says_what_it_costs(letta: Run, name: str, cost: str) -> None:
    assert cost in letta(name, "--help").out
