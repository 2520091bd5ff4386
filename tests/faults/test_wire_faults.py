"""Every fault against every call, over a transport and over real sockets: one readable error, in time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from tests.cases import case
from tests.faults.asking import LISTS, READS, WRITES, Call
from tests.faults.hostile import (
    BODIES,
    ELSEWHERE,
    LINES,
    REDIRECTS,
    REFUSALS,
    Fault,
    HostileServer,
    HostileTransport,
    Line,
)
from tests.faults.tally import TALLY
from tui.letta.client import LettaClient
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.errors import LettaError
from tui.model.text import visible

pytestmark = pytest.mark.anyio

KEY = "sk-let-CANARY-" + "0123456789" * 12
CALM = Patience(connect=10, read=20, retries=1, backoff=0)
HASTY = Patience(connect=10, read=0.5, retries=1, backoff=0)
IN_TIME = 30.0
"""Seconds after which a call hangs, whatever its patience was."""

KINDS = {"lines": LINES, "bodies": BODIES, "refusals": REFUSALS, "redirects": REDIRECTS}
GROUPS: Mapping[str, Sequence[Fault]] = {
    f"{kind} {first // 20 + 1}": faults[first : first + 20]
    for kind, faults in KINDS.items()
    for first in range(0, len(faults), 20)
}
"""Every fault, in groups that take a second or two."""


async def outcome(client: LettaClient, call: Call, fault: Fault) -> LettaError | None:
    """What a call ends with; anything but an answer or a LettaError is a crash."""
    TALLY.fault(fault.name)
    with TALLY.trying():
        async with asyncio.timeout(IN_TIME):
            try:
                await call(client)
            except LettaError as error:
                return error
    return None


def check_words(error: LettaError, fault: Fault) -> None:
    """One short line without a control, which says what happened and holds no secret."""
    words = str(error)
    assert fault.words in words
    assert words == visible(words)
    assert "\n" not in words
    assert len(words) < 800
    assert "actor=" not in words
    TALLY.search(words, KEY, KEY[:60], where=fault.name)


async def check(client: LettaClient, fault: Fault, calls: Mapping[str, Call], *, reading: bool) -> None:
    found = await asyncio.gather(*(outcome(client, call, fault) for call in calls.values()))
    for name, error in zip(calls, found, strict=True):
        assert error is not None, name
        kind = fault.read if reading else fault.written
        assert isinstance(error, kind), (name, error)
        check_words(error, fault)


@pytest.mark.parametrize("group", GROUPS)
async def test_over_a_transport(group: str) -> None:
    for fault in GROUPS[group]:
        with case(fault.name):
            await over_a_transport(fault)


async def over_a_transport(fault: Fault) -> None:
    transport = HostileTransport(fault)
    wire = Wire("http://letta.test", KEY, transport=transport, patience=HASTY if fault.slow else CALM)
    calls = {name: READS[name] for name in ("agents", "conversation")} if fault.large else READS
    await check(LettaClient(wire), fault, calls, reading=True)
    writes = {"summary": WRITES["summary"]} if fault.large else WRITES
    asked = len(transport.requests)
    await check(LettaClient(wire), fault, writes, reading=False)
    assert len(transport.requests) == asked + len(writes), "a write was sent twice"
    await wire.close()


@pytest.mark.parametrize("group", GROUPS)
async def test_over_sockets(group: str) -> None:
    for fault in GROUPS[group]:
        if fault not in REFUSALS[:20]:
            with case(fault.name):
                await over_sockets(fault)


async def over_sockets(fault: Fault) -> None:
    async with HostileServer(fault).listening() as server:
        wire = Wire(server.url, KEY, patience=HASTY if fault.slow else CALM)
        client = LettaClient(wire)
        names = ("conversations",) if fault.large or fault.line is Line.WHOLE else READS
        await check(client, fault, {name: READS[name] for name in names}, reading=True)
        heard = len(server.heard)
        await check(client, fault, {"summary": WRITES["summary"]}, reading=False)
        assert len(server.heard) <= heard + 1, "a write was sent twice"
        server.fault = None
        if fault.line is not Line.REFUSED:
            assert (await client.agents()).rows == (), "the next good answer is read"
        await wire.close()


async def test_no_redirect_is_followed_and_no_key_leaves() -> None:
    for fault in REDIRECTS:
        transport = HostileTransport(fault)
        wire = Wire("http://letta.test", KEY, transport=transport, patience=CALM)
        await check(LettaClient(wire), fault, {**READS}, reading=True)
        assert {request.url.host for request in transport.requests} == {"letta.test"}
        for request in transport.requests:
            TALLY.search(str(request.url), KEY, "elsewhere", where=ELSEWHERE)
        await wire.close()


ROWS = [
    b"null",
    b"7",
    b'"text"',
    b"true",
    b"{}",
    b"[[]]",
    b"[null, 7, [], {}]",
    b'[{"id": null}, {"id": 7}, {"id": []}]',
]


@pytest.mark.parametrize("body", ROWS, ids=bytes.decode)
async def test_json_of_another_shape_is_an_answer_or_an_error(body: bytes) -> None:
    fault = Fault("another shape", "", body=body)
    wire = Wire("http://letta.test", KEY, transport=HostileTransport(fault), patience=CALM)
    for name, call in {**READS, **WRITES}.items():
        error = await outcome(LettaClient(wire), call, fault)
        if error is not None:
            check_words(error, fault)
        elif name in LISTS and not name.startswith(("messages", "history")):
            raise AssertionError(f"{name} took {body!r} for a list")
    await wire.close()


async def test_an_answer_without_end_is_left_when_it_is_too_much() -> None:
    (fault,) = (fault for fault in BODIES if fault.name == "endless")
    async with HostileServer(fault).listening() as server:
        wire = Wire(server.url, KEY, patience=CALM)
        error = await outcome(LettaClient(wire), READS["agents"], fault)
        assert error is not None
        assert "more than 64 MiB" in str(error)
        await wire.close()
