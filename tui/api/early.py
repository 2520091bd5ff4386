"""Requests that leave before anything that paints or sends is loaded: GETs of the standard library, in threads.

An early request may fail in silence, since the usual way asks again and tells what is wrong.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from tui import __version__
from tui.api.surroundings import has_a_say
from tui.api.targets import Target, spelled
from tui.letta.api_key import Key
from tui.letta.response import LARGEST, LARGEST_REFUSAL, Answer, Unanswered

if TYPE_CHECKING:
    from http.client import HTTPConnection
    from ssl import SSLContext

FRESH = 5.0
"""Seconds after which an early answer is none any more."""

CONNECTS = 1.0
"""Seconds that a connection may take: the usual way tries all addresses of a server side by side."""


class Coming(NamedTuple):
    """An early request on its way, or back already."""

    began: float
    answered: Future[Answer]
    patience: float

    @property
    def age(self) -> float:
        """Seconds since it was asked."""
        return monotonic() - self.began

    async def answer(self) -> Answer:
        """Wait for the answer; raises Unanswered."""
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self.answered), self.patience)
        except TimeoutError:
            raise Unanswered("the answer comes too slowly to be waited for") from None


class Early:
    """GETs to one origin, whose answers are taken once; the key goes nowhere else, and no redirect is followed."""

    def __init__(
        self, base_url: str, key: str | None, *, ca_file: Path | None, connect: float, read: float
    ) -> None:
        self._base_url = base_url
        self._headers = {
            "User-Agent": f"letta-tui/{__version__}",
            "Accept": "application/json",
            "Connection": "close",
        }
        self._key = Key(key) if key else None
        self._ca_file = ca_file
        self._connect, self._read = min(CONNECTS, connect), read
        self._coming: dict[str, Coming] = {}

    def ask(self, *targets: Target) -> None:
        """Send all of them at once, each in a thread that no exit waits for."""
        for target in targets:
            answered: Future[Answer] = Future()
            answered.set_running_or_notify_cancel()
            self._coming[spelled(*target)] = Coming(monotonic(), answered, self._connect + self._read)
        threading.Thread(target=self._begin, args=(dict(self._coming),), daemon=True).start()

    def take(self, spelling: str) -> Coming | None:
        """The request for this, if there is one that nobody took yet and that is not too old."""
        coming = self._coming.pop(spelling, None)
        return coming if coming is not None and coming.age < FRESH else None

    def at_hand(self, spelling: str) -> Answer | None:
        """The answer to this if it is here, left to be taken."""
        coming = self._coming.get(spelling)
        if coming is None or not coming.answered.done() or coming.answered.exception() is not None:
            return None
        return coming.answered.result() if coming.age < FRESH else None

    def _begin(self, coming: dict[str, Coming]) -> None:
        """Load what sends, once for all of them."""
        try:
            connect = self._connector()
        except Exception:
            connect = None
        for spelling, one in coming.items():
            if connect is None:
                one.answered.set_exception(Unanswered("not sent", sent=False))
            else:
                threading.Thread(target=self._ask, args=(connect, spelling, one), daemon=True).start()

    def _connector(self) -> Callable[[], HTTPConnection] | None:
        """What makes a connection; None where the environment wants another kind of it."""
        if has_a_say(self._base_url):
            return None
        from http.client import HTTPConnection, HTTPSConnection
        from socket import create_connection

        parts = urlsplit(self._base_url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port, context = parts.port or (443 if secure else 80), self._verified() if secure else None
        # As bytes: of a name that is text Python loads the tables of all letters first, and these are none.
        address: Any = host.encode() if host.isascii() else host, port

        def connect() -> HTTPConnection:
            made = (
                HTTPConnection(host, port)
                if context is None
                else HTTPSConnection(host, port, context=context)
            )
            plain = create_connection(address, self._connect)
            made.sock = plain if context is None else context.wrap_socket(plain, server_hostname=host)
            return made

        return connect

    def _verified(self) -> SSLContext:
        """The same proof of the server as the usual way asks for."""
        from ssl import create_default_context

        import certifi

        return create_default_context(cafile=self._ca_file or certifi.where())

    def _ask(self, connect: Callable[[], HTTPConnection], spelling: str, coming: Coming) -> None:
        sent = False
        try:
            with closing(connect()) as connection:
                connection.sock.settimeout(self._read)
                sent = True
                coming.answered.set_result(self._answer(connection, spelling))
        except Exception as error:
            # A server that is waited for in vain is not waited for twice.
            silent = sent and isinstance(error, TimeoutError)
            words = "no answer within the timeout" if silent else "the connection broke"
            coming.answered.set_exception(Unanswered(words, sent=sent, silent=silent))

    def _answer(self, connection: HTTPConnection, spelling: str) -> Answer:
        path = urlsplit(self._base_url).path + spelling
        keyed = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        connection.request("GET", path, headers=self._headers | keyed)
        with connection.getresponse() as response:
            most = LARGEST if response.status == 200 else LARGEST_REFUSAL
            content = response.read(most + 1)
            if len(content) > most:
                return Answer(response.status, {}, b"", cut=True)
            if response.length:
                raise ConnectionError("cut before the answer was whole")
            return Answer(response.status, {}, content)
