"""Early requests: a good answer is used once, any other is as if nobody had asked, and the key stays at home."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from tui.model.agent import Agent

from tests.letta.servers import AT_ONCE, RawServer, http_answer
from tui.api import early as module
from tui.api import targets
from tui.api.ahead_of_time import rows_at_hand
from tui.api.early import Early
from tui.api.surroundings import has_a_say
from tui.api.targets import Target, spelled
from tui.letta.decoding import LARGE
from tui.letta.response import Unanswered
from tui.letta.transport import Wire
from tui.model.conversation import Conversation
from tui.model.errors import NoAnswer

pytestmark = pytest.mark.anyio

FINE = http_answer(b'{"fine": 1}')
AGAIN = http_answer(b'{"fine": 2}')
WANTED: Target = ("/v1/x", {"limit": 50, "search": "a b&ü", "empty": ""})
KEY = "sk-secret"
LONG = 60.0


@pytest.fixture(autouse=True)
def fresh_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take seconds over what is early on any other."""
    monkeypatch.setattr(module, "FRESH", LONG)
    monkeypatch.setattr(module, "CONNECTS", LONG)


def sent(base_url: str, *wanted: Target, read: float = 30.0) -> Early:
    early = Early(base_url, KEY, ca_file=None, connect=LONG, read=read)
    early.ask(*wanted or (WANTED,))
    return early


def wire(base_url: str, early: Early) -> Wire:
    return Wire(base_url, KEY, patience=AT_ONCE, early=early)


async def get(wire: Wire, wanted: Target = WANTED) -> Any:
    return await wire.get(*wanted, what="Asking")


def calls(wire: Wire) -> list[tuple[str, int | None, int]]:
    """What the log has, oldest first."""
    return [(one.path, one.status, one.attempt) for one in reversed(list(wire.log))]


async def test_an_early_answer_is_used_noted_and_not_asked_for_again() -> None:
    async with RawServer([FINE]).listening() as server:
        there = wire(server.url + "/sub", sent(server.url + "/sub"))
        assert await get(there) == {"fine": 1}
        path = "/sub/v1/x?limit=50&search=a+b%26%C3%BC&empty="
        assert calls(there) == [(path, 200, 1)]
        (entry,) = there.log
        assert (entry.url, entry.keyed, entry.size) == (server.url + path, True, 11)
        (head,) = server.heard
        assert head.startswith(f"GET {path} HTTP/1.1\r\n".encode())
        assert f"Authorization: Bearer {KEY}\r\n".encode() in head
        await there.close()


async def test_an_early_answer_is_used_once() -> None:
    async with RawServer([FINE, AGAIN]).listening() as server:
        there = wire(server.url, sent(server.url))
        assert [await get(there), await get(there)] == [{"fine": 1}, {"fine": 2}]
        assert len(server.heard) == 2
        await there.close()


async def test_what_is_on_its_way_is_waited_for() -> None:
    server = Held([FINE])
    async with server.listening():
        there = wire(server.url, sent(server.url))
        asking = asyncio.create_task(get(there))
        await server.arrived.wait()
        assert there.log.totals.pending == 1
        server.gate.set()
        assert await asking == {"fine": 1}
        assert len(server.heard) == 1
        await there.close()


BAD = {
    "an error": http_answer(b"{}", status="500 Internal Server Error"),
    "a refusal": http_answer(b"{}", status="401 Unauthorized"),
    "another success": http_answer(b"{}", status="202 Accepted"),
    "no json": http_answer(b"<html>"),
    "nothing in it": http_answer(b""),
    "cut": http_answer(b"{}", claims=20),
    "no http": b"SSH-2.0\r\n\r\n",
    "silence, then the end": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
}


@pytest.mark.parametrize("fault", BAD.values(), ids=BAD)
async def test_after_any_other_answer_it_is_asked_anew(fault: bytes) -> None:
    async with RawServer([fault, AGAIN]).listening() as server:
        there = wire(server.url, sent(server.url))
        assert await get(there) == {"fine": 2}
        assert len(server.heard) == len(there.log) == 2
        await there.close()


async def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 10)
    async with RawServer([FINE, AGAIN]).listening() as server:
        there = wire(server.url, sent(server.url))
        assert await get(there) == {"fine": 2}
        await there.close()


async def test_the_key_follows_no_redirect() -> None:
    async with RawServer([FINE]).listening() as other:
        away = http_answer(b"", status="307 Temporary Redirect", head=f"Location: {other.url}/\r\n")
        async with RawServer([away, AGAIN]).listening() as server:
            there = wire(server.url, sent(server.url))
            assert await get(there) == {"fine": 2}
            await there.close()
        assert other.heard == []


async def test_where_nobody_listens_the_usual_way_tells() -> None:
    async with RawServer([]).listening() as server:
        url = server.url
    there = wire(url, sent(url))
    with pytest.raises(NoAnswer, match="cannot connect"):
        await get(there)
    await there.close()


