"""What counts as a failure of a message: a failed tool, a denied call, an error, a run that stopped with one.

The same rule decides what is marked as an error, where `]` and `[` go, and what the facts count. A model call that
failed leaves no message on a server (measured), so only what was stored can be found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tui.model.json_text import as_text
from tui.rules.tool_calls import approval_answers, is_client_result, tool_returns

if TYPE_CHECKING:
    from tui.model.message import Message

SUCCESS = "success"

FAILED_STOPS = frozenset(
    {
        *("error", "llm_api_error", "invalid_llm_response", "invalid_tool_call", "no_tool_call"),
        *("max_tokens_exceeded", "context_window_overflow_in_system_prompt", "insufficient_credits"),
        "aborted",
    }
)
"""Stop reasons of runs that Letta counts as failed (read in 0.16.8), and Letta Code's of a turn that was cut short."""


def is_failed_result(result: Mapping[str, Any]) -> bool:
    """Return whether the result of a tool is anything but a success."""
    return as_text(result.get("status")) != SUCCESS


def why_failed(message: Message) -> str:
    """Return why a message is an error by itself, "" if it is not; the results of tools are judged by themselves."""
    raw = message.raw
    if message.message_type == "error_message":
        return "error"
    if raw.get("is_err") is True:
        return "step failed"
    stop = raw.get("stop_reason")
    return f"stopped: {stop}" if isinstance(stop, str) and stop in FAILED_STOPS else ""


def is_failure(message: Message) -> bool:
    """Return whether a message is an error itself, denies a call, or brings a client's result that is a failure."""
    if message.message_type != "approval_response_message":
        return bool(why_failed(message))
    return bool(why_failed(message)) or any(
        is_failed_result(answer) if is_client_result(answer) else answer.get("approve") is False
        for answer in approval_answers(message)
    )


def count_failed_tools(messages: Iterable[Message]) -> int:
    """Count the results of tools that failed; a call that was denied has one too."""
    return sum(
        is_failed_result(result)
        for message in messages
        if message.message_type == "tool_return_message"
        for result in tool_returns(message)
    )
