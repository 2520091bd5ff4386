"""A Letta server of any size on a real socket: answers what the program asks, at once or after a latency.

    python -m tests.bench.server --port 8399

The first segment of a path names the world (tests/bench/world.py): http://127.0.0.1:8399/100000-5000 has 100,000
conversations, one of them with 5,000 messages. `/_set?latency=0.2&mark=abcd` sets the seconds before each answer
and the mark in the titles, `refuse=3` has every third request refused (429); `/_count` tells how many requests came
for what and by path, and from when to when those that open a conversation were (seconds of the clock that all
programs of a machine share), and forgets all with `?reset=1`; `/_targets` lists them one by one. A PATCH changes
the summary of a row until the server ends; nothing else can be changed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.bench.upstream import BUSY, REFUSED, Answer, Upstream
from tests.bench.world import ABOUT_AGENT, AGENT, BLOCKS, MARK, SHARED, World, place_of, written

LARGEST_HEAD = 64 * 1024
Query = Mapping[str, str]

KINDS: tuple[tuple[str, str], ...] = (
    (r"/v1/conversations/", "rows"),
    (r"/v1/conversations/[^/]+/messages", "messages"),
    (r"/v1/conversations/[^/]+", "conversation"),
    (r"/v1/messages/", "messages"),
    (r"/v1/agents/[^/]+/messages", "messages"),
    (r"/v1/agents/[^/]+/core-memory/blocks", "blocks"),
    (r"/v1/agents/", "agents"),
    (r"/v1/agents/[^/]+", "agent"),
    (r"/v1/blocks/.*", "blocks"),
    (r"/v1/health/", "health"),
)


OPENING = frozenset({"conversation", "messages", "blocks"})
"""Kinds of requests whose times are stored too: those that open a conversation."""


def kind_of(path: str) -> str:
    """What a request is for, in one word."""
    return next((word for pattern, word in KINDS if re.fullmatch(pattern, path)), "other")


def shape_of(path: str) -> str:
    """A path with `{id}` for each id in it."""
    return re.sub(r"(?<=/)(agent|conv|block|message)-[^/]+", "{id}", path)


class Missing(Exception):
    """There is nothing of that id."""


@lru_cache(32)
def world(name: str) -> World:
    """The world of a name, built when it is first asked for."""
    return World(name)


def sliced(rows: list[bytes], query: Query, start: int) -> bytes:
    """A page as a JSON list: `limit` rows from `start` on."""
    limit = int(query.get("limit", 100_000))
    return b"[" + b",".join(rows[start : start + limit]) + b"]"


def page(rows: list[bytes], query: Query, *, newest_first: bool) -> bytes:
    """A page in the order asked for, behind the row `after`; `rows` stand newest first, or oldest first."""
    default = "desc" if newest_first else "asc"
    reverse = (query.get("order", default) == "asc") == newest_first
    after = query.get("after")
    if not reverse:
        return sliced(rows, query, place_of(after) + 1 if after else 0)
    return sliced(rows[::-1], query, len(rows) - place_of(after) if after else 0)


def conversations(here: World, query: Query) -> bytes:
    """GET /v1/conversations/."""
    wanted = query.get("summary_search", "").encode().lower()
    rows = [row for row in here.rows if wanted in row.lower()] if wanted else here.rows
    return page(rows, query, newest_first=True)


def messages(here: World, key: str, query: Query) -> bytes:
    """GET the messages of one conversation, by position or by time, which are the same here."""
    return page(here.messages(known(here, key)), query, newest_first=False)


def known(here: World, key: str) -> int:
    """The place of a conversation that there is."""
    if not re.fullmatch(r"conv-[0-9a-f-]+", key) or place_of(key) >= len(here.rows):
        raise Missing
    return place_of(key)


def answer(here: World, path: str, query: Query) -> bytes:
    """The JSON that a GET of this path is answered with."""
    parts = [unquote(part) for part in path.strip("/").split("/")[1:]]
    match parts:
        case ["health"]:
            return b'{"version":"0.16.8","status":"ok"}'
        case ["agents"]:
            names = query.get("query_text", "").lower()
            return written([ABOUT_AGENT] if names in "bench" and "after" not in query else [])
        case ["agents", key] if key == AGENT:
            return written(ABOUT_AGENT)
        case ["agents", key, "core-memory", "blocks"] if key == AGENT:
            return written(SHARED)
        case ["agents", key, "messages"] if key == AGENT:
            return b"[]"
        case ["conversations"]:
            return conversations(here, query)
        case ["conversations", key]:
            return here.conversation(known(here, key))
        case ["conversations", key, "messages"]:
            return messages(here, key, query)
        case ["messages"]:
            return messages(here, query["conversation_id"], query)
        case ["blocks"]:
            return written(BLOCKS if "after" not in query else [])
        case ["blocks", key] if key.startswith("block-") and place_of(key) < len(BLOCKS):
            return written(BLOCKS[place_of(key)])
    raise Missing


class Server:
    """Counts, waits, answers, or has a real server answer."""

    def __init__(self, upstream: Upstream | None = None) -> None:
        self._upstream = upstream
        self.latency = 0.0
        self.refuse = self._number = 0
        self.mark = b"0000"
        self.count: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.spans: list[tuple[float, float]] = []
        self.targets: list[str] = []

    def own(self, path: str, query: Query) -> bytes:
        """Answers about the server itself: `/_count`, `/_set` and `/_targets`; all else is for its worlds."""
        if path == "/_targets":
            return written(self.targets)
        if path == "/_set":
            self.latency = float(query.get("latency", self.latency))
            self.mark = query.get("mark", self.mark.decode()).encode()
            self.refuse = int(query.get("refuse", self.refuse))
        told = {"count": dict(self.count), "asked": dict(self.asked), "spans": self.spans}
        if query.get("reset"):
            self.count.clear()
            self.asked.clear()
            self.spans, self.targets = [], []
        return written(told)

    async def reply(self, method: str, target: str, sent: bytes = b"") -> Answer:
        """Status and JSON of one request."""
        split = urlsplit(target)
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        if split.path.startswith("/_"):
            return 200, self.own(split.path, query)
        name, _, rest = split.path[1:].partition("/")
        kind = kind_of("/" + rest)
        self.count[kind] += 1
        self.asked[f"{method} {shape_of('/' + rest)}"] += 1
        self.targets.append(f"{method} {target.removeprefix(f'/{name}')}")
        self._number += 1
        if self.refuse and self._number % self.refuse == 0:
            return BUSY
        began, spans = time.perf_counter(), self.spans
        if self.latency:
            await asyncio.sleep(self.latency)
        if self._upstream is not None:
            told = await self._upstream.ask(method, target.removeprefix(f"/{name}"), sent)
        else:
            told = self.made(name, rest, query, method, sent)
        if kind in OPENING:
            spans.append((began, time.perf_counter()))
        return told

    def made(self, name: str, path: str, query: Query, method: str, sent: bytes) -> Answer:
        """Status and JSON of a world's answer; of all that could be changed, summaries can."""
        try:
            row = re.fullmatch(r"v1/conversations/(conv-[0-9a-f-]+)", path)
            if method == "PATCH" and row:
                here = world(name)
                return 200, here.change(known(here, row[1]), json.loads(sent)).replace(MARK, self.mark)
            if method != "GET":
                return REFUSED
            return 200, answer(world(name), path, query).replace(MARK, self.mark)
        except (Missing, KeyError, ValueError):
            return 404, b'{"detail":"Not found"}'

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept open."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
                length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
                sent = await reader.readexactly(int(length[1])) if length else b""
                status, body = await self.reply(method, target, sent)
                words = f"HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n"
                writer.write(f"{words}content-length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()


async def run(port: int, started: Callable[[int], None], upstream: Upstream | None = None) -> None:
    """Serve on loopback until cancelled; tells the port, which port 0 leaves to the system."""
    server = await asyncio.start_server(Server(upstream).serve, "127.0.0.1", port, limit=LARGEST_HEAD)
    started(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


def main() -> None:
    """Print `{"port": N}` as soon as it listens."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--upstream", metavar="URL", help="a real server that is to answer")
    arguments.add_argument("--writable", action="store_true", help="let its rows be changed, not only read")
    given = arguments.parse_args()
    upstream = Upstream(given.upstream, writable=given.writable) if given.upstream else None
    asyncio.run(run(given.port, lambda port: print(json.dumps({"port": port}), flush=True), upstream))


if __name__ == "__main__":
    main()
