"""`letta-tui block`: the same changes as in Memory, reported by exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.app_helpers import HOSTILE, asked, ids, only_agent, small_server, writes
from tests.commands.conftest import Run
from tests.commands.test_writing import stdin
from tui.backends.demo.transport import DemoTransport
from tui.storage.journal import Journal
from tui.storage.paths import state_dir

OWN, SHARED = "Robin, who moved\n", "Robin"


def isolated_server() -> DemoTransport:
    """The last conversation has an isolated `human`; the one before it shares the agent's."""
    server = small_server("Shares it")
    made = server.store.add_conversation(only_agent(server), "Isolates it", ("human",))
    server.store.set_block(server.store.conversations[made].isolated[0], OWN)
    return server


def block_ids(server: DemoTransport) -> tuple[str, str]:
    """The isolated and the shared `human`."""
    store = server.store
    shared = next(one.id for one in store.shared(store.agents[only_agent(server)]) if one.label == "human")
    return store.conversations[ids(server)[-1]].isolated[0], shared


def values(server: DemoTransport) -> tuple[str, str]:
    """What the server has in both."""
    own, shared = block_ids(server)
    return server.store.blocks[own].value, server.store.blocks[shared].value


def test_get_prints_the_exact_text_of_what_the_conversation_reads(letta: Run) -> None:
    server = isolated_server()
    shares, isolates = ids(server)
    own, shared = block_ids(server)
    ended = letta("block", "get", isolates, "human", "--demo", server=server)
    assert (ended.code, ended.out) == (0, f"{OWN}\n")
    assert ended.err == f"human: this conversation's own block, {own}\n"
    ended = letta("block", "get", shares, "human", "--demo", server=server)
    assert (ended.out, ended.err) == (f"{SHARED}\n", f"human: the agent's shared block, {shared}\n")
    ended = letta("block", "get", isolates, "human", "--shared", "--demo", server=server)
    assert (ended.out, ended.err) == (f"{SHARED}\n", f"human: the agent's shared block, {shared}\n")
    found = letta("block", "get", isolates, "human", "--json", "--demo", server=server).json
    assert (found["conversation"], found["isolated"]) == (isolates, True)
    assert (found["block"]["id"], found["block"]["value"]) == (own, OWN)
    server.store.set_block(shared, "")
    ended = letta("block", "get", shares, "human", "--demo", server=server)
    assert (ended.code, ended.out, ended.err.splitlines()[-1]) == (0, "", "the block is empty")


def test_get_of_the_default_conversation_needs_an_agent(letta: Run) -> None:
    server = isolated_server()
    ended = letta("block", "get", "default", "human", "--demo", server=server)
    assert (ended.code, "choose one with --agent" in ended.err) == (2, True)
    ended = letta("block", "get", "default", "human", "--agent", "Ada", "--demo", server=server)
    assert (ended.code, ended.out) == (0, f"{SHARED}\n")


def test_get_makes_text_harmless_for_a_terminal(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server = isolated_server()
    server.store.set_block(block_ids(server)[0], HOSTILE)
    exact = letta("block", "get", ids(server)[-1], "human", "--demo", server=server).out
    assert exact == f"{HOSTILE}\n"
    monkeypatch.setattr("tui.commands.output.is_terminal", lambda: True)
    shown = letta("block", "get", ids(server)[-1], "human", "--demo", server=server).out
    assert "\x1b" not in shown
    assert "[/foo]" in shown


def test_set_reads_compares_writes_the_value_alone_and_reads_back(letta: Run) -> None:
    server = isolated_server()
    own, shared = block_ids(server)
    ended = letta("block", "set", ids(server)[-1], "human", "New", "--demo", server=server)
    assert (ended.code, ended.out, ended.err.splitlines()[-1]) == (0, "", "saved")
    assert values(server) == ("New", SHARED)
    assert asked(server)[-3:] == [f"GET /v1/blocks/{own}", f"PATCH /v1/blocks/{own}", f"GET /v1/blocks/{own}"]
    assert json.loads(server.requests[-2].content) == {"value": "New"}
    again = letta("block", "set", ids(server)[-1], "human", "New", "--demo", "--json", server=server)
    assert again.err.splitlines()[-1] == "nothing to do: the block already has this text"
    assert again.json["block"]["value"] == "New"
    ended = letta("block", "set", ids(server)[-1], "human", "Both", "--shared", "--demo", server=server)
    assert ended.code == 0
    assert values(server) == ("New", "Both")
    assert server.store.blocks[shared].value == "Both"


def test_what_get_prints_set_takes(letta: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = isolated_server()
    shares, isolates = ids(server)
    stdin(monkeypatch, letta("block", "get", isolates, "human", "--demo", server=server).out.encode())
    assert letta("block", "set", shares, "human", "-", "--demo", server=server).code == 0
    assert values(server) == (OWN, OWN)
    file = tmp_path / "text"
    file.write_text("from a file\n\n")
    assert letta("block", "set", isolates, "human", "--file", str(file), "--demo", server=server).code == 0
    assert values(server)[0] == "from a file\n"
    assert letta("block", "set", isolates, "human", "", "--demo", server=server).code == 0
    assert values(server)[0] == ""


def test_reset_and_promote_copy_one_block_over_the_other(letta: Run) -> None:
    server = isolated_server()
    ended = letta("block", "promote", ids(server)[-1], "human", "--demo", server=server)
    assert (ended.code, ended.err.splitlines()[-1]) == (0, "promoted to the shared block")
    assert values(server) == (OWN, OWN)
    server.store.set_block(block_ids(server)[1], SHARED)
    ended = letta("block", "reset", ids(server)[-1], "human", "--demo", server=server)
    assert (ended.code, ended.err.splitlines()[-1]) == (0, "reset to the shared value")
    assert values(server) == (SHARED, SHARED)
    ended = letta("block", "reset", ids(server)[0], "human", "--demo", server=server)
    assert ended.code == 2
    assert "only an isolated block can be reset" in ended.err


def test_a_block_that_is_not_the_expected_one_is_left_alone(letta: Run) -> None:
    server = isolated_server()
    server.store.set_block(block_ids(server)[0], "Theirs")
    for words in (("set", "Mine"), ("reset",)):
        act, *text = words
        command = ("block", act, ids(server)[-1], "human", *text, "--if-was", "Old", "--demo")
        ended = letta(*command, server=server)
        done = "not saved" if act == "set" else "not reset"
        assert (ended.code, ended.err.splitlines()[-1]) == (
            1,
            f"{done}: the block is now different: “Theirs”",
        )
    assert not writes(server)
    command = ("block", "set", ids(server)[-1], "human", "Mine", "--if-was", "Theirs", "--demo")
    assert letta(*command, server=server).code == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"read_only": True}, "this block is read-only"),
        ({"limit": 2}, "4 characters are 2 over the block's limit of 2"),
    ],
)
def test_what_cannot_be_changed_is_refused_in_words(
    letta: Run, changes: dict[str, object], sentence: str
) -> None:
    server = isolated_server()
    server.store.change_block(block_ids(server)[0], **changes)
    ended = letta("block", "set", ids(server)[-1], "human", "Mine", "--demo", server=server)
    assert (ended.code, sentence in ended.err) == (2, True)
    assert not writes(server)


