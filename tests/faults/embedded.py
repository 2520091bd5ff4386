"""The embedded server on a real socket, which now and then fails, cuts or says nothing of use.

python -m tests.faults.embedded --faults 0.1      in a process of its own: prints its address, ends with its input
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tui.backends.demo.transport import DemoTransport

FAILURES = (
    b"HTTP/1.1 500 x\r\ncontent-length: 19\r\n\r\n{'detail': 'broken'}"[:-1],
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n[{",
    b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi",
    b"",
)
"""Broken, cut, of the wrong kind, and nothing at all."""


@asynccontextmanager
async def listening(transport: DemoTransport, *, faults: float = 0.0, seed: int = 1) -> AsyncIterator[str]:
    """Serve it until the end of the block; answers the address. `faults` is the share of requests that fail."""
    chance = random.Random(seed)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read(reader)) is not None:
                if chance.random() < faults:
                    writer.write(chance.choice(FAILURES))
                    break
                writer.write(_written(await transport.handle_async_request(request)))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _read(reader: asyncio.StreamReader) -> httpx.Request | None:
    """The next request on a connection; None where there is none."""
    line = (await reader.readline()).split()
    if len(line) < 2:
        return None
    headers = []
    while b":" in (row := await reader.readline()):
        name, _, value = row.partition(b":")
        headers.append((name.strip(), value.strip()))
    size = int({name.lower(): value for name, value in headers}.get(b"content-length", b"0"))
    body = await reader.readexactly(size)
    url = "http://embedded" + line[1].decode("ascii")
    return httpx.Request(line[0].decode("ascii"), url, headers=headers, content=body)


def _written(answer: httpx.Response) -> bytes:
    kept = [(name, value) for name, value in answer.headers.raw if name.lower() != b"content-length"]
    lines = [b"HTTP/1.1 %d x" % answer.status_code, *(name + b": " + value for name, value in kept)]
    return b"\r\n".join([*lines, b"content-length: %d" % len(answer.content), b"", answer.content])


async def _run(faults: float) -> None:
    async with listening(DemoTransport(recording=False), faults=faults) as url:
        print(url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    told = argparse.ArgumentParser()
    told.add_argument("--faults", type=float, default=0.0)
    asyncio.run(_run(told.parse_args().faults))
