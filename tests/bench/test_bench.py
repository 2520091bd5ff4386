"""The instrument itself: what it reads of a screen, how it counts, how its server pages; nothing is timed here."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.bench.emulator import Emulator
from tests.bench.figures import Figure, Goal, quantile
from tests.bench.goals import SIZES
from tests.bench.listing import PAGE, load
from tests.bench.reading import in_a_row
from tests.bench.server import Server, answer, kind_of
from tests.bench.session import Session
from tests.bench.upstream import parsed
from tests.bench.world import AGENT, FEW, LONG, NEEDLE, World, conversation_id, lines, summary
from tui.letta.decoding import MOST_ROWS
from tui.letta.response import LARGEST

# the screen


def emulator(*pieces: bytes) -> Emulator:
    screen = Emulator(20, 4)
    for piece in pieces:
        screen.feed(piece)
    return screen


def test_a_screen_shows_what_was_written() -> None:
    assert emulator(b"one\r\n", b"\x1b[3;4Htwo").text.split() == ["one", "two"]


@pytest.mark.parametrize(
    "noise",
    [
        b"\x1b[>1u",
        b"\x1b[?2026$p",
        b"\x1b[2 q",
        b"\x1b]0;a title\x07",
        b"\x1b]11;?\x1b\\",
        b"\x1bP+q5463\x1b\\",
        b"\x1b[14t",
        b"\x1b[38:2:1:2:3m",
    ],
)
def test_a_sequence_that_paints_nothing_leaves_no_trace_even_in_pieces(noise: bytes) -> None:
    for cut in range(len(noise) + 1):
        assert emulator(b"ab" + noise[:cut], noise[cut:] + b"cd").text.split() == ["abcd"]


def test_a_synchronised_update_is_presented_when_it_ends() -> None:
    screen = emulator(b"\x1b[?2026h", b"half")
    assert not screen.presented
    screen.feed(b"\x1b[?2026l")
    assert screen.presented
    assert screen.frames == 1


def test_a_screen_changed_only_if_a_cell_did() -> None:
    screen = emulator(b"same")
    assert screen.changed()
    screen.feed(b"\x1b[Hsame")
    assert not screen.changed()
    screen.feed(b"\x1b[H\x1b[31msame")
    assert screen.changed()


def test_another_screen_begins_empty() -> None:
    assert not emulator(b"shell", b"\x1b[?1049h").text.strip()


# a session

ECHO = """
import os, tty
tty.setraw(0)
os.write(1, b"ready")
while key := os.read(0, 1):
    os.write(1, b"\\x1b[?2026h\\x1b[2;1Hkey " + key + b"\\x1b[?2026l")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the clock and the memory of another process")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_session_sees_the_start_and_what_a_key_does(tmp_path: Path) -> None:
    with Session([sys.executable, "-S", "-c", ECHO], {}, tmp_path) as session:
        assert session.started({"there": "ready"})["there"] > 0
        effect = session.press("x", until="key x")
        assert effect.first is not None
        assert effect.until is not None
        assert effect.first <= effect.until
        assert effect.size == len("\x1b[?2026h\x1b[2;1Hkey x\x1b[?2026l")
        assert session.memory().peak > 0
        held = session.hold("y", 3, 100, until="key y")
        assert held.size == effect.size
        assert held.lag is not None
        assert session.hold("y", 1, 100, until="never").lag is None
        assert session.screen.text.split() == ["ready", "key", "y"]
        assert not session.ended


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_program_that_ends_is_not_waited_for(tmp_path: Path) -> None:
    with Session([sys.executable, "-S", "-c", "print('gone')"], {}, tmp_path) as session:
        assert session.started({"never": "something else"}) == {}
        assert session.ended


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_list_that_never_comes_is_an_error_that_shows_the_screen(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-c", "print('refused')"]
    with Session(command, {}, tmp_path) as session, pytest.raises(TimeoutError, match="refused"):
        load(session, 50)


def test_the_largest_list_comes_in_pages_that_the_program_reads() -> None:
    row = len(SMALL.rows[-1])
    assert PAGE * row < LARGEST
    assert PAGE < MOST_ROWS < SIZES[-1] + 1


# the figures


def test_quartiles_lie_between_values() -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert quantile([1.0, 2.0, 3.0, 4.0, 5.0], 0.75) == 4.0
    assert quantile([7.0], 0.95) == 7.0


@pytest.mark.parametrize(
    ("goal", "reached"),
    [(Goal("value", 1), 25.0), (Goal("p95", 1), 29.0), (Goal("ratio", 1), 2.0), (Goal("more", 1), 12.5)],
)
def test_what_is_held_against_a_goal(goal: Goal, reached: float) -> None:
    figure = Figure("name", "ms", goal)
    figure.note([10.0, None], [5.0])
    figure.note([20.0], [10.0])
    figure.note([30.0], [15.0])
    assert figure.reached == pytest.approx(reached)


def test_runs_without_a_floor_have_no_ratio() -> None:
    figure = Figure("name", "ms", Goal("ratio", 2), less=200.0)
    figure.note([300.0], [50.0])
    figure.note([None], [50.0])
    figure.note([300.0], [])
    assert figure.ratios == [2.0]


def test_a_goal_is_met_after_ten_runs_and_in_brackets_before() -> None:
    figure = Figure("name", "ms", Goal("value", 5))
    assert figure.met == "-"
    for _ in range(9):
        figure.note([4.0])
    assert figure.met == "(yes)"
    figure.note([4.0])
    assert figure.met == "yes"


# the server

SMALL = World("25-7-2")


def ask(path: str, **query: object) -> Any:
    told: Mapping[str, str] = {key: str(value) for key, value in query.items()}
    return json.loads(answer(SMALL, path, told))


@pytest.mark.parametrize("order", ["desc", "asc"])
def test_pages_of_conversations_hold_each_row_once_and_in_order(order: str) -> None:
    seen: list[dict[str, Any]] = []
    while page := ask(
        "v1/conversations/", limit=10, order=order, **({"after": seen[-1]["id"]} if seen else {})
    ):
        assert len(page) <= 10
        seen += page
    times = [row["created_at"] for row in seen]
    assert times == sorted(times, reverse=order == "desc")
    assert len({row["id"] for row in seen}) == 25


@pytest.mark.parametrize("order", ["desc", "asc"])
def test_pages_of_messages_hold_each_one_once_and_in_order(order: str) -> None:
    path = f"v1/conversations/{conversation_id(LONG)}/messages"
    seen: list[dict[str, Any]] = []
    while page := ask(path, limit=3, order=order, **({"after": seen[-1]["id"]} if seen else {})):
        seen += page
    dates = [message["date"] for message in seen]
    assert dates == sorted(dates, reverse=order == "desc")
    assert len({message["id"] for message in seen}) == 7


def test_one_conversation_says_what_is_in_context_and_its_list_does_not() -> None:
    listed = ask("v1/conversations/", limit=2)[LONG]
    alone = ask(f"v1/conversations/{conversation_id(LONG)}")
    held = ask("v1/messages/", conversation_id=conversation_id(LONG))
    assert listed["in_context_message_ids"] == []
    assert alone["in_context_message_ids"] == [message["id"] for message in held]
    assert NEEDLE in held[-1]["content"]
    assert len(ask(f"v1/conversations/{conversation_id(0)}")["in_context_message_ids"]) == FEW


def test_blocks_are_there_by_the_ids_that_rows_name() -> None:
    row = ask("v1/conversations/", limit=2)[LONG]
    for key in row["isolated_block_ids"]:
        assert ask(f"v1/blocks/{key}")["id"] == key
    assert len(ask(f"v1/agents/{AGENT}/core-memory/blocks")) == 3


def test_a_search_leaves_rows_with_the_words() -> None:
    assert [row["id"] for row in ask("v1/conversations/", summary_search="ROW 000003")] == [
        conversation_id(3)
    ]


def test_a_summary_has_the_size_that_the_name_of_the_world_says() -> None:
    assert len(lines(2048)) == 2048
    assert ask("v1/conversations/", limit=1)[0]["summary"] == summary(2)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/conversations/", "rows"),
        ("/v1/conversations/conv-1", "conversation"),
        ("/v1/conversations/conv-1/messages", "messages"),
        ("/v1/agents/agent-1/core-memory/blocks", "blocks"),
        ("/v1/agents/", "agents"),
        ("/v1/tools/", "other"),
    ],
)
def test_requests_are_counted_by_what_they_are_for(path: str, kind: str) -> None:
    assert kind_of(path) == kind


