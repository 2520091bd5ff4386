"""What the user sees, one story a picture; `pytest tests/snapshots --snapshot-update` accepts new pictures."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import accumulate, count

import httpx
import pytest
from textual.pilot import Pilot

from tests.app_helpers import NARROW, NOW, WIDE, make_app, press, settle, type_text
from tests.snapshots.conftest import Shows
from tui.backends.demo.records import Conversation
from tui.backends.demo.transport import DemoTransport
from tui.letta import request_log
from tui.letta.request_log import Call, RequestLog
from tui.letta.response import Response, Unanswered
from tui.storage.paths import config_dir
from tui.ui.tools.requests import RequestsScreen

BIG = (200, 50)
SERVERS = """
default_profile = "production"
[profiles.local]
base_url = "http://localhost:8283"
colour = "green"
[profiles.production]
base_url = "https://letta.test"
api_key_command = "pass show letta"
readonly = true
colour = "red"
"""


def told(server: DemoTransport, summary: str) -> Conversation:
    """The demo conversation whose summary begins so."""
    rows = server.store.conversations.values()
    return next(row for row in rows if (row.summary or "").startswith(summary))


def test_main_view(shows: Shows) -> None:
    """The first look: conversations left, the messages in context of the newest one right."""
    assert shows(make_app())


def test_narrow_list(shows: Shows) -> None:
    """80x24: the list has the whole width, with absolute times."""
    assert shows(make_app(), size=NARROW)


def test_narrow_reading(shows: Shows) -> None:
    """80x24: enter brings the messages in the list's place."""

    async def read(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")

    assert shows(make_app(), read, size=NARROW)


def test_memory_side_by_side(shows: Shows) -> None:
    """200x50: an isolated block stands beside the shared one, and what differs is marked."""

    async def compare(pilot: Pilot[None]) -> None:
        await press(pilot, "b", "enter", "d", "d", "j", "j")

    assert shows(make_app(), compare, size=BIG)


def test_what_the_model_reads(shows: Shows) -> None:
    """The blocks of now stand beside what was compiled into the system message, where the two differ."""

    async def compare(pilot: Pilot[None]) -> None:
        await press(pilot, "b", "enter", "d", "j", "j")

    assert shows(make_app(), compare, size=BIG)


def test_info(shows: Shows) -> None:
    """Every field of the conversation, with absolute times and whole ids."""

    async def look(pilot: Pilot[None]) -> None:
        await press(pilot, "i")

    assert shows(make_app(), look)


def test_editor_with_a_change(shows: Shows) -> None:
    """A summary of two lines, typed but not saved: marked as changed, and as a draft in the list."""

    async def edit(pilot: Pilot[None]) -> None:
        await press(pilot, "j", "e")
        await type_text(pilot, ", red first")
        await press(pilot, "ctrl+j")
        await type_text(pilot, "then green")

    assert shows(make_app(), edit)


def test_conflict(shows: Shows) -> None:
    """Somebody saved another summary meanwhile: both stand there, and nothing is written yet."""
    server = DemoTransport(now=NOW)

    async def collide(pilot: Pilot[None]) -> None:
        await press(pilot, "j", "e")
        await type_text(pilot, ", mine")
        server.store.set_summary(told(server, "Write tests").id, "Write tests for the parser, theirs")
        await press(pilot, "enter")

    assert shows(make_app(server), collide)


def test_marked_conversations(shows: Shows) -> None:
    """Three rows are marked, one of them under the cursor; the heading counts them."""

    async def mark(pilot: Pilot[None]) -> None:
        await press(pilot, "space", "j", "J")

    assert shows(make_app(), mark)


def test_agent_picker_filtered(shows: Shows) -> None:
    """Two letters leave the agents with these letters in their names."""

    async def pick(pilot: Pilot[None]) -> None:
        await press(pilot, "a")
        await type_text(pilot, "re")

    assert shows(make_app(), pick)


def test_new_conversation_refused(shows: Shows) -> None:
    """A block was detached while the dialog was open: it shows the refusal, and what was typed stays."""
    server = DemoTransport(now=NOW)
    agent_id = told(server, "Write tests").agent_id

    async def create(pilot: Pilot[None]) -> None:
        await press(pilot, "ctrl+n")
        await type_text(pilot, "Another try")
        await press(pilot, "enter", "space", "down", "space")
        server.store.detach(agent_id, "human")
        await press(pilot, "ctrl+s")

    assert shows(make_app(server), create)


def test_no_server(shows: Shows) -> None:
    """Nothing listens: what was tried, why it failed, and what can be done."""
    server = DemoTransport(now=NOW)
    server.fail(httpx.ConnectError)
    assert shows(
        make_app(server, demo=False, base_url="http://letta.test:8283", sources={"base_url": "flag"})
    )


def test_help(shows: Shows) -> None:
    """The keys of the list, while it has the focus."""

    async def ask(pilot: Pilot[None]) -> None:
        await press(pilot, "question_mark")

    assert shows(make_app(), ask)


def test_palette(shows: Shows) -> None:
    """Every action that is possible now, filtered by what is typed, with its key."""

    async def look_up(pilot: Pilot[None]) -> None:
        await press(pilot, "ctrl+p")
        await type_text(pilot, "re")

    assert shows(make_app(), look_up)


def test_filter(shows: Shows) -> None:
    """Two words narrow the list, and the heading counts."""

    async def narrow(pilot: Pilot[None]) -> None:
        await press(pilot, "slash")
        await type_text(pilot, "the fix")

    assert shows(make_app(), narrow)


def test_filters_with_a_completion(shows: Shows) -> None:
    """A filter after the words, and the completion of the next one, dimmed."""

    async def narrow(pilot: Pilot[None]) -> None:
        await press(pilot, "slash")
        await type_text(pilot, "is:isolated -is:unt")

    assert shows(make_app(), narrow)


def test_narrow_queue_of_untitled(shows: Shows) -> None:
    """A suggested title, selected, so that typing replaces it."""

    async def begin(pilot: Pilot[None]) -> None:
        await press(pilot, "o")

    assert shows(make_app(), begin, size=NARROW)


def test_narrow_list_of_all_agents(shows: Shows) -> None:
    """Rows name their agent; one of them is pinned to the top."""

    async def choose(pilot: Pilot[None]) -> None:
        await press(pilot, "a")
        await type_text(pilot, "all agents")
        await press(pilot, "enter", "j", "j", "j", "j", "p")

    assert shows(make_app(), choose, size=NARROW)


def test_hostile_conversation(shows: Shows) -> None:
    """Escape sequences, bidi overrides and markup are shown as characters and do nothing."""
    server = DemoTransport(now=NOW)
    row = told(server, "\x1b]0;you have been renamed")
    assert shows(make_app(server, conversation=row.id))


def test_every_message_type(shows: Shows) -> None:
    """Each type has its glyph and its word; returns stand below their calls; an unknown type is shown raw."""
    server = DemoTransport(now=NOW)

    async def read(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")

    row = told(server, "One of every")
    assert shows(make_app(server, conversation=row.id), read, size=(90, 140))


def test_narrow_memory(shows: Shows) -> None:
    """80x24: the two texts of a differing block stand below each other, marked by signs."""

    async def compare(pilot: Pilot[None]) -> None:
        await press(pilot, "b", "d", "j", "j")

    assert shows(make_app(), compare, size=NARROW)


def test_timeline_at_its_boundary(shows: Shows) -> None:
    """The whole history: what was compacted away above the line, what the model still gets below it."""

    async def look(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "H", "c")

    assert shows(make_app(), look)


def test_findings_of_the_check(shows: Shows) -> None:
    """What is broken in what the model gets, each with its effect and its ids."""

    async def check(pilot: Pilot[None]) -> None:
        await press(pilot, "exclamation_mark")

    assert shows(make_app(), check)


@pytest.mark.parametrize("size", [NARROW, (120, 40)], ids=["narrow", "wide"])
def test_what_fills_the_context(shows: Shows, size: tuple[int, int]) -> None:
    """The parts of a compacted context with their bars, by the server's counts."""

    async def look(pilot: Pilot[None]) -> None:
        await press(pilot, "%")

    assert shows(make_app(), look, size=size)


@pytest.mark.parametrize("size", [NARROW, (120, 40)], ids=["narrow", "wide"])
def test_the_life_of_a_context(shows: Shows, size: tuple[int, int]) -> None:
    """The size grows until a compaction; below, the longest gaps and the slowest tools."""

    async def look(pilot: Pilot[None]) -> None:
        await press(pilot, "%", "pagedown", "pagedown", *(("k",) * 6 if size == NARROW else ()))

    assert shows(make_app(), look, size=size)


def test_ways_out_of_a_finding(shows: Shows) -> None:
    """80x24: what the way out does, costs and leaves, and its command."""

    async def explain(pilot: Pilot[None]) -> None:
        await press(pilot, "j", "j", "j", "exclamation_mark", "f")

    assert shows(make_app(), explain, size=NARROW)


def test_isolation_map(shows: Shows) -> None:
    """Labels by conversations: same, differing and dead isolated blocks at a glance."""

    async def survey(pilot: Pilot[None]) -> None:
        await press(pilot, "M")

    assert shows(make_app(), survey)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_fork_compared_with_its_source(shows: Shows, size: tuple[int, int]) -> None:
    """Two columns, or one at 80x24: what is the same is folded, and the cursor is at the first difference."""
    server = DemoTransport(now=NOW)
    source = told(server, "Refactor the billing API, second")

    async def compare(pilot: Pilot[None]) -> None:
        await press(pilot, "f", "y")
        fork = list(server.store.conversations)[-1]
        server.store.add_message(source.id, "user", "Do the tax table next, and keep its tests.")
        server.store.add_message(fork, "user", "Do the currency module next, and keep its tests.")
        server.store.add_message(fork, "assistant", "It imports the tax table. May I cut that?")
        pilot.app.clear_notifications()  # a message about the fork goes after a while
        await press(pilot, "space", "=")

    assert shows(make_app(server), compare, size=size)


CALLS: tuple[tuple[str, str, Response | Unanswered], ...] = (
    ("GET", "/v1/agents/?limit=50&include_relationships=", Response(200, {}, b"x" * 48_200)),
    ("GET", "/v1/health/", Response(200, {}, b"x" * 39)),
    ("GET", "/v1/conversations/?agent_id=agent-1&limit=200", Response(200, {}, b"x" * 57_150)),
    ("GET", "/v1/conversations/conv-1/messages?order=asc&limit=100", Response(200, {}, b"x" * 12_400)),
    ("GET", "/v1/conversations/conv-2", Response(404, {}, b"x" * 61)),
    ("PATCH", "/v1/conversations/conv-1", Response(200, {}, b"x" * 729)),
    ("GET", "/v1/conversations/conv-1", Unanswered("no response within the timeout", silent=True)),
)
"""Requests one after the other: those of a start go out together, in no certain order."""


def test_request_log(shows: Shows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call of the run, the newest first, with status, time and size."""
    times = accumulate(count(), lambda sum, number: sum + number % 7 / 100)
    monkeypatch.setattr(request_log, "perf_counter", lambda: next(times))

    async def list_calls(pilot: Pilot[None]) -> None:
        log = RequestLog(clock=lambda: NOW)
        for method, path, response in CALLS:
            answered: asyncio.Future[Response] = asyncio.Future()
            if isinstance(response, Response):
                answered.set_result(response)
            else:
                answered.set_exception(response)
            with suppress(Unanswered):
                await log.watch(Call(method, f"http://demo{path}", path), answered, attempt=1, hide=str)
        pilot.app.push_screen(RequestsScreen(log, copy=lambda text, name: None))
        await settle(pilot)

    assert shows(make_app(), list_calls)


def test_connections(shows: Shows) -> None:
    """Named servers of both files, distinguished by colour and word; the hand-written one is not changed here."""
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(SERVERS, encoding="utf-8")
    (config_dir() / "profiles.toml").write_text(
        '[profiles.lab]\nbase_url = "https://lab.test"', encoding="utf-8"
    )

    async def look(pilot: Pilot[None]) -> None:
        await press(pilot, "ctrl+o", "e")

    server = DemoTransport(now=NOW)
    assert shows(make_app(server, profile="production", colour="red", readonly=True), look, size=NARROW)


def test_new_connection(shows: Shows) -> None:
    """The form of a profile: it says what cannot be used, and does not show a key."""

    async def write(pilot: Pilot[None]) -> None:
        await press(pilot, "ctrl+o", "n")
        await type_text(pilot, "lab")
        await press(pilot, "tab")
        await type_text(pilot, "http://lab.test")
        await press(pilot, *["tab"] * 4)
        await type_text(pilot, "secret")
        await press(pilot, "enter")

    assert shows(make_app(), write, size=NARROW)
