"""`letta-tui check` of many conversations: findings as they come, concurrent requests, interruption and resuming."""

from __future__ import annotations

import gc
import json
import stat
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import HOSTILE, NOW, asked
from tests.bench.server import Server
from tests.commands.conftest import Ended, Run
from tests.commands.interrupting import EveryThird, Interrupting, Killed, interrupt, kill, lose
from tests.letta.servers import Timer
from tui.backends.demo.store import Store
from tui.backends.demo.transport import DemoTransport
from tui.cli import main
from tui.commands.check import Checked
from tui.flows.every_conversation import AHEAD, AT_ONCE
from tui.model.conversation import Conversation
from tui.model.opened import Opened
from tui.storage.paths import state_dir

COUNTS = {"Ada": 13, "Ben": 0, "Cleo": 21, "Dan": 6}


@pytest.fixture
def server() -> DemoTransport:
    """Four agents; in every second conversation a block is stale."""
    return made(COUNTS)


def made(counts: dict[str, int]) -> DemoTransport:
    store = Store.empty(NOW)
    for age, (name, count) in enumerate(counts.items()):
        agent = store.add_agent(name, {"human": "Robin"}, at=NOW - timedelta(days=9 + age))
        rows = []
        for number in range(count):
            row = store.open_conversation(agent, f"{name} {number}", NOW - timedelta(minutes=number))
            if number % 2:
                store.add_system(row)
            rows.append(row)
        store.change_block(store.agents[agent].block_ids[0], value="Kim")
        for row in rows[::2]:
            store.add_system(row)
    return DemoTransport(store, now=NOW)


def lines(ended: Ended) -> list[dict[str, Any]]:
    """The findings of --jsonl."""
    return [json.loads(line) for line in ended.out.splitlines()]


def run_files() -> list[Path]:
    return sorted((state_dir() / "runs").glob("*"))


@pytest.fixture
def timer(monkeypatch: pytest.MonkeyPatch) -> Timer:
    """Pauses take no time."""
    found = Timer()
    monkeypatch.setattr("tui.letta.transport.ServerPause", found.pause)
    return found


def check(letta: Run, server: DemoTransport, *arguments: str) -> Ended:
    return letta("check", *(arguments or ("--all", "--jsonl")), "--demo", server=server)


def test_each_finding_is_a_line_as_json_has_it(letta: Run, server: DemoTransport) -> None:
    whole = check(letta, server, "--all", "--json")
    assert whole.json["checked"] == sum(COUNTS.values()) + len(COUNTS)
    assert len(whole.json["findings"]) == 19
    one_by_one = check(letta, server)
    assert (one_by_one.code, lines(one_by_one)) == (1, whole.json["findings"])
    assert one_by_one.err == whole.err == "19 findings in 19 of 44 conversations on demo\n"


def test_json_without_a_finding_is_the_same_object(letta: Run) -> None:
    assert check(letta, made({"Ada": 1}), "--all", "--json").json == {"checked": 2, "findings": []}


def test_hostile_text_of_a_finding_stays_data(letta: Run) -> None:
    store = Store.empty(NOW)
    agent = store.add_agent("[/foo]", {f"[/foo]{HOSTILE}": "x"}, at=NOW)
    store.add_system(store.open_conversation(agent, f"[/foo]{HOSTILE}", NOW))
    store.change_block(store.agents[agent].block_ids[0], value="y")
    ended = check(letta, DemoTransport(store, now=NOW))
    (one,) = lines(ended)
    assert one["label"] == f"[/foo]{HOSTILE}"
    assert ended.out.isascii()
    assert "\x1b" not in ended.out


@pytest.mark.parametrize("arguments", [("--all",), ("--agent", "Cleo")])
@pytest.mark.parametrize("event", [interrupt, lose])
@pytest.mark.parametrize("at", [30, 45])
def test_what_was_checked_stands_and_the_rest_follows(
    letta: Run,
    server: DemoTransport,
    timer: Timer,
    arguments: tuple[str, ...],
    event: Callable[[], None],
    at: int,
) -> None:
    whole = lines(check(letta, server, *arguments, "--jsonl"))
    first = check(letta, Interrupting(server, at, event), *arguments, "--jsonl")
    assert first.code == (130 if event is interrupt else 3)
    assert "stopped after" in first.err
    assert "to continue, run the same command with --resume\n" in first.err
    assert first.err.count("--resume") == 1
    (file,) = run_files()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert 0 < len(lines(first)) < len(whole)
    rest = check(letta, server, *arguments, "--jsonl", "--resume")
    assert [*lines(first), *lines(rest)] == whole
    assert rest.code == 1
    assert rest.err == check(letta, server, *arguments).err, "the counts are of both"
    assert run_files() == []


