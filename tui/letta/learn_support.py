"""Learn what a server supports before something depends on it, from a row that it lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.model.errors import LettaError, attempt

if TYPE_CHECKING:
    from tui.letta.client import LettaClient


async def look_at_a_row(client: LettaClient, agent_id: str) -> None:
    """Read one row of the agent's list, or of the whole server where the agent has none; a failure is ignored.

    GET /v1/conversations/; the client learns from the fields of the row. Servers before 0.16.5 refuse the second one.
    """
    page = await attempt(client.conversations, agent_id, limit=1)
    if not isinstance(page, LettaError) and not page.rows:
        await attempt(client.conversations, "", limit=1)
