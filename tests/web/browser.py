"""A headless Chromium, driven over its own debugging protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pyte

NAMES = "chromium", "chromium-browser", "google-chrome", "chrome"
FLAGS = "--headless", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0", "--window-size=1200,800"
SECONDS = 60


def chromium() -> str | None:
    """The browser of this machine, if it has one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One page; `screen` is what the program behind its web socket has painted."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.numbers = itertools.count(1)
        self.answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.loaded = asyncio.Event()
        self.terminal = pyte.Screen(200, 60)
        self.stream = pyte.ByteStream(self.terminal)
        self.painted = asyncio.Condition()

    async def listen(self) -> None:
        """Take what the browser tells, until it goes."""
        async for message in self.socket:
            told = message.json()
            if "id" in told:
                self.answers.pop(told["id"]).set_result(told)
            elif told["method"] == "Page.loadEventFired":
                self.loaded.set()
            elif told["method"] == "Network.requestWillBeSent":
                self.asked.append(told["params"]["request"]["url"])
            elif told["method"] == "Network.webSocketFrameReceived":
                await self._paint(told["params"]["response"])

    async def _paint(self, frame: dict[str, Any]) -> None:
        if frame["opcode"] == 2:
            self.stream.feed(base64.b64decode(frame["payloadData"]))
            async with self.painted:
                self.painted.notify_all()

    async def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its result."""
        number = next(self.numbers)
        self.answers[number] = asyncio.get_running_loop().create_future()
        await self.socket.send_json({"id": number, "method": method, "params": parameters})
        answer = await asyncio.wait_for(self.answers[number], SECONDS)
        assert "error" not in answer, answer
        found: dict[str, Any] = answer["result"]
        return found

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = await self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return found["result"].get("value")

    async def go(self, address: str) -> None:
        """Open another address, as a person at the browser would, and wait until its page is loaded."""
        self.loaded.clear()
        await self.do("Page.navigate", url=address)
        await asyncio.wait_for(self.loaded.wait(), SECONDS)

    async def press_with_control(self, letter: str) -> None:
        """Press a letter while the control key is down."""
        key = {"key": letter, "code": f"Key{letter.upper()}", "windowsVirtualKeyCode": ord(letter.upper())}
        await self.do("Input.dispatchKeyEvent", type="rawKeyDown", modifiers=2, **key)
        await self.do("Input.dispatchKeyEvent", type="keyUp", modifiers=2, **key)

    async def type(self, text: str) -> None:
        """Type letters, as a person at the browser would."""
        for letter in text:
            await self.do("Input.dispatchKeyEvent", type="keyDown", text=letter, key=letter)
            await self.do("Input.dispatchKeyEvent", type="keyUp", key=letter)

    async def until(self, text: str) -> str:
        """The screen, once this text is on it."""
        async with self.painted:
            try:
                await asyncio.wait_for(self.painted.wait_for(lambda: text in self.shown), SECONDS)
            except TimeoutError:
                raise AssertionError(f"no {text!r} on the screen:\n{self.shown}") from None
        return self.shown

    @property
    def shown(self) -> str:
        """The screen of now."""
        return "\n".join(self.terminal.display)


@asynccontextmanager
async def browse(program: str) -> AsyncIterator[Page]:
    """A browser with one empty page, whose profile goes with it."""
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            program,
            *flags,
            f"--user-data-dir={folder}",
            "about:blank",
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "HOME": folder},
        )
        try:
            address = await asyncio.wait_for(_address(process), SECONDS)
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(address, max_msg_size=0) as socket,
            ):
                page = Page(socket)
                listening = asyncio.create_task(page.listen())
                await page.do("Network.enable")
                await page.do("Page.enable")
                yield page
                listening.cancel()
        finally:
            process.kill()
            await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    """The debugging address of the page, from what the browser says of itself."""
    assert process.stderr is not None
    async for line in process.stderr:
        if line.startswith(b"DevTools listening on ws://"):
            host = line.split(b"//")[1].split(b"/")[0].decode()
            async with aiohttp.ClientSession() as session, session.get(f"http://{host}/json") as answer:
                pages = await answer.json()
            return next(str(page["webSocketDebuggerUrl"]) for page in pages if page["type"] == "page")
    raise AssertionError("the browser ended before it said where it listens")
