"""What fills a context, on the embedded servers: their counts, an estimate without them, and what could not be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app_helpers import NOW, asked, ids, only_agent, small_server
from tests.local_store import forgetful_store
from tui.backends.demo.transport import DemoTransport
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.flows.read_context_window import read_context_window
from tui.letta.client import LettaClient
from tui.letta.open_conversation import open_conversation
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.conversation import Conversation
from tui.model.errors import LettaError
from tui.rules.context_life import ContextReading
from tui.rules.context_window import CountedBy, PartKind

pytestmark = pytest.mark.anyio


async def read(transport: DemoTransport | LettaCodeTransport, row: Conversation) -> ContextReading:
    """What fills the context of a conversation on this server."""
    client = LettaClient(Wire("http://demo", transport=transport, patience=Patience(backoff=0.0)))
    try:
        opened = await open_conversation(client, row, await client.agent(row.agent_id), NOW)
        return await read_context_window(client, opened)
    finally:
        await client.close()


def first_row(transport: DemoTransport) -> Conversation:
    made = transport.store.conversations[ids(transport)[0]]
    return Conversation(id=made.id, agent_id=made.agent_id)


@pytest.mark.parametrize("flavour", ["self-hosted", "cloud"])
async def test_the_parts_of_every_demo_conversation_add_up(flavour: str) -> None:
    transport = DemoTransport(now=NOW, flavour=flavour)
    stories = [one for one in transport.store.conversations.values() if not one.deleted][:25]
    for story in stories:
        reading = await read(transport, Conversation(id=story.id, agent_id=story.agent_id))
        window = reading.window
        if window is None:
            assert flavour == "cloud"  # it does not report what is in context
            continue
        assert window.counted_by is (CountedBy.SERVER if flavour == "self-hosted" else CountedBy.ESTIMATE)
        limit = None if story.model else 128_000  # that of another model than the agent's is not reported
        assert window.limit == limit
        assert window.free is None or window.used + window.free == limit
        assert not reading.life or reading.life[-1].tokens == window.used
        if not isinstance(reading.size, LettaError):
            assert window.used == reading.size.context_window_size_current


async def test_the_servers_numbers_are_those_of_the_bars() -> None:
    transport = small_server("One")
    transport.store.add_message(ids(transport)[0], "user", "How are you?")
    reading = await read(transport, first_row(transport))
    assert reading.window is not None
    assert not isinstance(reading.size, LettaError)
    by_kind = {
        kind: sum(part.tokens for part in reading.window.parts if part.kind is kind) for kind in PartKind
    }
    size = reading.size
    assert by_kind[PartKind.SYSTEM] == size.num_tokens_system
    assert by_kind[PartKind.MEMORY] == size.num_tokens_core_memory
    assert by_kind[PartKind.METADATA] == size.num_tokens_external_memory_summary
    assert by_kind[PartKind.TOOLS] == size.num_tokens_functions_definitions
    assert by_kind[PartKind.MESSAGES] == size.num_tokens_messages


async def test_a_conversation_with_its_own_memory_is_said_to_read_other_values() -> None:
    transport = small_server("One")
    made = transport.store.add_conversation(only_agent(transport), "Mine", ["human"])
    for row, differs in (
        (first_row(transport), False),
        (Conversation(id=made, agent_id=only_agent(transport)), True),
    ):
        reading = await read(transport, row)
        assert reading.window is not None
        assert reading.window.differs == differs


async def test_the_default_conversation_is_counted_too() -> None:
    transport = small_server()
    reading = await read(transport, Conversation(id="default", agent_id=only_agent(transport)))
    assert reading.window is not None
    assert reading.window.counted_by is CountedBy.SERVER
    (sent,) = asked(transport, "GET", f"/v1/agents/{only_agent(transport)}/context")
    assert "conversation_id" not in sent


async def test_a_count_that_fails_is_estimated_and_said_and_a_missing_one_is_no_failure() -> None:
    transport = small_server("One")
    for status in (500, 404):
        transport.fail(status, path="/context")
        reading = await read(transport, first_row(transport))
        transport.clear()
        assert reading.window is not None
        assert reading.window.counted_by is CountedBy.ESTIMATE
        assert (reading.not_counted is not None) == (status == 500)


async def test_the_count_of_another_conversation_is_not_taken() -> None:
    """Letta before 0.16.5 counts the default conversation, whichever is named."""
    transport = small_server("One", version="0.16.2")
    transport.store.add_message(ids(transport)[0], "user", "How are you?")
    reading = await read(transport, first_row(transport))
    assert not isinstance(reading.size, LettaError)
    assert reading.window is not None
    assert reading.window.counted_by is CountedBy.ESTIMATE
    default = await read(transport, Conversation(id="default", agent_id=only_agent(transport)))
    assert default.window is not None
    assert default.window.counted_by is CountedBy.SERVER


async def test_without_a_history_the_parts_stand_and_the_life_does_not() -> None:
    transport = small_server("One")
    transport.fail(500, path="/v1/messages/")
    reading = await read(transport, first_row(transport))
    assert reading.window is not None
    assert isinstance(reading.history, LettaError)
    assert reading.life == ()


async def test_letta_codes_files_report_what_the_model_counted(tmp_path: Path) -> None:
    store = forgetful_store(tmp_path / "lc")
    reading = await read(
        LettaCodeTransport(store.path), Conversation(id="local-conv-1", agent_id="agent-local-ada")
    )
    assert reading.window is not None
    assert reading.window.counted_by is CountedBy.MODEL
    assert reading.window.used >= 4112
    assert reading.not_counted is None
    assert any(point.measured for point in reading.life)
