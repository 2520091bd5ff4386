"""Start: from execution to the first frame that takes keys, with the rows of the last visit, and to fresh rows.

A `j` is typed as soon as the program is executed: a frame counts only if that key moves the cursor in the end.
"""

from __future__ import annotations

import itertools
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.figures import Book
from tests.bench.goals import LATENCY, SLOW
from tests.bench.stage import Stage

WORLD = "50-3"
FRAME = r"Messages +Memory +Info"
ROWS = r"row 000\d\d\d "
TITLE = "row 000002 "
POSITION = r"\b(\d+) of 50\b"
"""Where the heading of the list says that the cursor is; a start goes on where the one before was left."""

marks = (f"{number:04}" for number in itertools.count(1000))


@dataclass(frozen=True)
class Peer:
    """Another program to hold the start against: its command, and what shows that it is there."""

    command: list[str]
    until: str

    @classmethod
    def named(cls, command: str, until: str) -> Peer | None:
        """The peer if its program is installed."""
        words = shlex.split(command)
        return cls(words, until) if words and shutil.which(words[0]) else None


class Starting:
    """One start of each program per run."""

    name = "start"

    def __init__(self, stage: Stage, peer: Peer | None) -> None:
        self._stage = stage
        self._peer = peer
        self._position: int | None = None

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Measure one round; without a book, the round only warms up."""
        found: dict[str, dict[str, float]] = {}
        peaks: dict[str, float] = {}
        programs: dict[str, Callable[[], None]] = {
            "bare": lambda: self._bare(found, peaks),
            "here": lambda: self._app("here", 0.0, found, peaks),
            "far": lambda: self._app("far", LATENCY, found, peaks),
            "new": lambda: self._app("new", 0.0, found, peaks, fresh=True),
        }
        if self._peer is not None:
            programs["peer"] = lambda: self._other(found)
        for name in reversed(programs) if backwards else programs:
            programs[name]()
        if book is not None:
            self._note(book, found, peaks)

    def _bare(self, found: dict[str, dict[str, float]], peaks: dict[str, float]) -> None:
        with self._stage.floor("blank") as session:
            found["bare"] = session.started({"frame": "bare floor"}) | {"work": session.work}
            session.settle()
            peaks["bare"] = session.memory().peak

    def _other(self, found: dict[str, dict[str, float]]) -> None:
        assert self._peer is not None
        with self._stage.other(self._peer.command) as session:
            found["peer"] = session.started({"frame": self._peer.until})

    def _app(
        self,
        name: str,
        latency: float,
        found: dict[str, dict[str, float]],
        peaks: dict[str, float],
        *,
        fresh: bool = False,
    ) -> None:
        mark = next(marks)
        self._stage.set(latency=latency, mark=mark)
        with self._stage.app(WORLD, fresh=fresh) as session:
            wanted = {"frame": FRAME, "rows": ROWS, "fresh": re.escape(TITLE + mark)}
            key = "" if fresh or self._position is None else "j"
            found[name] = session.started(wanted, keys=key) | {"work": session.work}
            session.settle(0.5 + 3 * latency)
            if not fresh:
                self._check_position(session.screen.text)
            peaks[name] = session.memory().peak
        self._stage.set(latency=0.0)

    def _check_position(self, text: str) -> None:
        """The key that was typed at once has moved the cursor; the very first start has no rows for it."""
        shown = re.search(POSITION, text)
        position = int(shown[1]) if shown else 0
        if self._position is not None and position <= self._position:
            raise AssertionError(f"the key typed at once moved no cursor:\n{text}")
        self._position = position

    def _note(self, book: Book, found: dict[str, dict[str, float]], peaks: dict[str, float]) -> None:
        bare = [found["bare"].get("frame")]
        book.note("start: bare app", "ms", bare)
        for name, suffix, latency in (("here", "", 0.0), ("far", SLOW, LATENCY * 1000)):
            times = found[name]
            frame, rows, fresh = (times.get(kind) for kind in ("frame", "rows", "fresh"))
            usable = None if frame is None or rows is None or rows == fresh else max(frame, rows)
            book.note(f"start{suffix}: first frame that takes keys", "ms", [usable], bare)
            less = ", less latency" if latency else ""
            book.note(f"start{suffix}: fresh rows{less}", "ms", [fresh], bare, less=latency)
        new = found["new"]
        book.note("very first start: frame", "ms", [new.get("frame")], bare)
        book.note("very first start: fresh rows", "ms", [new.get("fresh")], bare)
        book.note(
            "start: processor time to fresh rows", "ms", [found["here"]["work"]], [found["bare"]["work"]]
        )
        if self._peer is not None:
            book.note(f"start: {self._peer.command[0]}", "ms", [found["peer"].get("frame")], bare)
        book.note("memory: idle", "MiB", [peaks["here"]], [peaks["bare"]])
