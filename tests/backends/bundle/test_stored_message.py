"""Stored messages as lists render them: every role, part, result and verdict that the server's renderer knows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tui.backends.bundle.stored_message import render_message

Json = dict[str, Any]


def stored(role: str, *parts: Json, **fields: Any) -> Json:
    return {
        "id": "message-1",
        "role": role,
        "created_at": "2026-01-01T00:00:00Z",
        "content": [*parts],
        **fields,
    }


def text(value: str) -> Json:
    return {"type": "text", "text": value}


def packed(message: Any, status: str = "OK") -> str:
    return json.dumps({"status": status, "message": message, "time": "now"})


def call(name: str, call_id: str) -> Json:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": "{}"}}


def only(message: Json, **more: bool) -> Json:
    (shown,) = render_message(message, **more)
    return shown


def result(message: Json) -> tuple[Any, ...]:
    """Status, call id and value of the only result."""
    (one,) = only(message)["tool_returns"]
    return one["status"], one["tool_call_id"], one["tool_return"]


# notes of a compaction


def test_the_note_of_a_compaction_has_a_role_of_its_own_and_is_a_users_message() -> None:
    note = json.dumps(
        {"type": "system_alert", "message": "Note: hidden", "compaction_stats": {"trigger": "x"}}
    )
    for role in ("summary", "user"):
        shown = only(stored(role, text(note)))
        assert (shown["message_type"], shown["content"]) == ("user_message", note)
    assert only(stored("summary", text("not JSON")))["content"] == "not JSON"


# what the model wrote


def kinds(message: Json, **more: bool) -> list[tuple[str, Any]]:
    fields = {"assistant_message": "content", "reasoning_message": "reasoning"}
    shown = render_message(message, **more)
    return [(one["message_type"], one.get(fields.get(one["message_type"], ""))) for one in shown]


def test_texts_and_reasoning_that_follow_each_other_are_one() -> None:
    thoughts = [
        {"type": "reasoning", "reasoning": "so ", "signature": "s"},
        {"type": "reasoning", "reasoning": "on"},
    ]
    assert kinds(stored("assistant", *thoughts, text("a"), text("b"))) == [
        ("reasoning_message", "so on"),
        ("assistant_message", "ab"),
    ]


def test_summarized_reasoning_is_reasoning_and_none_without_a_text() -> None:
    parts = [{"index": 0, "text": "First."}, {"index": 1, "text": ""}, {"index": 2, "text": "Then."}]
    summary = {"type": "summarized_reasoning", "id": "x", "summary": parts, "encrypted_content": "e"}
    shown = only(stored("assistant", summary))
    assert (shown["reasoning"], shown["signature"]) == ("First.\n\nThen.", "e")
    assert render_message(stored("assistant", summary | {"summary": []})) == []


def test_the_text_of_an_agent_that_answers_by_send_message_is_reasoning() -> None:
    answer = stored("assistant", text("Booting."), tool_calls=[call("send_message", "call-1")])
    thought, called = render_message(answer, text_is_answer=False)
    assert (thought["message_type"], thought["reasoning"]) == ("reasoning_message", "Booting.")
    assert thought["source"] == "non_reasoner_model"
    assert (called["message_type"], called["tool_call"]["tool_call_id"]) == ("tool_call_message", "call-1")


def test_calls_that_stand_among_the_parts_too_are_shown_once() -> None:
    part = {"type": "tool_call", "id": "call-1", "name": "run", "input": {}}
    assert kinds(stored("assistant", part, tool_calls=[call("run", "call-1")])) == [
        ("tool_call_message", None)
    ]
    assert kinds(stored("assistant", part)) == [("tool_call_content", None)]


def test_a_row_without_anything_shows_nothing() -> None:
    for role in ("user", "system", "assistant"):
        assert render_message(stored(role)) == []


# results


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # 0.6: the package is the text, the list has the streams at most
        ({"tool_call_id": "c"}, ("success", "c", "done")),
        ({"tool_call_id": "c", "tool_returns": []}, ("success", "c", "done")),
        ({"tool_call_id": "c", "tool_returns": [{"status": "error"}]}, ("error", "c", "done")),
        # 0.11: the result is in the list, at first without the id of the call
        (
            {"tool_call_id": "c", "tool_returns": [{"status": "success", "func_response": packed("new")}]},
            ("success", "c", "new"),
        ),
        (
            {"tool_returns": [{"tool_call_id": "d", "func_response": packed("no", "Failed")}]},
            ("error", "d", "no"),
        ),
        ({"tool_returns": [{"status": "error", "func_response": "as it is"}]}, ("error", None, "as it is")),
    ],
)
def test_a_result_of_every_version(fields: Json, expected: tuple[Any, ...]) -> None:
    for role in ("tool", "function"):
        assert result(stored(role, text(packed("done")), **fields)) == expected


def test_the_output_of_a_result_of_old_versions_is_beside_it() -> None:
    fields = {"tool_returns": [{"status": "success", "stdout": ["a\n"], "stderr": None}]}
    shown = only(stored("tool", text(packed("done")), tool_call_id="c", **fields))
    assert (shown["tool_return"], shown["stdout"], shown["tool_call_id"]) == ("done", ["a\n"], "c")


def test_several_results_share_no_id() -> None:
    results = [{"tool_call_id": None, "func_response": packed(1)}, {"func_response": packed(None)}]
    shown = only(stored("tool", tool_call_id="c", tool_returns=results))
    found = [(one["tool_call_id"], one["tool_return"]) for one in shown["tool_returns"]]
    assert found == [(None, "1"), (None, "None")]


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (packed(None), ("success", "None")),
        (packed({"a": 1}), ("success", "{'a': 1}")),
        ('{"message": "x"}', ("success", "x")),
        ('{"status": "OK"}', ("success", '{"status": "OK"}')),
        ('{"status": "odd", "message": "x"}', ("error", "x")),
        ('{"status": [], "message": "x"}', ("error", "x")),
        ('{"message": "two\nlines"}', ("success", "two\nlines")),
        ("[1]", ("success", "[1]")),
        ("", (None, "")),
        ([text("a")], ("success", [text("a")])),
        ([3], ("success", "[3]")),
        ({"a": 1}, ("success", '{"a": 1}')),
    ],
)
def test_what_is_in_the_package_of_a_result(response: Any, expected: tuple[Any, Any]) -> None:
    found = result(stored("tool", tool_returns=[{"tool_call_id": "c", "func_response": response}]))
    assert (found[0], found[2]) == expected


def test_a_result_without_a_text_is_still_a_return() -> None:
    assert result(stored("tool", tool_call_id="c")) == (None, "c", "")


# approvals


def test_a_result_that_a_client_computed_is_shown_as_lists_do() -> None:
    answer = {
        "tool_call_id": "c",
        "status": "success",
        "stdout": ["out"],
        "stderr": None,
        "func_response": packed("README.md"),
    }
    shown = only(stored("approval", tool_calls=None, approvals=[answer]))
    assert shown["message_type"] == "approval_response_message"
    assert shown["approvals"] == [
        {
            "type": "tool",
            "tool_call_id": "c",
            "status": "success",
            "stdout": ["out"],
            "stderr": None,
            "tool_return": "README.md",
        }
    ]
    assert [shown[name] for name in ("approve", "approval_request_id", "reason")] == [None] * 3


def test_a_result_of_a_client_may_bear_the_name_that_clients_send() -> None:
    for answer in (
        {"type": "tool", "status": "error", "tool_return": "no"},
        {"func_response": "no", "status": "error"},
    ):
        (one,) = only(stored("approval", approvals=[answer]))["approvals"]
        assert (one["type"], one["status"], one["tool_return"]) == ("tool", "error", "no")


def test_verdicts_and_results_may_share_a_message() -> None:
    verdict = {"type": "approval", "tool_call_id": "d", "approve": False, "reason": "no"}
    shown = only(
        stored("approval", tool_calls=[], approvals=[{"status": "success", "func_response": "x"}, verdict])
    )
    assert [one["type"] for one in shown["approvals"]] == ["tool", "approval"]
    assert [shown[name] for name in ("approve", "approval_request_id", "reason")] == [False, "d", "no"]


@pytest.mark.parametrize("approvals", [None, []])
def test_a_verdict_in_the_three_older_columns(approvals: Any) -> None:
    columns = {"approve": False, "approval_request_id": "message-9", "denial_reason": "too risky"}
    shown = only(stored("approval", approvals=approvals, **columns))
    assert shown["approvals"] == [
        {"type": "approval", "tool_call_id": "message-9", "approve": False, "reason": "too risky"}
    ]
    assert [shown[name] for name in ("approve", "approval_request_id", "reason")] == [
        False,
        "message-9",
        "too risky",
    ]


def test_a_verdict_without_its_type_is_one() -> None:
    shown = only(stored("approval", approvals=[{"tool_call_id": "c", "approve": True}]))
    assert (shown["approve"], shown["approvals"][0]["type"]) == (True, "approval")


def test_a_request_has_its_text_before_it() -> None:
    request = stored("approval", text("May I?"), tool_calls=[call("run", "c"), call("stop", "d")])
    assert [one["message_type"] for one in render_message(request)] == [
        "assistant_message",
        "approval_request_message",
    ]
    assert len(render_message(request)[1]["tool_calls"]) == 2


def test_json_that_is_nested_too_deeply_is_text() -> None:
    deep = '{"message":' * 100_000
    assert only(stored("user", text(deep)))["content"] == deep
    assert result(stored("tool", text(deep)))[2] == deep
