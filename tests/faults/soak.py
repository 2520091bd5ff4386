"""An hour of use in minutes, by keys, with memory and open files looked at all the while.

    python -m tests.faults.soak                                          the embedded server, 5 minutes
    python -m tests.faults.soak --faults 0.1                             a tenth of its answers is broken
    python -m tests.faults.soak --url http://127.0.0.1:8283 --agent ID   a real server, which it writes to

The server is another process, so that the figures are those of the program alone. It edits, takes back, forks,
deletes what it forked, and reads everything else (tests/faults/mixture.py). First it loads the pages of the list and
does fourteen rounds of all acts, which are not counted. Memory is what is resident, with no garbage collected for the
occasion; the last line says FLAT or what GROWS (tests/faults/level.py), and the exit code is 1 where something does.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

import pytest

from tests.app_helpers import PATIENT, make_quick, press, settle
from tests.faults.level import Sample, Verdict, look, points
from tests.faults.mixture import ODD, READING, SIZES, WRITING, Use
from tui.app import LettaApp
from tui.config.settings import Settings

PER_HOUR = 1200
"""Actions of an hour: one every three seconds."""

ROUND = len(READING) + len(WRITING) + len(ODD)
ROUNDS = 14
"""Rounds to warm up: the request log and caches are full before, and 10,000 rows read again and again have taken
their room in the heap (measured: a tenth more from action 264 to 664, level in the 900 after)."""

EVERY = 5
"""Actions between two looks at the process."""


@contextmanager
def embedded(faults: float) -> Iterator[str]:
    """The address of an embedded server in a process of its own, which ends with the block."""
    command = [sys.executable, "-m", "tests.faults.embedded", "--faults", str(faults)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


async def run(told: argparse.Namespace, url: str) -> int:
    """Use the app until the time is over, and print the figures; 1 where something grows."""
    async with AsyncExitStack() as stack:
        app = LettaApp(Settings(base_url=url, api_key=told.key, agent=told.agent))
        pilot = await stack.enter_async_context(app.run_test(size=SIZES[0]))
        await settle(pilot)
        if len(app.screen_stack) > 1:  # several agents: the first one will do
            await press(pilot, "enter")
        return await _soak(Use(pilot, random.Random(told.seed), told.pages), told)


async def _soak(use: Use, told: argparse.Namespace) -> int:
    start = look(0)
    await use.load()
    loaded = look(0)
    while use.acts < told.warm:
        await _act(use)
    warm, samples, began = use.acts, [look(0)], time.monotonic()
    print(f"warm after {warm} acts: {samples[0].resident:.1f} MiB", file=sys.stderr, flush=True)
    while time.monotonic() - began < told.minutes * 60 and use.acts - warm < told.acts:
        await _act(use)
        if (use.acts - warm) % EVERY == 0:
            samples.append(look(use.acts - warm))
        if (use.acts - warm) % 100 == 0:
            last = samples[-1]
            print(
                f"{last.acts} acts, {last.resident:.1f} MiB, {last.files} files", file=sys.stderr, flush=True
            )
    samples.append(look(use.acts - warm))
    return report(use, (start, loaded), samples, time.monotonic() - began)


async def _act(use: Use) -> None:
    async with asyncio.timeout(10 * PATIENT):
        await use.act()


def report(use: Use, before: tuple[Sample, Sample], samples: list[Sample], seconds: float) -> int:
    """Print the figures; 1 where something grows."""
    acts = samples[-1].acts
    totals, wire = use.app._requests.totals, use.app._wire
    verdict = Verdict.of(samples)
    print(
        f"soak: {acts} acts ({acts / PER_HOUR:.2f} hours of use at one in 3 s) in {seconds / 60:.1f} min, "
        f"after {use.acts - acts} to warm up\n"
        f"acts: {', '.join(f'{name} {count}' for name, count in sorted(use.done.items()))}\n"
        f"requests: {totals.calls} answered, {totals.failures} failed, {wire.writes // 2} writes, "
        f"{totals.size / 2**20:.1f} MiB; {use.rows} rows loaded\n"
        f"before: {before[0].resident:.1f} MiB at the start, {before[1].resident:.1f} with all rows, "
        f"{samples[0].resident:.1f} when warm"
    )
    for one in points(samples):
        print(f"  {one.acts:>6} acts  {one.resident:6.1f} MiB  {one.files:>3} files")
    print("\n".join((*verdict.lines(), verdict.word)), flush=True)
    return int(verdict.word.startswith("GROWS"))


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
    found.add_argument("--acts", type=int, default=10 * PER_HOUR, help="at most, beside those to warm up")
    found.add_argument("--warm", type=int, default=ROUNDS * ROUND, help="acts before, which are not counted")
    found.add_argument("--pages", type=int, default=10, help="of the list to load before")
    found.add_argument(
        "--faults", type=float, default=0.0, help="share of broken answers of the embedded one"
    )
    found.add_argument("--seed", type=int, default=1)
    return found


def main() -> int:
    """Run it with files of its own, without the pauses in which the program waits for the user."""
    told = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="letta-tui-soak-") as home, pytest.MonkeyPatch.context() as patch:
        for kind in ("STATE", "CONFIG", "CACHE", "DATA"):
            patch.setenv(f"XDG_{kind}_HOME", home)
        make_quick(patch)
        patch.setattr("tui.flows.open_conversation.NEIGHBOURS", 2)  # a user who rests has the neighbours read
        if told.url:
            return asyncio.run(run(told, told.url))
        with embedded(told.faults) as url:
            return asyncio.run(run(told, url))


if __name__ == "__main__":
    sys.exit(main())
