"""Find out who else reads a shared block, in a few requests: conversations of its agent, and other agents."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.model.errors import LettaError, attempt
from tui.rules.archive_status import ArchiveStatus
from tui.rules.changes.block import Readers, count_readers
from tui.rules.paging import ConversationPages

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.opened import Opened

ROWS, PAGES = 500, 4
"""Conversations per page, and pages that are read."""

BLOCKS, BLOCK_PAGES = 500, 4
"""Blocks with the label per page, and pages that are read: this server's list has those of all agents."""

AGENTS = 20
"""Other agents that are read."""


async def read_readers(client: LettaClient, opened: Opened, block_id: str, label: str) -> Readers:
    """Return who reads a shared block besides the opened conversation.

    GET /v1/conversations/ of its agent, /v1/blocks/?label= where anything is isolated, /v1/blocks/{id}/agents.
    """
    readers, agents = await asyncio.gather(
        _conversations(client, opened, label), attempt(client.block_agents, block_id, limit=AGENTS + 1)
    )
    if isinstance(agents, LettaError):
        return readers
    others = tuple(agent for agent in agents.rows if agent.id != opened.agent.id)
    return replace(readers, agents=others, more_agents=len(agents.rows) > AGENTS)


async def _conversations(client: LettaClient, opened: Opened, label: str) -> Readers:
    """Count the agent's other conversations by what they read of the label."""
    feed = ConversationPages(None, ROWS, ArchiveStatus.ALL)
    for _ in range(PAGES):
        ask = feed.next_request()
        if ask is None:
            break
        page = await attempt(client.conversations, opened.agent.id, after=ask.after, limit=ask.limit)
        if isinstance(page, LettaError):
            return Readers()
        feed.add_page(ask, page)
    rows = feed.shown()
    wanted = {block_id for row in rows for block_id in row.isolated_block_ids or ()}
    own, known = await _with_label(client, label, wanted)
    return count_readers(rows, opened, own, known=known, whole=feed.complete)


async def _with_label(client: LettaClient, label: str, wanted: set[str]) -> tuple[frozenset[str], bool]:
    """Return which of these isolated blocks have the label, and whether those are all."""
    found: set[str] = set()
    after: str | None = None
    for _ in range(BLOCK_PAGES if wanted else 0):
        page = await attempt(client.blocks, after=after, limit=BLOCKS, label=label)
        if isinstance(page, LettaError):
            return frozenset(found), False
        found |= {block.id for block in page.rows if block.id in wanted and block.label == label}
        if page.sent < BLOCKS:
            return frozenset(found), True
        after = page.rows[-1].id
    return frozenset(found), not wanted
