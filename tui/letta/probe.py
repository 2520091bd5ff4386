"""Test a server: whether it responds and accepts the key, its version, how many agents, how fast."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from tui.letta.client import LettaClient
from tui.model.errors import BadResponse, Refused


@dataclass(frozen=True)
class Probe:
    """What a server reported."""

    version: str
    agents: int | None
    """How many agents the key can see; None where the server does not count them."""
    seconds: float
    """How long the server took for the request that needs the key."""


async def probe(client: LettaClient) -> Probe:
    """GET /v1/health/ and /v1/agents/?limit=1, which raises LettaError, then /v1/agents/count where there is one.

    Health works without a key, so it does not prove that the key is valid (measured). The official client has no call
    for the count: a server without it answers 404, or 422 since `count` is no agent's id.
    """
    version = await client.version()
    began = perf_counter()
    await client.agents(limit=1)
    seconds = perf_counter() - began
    try:
        count = await client.agent_count()
    except (Refused, BadResponse):
        count = None
    return Probe(version, count, seconds)
