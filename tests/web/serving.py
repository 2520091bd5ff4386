"""A served app in a process of its own, and visitors to it."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import ClientSession, ClientWebSocketResponse
from yarl import URL

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "tui" / "__main__.py"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number: int = taken.getsockname()[1]
    return number


def letta_tui(*arguments: str) -> list[str]:
    """The command line of the program in this checkout, whatever the current folder is."""
    return [sys.executable, "-P", str(MAIN), *arguments]


@dataclass
class Served:
    """A running `serve`; `address` is the one that it printed."""

    address: URL
    process: subprocess.Popen[str]

    @property
    def origin(self) -> URL:
        return self.address.origin()

    def end(self, number: int = signal.SIGINT, within: float = 30) -> tuple[int, str]:
        """Send a signal; returns the exit code and what was printed on standard error."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=within)
        return self.process.returncode, errors


@contextmanager
def serving(*options: str, cwd: Path = ROOT, **environ: str) -> Iterator[Served]:
    """Serve the demo, and end it if the test has not."""
    command = letta_tui("serve", "--demo", f"--port={free_port()}", *options)
    with subprocess.Popen(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    ) as process:
        assert process.stdout is not None
        try:
            yield Served(URL(process.stdout.readline().strip()), process)
        finally:
            if process.poll() is None:
                process.kill()


@asynccontextmanager
async def visitor() -> AsyncIterator[ClientSession]:
    async with ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


@asynccontextmanager
async def run_of_the_app(
    session: ClientSession, address: URL, query: str = ""
) -> AsyncIterator[ClientWebSocketResponse]:
    """A web socket with a run of the program behind it."""
    async with session.get(address) as page:
        assert page.status == 200
        url = page.url
    async with session.ws_connect(url.with_query(None).join(URL(f"ws{query}"))) as web_socket:
        yield web_socket


async def painted(web_socket: ClientWebSocketResponse, text: bytes) -> bytes:
    """What was painted until this text was."""
    seen = b""
    while text not in seen:
        message = await web_socket.receive(60)
        assert message.type is aiohttp.WSMsgType.BINARY, (message, seen)
        seen += message.data
    return seen


async def rest(web_socket: ClientWebSocketResponse) -> int | None:
    """Read to the end of the web socket; returns the code that it was closed with."""
    while not web_socket.closed:
        await web_socket.receive(60)
    return web_socket.close_code


def children(pid: int) -> list[int]:
    """The processes that a process has started and not waited for."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def stop(pid: int) -> None:
    """Stop a process, as ctrl+z does; when this returns, the system knows that it is stopped."""
    os.kill(pid, signal.SIGSTOP)
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        os.sched_yield()


async def gone(descriptor: int) -> bool:
    """Whether the process that a pidfd stands for ends."""
    ready, _, _ = await asyncio.to_thread(select.select, [descriptor], [], [], 30)
    return bool(ready)