async def test_a_silent_server_is_waited_for_once() -> None:
    server = Held([FINE])
    async with server.listening():
        there = wire(server.url, sent(server.url, read=0.05))
        with pytest.raises(NoAnswer, match="no answer within the timeout"):
            await get(there)
        await server.arrived.wait()
        assert len(server.heard) == 1
        server.gate.set()
        await there.close()


async def test_an_old_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRESH", -1.0)
    async with RawServer([FINE, FINE]).listening() as server:
        early = sent(server.url)
        assert early.take(spelled(*WANTED)) is None


async def test_certificates_that_cannot_be_read_are_told_of_in_the_usual_way(tmp_path: Path) -> None:
    early = Early("https://127.0.0.1:1", KEY, ca_file=tmp_path / "none.pem", connect=1.0, read=1.0)
    early.ask(WANTED)
    coming = early.take(spelled(*WANTED))
    assert coming is not None
    with pytest.raises(Unanswered, match="not sent"):
        await coming.answer()


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "all_proxy", "SSL_CERT_FILE"])
def test_the_environment_counts_for_other_machines(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ("http_proxy", "https_proxy", "all_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(other, raising=False)
        monkeypatch.delenv(other.upper(), raising=False)
    assert not has_a_say("https://letta.test")
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert has_a_say("https://letta.test")
    assert not has_a_say("http://localhost:8283")


@pytest.mark.parametrize(
    ("path", "params"),
    [WANTED, targets.HEALTH, targets.agent("agent-1/ü"), targets.conversations("agent-1", order="desc")],
)
def test_a_target_is_spelled_as_the_usual_way_spells_it(path: str, params: dict[str, Any]) -> None:
    usual = httpx.Request("GET", f"http://letta.test{path}", params=params or None)
    assert usual.url.raw_path.decode() == spelled(path, params)


class Held(RawServer):
    """Says nothing until the gate is opened."""

    def __init__(self, answers: list[bytes]) -> None:
        super().__init__(answers)
        self.arrived, self.gate = asyncio.Event(), asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.readuntil(b"\r\n\r\n"))
        self.arrived.set()
        await self.gate.wait()
        writer.write(self._answers.pop(0))
        writer.close()


ROWS: dict[str, Any] = {"limit": 50, "order": "desc", "order_by": "created_at"}
AGENT: Target = targets.agent("agent-1")
LISTED: Target = targets.conversations("agent-1", **ROWS)


async def at_hand(*answers: bytes) -> tuple[Early, tuple[Agent, tuple[Conversation, ...]] | None]:
    """What stands there once both requests, sent one after the other, are answered so."""
    async with RawServer(list(answers)).listening() as server:
        early = sent(server.url, AGENT)
        await asyncio.gather(asyncio.wrap_future(early._coming[spelled(*AGENT)].answered))
        assert rows_at_hand(early, "agent-1", **ROWS) is None
        rows = sent(server.url, LISTED)
        await asyncio.gather(
            asyncio.wrap_future(rows._coming[spelled(*LISTED)].answered), return_exceptions=True
        )
        early._coming |= rows._coming
        return early, rows_at_hand(early, "agent-1", **ROWS)


async def test_answers_at_hand_are_looked_at_and_left_to_be_taken() -> None:
    listed = http_answer(b'[{"id": "conv-1", "summary": "One"}, {"summary": "no id"}]')
    early, found = await at_hand(http_answer(b'{"id": "agent-1", "name": "Ada"}'), listed)
    assert found is not None
    agent, rows = found
    assert agent.title == "Ada"
    assert [row.summary for row in rows] == ["One"]
    assert early.take(spelled(*AGENT)) is not None
    assert early.take(spelled(*LISTED)) is not None
    assert rows_at_hand(early, "agent-1", **ROWS) is None


@pytest.mark.parametrize(
    "listed",
    [
        http_answer(b"[]", status="503 Service Unavailable"),
        http_answer(b"[{"),
        http_answer(b"{}"),
        http_answer(b'[{"id": "conv-1", "summary": "' + b"x" * LARGE + b'"}]'),
        b"",
    ],
    ids=["refused", "cut", "no list", "large", "broken"],
)
async def test_what_is_no_good_answer_is_not_at_hand(listed: bytes) -> None:
    _, found = await at_hand(http_answer(b'{"id": "agent-1"}'), listed)
    assert found is None


async def test_an_agent_without_an_identity_is_not_at_hand() -> None:
    _, found = await at_hand(http_answer(b'{"name": "Ada"}'), http_answer(b"[]"))
    assert found is None


async def test_where_nothing_was_asked_ahead_nothing_is_at_hand() -> None:
    assert rows_at_hand(None, "agent-1", **ROWS) is None
