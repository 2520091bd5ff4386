"""The rules of the fake model server."""

from typing import Any

import pytest

from tests.live.fake_llm import answer, deltas, tool_calls

MEMORY = {"function": {"name": "memory_insert", "parameters": {"properties": {"new_string": {}}}}}


def user(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], **more}


def test_echoes_the_user() -> None:
    assert answer(user("hello"), 7)["content"].startswith("Reply #7")
    assert answer(user("hello"), 7)["content"].endswith("you said: hello")


@pytest.mark.parametrize("text", ['@@{"content": "told"}', '{"message": "@@{\\"content\\": \\"told\\"}"}'])
def test_answers_as_it_is_told(text: str) -> None:
    assert answer(user(text), 0) == {"content": "told"}


def test_calls_memory_insert_with_the_argument_that_the_tool_has() -> None:
    [call] = answer(user("remember tea", tools=[MEMORY]), 3)["tool_calls"]
    assert call["arguments"] == {"label": "human", "new_string": "Fact 3: remember tea", "insert_line": -1}
    assert "tool_calls" not in answer(user("remember tea"), 3)


def test_says_what_comes_then_after_a_tool_result() -> None:
    asked = user('@@{"tool_calls": [{"name": "f"}], "then": "done"}')["messages"]
    assert answer({"messages": [*asked, {"role": "tool", "content": "OK"}]}, 0) == {"content": "done"}


def test_streams_the_pieces_of_a_reply_in_order() -> None:
    reply = {"content": "x" * 30, "tool_calls": [{"name": "f", "arguments": {"a": 1}}]}
    pieces = list(deltas(reply, tool_calls(reply)))
    assert "".join(piece.get("content", "") for piece in pieces) == "x" * 30
    assert pieces[-1]["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"a": 1}'}
