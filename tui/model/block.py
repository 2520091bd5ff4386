"""A memory block; `None` always means "not reported by this server", never 0 or ""."""

from __future__ import annotations

from tui.model.server_model import Count, ServerModel, Text


class Block(ServerModel):
    """A memory block, shared or isolated; Letta gives blocks no times."""

    id: Text
    label: Text | None = None
    value: Text | None = None
    description: Text | None = None
    limit: Count | None = None
    read_only: bool | None = None
