"""What a server stores and counts for each call of a model: the trace of a step, and the size of a context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.model.server_model import Count, ServerModel, Text, When


class ContextSize(ServerModel):
    """How many tokens the context takes, and how many the model can hold, as the server counts them."""

    context_window_size_current: Count
    context_window_size_max: Count


class Trace(ServerModel):
    """What a server stored of one call of a model; `request_json` is the whole request as the provider got it."""

    request_json: Mapping[str, Any]
    created_at: When | None = None
    call_type: Text | None = None
    step_id: Text | None = None