def test_a_run_can_be_interrupted_more_than_once(letta: Run, server: DemoTransport) -> None:
    whole = lines(check(letta, server))
    found = lines(check(letta, Interrupting(server, 30, interrupt)))
    for _ in range(3):
        ended = check(letta, Interrupting(server, 30, interrupt), "--all", "--jsonl", "--resume")
        assert ended.code == 130
        found += lines(ended)
    found += lines(check(letta, server, "--all", "--jsonl", "--resume"))
    assert found == whole


def test_a_run_that_is_killed_repeats_what_came_after_its_position_was_stored(
    letta: Run, server: DemoTransport, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = lines(check(letta, server))
    for every in (0.0, 3600.0):
        monkeypatch.setattr("tui.commands.long_run.SAVE_EVERY", every)
        with pytest.raises(Killed):
            check(letta, Interrupting(server, 60, kill))
        first = lines(Ended(0, capsys.readouterr().out, ""))
        assert first
        rest = check(letta, server, "--all", "--jsonl", "--resume")
        assert [*first, *lines(rest)] == (whole if every == 0.0 else [*first, *whole])
        assert ("nothing to resume" in rest.err) is (every > 0)


def test_conversations_deleted_and_created_meanwhile_lose_no_other(letta: Run, server: DemoTransport) -> None:
    whole = lines(check(letta, server))
    first = lines(check(letta, Interrupting(server, 60, interrupt)))
    last = first[-1]["conversation"]
    server.store.conversations[last].deleted = True
    server.store.add_conversation(first[-1]["agent"], "New")
    rest = lines(check(letta, server, "--all", "--jsonl", "--resume"))
    assert [*first, *rest] == whole


def test_json_that_was_begun_is_completed(letta: Run, server: DemoTransport) -> None:
    ended = check(letta, Interrupting(server, 60, interrupt), "--all", "--json")
    assert ended.code == 130
    assert ended.json["checked"] > len(ended.json["findings"]) > 0
    rest = check(letta, server, "--all", "--json", "--resume").json
    assert ended.json["checked"] + rest["checked"] == 44
    assert len(ended.json["findings"]) + len(rest["findings"]) == 19


def test_nothing_to_resume_is_said_and_all_is_checked(letta: Run, server: DemoTransport) -> None:
    ended = check(letta, server, "--all", "--resume")
    assert ended.err.startswith("letta-tui: nothing to resume: ")
    assert "of 44 conversations" in ended.err


def test_another_selection_has_a_position_of_its_own(letta: Run, server: DemoTransport) -> None:
    check(letta, Interrupting(server, 60, interrupt))
    assert "nothing to resume" in check(letta, server, "--agent", "Ada", "--resume").err
    assert "nothing to resume" not in check(letta, server, "--all", "--resume").err


def test_a_run_without_resume_begins_anew(letta: Run, server: DemoTransport) -> None:
    check(letta, Interrupting(server, 60, interrupt))
    assert len(lines(check(letta, server))) == 19
    assert run_files() == []


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 1, "done": 3}', '{"version": 2}'])
def test_a_damaged_position_begins_anew(letta: Run, server: DemoTransport, text: str) -> None:
    check(letta, Interrupting(server, 60, interrupt))
    (file,) = run_files()
    file.write_text(text)
    ended = check(letta, server, "--all", "--jsonl", "--resume")
    assert "nothing to resume" in ended.err
    assert len(lines(ended)) == 19


def test_one_conversation_is_not_resumed(letta: Run, server: DemoTransport) -> None:
    assert check(letta, server, "conv-1", "--resume").code == 2


def test_a_server_that_refuses_every_third_request_is_read_to_the_end(
    letta: Run, server: DemoTransport, timer: Timer
) -> None:
    whole = check(letta, server)
    slow = EveryThird(server)
    ended = check(letta, slow)
    assert (ended.code, lines(ended)) == (1, lines(whole))
    assert timer.now > 10, "longer than another command waits"
    assert ended.err.splitlines() == [
        "letta-tui: demo asks to wait 1 s; requests are sent more slowly",
        "19 findings in 19 of 44 conversations on demo",
    ]


