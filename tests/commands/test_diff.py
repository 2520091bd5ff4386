"""`letta-tui diff` with two conversations: where their messages, models and memory differ."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.app_helpers import HOSTILE, ids, only_agent, small_server
from tests.commands.conftest import Run
from tests.flows.test_compare_conversations import forked
from tests.letta_code_store import recorded
from tui.backends.demo.transport import DemoTransport
from tui.cli import main


def fork() -> tuple[DemoTransport, str, str]:
    server = small_server("One")
    first, second = asyncio.run(forked(server))
    return server, first.id, second.id


def test_two_conversations_are_compared_and_end_with_1(letta: Run) -> None:
    server, first, second = fork()
    ended = letta("diff", "--demo", first, second, server=server)
    lines = ended.out.splitlines()
    assert lines[0] == f"--- {first}  One"
    assert lines[1].startswith(f"+++ {second}  untitled")
    assert lines[2].startswith("@@ same: 16 messages, until 2026-03-14 09:26")
    assert [line for line in lines if line.startswith("-go")] == ["-go left"]
    assert lines.index("-go left") < lines.index("+go right")
    assert ended.code == 1
    assert ended.err.endswith(" · 16 messages shared · 1 difference in messages\n")


def test_the_json_has_each_side_and_the_first_difference(letta: Run) -> None:
    server, first, second = fork()
    told = letta("diff", "--demo", second, first, "--json", server=server).json
    assert [told[side]["conversation"] for side in ("first", "second")] == [second, first]
    assert told["first"]["agent"] == only_agent(server)
    assert (told["common"]["messages"], told["shared_messages"], told["whole"]) == (16, 16, True)
    same, differing = told["messages"]
    assert same["same"]
    assert same["first"] == same["second"]
    assert (differing["first"][0]["content"], differing["second"][0]["content"]) == ("go right", "go left")
    assert told["first_difference"] == {
        "first": differing["first"][0]["id"],
        "second": differing["second"][0]["id"],
    }
    assert (told["facts"], told["memory"]) == ([], [])
    assert told["unreadable"] == {"first": {}, "second": {}}


def test_the_same_one_twice_has_no_difference(letta: Run) -> None:
    server, first, _ = fork()
    ended = letta("diff", "--demo", first, first, server=server)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.endswith("no differences\n")


def test_memory_and_the_default_conversation(letta: Run) -> None:
    server = small_server("One")
    made = server.store.add_conversation(only_agent(server), "Mine", ["project"])
    server.store.set_block(server.store.conversations[made].isolated[0], "ours")
    ended = letta("diff", "--demo", made, "default", "--agent", "Ada", "--json", server=server)
    assert [(one["label"], one["of"], one["first"]) for one in ended.json["memory"]] == [
        ("project", "stored", "ours")
    ]
    assert ended.code == 1


def test_with_one_conversation_blocks_are_compared_as_before(letta: Run) -> None:
    server, first, _ = fork()
    ended = letta("diff", "--demo", first, server=server)
    assert (ended.code, ended.out, ended.err) == (0, "", "0 differences in 3 labels\n")


@pytest.mark.parametrize("option", [("--label", "human"), ("--against", "model")])
def test_what_is_about_blocks_is_refused_for_two(letta: Run, option: tuple[str, str]) -> None:
    server, first, second = fork()
    ended = letta("diff", "--demo", first, second, *option, server=server)
    assert (ended.code, ended.out) == (2, "")
    assert "for the blocks of one conversation" in ended.err


def test_one_that_is_not_there_is_2(letta: Run) -> None:
    server, first, _ = fork()
    unknown = "conv-123e4567-e89b-42d3-8456-426614174000"
    assert letta("diff", "--demo", first, unknown, server=server).code == 2


def test_a_history_that_cannot_be_read_is_reported_and_not_compared(letta: Run) -> None:
    server, first, second = fork()
    server.fail(500, path="/v1/messages/")
    ended = letta("diff", "--demo", first, second, server=server)
    assert ended.code == 3
    assert "+go right" in ended.out
    server.clear()


@pytest.mark.parametrize(("status", "code"), [(404, 2), (405, 2), (403, 4), (500, 3)])
def test_if_no_message_of_one_can_be_read_the_code_says_why_and_the_rest_is_shown(
    letta: Run, status: int, code: int
) -> None:
    """A server that lacks both routes is no reason to call the two the same."""
    server, first, second = fork()
    gone = httpx.Response(status, json={"detail": "Not Found"})
    server.fail(gone, path=f"/v1/conversations/{second}/messages")
    server.fail(gone, path="/v1/messages/")
    ended = letta("diff", "--demo", first, second, server=server)
    assert ended.code == code
    assert "go left" in ended.out
    assert "Reading the messages" in ended.err


def test_a_context_that_was_read_is_enough_where_a_server_has_no_history(letta: Run) -> None:
    server, first, _ = fork()
    server.fail(httpx.Response(404, json={"detail": "Not Found"}), path="/v1/messages/")
    assert letta("diff", "--demo", first, first, server=server).code == 0


def test_the_conversations_of_a_file_can_be_compared(letta: Run, tmp_path: Path) -> None:
    """Offline, from the bundle of both."""
    demo = DemoTransport()
    rows = [row.id for row in demo.store.conversations.values()][:2]
    files = [tmp_path / f"{number}.json" for number in range(2)]
    for id, file in zip(rows, files, strict=True):
        assert letta("export", "--demo", id, "-o", str(file), server=demo).code == 0
    online = letta("diff", "--demo", rows[0], rows[0], server=demo)
    assert main(["diff", "--from", str(files[0]), rows[0], rows[0]]) == online.code == 0
    assert main(["diff", "--from", str(files[0]), rows[0], rows[1]]) == 2  # only one of them is in the file


def test_letta_codes_fork_is_compared_by_its_content(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(recorded(tmp_path).root)
    assert main(["diff", "local-conv-1", "local-conv-6", "--letta-code", store]) == 1
    told = capsys.readouterr()
    assert "@@ same: 12 messages" in told.out
    assert told.err.endswith("1 difference in messages\n")
    assert main(["diff", "local-conv-6", "local-conv-4", "--letta-code", store]) == 1
    assert "@@ agent @@" in capsys.readouterr().out


def test_hostile_text_does_nothing_to_a_terminal(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server = small_server(HOSTILE, "Two")
    for id in ids(server):
        server.store.add_message(id, "user", f"{HOSTILE} {id}")
    monkeypatch.setattr("tui.commands.output.is_terminal", lambda: True)
    ended = letta("diff", "--demo", *ids(server), server=server)
    assert "[/foo]" in ended.out
    assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(ended.out)
