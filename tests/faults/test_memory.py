"""No response takes much more memory than its limit, nor keeps the keys waiting, however small it was on the line.

Each is read by a process of its own, whose memory is compared with that of one that reads an empty list.
"""

from __future__ import annotations

import asyncio
import json
import sys
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest

from tests.faults.hostile import Fault, HostileServer
from tests.faults.peak import Peak
from tests.faults.tally import TALLY
from tui.letta.response import LARGEST

pytestmark = pytest.mark.anyio

LONGEST_PAUSE = 5.0
"""Seconds, on a machine that has other things to do: it was minutes."""

GZIP = ("Content-Encoding", "gzip")
TWICE = ("Content-Encoding", "gzip, gzip")


class Bomb(NamedTuple):
    """A response, what is said of it, the MiB that it may cost, and the call that reads it."""

    body: Callable[[], bytes]
    words: str
    memory: float
    headers: tuple[tuple[str, str], ...] = ()
    call: str = "conversations"
    status: int = 200


def packed(times: int) -> bytes:
    """256 MiB of blanks in gzip, and that in gzip again."""
    chunks = [b" " * 2**20] * 256
    for _ in range(times):
        stream = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        chunks = [*map(stream.compress, chunks), stream.flush()]
    return b"".join(chunks)


def filled(start: bytes, piece: bytes, end: bytes, size: int = LARGEST) -> bytes:
    """A body of nearly this size."""
    return start + piece * ((size - len(start) - len(end)) // len(piece)) + end


ENCODED = "encoded as “gzip, gzip”"
ROWS, VALUES = "more than 100,000 rows", "values"
TEXT = b'{"id":"x","a":"' + b"words " * 1_000 + b'"},'
WIDE = b'{"id":"x","a":[' + b"{}," * 100_000 + b"{}]},"

BOMBS: Mapping[str, Bomb] = {
    "packed twice": Bomb(lambda: packed(2), ENCODED, 20, (TWICE,)),
    "packed twice, in two headers": Bomb(lambda: packed(2), ENCODED, 20, (GZIP, GZIP)),
    "packed": Bomb(lambda: packed(1), "more than 64 MiB", 100, (GZIP,)),
    "packed in a refusal": Bomb(lambda: packed(1), "the server failed (500)", 20, (GZIP,), status=500),
    "empty rows": Bomb(lambda: filled(b"[", b"{},", b"{}]", 40_000_000), ROWS, 100),
    "small rows": Bomb(lambda: filled(b"[", b'{"a":1},', b"{}]"), ROWS, 150),
    "empty lists": Bomb(lambda: filled(b"[", b"[],", b"[]]"), VALUES, 200),
    "rows in a row": Bomb(lambda: filled(b'[{"id":"x","a":[', b'{"a":1},', b"{}]}]"), VALUES, 250),
    "wide rows": Bomb(lambda: filled(b"[", WIDE, b"{}]"), VALUES, 500),
    "as many rows as are read": Bomb(lambda: filled(b"[", b'{"id":"x"},', b"{}]", 1_000_000), "read", 150),
    "as many messages as are read": Bomb(
        lambda: filled(b"[", b'{"id":"x"},', b"{}]", 1_000_000), "read", 250, call="messages"
    ),
    "rows with long texts": Bomb(lambda: filled(b"[", TEXT, b"{}]"), "read", 150),
    "lists in an object": Bomb(lambda: filled(b'{"a":[', b"[],", b"[]]}"), VALUES, 200, call="conversation"),
    "texts in an object": Bomb(
        lambda: filled(b'{"a":[', b'"ab",', b'""]}'), VALUES, 200, call="conversation"
    ),
    "a long text": Bomb(
        lambda: filled(b'{"id":"x","a":"', b"words ", b'"}'), "read", 300, call="conversation"
    ),
    "halves of a pair": Bomb(
        lambda: filled(b'{"id":"x","a":"', b"\\ud800", b'"}'), "read", 300, call="conversation"
    ),
}


async def measured(fault: Fault, call: str) -> Peak:
    """Read a response in a process of its own."""
    async with HostileServer(fault).listening() as server:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.peak", server.url, call, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await child.communicate()
    assert child.returncode == 0
    return Peak(*json.loads(output))


@pytest.mark.parametrize("name", BOMBS)
async def test_no_response_takes_much_more_memory_than_its_limit_or_stops_the_loop(name: str) -> None:
    bomb = BOMBS[name]
    fault = Fault(name, "", body=bomb.body(), headers=bomb.headers, status=bomb.status)
    TALLY.fault(name)
    with TALLY.trying():
        idle = await measured(Fault("an empty list", "", body=b"[]"), "conversations")
        peak = await measured(fault, bomb.call)
    print(f"{name}: {len(fault.body):,} bytes, {peak.memory - idle.memory:.0f} MiB, {peak.pause:.2f} s")
    assert idle.words == "read"
    assert bomb.words in peak.words
    assert peak.memory - idle.memory < bomb.memory
    assert peak.pause < LONGEST_PAUSE
