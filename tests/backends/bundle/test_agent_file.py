"""Letta's own agent file: the messages of a real export read as the server's lists give them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cases import case
from tui.backends.bundle.open_file import read_recording
from tui.backends.bundle.recording import UnreadableFile
from tui.backends.bundle.stored_message import render_message

FIXTURES = Path(__file__).parents[2] / "fixtures"
FIELDS = (
    "message_type",
    "content",
    "reasoning",
    "tool_call",
    "tool_calls",
    "tool_return",
    "status",
    "tool_call_id",
)
Json = dict[str, Any]


def told(messages: list[Json]) -> list[list[Any]]:
    return [[message.get(name) for name in FIELDS] for message in messages]


def test_a_real_export_shows_what_the_list_of_the_server_shows() -> None:
    recording = read_recording((FIXTURES / "agent_file.json").read_bytes())
    (agent,) = recording.agents.values()
    talk = recording.conversations[agent["id"]]
    listed = json.loads((FIXTURES / "agent_file_messages.json").read_text())
    assert told(talk.messages) == told(listed)
    assert len(talk.in_context or ()) == len({message["id"] for message in listed})
    assert agent["name"].startswith("exported")
    assert agent["model"]
    shared = recording.shared_blocks[agent["id"]]
    assert isinstance(shared, list)
    assert {block["label"] for block in shared} == {"human", "persona", "scratch"}


def message(role: str, **more: Any) -> Json:
    return {"id": "message-1", "role": role, "created_at": "2026-01-01T00:00:00Z", **more}


def test_roles_and_parts_that_an_export_may_hold() -> None:
    text = [{"type": "text", "text": "hm"}]
    call = {"id": "call-1", "type": "function", "function": {"name": "run", "arguments": "{}"}}
    packed = '{"status": "Failed", "message": "no", "time": "now"}'
    cases: list[tuple[Json, list[str]]] = [
        (message("user", content="plain"), ["user_message"]),
        (message("system", content=text), ["system_message"]),
        (message("assistant", content=text, tool_calls=[call]), ["assistant_message", "tool_call_message"]),
        (
            message("assistant", content=[{"type": "reasoning", "reasoning": "so"}, *text]),
            ["reasoning_message", "assistant_message"],
        ),
        (
            message("assistant", content=[{"type": "redacted_reasoning", "data": "x"}]),
            ["hidden_reasoning_message"],
        ),
        (message("assistant", content=[{"type": "image", "source": {}}]), ["image_content"]),
        (message("approval", tool_calls=[call]), ["approval_request_message"]),
        (
            message(
                "approval",
                approvals=[{"type": "approval", "tool_call_id": "1", "approve": True, "reason": None}],
            ),
            ["approval_response_message"],
        ),
        (
            message("tool", tool_call_id="call-1", content=[{"type": "text", "text": packed}]),
            ["tool_return_message"],
        ),
        (message("tool", content=[{"type": "text", "text": "raw"}]), ["tool_return_message"]),
    ]
    for held, types in cases:
        assert [shown["message_type"] for shown in render_message(held)] == types, held
        assert {shown["id"] for shown in render_message(held)} == {"message-1"}
    failed = render_message(cases[8][0])[0]
    assert (failed["status"], failed["tool_return"], failed["tool_call_id"]) == ("error", "no", "call-1")


@pytest.mark.parametrize(
    "odd",
    [
        {"content": 3},
        {"content": [3, None, {"type": 4}]},
        {"content": [{"type": "text"}]},
        {"tool_calls": [3, {"function": 4}], "content": []},
        {"tool_returns": [3], "content": [{"type": "text", "text": 4}]},
        {"approvals": [3, {"type": "approval"}]},
        {"approvals": [{"type": "approval", "tool_call_id": 1, "approve": 1}]},
        {"created_at": 4, "name": [], "otid": {}},
    ],
)
def test_odd_messages_are_shown_or_left_out_and_break_nothing(odd: Json) -> None:
    for role in ("user", "system", "assistant", "tool", "approval", "summary", None):
        with case(role):
            for shown in render_message({"id": "message-1", "role": role, **odd}):
                assert isinstance(json.dumps(shown), str)
                assert isinstance(shown["message_type"], str)


def test_the_older_format_has_its_blocks_inside_and_messages_by_their_place() -> None:
    held = {
        "name": "Old",
        "version": "0.6.47",
        "llm_config": {"model": "gpt-4"},
        "core_memory": [{"label": "human", "value": "Sam", "limit": 5000}],
        "messages": [
            message("system", content="go"),
            message("user", content=[{"type": "text", "text": "hi"}]),
        ],
        "in_context_message_indices": [0, 1],
    }
    recording = read_recording(json.dumps(held).encode())
    talk = recording.conversations["agent-0"]
    assert [one["id"] for one in talk.messages] == talk.in_context == ["message-0", "message-1"]
    assert recording.agents["agent-0"]["model"] == "gpt-4"
    assert recording.version == "0.6.47"


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.backends.bundle.open_file.MAX_BYTES", 3)
    with pytest.raises(UnreadableFile, match="more than"):
        read_recording(b'{"agents": []}')
