"""Opening a transcript in files: the first messages are there before the whole of it is parsed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.letta.conftest import NOW
from tests.letta_code_store import StoreMaker, message
from tui.backends.letta_code import transcript as backend
from tui.backends.letta_code.api_messages import api_messages
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.letta.client import LettaClient
from tui.letta.first_words import FIRST_ROWS, first_messages
from tui.letta.open_conversation import FIRST_LIMIT, open_conversation
from tui.letta.transport import Wire
from tui.model.conversation import Conversation
from tui.model.errors import LettaError
from tui.model.opened import Context, Opened
from tui.presentation.conversation_info import facts_line
from tui.presentation.transcript import transcript

pytestmark = pytest.mark.anyio

FIRST = "first-messages"


class Noting(httpx.AsyncBaseTransport):
    """A store that notes which parts of it were requested, and may refuse the first messages."""

    has_local_memory = True

    def __init__(self, root: Path, *, refusing: bool = False) -> None:
        self._store = LettaCodeTransport(root)
        self._refusing = refusing
        self.requested: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        self.requested.append(name)
        if self._refusing and name == FIRST:
            return httpx.Response(404, json={"detail": "Not Found"}, request=request)
        return await self._store.handle_async_request(request)

    async def aclose(self) -> None:
        await self._store.aclose()


async def opened(
    store: StoreMaker, conversation_id: str, *, refusing: bool = False
) -> tuple[list[tuple[Opened, list[str]]], Opened]:
    """The parts of a conversation with what had been requested by then, and the whole."""
    transport = Noting(store.root, refusing=refusing)
    client = LettaClient(Wire("http://store", transport=transport))
    parts: list[tuple[Opened, list[str]]] = []

    async def note(part: Opened) -> None:
        parts.append((part, [*transport.requested]))

    [agent] = (await client.agents()).rows
    rows = (await client.conversations(agent.id, limit=10)).rows
    row = next(one for one in rows if one.id == conversation_id)
    transport.requested.clear()
    whole = await open_conversation(client, row, agent, NOW, on_part=note)
    await client.close()
    return parts, whole


def ids(opened: Opened) -> list[str]:
    assert isinstance(opened.context, Context)
    return [one.id for one in opened.context.messages]


@pytest.mark.parametrize("named", [True, False], ids=["ids in context named", "all rows in context"])
async def test_the_first_messages_come_with_the_first_request(tmp_path: Path, named: bool) -> None:
    store = StoreMaker(tmp_path / "store")
    every = [f"ui-msg-{n}" for n in range(3 * FIRST_LIMIT)]
    one = store.conversation(
        store.agent("Ada"),
        [message(own, "user", "hello") for own in every],
        in_context_message_ids=every if named else [],
        summary="Long",
    )
    [(part, requested)], whole = await opened(store, one)
    assert requested == [FIRST]
    assert ids(part) == every[:FIRST_LIMIT]
    assert isinstance(part.context, Context)
    assert part.context.partial
    assert part.blocks_pending
    assert ids(whole) == every
    assert isinstance(whole.context, Context)
    assert (whole.context.ids, whole.context.partial) == (tuple(every), False)
    assert whole.local is not None


async def test_the_first_messages_are_not_said_to_lack_a_report_of_what_is_in_context(tmp_path: Path) -> None:
    store = StoreMaker(tmp_path / "store")
    one = store.conversation(store.agent("Ada"), [message("ui-msg-1", "user", "hello")])
    [(part, _)], whole = await opened(store, one)
    assert isinstance(part.context, Context)
    assert "in context" not in facts_line(part, NOW)
    assert "not reported" not in facts_line(part, NOW)
    assert [item.key for item in transcript(part.context, NOW)] == ["ui-msg-1#0"]
    assert "1 in context" in facts_line(whole, NOW)


async def test_a_failure_of_the_first_messages_does_not_stop_the_opening(tmp_path: Path) -> None:
    store = StoreMaker(tmp_path / "store")
    one = store.conversation(store.agent("Ada"), [message("ui-msg-1", "user", "hello")])
    parts, whole = await opened(store, one, refusing=True)
    assert not parts
    assert ids(whole) == ["ui-msg-1"]


async def test_a_format_that_is_not_read_is_said_once_the_record_is_there(tmp_path: Path) -> None:
    store = StoreMaker(tmp_path / "store")
    newer = {"schema_version": 3, "message_format": "pi-session-entry-jsonl"}
    one = store.conversation(store.agent("Ada"), [message("ui-msg-1", "user", "hello")], manifest=newer)
    parts, whole = await opened(store, one)
    assert not parts
    assert isinstance(whole.context, LettaError)
    assert "unsupported format" in str(whole.context)


async def test_a_row_that_was_written_again_is_in_its_place_when_all_is_read(tmp_path: Path) -> None:
    store = StoreMaker(tmp_path / "store")
    every = [f"ui-msg-{n}" for n in range(2 * FIRST_LIMIT)]
    rows = [message(own, "user", "hello") for own in every]
    one = store.conversation(store.agent("Ada"), [*rows, message("ui-msg-3", "user", "again")])
    [(part, _)], whole = await opened(store, one)
    assert ids(part)[3] == "ui-msg-3"
    assert ids(whole) == [own for own in every if own != "ui-msg-3"] + ["ui-msg-3"]


async def test_first_words_are_read_without_the_rest_of_the_transcript(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def noted(row_id: str, entry: Any, body: Any) -> Any:
        made.append(row_id)
        return api_messages(row_id, entry, body)

    monkeypatch.setattr(backend, "api_messages", noted)
    store = StoreMaker(tmp_path / "store")
    ada = store.agent("Ada")
    one = store.conversation(ada, [message(f"ui-msg-{n}", "user", f"question {n}") for n in range(200)])
    client = LettaClient(Wire("http://store", transport=LettaCodeTransport(store.root)))
    found = await first_messages(client, Conversation(id=one, agent_id=ada))
    await client.close()
    assert [(own.id, own.raw["content"]) for own in found][:1] == [("ui-msg-0", "question 0")]
    assert made == [own.id for own in found]
    assert len(made) == FIRST_ROWS
