"""The demo data."""

from datetime import datetime

from tui.demo.store import Store


def build(now: datetime | None) -> Store:
    """Build."""
    return Store(now)
