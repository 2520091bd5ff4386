"""Test a server: whether it responds and accepts the key, its version, how many agents, how fast."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from tui.letta.client import LettaClient
from tui.model.errors import NotOffered


@dataclass(frozen=True)
class Probe:
    """What a server reported."""

    version: str
    agents: int | None
    """How many agents the key can see; None where this version does not count them."""
    seconds: float
    """How long the server took for the request that needs the key."""


async def probe(client: LettaClient) -> Probe:
    """GET /v1/agents/count and /v1/health/; raises LettaError where the first of them fails.

    Health works without a key, so it does not prove that the key is valid (measured).
    """
    version = await client.version()
    began = perf_counter()
    count = None
    try:
        count = await client.agent_count()
    except NotOffered:
        await client.agents(limit=1)
    return Probe(version, count, perf_counter() - began)
