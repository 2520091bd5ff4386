"""A test that hangs ends, says what it waited for, and takes no other test along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HANGING = """
import asyncio
import time

import pytest


@pytest.mark.anyio
async def test_waiting(anyio_backend):
    await asyncio.Event().wait()


@pytest.mark.anyio
async def test_spinning(anyio_backend):
    async def spin():
        while True:
            await asyncio.sleep(0)

    spinning = asyncio.create_task(spin())
    await asyncio.Event().wait()


def test_without_a_loop():
    time.sleep(100)


@pytest.mark.anyio
async def test_fine(anyio_backend):
    await asyncio.sleep(0)
"""


def test_each_hang_is_a_failure_that_says_where(tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(HANGING + "\n\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n")
    plugins = ["-p", "tests.hanging", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-c", "/dev/null", "--timeout", "0.5", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("Failed: Timeout: no end after 0.5 s") >= 3
    for number, line in enumerate(HANGING.splitlines(), start=1):
        if ".wait()" in line:
            assert f"test_it.py:{number} > " in done.stdout, line
