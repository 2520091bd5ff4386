"""Values of the wire as text: whole, readable, and never decoded or run."""

from __future__ import annotations

from typing import Any

import pytest

from tui.model.json_text import TOO_DEEP
from tui.presentation.content_parts import content_parts, short_json
from tui.presentation.item import Text


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (None, ()),
        ("plain *text*", (Text("plain *text*", "", True),)),
        ("", (Text("", "", True),)),
        ([], ()),
        (
            [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
            (Text("one", "", True), Text("two", "", True)),
        ),
        ([{"type": "text", "text": None}], (Text("", "", True),)),
        (["odd", 7, None], (Text("odd", "code"), Text("7", "code"), Text("null", "code"))),
        ([{"type": "hologram", "at": 1}], (Text('{\n  "type": "hologram",\n  "at": 1\n}', "code"),)),
        ({"a": 1}, (Text('{\n  "a": 1\n}', "code"),)),
        (7, (Text("7", "code"),)),
        ('{"a": 1}', (Text('{"a": 1}', "", True),)),
    ],
)
def test_message_content_of_any_shape_becomes_parts(content: object, parts: tuple[Text, ...]) -> None:
    assert content_parts(content) == parts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a":[1,2]}', '{\n  "a": [\n    1,\n    2\n  ]\n}'),
        ("[1]", "[\n  1\n]"),
        ("{}", "{}"),
        ("{not json", "{not json"),
        ("7", "7"),
        ("", ""),
        ('{"a":' * 500_000, '{"a":' * 500_000),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_tool_s_json_is_laid_out_and_anything_else_left_alone(text: str, shown: str) -> None:
    assert content_parts(text, markdown=False, role="code") == (Text(shown, "code"),)


def image(**source: object) -> list[dict[str, object]]:
    return [{"type": "image", "source": source}]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (image(media_type="image/png", data="A" * 12_000), "[image: image/png, 12.0 k characters of base64]"),
        (image(media_type="image/png", data=None), "[image: image/png, stored by the server]"),
        (image(url="https://example.invalid/a.png"), "[image: image, https://example.invalid/a.png]"),
        ([{"type": "image"}], "[image: image, stored by the server]"),
        ([{"type": "image", "source": "odd"}], "[image: image, stored by the server]"),
    ],
)
def test_an_image_is_told_by_type_and_size(content: object, words: str) -> None:
    assert content_parts(content) == (Text(words, "muted"),)


def test_json_nested_too_deeply_is_named() -> None:
    assert short_json(nested(100_000)) == TOO_DEEP


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a  b\nc", "a b ⏎ c"),
        ({"a": [1, "é"]}, '{"a": [1, "é"]}'),
        ("x" * 100, "x" * 59 + "…"),
        (None, "null"),
        (True, "true"),
    ],
)
def test_a_value_in_a_few_words(value: object, text: str) -> None:
    assert short_json(value) == text
