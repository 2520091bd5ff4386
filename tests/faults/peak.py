"""A process that sends a server one request, and reports what came of it, how much memory it took and what waited.

Started as `python -m tests.faults.peak URL NAME`, NAME being one of `tests.faults.asking.READS`.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from pathlib import Path
from typing import NamedTuple

from tests.faults.asking import READS
from tui.letta.client import LettaClient
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.errors import LettaError


class Peak(NamedTuple):
    """How a request ended, the most memory of the process in MiB, and the longest time that nothing else ran."""

    words: str
    memory: float
    pause: float


def peak_memory() -> float:
    """The most memory that this process had, in MiB; ru_maxrss of Linux counts that of its parent as well."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


async def measure(url: str, name: str) -> Peak:
    """Send the request while a clock ticks."""
    now = asyncio.get_running_loop().time
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        before = now()
        while True:
            await asyncio.sleep(0.001)
            longest, before = max(longest, now() - before), now()

    client = LettaClient(Wire(url, patience=Patience(retries=0)))
    ticking = asyncio.create_task(tick())
    words = "read"
    try:
        await READS[name](client)
    except LettaError as error:
        words = str(error)
    await asyncio.sleep(0.01)
    ticking.cancel()
    await client.close()
    return Peak(words, peak_memory(), longest)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(*sys.argv[1:]))))
