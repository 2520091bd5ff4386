"""An hour of use in minutes, by keys, with memory and open files looked at all the while.

    python -m tests.faults.soak                                          the embedded server on a socket, 5 minutes
    python -m tests.faults.soak --faults 0.1                             a tenth of its answers is broken
    python -m tests.faults.soak --url http://127.0.0.1:8283 --agent ID   a real server, which it writes to

It edits, takes back, forks, deletes what it forked, and reads everything else. Rows are loaded before, and no act
loads more on purpose, since memory grows with the rows that are kept. The last lines are its figures; the exit
code is 1 where memory or open files still grow at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

from textual.pilot import Pilot

from tests.app_helpers import PATIENT, main_screen, press, resize, row_id, settle
from tests.faults.embedded import listening
from tui.app import LettaApp
from tui.demo.transport import DemoTransport
from tui.local.settings import Settings

PER_HOUR = 1200
"""Acts of an hour: one every three seconds."""

GROWTH = 6.0
"""MiB per 1,000 acts of the second half that are still called flat: what a garbage collector leaves to chance."""

SIZES = ((120, 36), (80, 24), (160, 50))
READING: tuple[tuple[str, ...], ...] = (
    ("j",), ("j", "j", "j"), ("k",), ("k", "k"), ("pagedown",), ("pageup",), ("g",), ("j", "j", "enter", "escape"),
    ("m",), ("b",), ("i",), ("b", "d", "d", "d", "m"), ("ctrl+d", "ctrl+u"), ("H", "H"), ("z", "z"),
    ("slash", "s", "a", "enter", "escape"), ("slash", "z", "q", "escape"), ("r",), ("R",),
    ("x", "escape"), ("enter", "j", "space", "slash", "a", "enter", "n", "escape", "escape"), ("t", "escape"),
    ("exclamation_mark", "escape"), ("at", "escape"), ("P", "escape"), ("T", "escape"), ("U", "escape"),
    ("a", "escape"), ("ctrl+n", "escape"), ("question_mark", "escape"), ("D", "escape"), ("C", "escape"),
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """The process after so many acts."""

    acts: int
    resident: float
    files: int


@dataclass
class Soak:
    """What was done so far, and what it cost."""

    pilot: Pilot[None]
    chance: random.Random
    acts: int = 0
    writes: int = 0
    samples: list[Sample] = field(default_factory=list)

    @property
    def app(self) -> LettaApp:
        """The app that is used."""
        assert isinstance(self.pilot.app, LettaApp)
        return self.pilot.app

    async def act(self) -> None:
        """One act, and back to the list."""
        self.acts += 1
        if self.acts % 5 == 0:
            await press(self.pilot, "g")
        if self.acts % 40 == 0:
            await resize(self.pilot, self.chance.choice(SIZES))
        elif self.acts % 10 == 0:
            await self.chance.choice((self.edit, self.edit, self.edit, self.fork))()
        else:
            await press(self.pilot, *self.chance.choice(READING))
        while len(self.app.screen_stack) > 1 or not main_screen(self.app).list.has_focus:
            await press(self.pilot, "escape")

    async def edit(self) -> None:
        """Change a summary and take it back, so that the server ends as it began."""
        await press(self.pilot, "g", "j", "e", "x", "enter")
        await press(self.pilot, "escape", "u")
        await self._answer("y")
        self.writes += 2

    async def fork(self) -> None:
        """Fork a conversation, and delete the fork, which is under the cursor then."""
        await press(self.pilot, "g", "j")
        before = row_id(self.app)
        await press(self.pilot, "f")
        await self._answer("y")
        if row_id(self.app) not in (before, None, "default"):
            await press(self.pilot, "D")
            await self._answer("y")
            self.writes += 1
        self.writes += 1

    async def _answer(self, key: str) -> None:
        """Answer a question, if there is one."""
        if len(self.app.screen_stack) > 1:
            await press(self.pilot, key)

    def sample(self) -> None:
        """Look at the process."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        resident = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        self.samples.append(Sample(self.acts, resident, len(os.listdir("/proc/self/fd"))))


