"""A web server that runs the program once for each visitor who knows the token of the printed address."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import secrets
import shlex
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from string import Template
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from textual_serve.server import Server, to_int

from tui.web.session import CLOSING, Refused, Session

MOST_SESSIONS = 8
"""Maximum number of sessions at once: each visitor gets a process of their own."""

FONT_SIZES = range(6, 73)
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ANY = ("", "0.0.0.0", "[::]")  # noqa: S104 - to recognise them
STRANGER = "Open the address that letta-tui serve printed: its token lets you in.\n"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}

SIZE = {"width": 80, "height": 24}
"""The screen size for a page that does not send its own."""

KINDS = {"css": "text/css", "js": "text/javascript"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _part(name: str) -> str:
    """One of the files next to this module."""
    return files("tui.web").joinpath(name).read_text(encoding="utf-8")


class WebServer(Server):
    """Serves a command to browsers; refuses visitors without the token, and requests from other sites.

    The program behind it may write to a Letta server with the user's key, so neither another user of this
    machine nor a page of another origin may reach it.
    """

    def __init__(
        self,
        command: Sequence[str],
        host: str,
        port: int,
        announce: Callable[[str], None],
        *,
        environment: Mapping[str, str],
        report: Callable[[str], None],
    ) -> None:
        """`announce` is given the address, `report` a line about each run that failed."""
        shown = f"[{host}]" if ":" in host else host
        named = socket.gethostname() if shown in ANY else shown
        super().__init__(shlex.join(command), host, port, "letta-tui", f"http://{named}:{port}")
        self.arguments, self.environment = command, environment
        self.announce, self.report = announce, report
        self.token = secrets.token_urlsafe(24)
        self.path = f"/{secrets.token_urlsafe(9)}/"
        """A path of its own, since cookies ignore ports: other servers on this host are not sent this one's."""
        self.names = {*LOOPBACK, named.lower()} if shown in (*LOOPBACK, *ANY) else {shown.lower()}
        self.any_address = shown in ANY
        self.sessions: set[Session] = set()
        self.ending = False

    @property
    def address(self) -> str:
        """The URL to open, with the token, which the first response moves into a cookie."""
        return f"{self.public_url}/?token={self.token}"

    def serve(self, debug: bool = False) -> None:
        """Serve until SIGINT, SIGTERM or SIGHUP; raises OSError if the port cannot be used."""
        for name in ("aiohttp", "textual-serve"):
            # Anybody can send an invalid request: it is not logged and causes no traceback.
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=CLOSING)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
            self.announce(self.address)
            await ended.wait()
        finally:
            await self._end_sessions()
            await runner.cleanup()

    async def _end_sessions(self) -> None:
        """End every session, and start no others."""
        self.ending = True
        await asyncio.gather(*(session.stop() for session in self.sessions))

    def application(self) -> web.Application:
        """The routes, with the guard before each of them."""
        app = web.Application(middlewares=[self._guard()])
        app.on_response_prepare.append(_add_headers)
        app.add_routes(
            [
                web.get(self.path, self.handle_index),
                web.get(f"{self.path}ws", self.handle_websocket),
                web.get(f"{self.path}download/{{key}}", self.handle_download),
                web.get(f"{self.path}page.{{kind:css|js}}", self.handle_part),
                web.static(f"{self.path}static", self.statics_path),
            ]
        )
        return app

    def _guard(self) -> Any:
        """Let in visitors with the token, but no request from another site."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
            if not self._is_own(host) or origin not in (None, f"http://{host}"):
                raise web.HTTPForbidden(text=STRANGER)
            if self._knows(request.query.get("token", "")):
                return self._let_in(request)
            if not self._knows(request.cookies.get("letta-tui", "")):
                raise web.HTTPForbidden(text=STRANGER)
            try:
                return await handler(request)
            except (web.HTTPException, ConnectionError):
                raise
            except Exception as error:
                self.report(f"letta-tui: {request.path} failed: {type(error).__name__}: {error}")
                raise

        return guard

    def _is_own(self, host: str) -> bool:
        """Whether a Host header names this server; a browser leaves out port 80.

        Where every address of this machine is listened on, any may be named: a page of another site that has its
        own name lead here can only send that name.
        """
        name = host.lower().removesuffix(f":{self.port}")
        if len(name) == len(host) and self.port != 80:
            return False
        return name in self.names or (self.any_address and _is_address(name))

    def _knows(self, word: str) -> bool:
        return hmac.compare_digest(word.encode(errors="replace"), self.token.encode())

    def _let_in(self, request: web.Request) -> web.Response:
        """Redirect to the address without the token, which keeps it out of the browser's history."""
        size = _font_size(request)
        response = web.Response(
            status=303, headers={"Location": f"{self.path}?fontsize={size}" if size else self.path}
        )
        response.set_cookie("letta-tui", self.token, path=self.path, httponly=True, samesite="Strict")
        return response

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page, which requests nothing from other hosts; `?fontsize=N` sets its font size."""
        page = Template(_part("page.html"))
        address = f"ws://{request.host}{self.path}ws"
        words = page.substitute(title=self.title, socket=address, size=_font_size(request) or 16)
        return web.Response(text=words, content_type="text/html")

    async def handle_part(self, request: web.Request) -> web.Response:
        """The style sheet and the script of the page."""
        kind = request.match_info["kind"]
        return web.Response(text=_part(f"page.{kind}"), content_type=KINDS[kind])

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run one visitor's session over a web socket, from start to end."""
        connection = web.WebSocketResponse(heartbeat=15, timeout=CLOSING)
        if not connection.can_prepare(request):
            raise web.HTTPBadRequest(text="This address is for web sockets.\n")
        if self.ending or len(self.sessions) >= MOST_SESSIONS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_SESSIONS} sessions are open: close one first.\n")
        session = Session(self.arguments, self.environment, connection, self.download_manager, self.report)
        self.sessions.add(session)
        try:
            await connection.prepare(request)
            columns, rows = (to_int(request.query.get(name, ""), usual) for name, usual in SIZE.items())
            await session.start(columns, rows)
            await _pass_on(connection, session)
        finally:
            await session.stop()
            self.sessions.remove(session)
        return connection


async def _pass_on(connection: web.WebSocketResponse, session: Session) -> None:
    """Pass messages from the page to the session, until the page closes or sends an invalid one."""
    async for message in connection:
        try:
            if message.type is not WSMsgType.TEXT:
                raise Refused
            await session.take(message.data)
        except Refused:
            await connection.close(code=WSCloseCode.POLICY_VIOLATION)


def _font_size(request: web.Request) -> int | None:
    """The requested font size, None if it is not a valid one."""
    size = to_int(request.query.get("fontsize", ""), 0)
    return size if size in FONT_SIZES else None


def _is_address(name: str) -> bool:
    """Whether the name of a host is an IP address."""
    with suppress(ValueError):
        return bool(ipaddress.ip_address(name.strip("[]")))
    return False


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    if response.status != 101:
        response.headers.update(HEADERS)
