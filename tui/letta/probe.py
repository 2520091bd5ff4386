"""One look at a server: does it answer, which version, does it take the key, how many agents, how fast."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from tui.api.client import LettaClient
from tui.api.errors import NotOffered


@dataclass(frozen=True)
class Probe:
    """What a server said of itself."""

    version: str
    agents: int | None
    """How many agents the key can see; None where this version does not count them."""
    seconds: float
    """How long the server took for the request that needs the key."""


async def probe(client: LettaClient) -> Probe:
    """GET /v1/agents/count and /v1/health/; raises LettaError where the first of them fails.

    Health answers without a key, so it proves none (measured).
    """
    version = await client.version()
    began = perf_counter()
    count: object = None
    try:
        count = await client.wire.get("/v1/agents/count", what="Counting agents")
    except NotOffered:
        await client.agents(limit=1)
    seconds = perf_counter() - began
    return Probe(version, count if isinstance(count, int) else None, seconds)