def slope(samples: list[Sample]) -> float:
    """MiB per 1,000 acts, by least squares."""
    count = len(samples)
    middle = sum(one.acts for one in samples) / count
    level = sum(one.resident for one in samples) / count
    over = sum((one.acts - middle) * (one.resident - level) for one in samples)
    under = sum((one.acts - middle) ** 2 for one in samples)
    return 1000 * over / under if under else 0.0


async def run(told: argparse.Namespace) -> int:
    """Use the app until the time is over, and print the figures; 1 where something still grows."""
    async with AsyncExitStack() as stack:
        url = told.url or await stack.enter_async_context(listening(DemoTransport(), faults=told.faults))
        settings = Settings(base_url=url, api_key=told.key, agent=told.agent)
        app = LettaApp(settings)
        pilot = await stack.enter_async_context(app.run_test(size=SIZES[0]))
        await settle(pilot)
        if len(app.screen_stack) > 1:  # several agents: the first one will do
            await press(pilot, "enter")
        return await _soak(Soak(pilot, random.Random(told.seed)), told)


async def _soak(soak: Soak, told: argparse.Namespace) -> int:
    began = time.monotonic()
    soak.sample()
    first = soak.samples.pop()
    for _ in range(told.pages):
        await press(soak.pilot, "G")
    await press(soak.pilot, "g")
    while time.monotonic() - began < told.minutes * 60 and soak.acts < told.acts:
        async with asyncio.timeout(10 * PATIENT):
            await soak.act()
        if soak.acts % 10 == 0:
            soak.sample()
            if soak.acts % 100 == 0:
                last = soak.samples[-1]
                print(
                    f"{last.acts} acts, {last.resident:.1f} MiB, {last.files} files",
                    file=sys.stderr,
                    flush=True,
                )
    soak.sample()
    return report(soak, first, time.monotonic() - began)


def report(soak: Soak, first: Sample, seconds: float) -> int:
    """Print the figures; 1 where the second half still grows."""
    half = soak.samples[len(soak.samples) // 2 :]
    middle, last = half[0], half[-1]
    growth = slope(half)
    before = max(one.files for one in (first, *soak.samples[: len(soak.samples) // 2 + 1]))
    totals = soak.app._requests.totals
    rows = len(main_screen(soak.app).feed)
    flat = growth < GROWTH and last.files <= before
    hours = soak.acts / PER_HOUR
    print(
        f"soak: {soak.acts} acts ({hours:.2f} hours of use at one in 3 s) in {seconds / 60:.1f} min, "
        f"{soak.writes} writes, {rows} rows loaded\n"
        f"requests: {totals.calls} answered, {totals.failures} failed, {totals.size / 2**20:.1f} MiB\n"
        f"memory: {first.resident:.1f} MiB at the start, {middle.resident:.1f} in the middle, "
        f"{last.resident:.1f} at the end, {growth:+.2f} MiB per 1,000 acts of the second half\n"
        f"open files: {first.files} at the start, {middle.files} in the middle, {last.files} at the end\n"
        f"{'flat' if flat else 'GROWS'}",
        flush=True,
    )
    return 0 if flat else 1


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    found = argparse.ArgumentParser(
        prog="python -m tests.faults.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("--url", help="a Letta server that may be written to (default: the embedded one)")
    found.add_argument("--key", help="its key")
    found.add_argument("--agent", help="id or name of the agent to use")
    found.add_argument("--minutes", type=float, default=5.0)
    found.add_argument("--acts", type=int, default=10 * PER_HOUR, help="at most")
    found.add_argument("--pages", type=int, default=10, help="of the list to load before")
    found.add_argument(
        "--faults", type=float, default=0.0, help="share of broken answers of the embedded one"
    )
    found.add_argument("--seed", type=int, default=1)
    return found


def main() -> int:
    """Run it with files of its own."""
    told = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="letta-tui-soak-") as home:
        os.environ.update({f"XDG_{kind}_HOME": home for kind in ("STATE", "CONFIG", "CACHE", "DATA")})
        return asyncio.run(run(told))


if __name__ == "__main__":
    sys.exit(main())
