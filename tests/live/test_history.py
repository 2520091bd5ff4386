"""The timeline on a real server: compacted, compacted again, forked; each row once, in the order that it has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.app_helpers import main_screen, make_quick, pane_text, press, settle
from tests.live.running import RealServer
from tests.live.seed import create_agent
from tui.app import LettaApp
from tui.config.settings import Settings
from tui.domain.history import BOUNDARY
from tui.domain.reading import Item

pytestmark = [pytest.mark.live, pytest.mark.anyio]

SIZE = (140, 40)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pauses that people need."""
    make_quick(monkeypatch)


@pytest.fixture
def agent(real_server: RealServer) -> Iterator[str]:
    """An agent of the test's own."""
    made = create_agent(real_server, "history", "Name: Sam")
    yield made
    real_server.call("DELETE", f"/v1/agents/{made}")


def make(server: RealServer, agent: str) -> str:
    """A conversation without a turn."""
    return str(server.call("POST", f"/v1/conversations/?agent_id={agent}", {"summary": "told live"})["id"])


def say(server: RealServer, conversation: str, *texts: str) -> None:
    """A turn for each text."""
    for text in texts:
        body = {"messages": [{"role": "user", "content": text}], "streaming": False}
        server.call("POST", f"/v1/conversations/{conversation}/messages", body)


def compact(server: RealServer, conversation: str) -> None:
    """What the server does when the context is full."""
    server.call("POST", f"/v1/conversations/{conversation}/compact", {})


def in_context(server: RealServer, conversation: str) -> list[str]:
    """The ids, in the order in which the model gets them."""
    return list(server.call("GET", f"/v1/conversations/{conversation}")["in_context_message_ids"])


def rows_of(items: tuple[Item, ...]) -> list[str]:
    """The stored rows that items show, a call's with its return's."""
    named = (value for item in items for name, value in item.ids if name in ("id", "return"))
    return list(dict.fromkeys(named))


def halves(app: LettaApp) -> tuple[tuple[Item, ...], Item, tuple[Item, ...]]:
    """What is shown above the boundary, the boundary, and what is below."""
    items = main_screen(app).detail.reader.items
    at = next(index for index, item in enumerate(items) if item.key == BOUNDARY)
    return items[:at], items[at], items[at + 1 :]


def app_on(server: RealServer, agent: str, conversation: str) -> LettaApp:
    """The app on that conversation."""
    return LettaApp(
        Settings(base_url=server.base_url, api_key=server.api_key, agent=agent, conversation=conversation)
    )


TURNS = (
    "turn 0",
    "please remember tea",
    "turn 2",
    "turn 3",
    "please remember milk",
    "turn 5",
    "turn 6",
    "turn 7",
)


async def test_a_conversation_compacted_twice_is_one_line_of_time(
    real_server: RealServer, agent: str
) -> None:
    if not real_server.llm_url:
        pytest.skip("the model of this server is not ours")
    wanted = make(real_server, agent)
    say(real_server, wanted, *TURNS)
    first = in_context(real_server, wanted)
    compact(real_server, wanted)
    say(real_server, wanted, "turn 8", "turn 9", "please remember sugar", "turn 11")
    second = in_context(real_server, wanted)
    compact(real_server, wanted)
    say(real_server, wanted, "turn 12")
    now = in_context(real_server, wanted)
    every = set(first) | set(second) | set(now)
    said = [message for message in dict.fromkeys((*first, *second)) if message not in now]

    app = app_on(real_server, agent, wanted)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert rows_of(main_screen(app).detail.reader.items) == now
        assert "earlier messages, not in context · H whole history" in pane_text(app, "#scope")
        await press(pilot, "H")
        above, boundary, below = halves(app)
        assert rows_of(below) == now
        assert set(rows_of(above)) == every - set(now)
        told = [row for row in rows_of(above) if row in first]
        assert told == [row for row in said if row in first]
        users = [item.text for item in above if item.word == "user"]
        assert users == sorted(users, key=("|".join((*TURNS, "turn 8", "turn 9"))).find)
        assert [item.word for item in above].count("summary") == 1
        assert boundary.head == f"context starts here: {len(now)} of {len(every)} messages"
        assert f"{len(every) - len(now)} before the context" in pane_text(app, "#scope")
        assert " tokens" in pane_text(app, "#scope")
        dates = [item.date for item in above if item.date]
        assert dates == sorted(dates)


async def test_a_fork_that_was_compacted_shows_what_it_shares(real_server: RealServer, agent: str) -> None:
    if not real_server.llm_url:
        pytest.skip("the model of this server is not ours")
    source = make(real_server, agent)
    say(real_server, source, *TURNS)
    fork = str(real_server.call("POST", f"/v1/conversations/{source}/fork", {})["id"])
    say(real_server, fork, "only in the fork")
    before = in_context(real_server, fork)
    compact(real_server, fork)
    now = in_context(real_server, fork)

    app = app_on(real_server, agent, fork)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "H")
        above, _, below = halves(app)
        assert rows_of(below) == now
        assert rows_of(above) == [row for row in before if row not in now]
        assert "forked from" in above[0].text


async def test_a_compaction_seen_while_the_whole_history_is_shown(
    real_server: RealServer, agent: str
) -> None:
    """r brings the boundary to where it is now; the default conversation has its history too."""
    if not real_server.llm_url:
        pytest.skip("the model of this server is not ours")
    wanted = make(real_server, agent)
    say(real_server, wanted, *TURNS)
    app = app_on(real_server, agent, wanted)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "enter", "H")
        assert not rows_of(halves(app)[0])
        before = in_context(real_server, wanted)
        compact(real_server, wanted)
        await press(pilot, "r")
        above, _, below = halves(app)
        assert rows_of(below) == in_context(real_server, wanted)
        assert rows_of(above) == [row for row in before if row not in rows_of(below)]
        await press(pilot, "escape", "g")
        assert main_screen(app).list.row is not None
        await press(pilot, "H")
        assert "nothing before the context" in pane_text(app, "#scope")
