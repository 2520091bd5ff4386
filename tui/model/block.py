"""What a Letta server answers about memory and context, tolerant of what it leaves out, nulls, or adds.

`None` always means "not reported by this server": a field that is absent, null, of an unexpected type, or
that this endpoint never fills. It is never the same as 0, "" or an empty tuple.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.api.message import Message as Message
from tui.api.wire_model import Count, Text, When, WireModel


class Block(WireModel):
    """A memory block, shared or isolated; Letta gives blocks no times."""

    id: Text
    label: Text | None = None
    value: Text | None = None
    description: Text | None = None
    limit: Count | None = None
    read_only: bool | None = None


class ContextSize(WireModel):
    """How many tokens the context takes, and how many the model can hold, as the server counts them."""

    context_window_size_current: Count
    context_window_size_max: Count


class Trace(WireModel):
    """What a server kept of one call of a model; `request_json` is the whole request as the provider got it."""

    request_json: Mapping[str, Any]
    created_at: When | None = None
    call_type: Text | None = None
    step_id: Text | None = None
