"""Measure the program in a terminal, beside the least that it could cost, and print one table.

    python -m tests.bench --quick          before and after a change
    python -m tests.bench --runs 12        to say that goals are met
    python -m tests.bench --only list --json figures.json
    python -m tests.bench --only check     every conversation, without a screen
    python -m tests.bench --only minute    which requests a minute of use sends
    python -m tests.bench --server http://localhost:8283 --conversation conv-…
    python -m tests.bench --server http://localhost:8283 --only check --only search --phrase WORDS

Every round runs all programs in turn, so that what else a machine does falls on all alike: hold ratios to mean
something, and milliseconds less. Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Protocol

from tests.bench.asking import Asking
from tests.bench.checking import Checking
from tests.bench.figures import Book
from tests.bench.goals import goals
from tests.bench.listing import Listing
from tests.bench.living import Living
from tests.bench.local import Local
from tests.bench.minute import Minute
from tests.bench.reading import Reading
from tests.bench.stage import ROOT, Stage
from tests.bench.starting import Peer, Starting
from tests.bench.walking import Walking
from tests.bench.writing import Writing

RUNS, QUICK_STARTS = 10, 3


class Scenario(Protocol):
    """Something that is measured in rounds."""

    name: str

    def once(self, book: Book | None, *, backwards: bool) -> None:
        """Measure one round; without a book, the round only warms up."""


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    found = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = found.add_argument
    add("--quick", action="store_true", help="fewer runs, keys and sizes: a minute and a half")
    add(
        "--runs",
        type=int,
        help=f"rounds, {RUNS} if not said, with --quick {QUICK_STARTS} starts and one of the rest",
    )
    add(
        "--only",
        action="append",
        metavar="NAME",
        help="start, list, read, type, requests, local, check or minute, of a real server real, minute, check or "
        "search; again for more",
    )
    add(
        "--tree",
        type=Path,
        default=ROOT,
        metavar="DIR",
        help="the checkout that is measured, this one if not said",
    )
    add("--server", metavar="URL", default="", help="a real server to read instead of the synthetic one")
    add(
        "--agent",
        metavar="ID",
        default="",
        help="an agent of the real server, that of the conversation or its first one if not said",
    )
    add(
        "--write",
        action="store_true",
        help="let minute edit three summaries of the real server and undo that",
    )
    add("--conversation", metavar="ID", default="", help="a conversation of the real server to read as well")
    add("--phrase", metavar="WORDS", default="", help="what to search for on the real server")
    add("--peer", metavar="COMMAND", default="", help="another program to start beside, if it is installed")
    add("--peer-until", metavar="REGEX", default=r"\S", help="what shows that the peer is there")
    add("--json", type=Path, metavar="FILE", help="write every value there as well")
    return found


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def run(scenarios: list[Scenario], given: argparse.Namespace, book: Book) -> None:
    """A round of each that is thrown away, then so many that count, every other one backwards."""
    for scenario in scenarios:
        began = time.monotonic()
        starts = scenario.name == Starting.name
        runs = given.runs or ((QUICK_STARTS if starts else 1) if given.quick else RUNS)
        runs = 1 if scenario.name == Minute.name else runs  # nothing is timed
        if starts or not given.quick:
            scenario.once(None, backwards=False)
        for number in range(runs):
            scenario.once(book, backwards=bool(number % 2))
        say(f"{scenario.name}: {runs} runs, {time.monotonic() - began:.0f} s")


def scenarios(stage: Stage, folder: Path, given: argparse.Namespace) -> list[Scenario]:
    """All that can be measured."""
    if given.server:
        if walks := [name for name in ("check", "search") if name in (given.only or ())]:
            return [walking(stage, folder, given, name) for name in walks]
        living = Living(stage, given.agent, given.conversation)
        return [living, Minute(stage, living.agent, real=True, write=given.write)]
    peer = Peer.named(given.peer, given.peer_until)
    if given.peer and peer is None:
        say(f"{given.peer} is not installed: left out")
    return [
        Starting(stage, peer),
        Listing(stage),
        Reading(stage),
        Writing(stage),
        Asking(stage),
        Local(stage, folder),
        Checking(stage, folder),
        Minute(stage),
    ]


def walking(stage: Stage, folder: Path, given: argparse.Namespace, name: str) -> Walking:
    """A command over every conversation of the real server; never run unless it was named."""
    words = ["search", given.phrase or "no such words anywhere"] if name == "search" else [name]
    return Walking(stage, folder, given.server, given.agent, name, *words)


def main() -> int:
    """Measure, print, and write what was asked for."""
    given = parser().parse_args()
    book = Book(goals())
    with (
        tempfile.TemporaryDirectory(prefix="letta-tui-bench-") as folder,
        Stage(
            Path(folder),
            tree=given.tree.resolve(),
            upstream=given.server,
            writable=given.write,
            quick=given.quick,
        ) as stage,
    ):
        chosen = [
            one for one in scenarios(stage, Path(folder), given) if not given.only or one.name in given.only
        ]
        run(chosen, given, book)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(book.table())
    if given.json:
        told = {name: figure.told() for name, figure in book.figures.items()}
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
