"""What fills a context on a real server: the bars are the server's own numbers, before and after a compaction."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.app_helpers import make_quick, pane_text, press, screen_text, settle
from tests.live.running import RealServer
from tests.live.seed import create_agent
from tests.live.test_history import compact, make, say
from tui.app import LettaApp
from tui.config.settings import Settings
from tui.flows.read_context_window import read_context_window
from tui.letta.client import LettaClient
from tui.letta.open_conversation import open_conversation
from tui.letta.transport import Wire
from tui.model.errors import LettaError
from tui.presentation.context_window import reading_text
from tui.rules.context_life import ContextReading
from tui.rules.context_window import CountedBy, PartKind, context_window

pytestmark = [pytest.mark.live, pytest.mark.anyio]

KINDS = {
    PartKind.SYSTEM: ("num_tokens_system",),
    PartKind.MEMORY: ("num_tokens_core_memory",),
    PartKind.METADATA: ("num_tokens_external_memory_summary",),
    PartKind.FILES: ("num_tokens_memory_filesystem", "num_tokens_directories"),
    PartKind.RULES: ("num_tokens_tool_usage_rules",),
    PartKind.TOOLS: ("num_tokens_functions_definitions",),
}


@pytest.fixture
def agent(real_server: RealServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An agent of the test's own."""
    make_quick(monkeypatch)
    made = create_agent(real_server, "context", "Name: Sam")
    yield made
    real_server.call("DELETE", f"/v1/agents/{made}")


async def read(server: RealServer, conversation_id: str) -> ContextReading:
    """What the app reads of a context."""
    client = LettaClient(Wire(server.base_url, server.api_key))
    try:
        row = await client.conversation(conversation_id)
        agent = await client.agent(row.agent_id)
        opened = await open_conversation(client, row, agent, datetime.now(UTC))
        return await read_context_window(client, opened)
    finally:
        await client.close()


def assert_the_servers(reading: ContextReading, told: dict[str, Any]) -> None:
    """Each bar is a number of the server's, and together they add up to its total."""
    window = reading.window
    assert window is not None
    assert window.counted_by is CountedBy.SERVER
    assert window.used == told["context_window_size_current"]
    assert window.limit == told["context_window_size_max"]
    for kind, names in KINDS.items():
        shown = sum(part.tokens for part in window.parts if part.kind is kind)
        assert shown == sum(told.get(name) or 0 for name in names), kind
    said = sum(part.tokens for part in window.parts if part.kind in (PartKind.SUMMARY, PartKind.MESSAGES))
    assert said == told["num_tokens_messages"] + told["num_tokens_summary_memory"]
    assert reading.life[-1].tokens == window.used


async def test_the_bars_are_the_servers_numbers_also_after_a_compaction(
    real_server: RealServer, agent: str
) -> None:
    one = make(real_server, agent)
    for text in ("first", "second", "third", "fourth", "fifth", "sixth"):
        await asyncio.to_thread(say, real_server, one, text)
    path = f"/v1/agents/{agent}/context?conversation_id={one}"
    before = await read(real_server, one)
    assert_the_servers(before, real_server.call("GET", path))
    await asyncio.to_thread(compact, real_server, one)
    after = await read(real_server, one)
    assert_the_servers(after, real_server.call("GET", path))
    assert sum(point.compacted for point in after.life) == 1
    assert not isinstance(before.size, LettaError)
    print(reading_text(after, None))


async def test_the_estimate_is_near_the_servers_count(real_server: RealServer, agent: str) -> None:
    """The estimate is within a half of the server's count, without the tools, which no estimate includes."""
    one = make(real_server, agent)
    for _ in range(3):
        await asyncio.to_thread(
            say, real_server, one, "Tell me about the ledger, the invoices and the taxes. " * 20
        )
    reading = await read(real_server, one)
    estimated = context_window(reading.opened, None)
    assert reading.window is not None
    assert estimated is not None
    tools = sum(part.tokens for part in reading.window.parts if part.kind is PartKind.TOOLS)
    counted = reading.window.used - tools
    print(f"estimated {estimated.used}, counted {counted} and tools {tools}")
    assert counted / 2 <= estimated.used <= counted * 2


async def test_the_app_shows_the_same(real_server: RealServer, agent: str) -> None:
    one = make(real_server, agent)
    await asyncio.to_thread(say, real_server, one, "hello")
    settings = Settings(
        base_url=real_server.base_url,
        api_key=real_server.api_key,
        agent=agent,
        conversation=one,
        readonly=True,
    )
    app = LettaApp(settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "%" in pane_text(app, "#facts")
        await press(pilot, "%")
        told = real_server.call("GET", f"/v1/agents/{agent}/context?conversation_id={one}")
        current, most = told["context_window_size_current"], told["context_window_size_max"]
        assert f"{current:,} of {most:,} tokens" in screen_text(app)
        assert "counted by the server" in screen_text(app)
