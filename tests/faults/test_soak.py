"""The soak runs, prints its figures, and tells what grows from what does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

from tests.faults.level import POINTS, Sample, Verdict, points
from tests.faults.soak import ROUND


def word(resident: Callable[[int], float], files: Callable[[int], int] = lambda _: 9) -> str:
    """Return the verdict on 300 actions, each of which leaves this much behind."""
    return Verdict.of([Sample(acts, resident(acts), files(acts)) for acts in range(0, 301, 5)]).word


def test_what_stays_level_is_flat() -> None:
    assert word(lambda acts: 80.0) == "FLAT"
    assert word(lambda acts: 80 + acts % 7) == "FLAT"
    assert word(lambda acts: 80 + (40 if acts in (150, 295) else 0)) == "FLAT"  # a peak that goes away again
    assert word(lambda acts: 80 + acts / 100) == "FLAT"  # 2.5 % between the thirds
    assert word(lambda acts: 80, lambda acts: 9 + (acts % 20 == 0)) == "FLAT"  # a connection comes and goes
    assert word(lambda acts: 80 - acts / 100, lambda acts: 9 - acts // 100) == "FLAT"


def test_what_grows_is_told_by_name() -> None:
    assert word(lambda acts: 80 + acts / 75) == "GROWS: memory"  # 3.3 %
    assert word(lambda acts: 80.0, lambda acts: 9 + acts // 150) == "GROWS: open files"
    assert word(lambda acts: 80.0 + acts, lambda acts: 9 + acts // 150) == "GROWS: memory and open files"


def test_a_few_acts_say_nothing() -> None:
    assert Verdict.of([Sample(acts, 80 + acts, 9) for acts in range(0, 30, 5)]).word == "TOO SHORT"


def test_ten_points_from_the_first_to_the_last() -> None:
    acts = [one.acts for one in points([Sample(acts, 80, 9) for acts in range(0, 1001, 5)])]
    assert (len(acts), acts[0], acts[-1]) == (POINTS, 0, 1000)
    assert [one.acts for one in points([Sample(acts, 80, 9) for acts in (0, 5, 7)])] == [0, 5, 7]


def test_a_few_acts_on_an_embedded_server_in_another_process() -> None:
    """A fifth of the answers is broken."""
    command = [sys.executable, "-m", "tests.faults.soak", "--acts", "12", "--warm", "3", "--pages", "1"]
    done = subprocess.run(
        [*command, "--faults", "0.2"],
        capture_output=True,
        text=True,
        timeout=240,
        env=dict(os.environ),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("soak: 12 acts (0.01 hours of use at one in 3 s) in ")
    assert sum(int(count) for count in re.findall(r" (\d+)(?:,|$)", lines[1])) == 15
    assert re.match(r"requests: \d+ answered, [1-9]\d* failed, \d+ writes, [\d.]+ MiB; \d+ rows", lines[2])
    assert lines[3].startswith("before: ")
    assert [line for line in lines if re.fullmatch(r" +12 acts +[\d.]+ MiB +\d+ files", line)]
    assert lines[-3].startswith("memory: median ")
    assert lines[-2].startswith("open files: never fewer than ")
    assert lines[-1] == "TOO SHORT"
    assert "Traceback" not in done.stderr


def test_a_round_leaves_nothing_out() -> None:
    """All that a user does: reading, writing, tools, help, palette, another agent, another window."""
    from tests.faults.mixture import ODD, READING, WRITING

    assert len({*READING, *WRITING, *ODD}) == ROUND - 3  # three edits a round, two windows
    assert {"filter", "blocks", "diff", "help", "palette", "refresh", "payload", "requests"} <= READING.keys()
    assert {"edit", "fork"} <= {*WRITING}
    assert {"resize", "sort", "another agent"} <= {*ODD}
