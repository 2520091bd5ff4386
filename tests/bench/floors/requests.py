"""Recorded requests, a line `METHOD PATH` each, sent bare in their order: so many at a time, and thrown away.

python -m tests.bench.floors.requests http://127.0.0.1:8283 FILE --at-once 4
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import httpx


async def run(base: str, lines: Sequence[str], at_once: int, *, decode: bool) -> None:
    """Send them; the bodies are read, and decoded only if that is asked for."""
    left = iter(lines)
    async with httpx.AsyncClient(trust_env=False, timeout=120) as client:

        async def send() -> None:
            for line in left:
                method, target = line.split(" ", 1)
                answer = await client.request(method, base + target, json=None if method == "GET" else {})
                if decode:
                    json.loads(answer.content)

        await asyncio.gather(*(send() for _ in range(at_once)))


def main() -> None:
    """Send the requests of a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base")
    parser.add_argument("file", type=Path)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--decode", action="store_true", help="have the JSON of each answer decoded")
    given = parser.parse_args()
    lines = given.file.read_text().splitlines()
    asyncio.run(run(given.base, lines, given.at_once, decode=given.decode))


if __name__ == "__main__":
    main()
