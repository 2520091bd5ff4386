"""An embedded server on a real loopback socket, for programs that are started as such."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx


class _Bridge:
    """Reads one request a connection, lets the transport answer it, and closes."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport
        self.heard: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.heard.append(head)
            first, *lines = head.decode("latin-1").split("\r\n")
            method, target, _ = first.split(" ", 2)
            headers = [
                (name, value.strip()) for name, _, value in (line.partition(":") for line in lines if line)
            ]
            length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
            body = await reader.readexactly(length)
            request = httpx.Request(method, f"http://letta.test{target}", headers=headers, content=body)
            answer = await self._transport.handle_async_request(request)
            content = await answer.aread()
            told = f"HTTP/1.1 {answer.status_code} Said\r\nContent-Type: application/json\r\n"
            told += f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
            writer.write(told.encode() + content)
            await writer.drain()
        writer.close()


@contextmanager
def served(
    transport: httpx.AsyncBaseTransport, tls: ssl.SSLContext | None = None, port: int = 0
) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a server that answers as the transport does, and the heads of what it was asked.

    With a `port`, one that was there before comes back.
    """
    bridge = _Bridge(transport)
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    ports: list[int] = []
    stop = asyncio.Event()

    async def run() -> None:
        server = await asyncio.start_server(bridge.serve, "127.0.0.1", port, ssl=tls)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        async with server:
            await stop.wait()

    def work() -> None:
        loop.run_until_complete(run())
        for task in asyncio.all_tasks(loop):
            task.cancel()
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
        loop.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(30)
    try:
        yield f"http{'s' if tls else ''}://localhost:{ports[0]}", bridge.heard
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
