"""What a screen will ask first, asked before the screen is loaded."""

from __future__ import annotations

from tui.api import targets
from tui.api.early import Early
from tui.config.server import first_agent
from tui.config.settings import Settings
from tui.domain.feed import Order
from tui.storage.state import ListPosition, State

NAMING = {"environment LETTA_TUI_SORT", "environment LETTA_TUI_OLDEST_FIRST", "config.toml"}


def fixed_order(settings: Settings) -> bool:
    """Whether the order of a list is settled, wherever it was left."""
    return not NAMING.isdisjoint((settings.sources.get("sort"), settings.sources.get("oldest_first")))


def ask_ahead(settings: Settings, held: State) -> Early | None:
    """Ask for version, agent and first rows; None where it is not known at once what to ask, with which key."""
    server = settings.base_url
    agent_id = first_agent(settings, held)
    if (
        agent_id is None
        or settings.demo
        or settings.bundle is not None
        or settings.api_key_command is not None
    ):
        return None
    place = None if settings.conversation else held.position(server, agent_id)
    early = Early(
        server,
        settings.api_key,
        ca_file=settings.ca_file,
        connect=settings.connect_timeout,
        read=settings.read_timeout,
    )
    order = _order(settings, place)
    rows = targets.conversations(
        agent_id, limit=settings.page_size, order=order.direction, order_by=order.sort.order_by
    )
    early.ask(targets.HEALTH, targets.agent(agent_id), rows)
    return early


def _order(settings: Settings, place: ListPosition | None) -> Order:
    if place is None or fixed_order(settings):
        return Order.named(settings.sort, settings.oldest_first)
    return Order.named(place.sort, place.oldest_first)
