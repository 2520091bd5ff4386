"""The request of a model in the form of its provider: where its parts stand."""

from __future__ import annotations

from typing import Any

import pytest

from tui.rules.provider_request import (
    content_text,
    request_messages,
    request_settings,
    request_tools,
    system_message_text,
)

TEXT = "be terse"


@pytest.mark.parametrize(
    "request_json",
    [
        {"messages": [{"role": "system", "content": TEXT}, {"role": "user", "content": "x"}]},
        {"messages": [{"role": "developer", "content": [{"type": "text", "text": TEXT}]}]},
        {"input": [{"role": "developer", "content": TEXT}]},
        {"instructions": TEXT, "input": []},
        {"system": [{"type": "text", "text": "be "}, {"type": "text", "text": "terse"}], "messages": []},
        {"system": TEXT, "messages": [{"role": "user", "content": "x"}]},
        {"contents": [{"role": "user", "parts": [{"text": TEXT}]}]},
    ],
)
def test_the_system_message_of_every_provider_is_found(request_json: dict[str, Any]) -> None:
    assert system_message_text(request_json) == TEXT


def test_content_is_a_string_or_the_texts_of_its_parts() -> None:
    assert content_text("a") == "a"
    assert content_text([{"text": "a"}, {"image": 1}, {"text": "b"}]) == "ab"
    assert content_text([{"image": 1}]) is None
    assert content_text(7) is None


def test_messages_tools_and_settings_are_told_apart() -> None:
    user = {"role": "user", "content": "x"}
    request = {"model": "m", "messages": [{"role": "system", "content": TEXT}, user], "tools": ["t"]}
    assert request_messages(request) == [user]
    assert request_tools(request) == ["t"]
    assert request_settings(request) == {"model": "m"}
    assert request_tools({"config": {"tools": ["g"]}}) == ["g"]
    assert request_messages({"contents": [user]}) == [user]
    assert (request_messages({}), request_tools({"tools": "odd"})) == ([], [])
