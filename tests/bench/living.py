"""A real server instead of the synthetic one: what can be measured on it without knowing what it holds.

Its answers pass through the synthetic server's socket, which counts and delays them; it is only read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.bench.figures import Book
from tests.bench.goals import LATENCY, SLOW
from tests.bench.listing import moves
from tests.bench.reading import NARROWER
from tests.bench.session import SIZE, Session
from tests.bench.stage import Stage
from tests.bench.starting import FRAME

WORLD = "real"
LOADED = r"\d+(, all\b| loaded, more)"
SETTLED = 1.0
OPENED = 5
HELD, RATE = 300, 60.0
BEFORE_REST = 0.08
"""Seconds of quiet after a held key: less than the cursor rests before a conversation is read."""


class Living:
    """A start at two latencies, a walk through the list, and one conversation that is read, per run."""

    name = "real"

    def __init__(self, stage: Stage, agent: str = "", conversation: str = "") -> None:
        self._stage = stage
        self._keys = 8 if stage.quick else 16
        self._conversation = conversation
        agents = stage.json(f"{WORLD}/v1/agents/?limit=50&include_relationships=")
        owner = stage.json(f"{WORLD}/v1/conversations/{conversation}")["agent_id"] if conversation else ""
        self.agent = agent or owner or agents[0]["id"]
        self._owner = owner

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Measure one round; without a book, the round only warms up."""
        book = book or Book({})
        with self._stage.floor("blank") as session:
            bare = [session.started({"frame": "bare floor"}).get("frame")]
        book.note("start: bare app", "ms", bare)
        for latency in (LATENCY, 0.0) if backwards else (0.0, LATENCY):
            self._start(book, latency, bare)
        with self._app() as session:
            self._walk(book, session)
        if self._conversation:
            self._read(book)

    def _app(self, *arguments: str, agent: str = "") -> Session:
        return self._stage.app(WORLD, "--agent", agent or self.agent, "--readonly", *arguments)

    def _start(self, book: Book, latency: float, bare: Sequence[float | None]) -> None:
        words = SLOW if latency else ""
        self._stage.set(latency=latency)
        self._stage.forget()
        with self._app() as session:
            found = session.started({"frame": FRAME, "rows": LOADED})
            counted = self._stage.count()
        self._stage.set(latency=0.0)
        book.note(f"start{words}: frame", "ms", [found.get("frame")], bare)
        behind = ", less latency" if latency else ""
        book.note(f"start{words}: fresh rows{behind}", "ms", [found.get("rows")], bare, less=latency * 1000)
        book.note("requests: a page of the list", "each", [counted.get("rows", 0)])

    def _walk(self, book: Book, session: Session) -> None:
        session.started({"rows": LOADED})
        session.settle(SETTLED)
        for motion, effects in moves(session, count=self._keys).items():
            book.act(f"list: {motion}", effects)
        session.press("g")
        session.settle(SETTLED)
        self._stage.forget()
        for _ in range(OPENED):
            session.press("down")
            session.settle(SETTLED)
        book.note("requests: open a conversation", "each", [sum(self._stage.count().values()) / OPENED])
        held = session.hold("j", HELD, RATE, quiet=BEFORE_REST)
        book.note(f"list: held at {RATE:.0f} Hz, lag", "ms", [held.lag])
        session.press("g")
        session.settle(SETTLED)
        self._stage.forget()
        session.repeat("j", HELD, RATE, rest=SETTLED)
        book.note(f"requests: j held over {HELD} rows", "each", [sum(self._stage.count().values())])

    def _read(self, book: Book) -> None:
        key = re.escape(self._conversation[5:13])
        listed = f"{WORLD}/v1/conversations/{self._conversation}/messages?order=asc&limit=20000"
        fetched, size = self._stage.fetch(listed)
        with self._app("--conversation", self._conversation, agent=self._owner) as session:
            found = session.started({"rows": LOADED, "text": rf"{key}.*in context"}, 120)
            opened = [found["text"] - found["rows"]] if len(found) == 2 else []
            book.note("read: rows to text", "ms", opened, fetched)
            session.settle(SETTLED)
            session.press("enter")
            book.act("read: scroll", session.press_each(["down"] * self._keys))
            book.act("read: page down", session.press_each(["pagedown"] * (self._keys // 2)))
            book.act("read: resize", [session.resize(*each) for each in (NARROWER, SIZE)])
            book.note("read: JSON", "KiB", [size / 1024])
