"""The soak runs, prints its figures, and sees what grows."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.faults.soak import Sample, slope


def test_a_slope_is_told_from_a_level_one() -> None:
    assert slope([Sample(acts, 80 + acts / 100, 9) for acts in range(0, 200, 10)]) > 9.9
    assert abs(slope([Sample(acts, 80, 9) for acts in range(0, 200, 10)])) < 0.01


def test_a_few_acts_on_the_embedded_server_over_a_socket() -> None:
    """A fifth of the answers is broken; whether so short a run is flat says nothing."""
    command = [sys.executable, "-m", "tests.faults.soak", "--acts", "12", "--pages", "1", "--faults", "0.2"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env=dict(os.environ), check=False
    )
    assert done.returncode in (0, 1), done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("soak: 12 acts (0.01 hours of use at one in 3 s) in ")
    assert re.fullmatch(r"requests: \d+ answered, [1-9]\d* failed, [\d.]+ MiB", lines[1])
    assert lines[2].startswith("memory: ")
    assert lines[3].startswith("open files: ")
    assert lines[4] in ("flat", "GROWS")
    assert "Traceback" not in done.stderr
