"""A web server that runs the program once for each visitor who knows the word of the printed address."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import shlex
import signal
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from string import Template
from typing import Any

from aiohttp import web
from textual_serve.server import Server

MOST_SESSIONS = 8
"""Programs that run at once: each visitor's is a process of its own."""

FONT_SIZES = range(6, 73)
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
STRANGER = "Open the address that letta-tui serve printed: its token lets you in.\n"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

KINDS = {"css": "text/css", "js": "text/javascript"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _part(name: str) -> str:
    """One of the files that stand beside this module."""
    return files("tui.web").joinpath(name).read_text(encoding="utf-8")


class WebServer(Server):
    """Serves a command to browsers; whoever lacks the token, or comes by way of another site, is refused.

    The program behind it may write to a Letta server with the user's key, so neither another user of this
    machine nor a page of another origin may reach it.
    """

    def __init__(self, command: Sequence[str], host: str, port: int, announce: Callable[[str], None]) -> None:
        shown = f"[{host}]" if ":" in host else host
        super().__init__(shlex.join(command), host, port, "letta-tui", f"http://{shown}:{port}")
        self.token = secrets.token_urlsafe(24)
        self.announce = announce
        names = LOOPBACK if shown in LOOPBACK else (shown,)
        self.hosts = frozenset(f"{name}:{port}" for name in names)
        self.sessions = 0

    @property
    def address(self) -> str:
        """What to open: with the token, which the first answer moves into a cookie."""
        return f"{self.public_url}/?token={self.token}"

    @property
    def cookie(self) -> str:
        """Cookies do not know ports, so that two servers on one host need two names."""
        return f"letta-tui-{self.port}"

    def serve(self, debug: bool = False) -> None:
        """Serve until SIGINT or SIGTERM; raises OSError if the port cannot be had."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        runner = web.AppRunner(self.application(), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
            self.announce(self.address)
            await ended.wait()
        finally:
            await runner.cleanup()

    def application(self) -> web.Application:
        """The routes, with the guard before each of them."""
        app = web.Application(middlewares=[self._guard()])
        app.add_routes(
            [
                web.get("/", self.handle_index),
                web.get("/ws", self.handle_websocket),
                web.get("/download/{key}", self.handle_download),
                web.get("/page.{kind:css|js}", self.handle_part),
                web.static("/static", self.statics_path, show_index=True),
            ]
        )
        return app

    def _guard(self) -> Any:
        """Let in who has the token, and nobody from another site."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            origin = request.headers.get("Origin")
            if request.host not in self.hosts or origin not in (None, f"http://{request.host}"):
                raise web.HTTPForbidden(text=STRANGER)
            if self._knows(request.query.get("token", "")):
                return self._let_in(request)
            if not self._knows(request.cookies.get(self.cookie, "")):
                raise web.HTTPForbidden(text=STRANGER)
            answer = await handler(request)
            if not answer.prepared:
                answer.headers.update(HEADERS)
            return answer

        return guard

    def _knows(self, word: str) -> bool:
        return hmac.compare_digest(word.encode(), self.token.encode())

    def _let_in(self, request: web.Request) -> web.Response:
        """The address without the token, which then stands in no history."""
        answer = web.Response(status=303, headers={"Location": request.path, **HEADERS})
        answer.set_cookie(self.cookie, self.token, httponly=True, samesite="Strict")
        return answer

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page, which asks nothing of other hosts; `?fontsize=N` sets the size of its letters."""
        asked = request.query.get("fontsize", "")
        size = int(asked) if asked.isdecimal() and int(asked) in FONT_SIZES else 16
        page = Template(_part("page.html"))
        words = page.substitute(title=self.title, socket=f"ws://{request.host}/ws", size=size)
        return web.Response(text=words, content_type="text/html")

    async def handle_part(self, request: web.Request) -> web.Response:
        """How the page looks, and the little that it does."""
        kind = request.match_info["kind"]
        return web.Response(text=_part(f"page.{kind}"), content_type=KINDS[kind])

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One visitor's program, from the first byte to the last."""
        if self.sessions >= MOST_SESSIONS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_SESSIONS} sessions are open: close one first.\n")
        self.sessions += 1
        try:
            return await super().handle_websocket(request)
        finally:
            self.sessions -= 1
