"""Request the pages of a list of conversations, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.letta.walk import Walk
    from tui.model.conversation import Conversation, Page
    from tui.rules.paging import ConversationPages, PageRequest
    from tui.rules.sort_order import Order


class HasOrder(Protocol):
    """Rows that are requested in an order."""

    @property
    def order(self) -> Order:
        """The order to request."""


async def request_page(
    client: LettaClient, agent_id: str, feed: HasOrder, ask: PageRequest, archive_status: str | None
) -> Page[Conversation]:
    """GET /v1/conversations/: one page in this order, of one agent or, with "", of all; raises LettaError."""
    return await client.conversations(
        agent_id,
        after=ask.after,
        limit=ask.limit,
        order=feed.order.direction,
        order_by=feed.order.sort.order_by,
        archive_status=archive_status,
    )


async def next_page(
    client: LettaClient, agent_id: str, feed: ConversationPages, walk: Walk, archive_status: str | None
) -> Page[Conversation] | None:
    """Read the next page of a walk into its feed; None at the end of the list. Raises LettaError."""
    ask = feed.next_request()
    if ask is None:
        return None
    page = await walk.page(request_page(client, agent_id, feed, ask, archive_status))
    feed.add_page(ask, page)
    walk.reached(feed.rows_read)
    return page
