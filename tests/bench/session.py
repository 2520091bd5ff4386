"""A session with a program in a terminal, and the times at which its screen shows something else.

Output is only read and stamped while the program works; it is laid out afterwards, when nothing comes any more, so
that the cost of the emulator is in no figure.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.emulator import Emulator
from tests.bench.process import Memory, Piece, Process, now
from tests.bench.queries import Answers

SIZE = 120, 40
QUIET = 0.03
"""Seconds without output after which a screen counts as settled."""

LULL = 0.003
LATEST = 20.0
"""Seconds after which a screen that never settles is left."""

SLICE = 256
"""Bytes that are laid out between two looks at the terminal while a program starts."""

KEYS = {
    "down": b"\x1b[B",
    "up": b"\x1b[A",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "enter": b"\r",
    "tab": b"\t",
    "escape": b"\x1b",
}


def typed(key: str) -> bytes:
    """The bytes of a key by its name, or of a text as it is."""
    return KEYS.get(key) or key.encode()


@dataclass(frozen=True)
class Effect:
    """What an action took: milliseconds until the first and the last change, until what was waited for; bytes.

    `work` is milliseconds of processor time, which says more than the others on a machine with much else to do.

    `began` is the instant of the act in seconds of the clock that all programs of a machine share.
    """

    began: float
    first: float | None
    settled: float | None
    until: float | None
    size: int
    work: float


@dataclass(frozen=True)
class Burst:
    """What keys at a fixed rate did: milliseconds from the last key to the last change, or to what was waited for,
    None where that never came; bytes per key."""

    lag: float | None
    size: float


class Session:
    """One run of a program."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        size: tuple[int, int] = SIZE,
    ) -> None:
        self.screen = Emulator(*size)
        self._backlog: deque[Piece] = deque()
        self._size = 0
        self._answers = Answers(self._cursor)
        self._answers.columns, self._answers.lines = size
        self._process = Process(command, size, environment, folder)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()

    @property
    def ended(self) -> bool:
        """Whether the program is gone."""
        return self._process.ended

    @property
    def work(self) -> float:
        """Milliseconds of processor time so far."""
        return self._process.work()

    def memory(self) -> Memory:
        """What the program holds."""
        return self._process.memory()

    def _cursor(self) -> tuple[int, int]:
        self._lay_out()
        return self.screen.cursor

    def _read(self, timeout: float) -> bool:
        """Wait for output, then take all that is there."""
        got = False
        while (piece := self._process.read(0 if got else timeout)) is not None:
            got = True
            self._backlog.append(piece)
            self._size += len(piece.data)
            if b"\x1b" in piece.data:
                for answer in self._answers.to(piece.data):
                    self._process.write(answer)
        return got

    def _lay_out(self, look: Callable[[Piece], bool] | None = None, *, sliced: bool = False) -> bool:
        """Lay out what was read; `look` is asked after each piece that is presented, and may stop it."""
        while self._backlog:
            piece = self._backlog.popleft()
            step = SLICE if sliced else max(1, len(piece.data))
            for begin in range(0, len(piece.data), step):
                self.screen.feed(piece.data[begin : begin + step])
                if sliced:
                    self._read(0)
            if look is not None and self.screen.presented and look(piece):
                return True
        return False

    # measuring

    def started(self, wanted: Mapping[str, str], timeout: float = 60, *, keys: str = "") -> dict[str, float]:
        """Milliseconds from execution until each pattern first stood on a presented screen.

        `keys` are typed at once, before the program can read them.
        """
        self._process.write(typed(keys))
        patterns = {name: re.compile(pattern) for name, pattern in wanted.items()}
        found: dict[str, float] = {}

        def look(piece: Piece) -> bool:
            text = self.screen.text
            for name, pattern in patterns.items():
                if name not in found and pattern.search(text):
                    found[name] = (piece.at - self._process.began) * 1000
            return len(found) == len(patterns)

        end = now() + timeout
        while now() < end and len(found) < len(patterns):
            if self._read(LULL) and not self.ended:
                continue
            if self._lay_out(look, sliced=True) or self.ended:
                break
            self._read(0.05)
        return found

    def settle(self, quiet: float = 0.3, timeout: float = LATEST) -> None:
        """Wait until nothing has come for so many seconds."""
        end = now() + timeout
        while now() < end and self._read(quiet):
            pass
        self._lay_out()
        self.screen.changed()

    def act(
        self,
        do: Callable[[], None],
        *,
        quiet: float = QUIET,
        patience: float = 1.0,
        until: str | None = None,
        timeout: float = 60,
    ) -> Effect:
        """Do something and time what it does to the screen: until it is quiet again, or until a pattern stands."""
        self._lay_out()
        self.screen.changed()
        pattern = None if until is None else re.compile(until)
        changes: list[float] = []
        hits: list[float] = []
        size, work, began = self._size, self._process.work(), now()

        def look(piece: Piece) -> bool:
            if self.screen.changed():
                changes.append(piece.at)
                if pattern is not None and not hits and pattern.search(self.screen.text):
                    hits.append(piece.at)
            return False

        do()
        waiting = timeout if pattern is not None else patience
        while not self.ended:
            if self._read(quiet) and now() - began < timeout:
                continue
            self._lay_out(look)
            if (hits if pattern is not None else changes) or now() - began > waiting:
                break
        work = self._process.work() - work
        self._lay_out(look)
        first, settled, found = (
            (times[at] - began) * 1000 if times else None
            for times, at in ((changes, 0), (changes, -1), (hits, 0))
        )
        return Effect(began, first, settled, found, self._size - size, work)

    def press(
        self, *keys: str, quiet: float = QUIET, until: str | None = None, timeout: float = 60
    ) -> Effect:
        """Type keys and time what they do."""
        data = b"".join(map(typed, keys))
        return self.act(lambda: self._process.write(data), quiet=quiet, until=until, timeout=timeout)

    def press_each(self, keys: Iterable[str], *, quiet: float = QUIET) -> list[Effect]:
        """Type keys one after the other, each as soon as the screen has settled."""
        return [self.press(key, quiet=quiet) for key in keys]

    def resize(self, columns: int, lines: int, *, quiet: float = 0.15) -> Effect:
        """Give the terminal another size and time the screen that follows."""

        def do() -> None:
            self.screen.resize(columns, lines)
            self._answers.columns, self._answers.lines = columns, lines
            self._process.resize((columns, lines))

        return self.act(do, quiet=quiet, patience=5)

    def hold(
        self, key: str, count: int, rate: float, *, until: str | None = None, quiet: float = 0.3
    ) -> Burst:
        """Type a key at a rate, as a held one repeats, and time how far behind the screen is at the end."""
        self._lay_out()
        self.screen.changed()
        pattern = None if until is None else re.compile(until)
        size = self._size
        last = self._repeat(key, count, rate)
        changes = [] if pattern is not None else [last]

        def look(piece: Piece) -> bool:
            if self.screen.changed() and (pattern is None or pattern.search(self.screen.text)):
                changes.append(piece.at)
            return pattern is not None and bool(changes)

        while self._read(quiet) and now() - last < LATEST:
            pass
        size = self._size - size
        self._lay_out(look)
        self._lay_out()
        lag = max(0.0, changes[-1] - last) * 1000 if changes else None
        return Burst(lag, size / count)

    def repeat(self, key: str, count: int, rate: float, *, rest: float) -> None:
        """Type a key at a rate and rest so long, without a look at the screen: to lay thousands of frames out takes
        seconds, in which a program goes on with what it does when it is left alone."""
        self._repeat(key, count, rate)
        self.wait(rest)

    def wait(self, seconds: float) -> None:
        """Only read for so long, as somebody who looks at what is there."""
        end = now() + seconds
        while (left := end - now()) > 0:
            self._read(left)

    def _repeat(self, key: str, count: int, rate: float) -> float:
        """When the last one was typed."""
        data, began = typed(key), now()
        for number in range(count):
            while (left := began + number / rate - now()) > 0:
                self._read(left)
            self._process.write(data)
        return now()
