"""One visitor's run of the program: start it, pass input and output, and end it whatever its state."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from tui.model.os_errors import reason_of

GRACE = 5.0
"""Seconds that a run may take to end: the app waits for pending writes."""

CLOSING = 1.0
"""Seconds that a browser may take to answer that its web socket is closed, and a request to end."""

LARGEST = (1000, 400)
"""The largest screen in columns and rows, about a 4K display with the smallest letters."""

READY = b"__GANGLION__\n"
"""What Textual writes before its first packet."""

CHUNK = 65_536
LAST_WORDS = 4000
"""Bytes of standard error to report from a run that failed."""

EXPECTED = (0, 129, 130, 143)
"""Exit codes of a run that was quit, or ended by a signal."""


GOING_AWAY = 1001
"""Why the web socket is closed, if neither the page nor the program has ended."""


class Socket(Protocol):
    """The parts of the web socket to the page that are used here."""

    @property
    def prepared(self) -> bool:
        """Whether the web socket has been opened."""

    async def send_bytes(self, data: bytes) -> None:
        """Send what is painted; raises ConnectionError if the page has gone."""

    async def send_str(self, data: str) -> None:
        """Send a message; raises ConnectionError if the page has gone."""

    async def close(self, *, code: int = 1000) -> bool:
        """Close the web socket."""


class Refused(Exception):
    """The web socket received an invalid message."""


def clamped(width: int, height: int) -> tuple[int, int]:
    """Return the screen size, limited to at least one cell and to what fits into memory."""
    return max(1, min(width, LARGEST[0])), max(1, min(height, LARGEST[1]))


class Session(AppService):
    """A process in a group of its own, which runs the program for the page behind a web socket."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        socket: Socket,
        downloads: DownloadManager,
        report: Callable[[str], None],
    ) -> None:
        super().__init__(
            shlex.join(command),
            write_bytes=socket.send_bytes,
            write_str=self.write_str,
            close=self.close,
            download_manager=downloads,
        )
        self.arguments, self.environment = command, environment
        self.socket, self.downloads, self.report = socket, downloads, report
        self.process: Process | None = None
        self.starting = asyncio.Lock()
        self.stopping: asyncio.Task[None] | None = None
        self.running: asyncio.Task[None] | None = None
        self.errors = b""

    @property
    def stdin(self) -> asyncio.StreamWriter:
        """The stream for packets to the program."""
        assert self.process is not None
        assert self.process.stdin is not None
        return self.process.stdin

    async def start(self, width: int, height: int) -> None:
        """Start the program, unless the session has been stopped; without one the web socket is closed.

        It stays in the session of this process: if this one is killed, the system hangs up a run that is stopped.
        """
        columns, rows = clamped(width, height)
        async with self.starting:
            if self.stopping is not None:
                return
            try:
                self.process = await asyncio.create_subprocess_exec(
                    *self.arguments,
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=PIPE,
                    env={**self.environment, "COLUMNS": str(columns), "ROWS": str(rows)},
                    process_group=0,
                )
            except OSError as error:
                self.report(f"letta-tui: a session could not be started: {reason_of(error)}")
                await self.close()
            else:
                self.running = asyncio.create_task(self.run())

    async def take(self, text: str) -> None:
        """Handle a message from the page; raises Refused if it is invalid."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            raise Refused from None
        match message:
            case ["stdin", str(typed)]:
                await self.send_bytes(typed.encode("utf-8", errors="replace"))
            case ["resize", {"width": int(width), "height": int(height)}]:
                await self.set_terminal_size(*clamped(width, height))
            case ["ping", str(sent)]:
                await self.socket.send_str(json.dumps(["pong", sent]))
            case ["blur"]:
                await self.blur()
            case ["focus"]:
                await self.focus()
            case _:
                raise Refused

    async def write_str(self, text: str) -> None:
        """Send a message to the page, which would look for a file to download in the root of the site."""
        kind, *rest = json.loads(text)
        if kind == "deliver_file_start":
            text = json.dumps(["open_url", {"url": f"download/{rest[0]}", "new_tab": True}])
        await self.socket.send_str(text)

    async def close(self, code: int = 1000) -> None:
        """Close the web socket, if it was opened."""
        if self.socket.prepared:
            await self.socket.close(code=code)

    async def on_meta(self, data: bytes) -> None:
        """Handle a request from the program; its end is noticed when the process ends."""
        if json.loads(data)["type"] != "exit":
            await super().on_meta(data)

    async def run(self) -> None:
        """Pass the program's output to the page until it ends, and report why if it failed."""
        process = self.process
        assert process is not None
        errors = asyncio.create_task(self._read_errors(process))
        try:
            await self._show_output(process)
            await errors
            if await process.wait() not in EXPECTED:
                words = self.errors.decode(errors="replace").strip() or "it printed nothing"
                self.report(f"letta-tui: a session ended with {process.returncode}: {words}")
        finally:
            errors.cancel()
            await asyncio.gather(errors, return_exceptions=True)
            await self.close()

    async def _read_errors(self, process: Process) -> None:
        assert process.stderr is not None
        while data := await process.stderr.read(CHUNK):
            self.errors = (self.errors + data)[-LAST_WORDS:]

    async def _show_output(self, process: Process) -> None:
        """Pass on every packet, until the visitor or the program has gone."""
        output = process.stdout
        assert output is not None
        kinds = {b"D": self.on_data, b"M": self.on_meta, b"P": self.on_packed}
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await output.readline() not in (READY, b""):
                pass
            while kind := await output.readexactly(1):
                size = int.from_bytes(await output.readexactly(4), "big")
                await kinds[kind](await output.readexactly(size))

    async def stop(self) -> None:
        """Close the web socket and end the program, once for all who ask."""
        if self.stopping is None:
            self.stopping = asyncio.create_task(self._stop())
        await asyncio.shield(self.stopping)

    async def _stop(self) -> None:
        async with self.starting:
            process, running = self.process, self.running
        await self.close(GOING_AWAY)
        await self.downloads.cancel_app_downloads(app_service_id=self.app_service_id)
        if process is not None and running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await _end(process)


async def _end(process: Process) -> None:
    """Ask a program to end, even one that is stopped; kill what has not ended after a while."""
    # Drop its remaining output: a full pipe would keep it from ending.
    dropping = [asyncio.create_task(_drop(stream)) for stream in (process.stdout, process.stderr)]
    for number in (signal.SIGTERM, signal.SIGCONT):
        _signal(process, number)
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), GRACE)
    _signal(process, signal.SIGKILL)
    await process.wait()
    for task in dropping:
        task.cancel()
    await asyncio.gather(*dropping, return_exceptions=True)


def _signal(process: Process, number: int) -> None:
    """Send a signal to the program and what it started, unless it has ended."""
    if process.returncode is None:
        with suppress(OSError):
            os.killpg(process.pid, number)


async def _drop(stream: asyncio.StreamReader | None) -> None:
    while stream is not None and await stream.read(CHUNK):
        pass
