"""What a server keeps and counts of the calls of a model: the trace of a step, and the size of a context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.model.server_model import Count, ServerModel, Text, When


class ContextSize(ServerModel):
    """How many tokens the context takes, and how many the model can hold, as the server counts them.

    The counts of its parts add up to the current size; versions before 0.16.5 report fewer of them.
    """

    context_window_size_current: Count
    context_window_size_max: Count
    num_tokens_system: Count | None = None
    num_tokens_core_memory: Count | None = None
    num_tokens_memory_filesystem: Count | None = None
    num_tokens_tool_usage_rules: Count | None = None
    num_tokens_directories: Count | None = None
    num_tokens_external_memory_summary: Count | None = None
    num_tokens_summary_memory: Count | None = None
    num_tokens_functions_definitions: Count | None = None
    num_tokens_messages: Count | None = None


class Trace(ServerModel):
    """What a server kept of one call of a model; `request_json` is the whole request as the provider got it."""

    request_json: Mapping[str, Any]
    created_at: When | None = None
    call_type: Text | None = None
    step_id: Text | None = None
