"""The tools on a real server: a value that no block holds any more, a map of a few conversations, the payload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.app_helpers import make_quick, press, screen_text, settle
from tests.live.running import RealServer
from tests.live.seed import create_agent
from tui.app import LettaApp
from tui.config.settings import Settings
from tui.flows.read_isolation_map import ReadIsolationMap
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.ui.tools.isolation_map import IsolationMap
from tui.ui.tools.time_machine import TimeMachine
from tui.ui.widgets.reader import Reader
from tui.ui.widgets.virtual_table import Table

pytestmark = [pytest.mark.live, pytest.mark.anyio]

FIRST, SECOND, THIRD = "Name: Sam", "Name: Kim\nLikes: tea", "Name: Ola"
SIZE = (120, 36)


@dataclass
class Made:
    """An agent of its own on the server, and the shortest ways to change it."""

    server: RealServer
    agent: str

    def call(self, method: str, path: str, body: object = None) -> Any:
        return self.server.call(method, path, body)

    def conversation(self, summary: str, *labels: str) -> dict[str, Any]:
        body = {"summary": summary, "isolated_block_labels": list(labels) or None}
        made: dict[str, Any] = self.call("POST", f"/v1/conversations/?agent_id={self.agent}", body)
        return made

    def say(self, conversation: str, text: str) -> None:
        body = {"messages": [{"role": "user", "content": text}], "streaming": False}
        self.call("POST", f"/v1/conversations/{conversation}/messages", body)

    def shared(self, label: str) -> str:
        blocks = self.call("GET", f"/v1/agents/{self.agent}/core-memory/blocks")
        return str(next(block["id"] for block in blocks if block["label"] == label))

    def set(self, block: str, value: str) -> None:
        self.call("PATCH", f"/v1/blocks/{block}", {"value": value})

    def recompile(self, conversation: str) -> None:
        self.call("POST", f"/v1/conversations/{conversation}/recompile")

    def app(self, conversation: str) -> LettaApp:
        return LettaApp(
            Settings(
                base_url=self.server.base_url,
                api_key=self.server.api_key,
                agent=self.agent,
                conversation=conversation,
                readonly=True,
            )
        )


@pytest.fixture
def made(real_server: RealServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    make_quick(monkeypatch)
    agent = create_agent(real_server, "tools", FIRST)
    yield Made(real_server, agent)
    real_server.call("DELETE", f"/v1/agents/{agent}")


async def test_the_machine_shows_what_a_block_no_longer_holds(made: Made) -> None:
    one = made.conversation("time")["id"]
    human = made.shared("human")
    made.say(one, "first")
    made.set(human, SECOND)
    made.recompile(one)
    made.say(one, "second")
    made.say(one, "third")
    made.set(human, THIRD)
    assert SECOND not in str(made.call("GET", f"/v1/blocks/{human}"))
    app = made.app(one)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "T")
        assert isinstance(app.screen, TimeMachine)
        while "‹human›" not in screen_text(app):
            await press(pilot, "l")
        assert "3 of 3 steps read · 3 with a trace" in screen_text(app)
        now, newest, oldest = app.screen.query_one("#tool", Reader).items
        held = [dict(item.raw)["value"] for item in (newest, oldest) if isinstance(item.raw, dict)]
        assert held == [SECOND, FIRST]
        assert oldest.text == FIRST
        assert THIRD in str(now.parts)
        assert "2 steps" in newest.head


async def test_the_map_tells_same_from_diverged_and_dead(made: Made) -> None:
    made.conversation("plain")
    same = made.conversation("same", "human")
    diverged = made.conversation("diverged", "human")
    made.conversation("dead", "scratch")
    made.set(diverged["isolated_block_ids"][0], SECOND)
    scratch = made.shared("scratch")
    made.call("PATCH", f"/v1/agents/{made.agent}/core-memory/blocks/detach/{scratch}")
    app = made.app(same["id"])
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "M", "f")
        assert isinstance(app.screen, IsolationMap)
        table = app.screen.query_one(Table)
        labels = [column.title for column in table.columns]
        told = {
            row.cells[0].text: {label: cell.text for label, cell in zip(labels, row.cells, strict=True)}
            for row in table.rows
        }
        assert told["plain"]["human"] == "· shared"
        assert told["same"]["human"] == "= same"
        assert told["diverged"]["human"] == "≠ diverged"
        assert told["dead"]["scratch"] == "∅ dead"
        assert labels[-1] == "scratch"
        assert "Isolated blocks in 3 of 4 conversations" in screen_text(app)
        await press(pilot, "f")
        while table.row is not None and table.row.key != diverged["id"]:
            await press(pilot, "j")
        await press(pilot, "enter")
        assert "Kim" in screen_text(app)
        assert "Sam" in screen_text(app)


async def test_many_blocks_come_by_the_page(made: Made) -> None:
    for number in range(14):
        made.conversation(f"c{number}", "human", "persona")
    client = LettaClient(Wire(made.server.base_url, made.server.api_key))
    reader = ReadIsolationMap(client, made.agent)
    await reader.read(lambda words: None)
    await client.close()
    assert reader.complete
    assert [entry.path.partition("?")[0] for entry in reversed(list(client.wire.log))] == [
        "/v1/conversations/",
        f"/v1/agents/{made.agent}/core-memory/blocks",
        "/v1/blocks/",
    ]
    assert len(reader.blocks) == 28


async def test_the_payload_is_the_default_conversations_and_asking_stores_nothing(made: Made) -> None:
    one = made.conversation("named", "human")
    made.set(one["isolated_block_ids"][0], SECOND)
    before = made.call("GET", f"/v1/agents/{made.agent}")["message_ids"]
    app = made.app(one["id"])
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "P")
        items = app.screen.query_one("#tool", Reader).items
        (system,) = [item for item in items if item.word == "system"]
        assert FIRST in system.text
        assert SECOND not in system.text
        assert "neither other conversations nor isolated blocks" in items[0].text
    assert made.call("GET", f"/v1/agents/{made.agent}")["message_ids"] == before


async def test_the_log_of_a_real_run_has_sizes_and_times(made: Made) -> None:
    app = made.app(made.conversation("log")["id"])
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        log = app._wire.log
        assert log.totals.calls >= 5
        assert all(entry.seconds > 0 and entry.size > 0 for entry in log if entry.status == 200)
        assert log.totals.pending == 0
        await press(pilot, "at")
        assert "/v1/health/" in screen_text(app)
