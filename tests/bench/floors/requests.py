"""The requests of a check of all conversations without the check: decoded and discarded, eight at a time."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import httpx

AT_ONCE, TOGETHER, PAGE = 8, 32, 1_000


async def run(base: str) -> None:
    """Send them to one of the server's worlds."""
    gate = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(trust_env=False, timeout=60, base_url=base) as client:

        async def get(path: str) -> Any:
            async with gate:
                return json.loads((await client.get(path)).content)

        async def read(row: dict[str, Any]) -> None:
            path = f"/v1/conversations/{row['id']}"
            await asyncio.gather(
                get(f"{path}/messages?order=asc&limit=100"),
                get(path),
                get(f"/v1/agents/{row['agent_id']}/core-memory/blocks"),
                *(get(f"/v1/blocks/{block}") for block in row["isolated_block_ids"]),
            )

        after = ""
        while page := await get(f"/v1/conversations/?order=desc&limit={PAGE}{after}"):
            for begin in range(0, len(page), TOGETHER):
                await asyncio.gather(*map(read, page[begin : begin + TOGETHER]))
            after = f"&after={page[-1]['id']}"


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