def test_a_person_sees_how_far_it_is_and_why_it_waits(
    letta: Run, server: DemoTransport, timer: Timer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    ended = check(letta, EveryThird(server))
    assert "\rchecking… 44 of 44\x1b[K" in ended.err
    assert " · demo asks to wait 1 s\x1b[K" in ended.err
    shown = [line for line in ended.err.split("\r") if line.startswith("checking… 1 of ")]
    assert shown
    assert ended.err.endswith("\r\x1b[K19 findings in 19 of 44 conversations on demo\n")


def test_pages_are_requested_as_conversations_are_checked(
    letta: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LETTA_TUI_PAGE_SIZE", "10")
    server = made({"Ada": 200})
    check(letta, server, "--all")
    kinds = [one.url.path for one in server.requests]
    pages = [place for place, path in enumerate(kinds) if path == "/v1/conversations/"]
    assert len(pages) == 5  # 10, 20, 40, 80, 160
    assert pages[-1] > len(kinds) / 4


def test_conversations_that_are_checked_at_the_same_time_share_the_request_for_their_agents_blocks(
    letta: Run, server: DemoTransport
) -> None:
    check(letta, server)
    blocks = [one.url.path for one in server.requests if one.url.path.endswith("/core-memory/blocks")]
    assert len(set(blocks)) == len(COUNTS)
    assert len(blocks) <= sum(COUNTS.values()) / 2


def test_of_a_file_nothing_is_stored(letta: Run, server: DemoTransport, tmp_path: Path) -> None:
    one = next(iter(server.store.conversations))
    file = tmp_path / "one.json"
    letta("export", one, "-o", str(file), "--demo", server=server)
    ended = letta("check", "--from", str(file), "--resume")
    assert "of 1 conversation on offline" in ended.err
    assert run_files() == []


def test_a_page_that_is_never_answered_ends_the_run_with_3(letta: Run, server: DemoTransport) -> None:
    server.fail(httpx.Response(401, json={"detail": "no"}), path="/v1/conversations/$")
    ended = check(letta, server)
    assert ended.code == 4
    assert len(asked(server, "GET", "/v1/conversations/?")) == 1


def test_ctrl_c_before_anything_is_checked_says_nothing_of_resuming(
    letta: Run, server: DemoTransport
) -> None:
    ended = check(letta, Interrupting(server, 0, interrupt))
    assert (ended.code, ended.out, ended.err) == (130, "", "")
    assert main(["check", "--demo", "conv-1", "--resume"]) == 2


def of_conversations() -> list[Conversation | Checked | Opened]:
    """The conversation objects of this process, without those that wait for the garbage collector."""
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, Conversation | Checked | Opened)]


class Sampled(httpx.AsyncBaseTransport):
    """The worlds of the benchmarks, inside the process; counts the conversation objects now and then."""

    def __init__(self, count: int) -> None:
        self._server, self._world = Server(), f"/{count}-3"
        self._count = 0
        self._before = of_conversations()  # what other tests of this process still refer to
        self.most: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self._count += 1
        if self._count % 100 == 0:
            before = {id(one) for one in self._before}
            self.most |= Counter(type(one).__name__ for one in of_conversations() if id(one) not in before)
        path = self._world + request.url.raw_path.decode()
        status, body = await self._server.reply(request.method, path, b"")
        return httpx.Response(status, content=body)


def test_nothing_is_stored_of_conversations_that_are_done(
    letta: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.rules.row_walk.LARGEST_PAGE", 20)
    server: Any = Sampled(400)
    ended = letta("check", "--demo", "--all", server=server)
    assert "of 401 conversations" in ended.err
    most = server.most
    assert most["Opened"] <= AHEAD, "those under way, and those that have just ended"
    assert most["Checked"] <= AHEAD
    # A page, those taken, two of each that has ended (its row and what was read), and of each under way up to four:
    # its row, the record, both merged, and that with the ids of the messages.
    assert 0 < most["Conversation"] <= 20 + AHEAD + 2 * AHEAD + 4 * AT_ONCE
