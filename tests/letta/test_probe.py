"""A server is tested with what each Letta has: a list of one agent proves the key, all else only informs."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.letta.servers import AT_ONCE, page
from tui.letta.client import LettaClient
from tui.letta.probe import Probe, probe
from tui.letta.transport import Wire
from tui.model.errors import KeyRefused, LettaError, NotAllowed, NotOffered, RateLimited, WebPage

pytestmark = pytest.mark.anyio

AGENTS, COUNT, HEALTH = "/v1/agents/", "/v1/agents/count", "/v1/health/"
FINE = {
    HEALTH: lambda: page(200, {"version": "0.16.8", "status": "ok"}),
    AGENTS: lambda: page(200, [{"id": "agent-1"}]),
    COUNT: lambda: page(200, 7),
}
Answer = Callable[[], httpx.Response]


async def tested(**other: Answer) -> Probe:
    """The result on a server that answers otherwise at some of these addresses."""
    answers = FINE | {
        {"health": HEALTH, "agents": AGENTS, "count": COUNT}[name]: other[name] for name in other
    }

    def answer(request: httpx.Request) -> httpx.Response:
        return answers[request.url.path]()

    client = LettaClient(Wire("http://x", transport=httpx.MockTransport(answer), patience=AT_ONCE))
    try:
        return await probe(client)
    finally:
        await client.close()


async def test_a_server_that_has_it_all() -> None:
    found = await tested()
    assert (found.version, found.agents) == ("0.16.8", 7)


@pytest.mark.parametrize(
    "count",
    [
        lambda: page(404, {"detail": "Not Found"}),
        lambda: page(404, {"message": "Not Found"}),
        lambda: page(404, {"detail": "Agent not found"}),
        lambda: page(422, {"detail": "[{'msg': 'String should match pattern', 'input': 'count'}]"}),
        lambda: page(403, {"error": "Forbidden", "message": "Your plan counts nothing"}),
        lambda: page(200, {"not": "a number"}),
        lambda: httpx.Response(404, html="<html>nginx</html>"),
    ],
)
async def test_agents_that_the_server_does_not_count_are_not_counted(count: Answer) -> None:
    assert (await tested(count=count)).agents is None


async def test_a_server_without_health_is_of_unknown_version() -> None:
    found = await tested(health=lambda: page(404, {"message": "Not Found"}))
    assert (found.version, found.agents) == ("", 7)


@pytest.mark.parametrize(
    ("agents", "kind"),
    [
        (lambda: page(401, {"detail": "Unauthorized"}), KeyRefused),
        (lambda: page(402, {"error": "Stop", "reasons": ["not-enough-credits"]}), NotAllowed),
        (lambda: page(403, {"error": "Forbidden", "message": "No permission"}), NotAllowed),
        (lambda: page(404, {"message": "Not Found"}), NotOffered),
        (lambda: page(429, {"reasons": ["exceeded-quota"]}, retry_after="30"), RateLimited),
        (lambda: httpx.Response(403, html="<html>Blocked</html>"), WebPage),
    ],
)
async def test_what_the_list_of_agents_says_is_what_is_said(agents: Answer, kind: type[LettaError]) -> None:
    with pytest.raises(kind, match=r"^Listing agents: "):
        await tested(agents=agents)
