"""Light models of what a Letta server answers of memory and context, tolerant of what it leaves out, nulls, or adds.

`None` always means "this server did not say": a field that is absent, null, of an unexpected type, or
that this endpoint never fills. It is never the same as 0, "" or an empty tuple.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tui.api.light_model import LightModel
from tui.model.message import Message as Message


class Block(LightModel):
    """A memory block, shared or isolated; Letta gives blocks no times."""

    id: str
    label: str | None = None
    value: str | None = None
    description: str | None = None
    limit: int | None = None
    read_only: bool | None = None


class ContextSize(LightModel):
    """How many tokens the context takes, and how many the model can hold, as the server counts them."""

    context_window_size_current: int
    context_window_size_max: int


class Trace(LightModel):
    """What a server kept of one call of a model; `request_json` is the whole request as the provider got it."""

    request_json: Mapping[str, Any]
    created_at: datetime | None = None
    call_type: str | None = None
    step_id: str | None = None
