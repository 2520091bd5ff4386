"""How a step reads: tokens, times, stop reason, and what is not reported."""

from __future__ import annotations

from typing import Any

import pytest

from tui.model.errors import NotThere
from tui.model.trace import Step, StepMetrics
from tui.presentation.step_items import step_items
from tui.rules.view_state import SelectedStep

MEASURED: dict[str, Any] = {
    "id": "step-1",
    "model_handle": "openai-proxy/gpt-4o-mini",
    "completion_tokens": 5,
    "prompt_tokens": 1664,
    "total_tokens": 1669,
    "cached_input_tokens": None,
    "stop_reason": "end_turn",
    "status": "success",
    "error_type": None,
}
TIMES = {"id": "step-1", "llm_request_ns": 107088400, "tool_execution_ns": 239317127, "step_ns": 373494772}


def facts(step: dict[str, Any], times: dict[str, Any]) -> dict[str, str]:
    shown = step_items(SelectedStep("step-1", Step.read(step), StepMetrics.read(times)))
    return {item.word: item.text for item in shown}


def test_a_step_as_a_server_sends_it() -> None:
    assert facts(MEASURED, TIMES) == {
        "step": "step-1",
        "step model": "openai-proxy/gpt-4o-mini",
        "tokens": "1,664 in, 5 out, 1,669 in total",
        "stop reason": "end_turn",
        "step time": "0.37 s (0.11 s model, 0.24 s tools)",
        "cost": "not reported",
    }


def test_zero_is_not_the_same_as_not_reported() -> None:
    none = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"))
    assert facts(MEASURED | none, TIMES | {"step_ns": None})["tokens"] == "not reported"
    assert facts(MEASURED, TIMES | {"step_ns": None})["step time"] == "not reported"
    told = facts(
        MEASURED | {"prompt_tokens": 0, "cached_input_tokens": 0, "reasoning_tokens": 3},
        TIMES | {"tool_execution_ns": 0},
    )
    assert told["tokens"] == "0 in (0 cached), 5 out (3 reasoning), 1,669 in total"
    assert told["step time"] == "0.37 s (0.11 s model, 0.00 s tools)"


def test_a_stop_reason_that_is_null_is_not_set() -> None:
    assert facts(MEASURED | {"stop_reason": None}, TIMES)["stop reason"] == "not set"
    without = {name: value for name, value in MEASURED.items() if name != "stop_reason"}
    assert facts(without, TIMES)["stop reason"] == "not reported"


def test_a_step_that_failed_says_why() -> None:
    failed = MEASURED | {
        "stop_reason": "llm_api_error",
        "status": "failed",
        "error_type": "LLMError",
        "error_data": {"message": "[/foo] is gone"},
    }
    shown = {item.word: item for item in step_items(SelectedStep("step-1", Step.read(failed)))}
    assert shown["status"].text == "failed · LLMError · [/foo] is gone"
    for name in ("status", "stop reason"):
        (part,) = shown[name].parts
        assert getattr(part, "role", "") == "error"


@pytest.mark.parametrize(
    ("cost", "text"), [(0.01234, "$0.0123"), ("much", "not reported"), (-1, "not reported")]
)
def test_a_cost_is_shown_where_a_server_reports_one(cost: object, text: str) -> None:
    assert facts(MEASURED | {"cost": cost}, TIMES)["cost"] == text


def test_what_is_being_read_and_what_could_not_be_says_so() -> None:
    assert [item.text for item in step_items(SelectedStep("step-1"))] == ["step-1", "reading…"]
    gone = NotThere("Reading a step: not found (404)", server="letta.test", status=404)
    (_, tokens) = step_items(SelectedStep("step-1", gone, gone))
    assert tokens.text == "could not be read: Reading a step: not found (404)"