@pytest.mark.parametrize(
    "arguments",
    [
        ("get", "conv-1", "human", "text"),
        ("get", "conv-1", "human", "--if-was", "x"),
        ("reset", "conv-1", "human", "text"),
        ("promote", "conv-1", "human", "--shared"),
        ("set", "conv-1", "human"),
        ("set", "conv-1", "human", "text", "--file", "x"),
        ("set", "conv-1", "human", "\ud800"),
        ("forget", "conv-1", "human"),
        ("get", "conv-1"),
    ],
)
def test_arguments_that_mean_nothing_are_refused_unsent(letta: Run, arguments: tuple[str, ...]) -> None:
    server = isolated_server()
    assert letta("block", *arguments, "--demo", server=server).code == 2
    assert server.requests == []


def test_an_unknown_label_is_no_block(letta: Run) -> None:
    server = isolated_server()
    ended = letta("block", "get", ids(server)[-1], "[/foo]\x1b[2J", "--demo", server=server)
    assert (ended.code, ended.err) == (
        2,
        "letta-tui: “[/foo]␛[2J”: there is no block with this label\n",
    )


@pytest.mark.parametrize("act", [("set", "x"), ("reset",), ("promote",)])
def test_readonly_forbids_every_change(letta: Run, act: tuple[str, ...]) -> None:
    server = isolated_server()
    verb, *text = act
    ended = letta("block", verb, ids(server)[-1], "human", *text, "--demo", "--readonly", server=server)
    assert (ended.code, "--readonly refuses all changes" in ended.err) == (2, True)
    assert not writes(server)


@pytest.mark.parametrize(
    ("fault", "after", "code", "sentence", "stored"),
    [
        (httpx.ConnectError, False, 3, "Saving the block", OWN),
        (500, False, 3, "Saving the block", OWN),
        (httpx.ReadError, False, 3, "it may or may not have been saved: block get shows it", OWN),
        (httpx.ReadError, True, 0, "saved", "Mine"),
    ],
)
def test_failures_are_exit_codes(
    letta: Run, fault: object, after: bool, code: int, sentence: str, stored: str
) -> None:
    server = isolated_server()
    server.fail(fault, method="PATCH", after_commit=after)  # type: ignore[arg-type]
    ended = letta("block", "set", ids(server)[-1], "human", "Mine", "--demo", server=server)
    assert (ended.code, sentence in ended.err) == (code, True)
    assert values(server)[0] == stored
    assert len(writes(server)) == 1


def test_the_old_text_is_stored_for_undo_in_the_app(letta: Run) -> None:
    server = isolated_server()
    isolates = ids(server)[-1]
    url = "http://letta.test"
    assert letta("block", "set", isolates, "human", "Mine", "--base-url", url, server=server).code == 0
    own, shared = block_ids(server)
    entries = Journal(state_dir() / "journal").of(url, own)
    assert [(one.kind, one.text, one.via) for one in entries] == [
        ("seen", OWN, ""),
        ("written", "Mine", isolates),
    ]
    assert letta("block", "promote", isolates, "human", "--base-url", url, server=server).code == 0
    entries = Journal(state_dir() / "journal").of(url, shared)
    assert [(one.kind, one.text) for one in entries] == [("seen", SHARED), ("written", "Mine")]
