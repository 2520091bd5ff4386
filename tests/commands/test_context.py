"""`letta-tui context`: what fills a context, as bars or for programs."""

from __future__ import annotations

import pytest

from tests.app_helpers import HOSTILE, NOW, ids, small_server
from tests.commands.conftest import Run
from tui.backends.demo.transport import DemoTransport
from tui.model.text import contains_unsafe
from tui.presentation.text_table import cell_width


def test_it_prints_the_parts_their_tokens_and_who_counted(letta: Run) -> None:
    server = small_server("One")
    ended = letta("context", "--demo", ids(server)[0], server=server)
    lines = ended.out.splitlines()
    assert [line[:17].strip() for line in lines[:2]] == ["▤ used", "· free"]
    assert any(line.startswith("▢ memory") and line.endswith("human") for line in lines)
    assert any("∿ size" in line for line in lines)
    assert ended.err.endswith("counted by the server\n")
    assert ended.code == 0


def test_the_json_adds_up_and_says_who_counted(letta: Run) -> None:
    for flavour, by in (("--demo", "server"), ("--demo=cloud", "estimate")):
        server = DemoTransport(now=NOW, flavour="cloud" if "cloud" in flavour else "self-hosted")
        told = letta("context", flavour, ids(server)[0], "--json", server=server).json
        assert told["counted_by"] == by
        assert sum(part["tokens"] for part in told["parts"]) == told["used"]
        assert told["used"] + told["free"] == told["limit"]
        assert told["life"][-1]["tokens"] == told["used"]
        assert {wait["kind"] for wait in told["waits"]} <= {"gap", "tool"}


def test_what_failed_is_reported_with_its_exit_code(letta: Run) -> None:
    server = small_server("One")
    server.fail(500, path="/context")
    ended = letta("context", "--demo", ids(server)[0], server=server)
    assert "Estimated, since the server's count could not be read" in ended.err
    assert ended.code == 3
    assert "estimated" in ended.out


def test_a_server_that_does_not_count_is_no_failure(letta: Run) -> None:
    server = small_server("One")
    server.fail(404, path="/context")
    ended = letta("context", "--demo", ids(server)[0], server=server)
    assert (ended.code, ended.err.count("\n")) == (0, 1)


def test_no_label_of_the_server_controls_the_terminal(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server = small_server("One", blocks={HOSTILE: "x", "human": "Sam"})
    monkeypatch.setattr("tui.commands.context.terminal_width", lambda: 80)
    ended = letta("context", "--demo", ids(server)[0], server=server)
    assert "[/foo]" in ended.out
    assert not contains_unsafe(ended.out)
    assert all(cell_width(line) <= 80 for line in ended.out.splitlines())


def test_no_conversation_is_a_mistake(letta: Run) -> None:
    ended = letta("context", "--demo")
    assert (ended.code, ended.out) == (2, "")
    assert "context needs the id of a conversation" in ended.err
