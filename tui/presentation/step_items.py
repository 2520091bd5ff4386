"""The step of a message as items: its tokens, its time, how it ended, its cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.model.errors import LettaError
from tui.model.json_text import as_text
from tui.model.text import one_line
from tui.presentation.conversation_info import NOT_REPORTED, NOT_SET
from tui.presentation.item import Item, Text
from tui.rules.failures import FAILED_STOPS
from tui.rules.usage import usage_number

if TYPE_CHECKING:
    from tui.model.trace import Step, StepMetrics
    from tui.rules.view_state import SelectedStep

SECOND = 1_000_000_000
"""Nanoseconds in a second."""


def step_items(selected: SelectedStep) -> tuple[Item, ...]:
    """Return the items of the selected message's step; parts that are still being read, or could not be, say so."""
    step, metrics = selected.step, selected.metrics
    head = "the model call that the selected message belongs to"
    items = [_fact("id", "step", selected.id, head=head)]
    if step is None:
        return (*items, _fact("reading", "tokens", "reading…", "muted"))
    if isinstance(step, LettaError):
        return (*items, _fact("failed", "tokens", f"could not be read: {step.what}", "error"))
    return (*items, *_of_step(step), _fact("time", "step time", *_time(metrics)), _cost(step))


def _of_step(step: Step) -> Iterator[Item]:
    yield _fact("model", "step model", *_or_absent(step.model_handle or step.model))
    yield _fact("tokens", "tokens", *_or_absent(_tokens(step)))
    stop, role = step.stop_reason, ""
    if stop is None:
        text, role = (NOT_SET if "stop_reason" in step.sent else NOT_REPORTED), "muted"
    else:
        text, role = one_line(stop, 100), "error" if stop in FAILED_STOPS else ""
    yield _fact("stop", "stop reason", text, role)
    if step.status not in (None, "success") or step.error_type:
        detail = as_text((step.error_data or {}).get("message"))
        words = filter(None, (step.status or "", step.error_type or "", detail))
        role = "error" if step.error_type or step.status in ("failed", "error") else "warning"
        yield _fact("status", "status", " · ".join(words), role)


def _tokens(step: Step) -> str:
    """ "625 in (512 cached), 5 out (3 reasoning), 630 in total"."""
    counted = (
        (step.prompt_tokens, "in", step.cached_input_tokens, "cached"),
        (step.completion_tokens, "out", step.reasoning_tokens, "reasoning"),
        (step.total_tokens, "in total", None, ""),
    )
    pieces = []
    for count, word, part, part_word in counted:
        if count is not None and count >= 0:
            pieces.append(f"{count:,} {word}" + (f" ({part:,} {part_word})" if part is not None else ""))
    return ", ".join(pieces)


def _time(metrics: StepMetrics | LettaError | None) -> tuple[str, str]:
    """The time of the whole step and, in it, of model and tools; with the role of the text."""
    if isinstance(metrics, LettaError):
        return f"could not be read: {metrics.what}", "error"
    if metrics is None or metrics.step_ns is None or metrics.step_ns < 0:
        return NOT_REPORTED, "muted"
    parts = ((metrics.llm_request_ns, "model"), (metrics.tool_execution_ns, "tools"))
    spent = ", ".join(f"{_seconds(ns)} {word}" for ns, word in parts if ns is not None and ns >= 0)
    return _seconds(metrics.step_ns) + (f" ({spent})" if spent else ""), ""


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / SECOND:.2f} s"


def _cost(step: Step) -> Item:
    """The cost of a step, which no Letta up to 0.16.8 reports."""
    cost = usage_number(step.unknown, "cost")
    return _fact("cost", "cost", *_or_absent("" if cost is None else f"${cost:.4f}"))


def _or_absent(text: str | None) -> tuple[str, str]:
    return (text, "") if text else (NOT_REPORTED, "muted")


def _fact(key: str, name: str, text: str, role: str = "", *, head: str = "") -> Item:
    parts = (Text(text, role),)
    return Item(f"step-{key}", "·", name, "muted", head=head, parts=parts, copy_id=text, copy_text=text)
