"""What a server stores and counts of the calls of a model: steps, their traces, and the size of a context."""

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


class Step(ServerModel):
    """One call of a model: what it took in tokens, and how it ended; no Letta up to 0.16.8 reports a cost."""

    id: Text
    model_handle: Text | None = None
    model: Text | None = None
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    cached_input_tokens: Count | None = None
    reasoning_tokens: Count | None = None
    stop_reason: Text | None = None
    """Null where the step was followed by another one of its run (measured)."""
    status: Text | None = None
    error_type: Text | None = None
    error_data: Mapping[str, Any] | None = None


class StepMetrics(ServerModel):
    """How long a step took, in nanoseconds; of some steps all are null and stay so (measured: 3 of 20 on 0.16.8)."""

    id: Text
    llm_request_ns: Count | None = None
    tool_execution_ns: Count | None = None
    step_ns: Count | None = None


class Trace(ServerModel):
    """What a server stored of one call of a model; `request_json` is the whole request as the provider got it."""

    request_json: Mapping[str, Any]
    created_at: When | None = None
    call_type: Text | None = None
    step_id: Text | None = None
