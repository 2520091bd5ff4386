"""JSON as text and text as JSON: readable, and never an error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tui.model.json_text import TOO_DEEP, as_text, parse_json, pretty_json


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def test_json_nested_too_deeply_is_named() -> None:
    assert pretty_json(nested(100_000)) == TOO_DEEP
    assert json.loads(pretty_json(nested(50))) == nested(50)


@pytest.mark.parametrize("text", ["", "no json", "{", "NaN more", '"\ud800', "[" * 1_000_000, "9" * 5_000])
def test_text_that_is_no_json_holds_nothing(text: str) -> None:
    assert parse_json(text) is None


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), ("a", "a"), (7, "7"), ([1], "[\n  1\n]"), (False, "false")]
)
def test_a_value_that_should_be_text_is_text(value: object, text: str) -> None:
    assert as_text(value) == text