@pytest.mark.parametrize(
    ("spans", "count"),
    [
        ([], 0),
        ([(1.0, 2.0), (1.1, 2.1), (1.2, 1.9)], 1),
        ([(1.0, 2.0), (1.1, 2.2), (2.0, 3.0), (2.3, 2.9)], 2),
        ([(1.0, 2.0), (2.1, 3.0), (1.0, 3.0), (3.1, 4.0)], 3),
    ],
)
def test_requests_that_waited_for_each_other_count_as_round_trips(
    spans: list[tuple[float, float]], count: int
) -> None:
    assert in_a_row(spans) == count


def test_answers_of_a_real_server_are_read_whole_or_in_chunks() -> None:
    assert parsed(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]") == (200, b"[]")
    chunks = b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n"
    assert parsed(chunks) == (404, b"[1,2]")


@pytest.mark.anyio
async def test_the_server_counts_marks_and_forgets() -> None:
    server = Server()
    await server.reply("GET", "/_set?mark=abcd&latency=0")
    status, rows = await server.reply("GET", "/25-7-2/v1/conversations/?limit=1")
    assert status == 200
    assert json.loads(rows)[0]["summary"].startswith("row 000000 abcd")
    assert (await server.reply("PATCH", "/25-7-2/v1/conversations/x"))[0] == 405
    assert (await server.reply("GET", "/25-7-2/v1/agents/agent-x"))[0] == 404
    told = json.loads((await server.reply("GET", "/_count?reset=1"))[1])
    assert told["count"] == {"rows": 1, "conversation": 1, "agent": 1}
    assert told["asked"]["PATCH /v1/conversations/x"] == 1
    assert told["asked"]["GET /v1/agents/{id}"] == 1
    assert json.loads((await server.reply("GET", "/_count"))[1])["count"] == {}


@pytest.mark.anyio
async def test_a_summary_can_be_changed_and_nothing_else() -> None:
    server, path = Server(), f"/26-3/v1/conversations/{conversation_id(2)}"
    status, row = await server.reply("PATCH", path, b'{"summary":"other"}')
    assert (status, json.loads(row)["summary"]) == (200, "other")
    assert json.loads((await server.reply("GET", path))[1])["summary"] == "other"
    assert (await server.reply("PATCH", f"/26-3/v1/agents/{AGENT}", b"{}"))[0] == 405
    assert World("26-3").rows[2] == World("26-4").rows[2]
