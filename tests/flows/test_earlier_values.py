"""What a memory said earlier: from traces, from what the model reads, from the journal, from git."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.app_helpers import NOW, asked, ids, small_server
from tests.flows.test_write import client_of, opened_of
from tests.local_store import LocalStore, rendered, user
from tests.ui.test_tools import talked
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.flows import earlier_values as module
from tui.flows.earlier_values import EarlierValues, earlier_values, spread
from tui.letta.client import LettaClient
from tui.letta.open_conversation import open_conversation
from tui.letta.transport import Wire
from tui.model.conversation import Conversation
from tui.model.opened import Opened
from tui.rules.changes.undo import Entry
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.traces import Step
from tui.rules.trace_cache import TraceCache

pytestmark = pytest.mark.anyio


async def nothing_noted(_: str) -> Sequence[Entry]:
    return ()


async def read(
    client: LettaClient, opened: Opened, name: str, cache: TraceCache | None = None
) -> EarlierValues:
    label = next(one for one in memory_of(opened).labels if one.name == name)
    return await earlier_values(
        client, opened, label, TraceCache() if cache is None else cache, nothing_noted
    )


async def test_the_model_s_own_value_and_those_of_its_steps_newest_first() -> None:
    transport = await talked()
    client = client_of(transport)
    cache = TraceCache()
    opened = await opened_of(client, transport, ids(transport)[0])
    earlier = await read(client, opened, "persona", cache)
    assert set(earlier.values) == {"Ada", "Ada, older"}
    assert earlier.sources == ("what the model reads", "the journal", "3 of 3 steps")
    assert earlier.problem == ""
    sent = len(asked(transport, path="/trace"))
    assert (await read(client, opened, "persona", cache)).values == earlier.values
    assert len(asked(transport, path="/trace")) == sent


async def test_what_was_changed_from_here_is_in_the_journal() -> None:
    transport = small_server("One", blocks={"human": "Robin"})
    client = client_of(transport)
    opened = await opened_of(client, transport, ids(transport)[0])
    label = memory_of(opened).labels[0]
    assert label.block is not None
    block_id = label.block.id

    async def noted(wanted: str) -> Sequence[Entry]:
        assert wanted == block_id
        return [Entry(NOW, "", block_id, "seen", text) for text in ("Kim", "Lee", "Robin")]

    earlier = await earlier_values(client, opened, label, TraceCache(), noted)
    assert earlier.values == ("Lee", "Kim")


async def test_a_server_without_traces_still_shows_what_the_model_reads() -> None:
    transport = small_server("One", blocks={"human": "Robin"})
    store = transport.store
    message = store.rows[store.add_message(ids(transport)[0], "assistant", "hi")]
    message.step_id = "step-00000000-0000-4000-8000-000000000001"
    store.set_block(next(iter(store.blocks)), "Sam")
    transport.fail(404, path="/trace")
    client = client_of(transport)
    earlier = await read(client, await opened_of(client, transport, ids(transport)[0]), "human")
    assert earlier.values == ("Robin",)
    assert "not supported" in earlier.problem


async def test_memory_in_files_has_its_commits(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    ada = store.add_agent("Ada", {"human": "Name: unknown"})
    store.add_conversation("local-conv-1", ada, user(1, "hello"))
    store.compile("local-conv-1", ada, rendered({"human": "Name: unknown"}))
    store.edit(ada, "human", "Name: Kim", commit="Kim")
    store.edit(ada, "human", "Name: Sam", commit="Sam")
    client = LettaClient(Wire("http://local", transport=LettaCodeTransport(tmp_path)))
    row = Conversation(id="local-conv-1", agent_id=ada)
    opened = await open_conversation(client, row, await client.agent(ada), NOW)
    earlier = await read(client, opened, "human")
    assert set(earlier.values) == {"Name: unknown", "Name: Kim"}
    assert "3 commits" in earlier.sources


async def test_of_many_steps_some_are_read_from_the_first_to_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_STEPS", 2)
    transport = await talked()
    client = client_of(transport)
    earlier = await read(client, await opened_of(client, transport, ids(transport)[0]), "persona")
    assert len(asked(transport, path="/trace")) == 2
    assert "2 of 3 steps" in earlier.sources
    steps = [Step(f"step-{number}", None) for number in range(100)]
    assert [step.id for step in spread(steps, 4)] == ["step-0", "step-33", "step-66", "step-99"]
    assert spread(steps[:3], 4) == steps[:3]
