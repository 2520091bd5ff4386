"""One answer is read within bounds: of size, of depth, of speed, and of what numbers and names can be."""

from __future__ import annotations

import json

import pytest

from tests.faults.tally import TALLY
from tui.letta.decoding import LARGE
from tui.letta.response import DEEPEST, parsed


def nested(levels: int) -> bytes:
    return b'{"a":[' * (levels // 2) + b"1" + b"]}" * (levels // 2)


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (b"", None),
        (b"[NaN, Infinity, -Infinity, 1e999, -1e999, 1.5]", [None, None, None, None, None, 1.5]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a\\ud800": "b\\udfff"}', {"a?": "b\udfff"}),
        (b'{"\\ud83d\\ude00": [{"\\ud800": 1}]}', {"\U0001f600": [{"?": 1}]}),
        (nested(DEEPEST), json.loads(nested(DEEPEST))),
        (b"[" + b"[]," * 500 + b"1]", [[]] * 500 + [1]),
    ],
    ids=["empty", "no numbers", "a name twice", "half a pair", "a pair", "deep", "wide"],
)
def test_what_can_be_read_is_read(content: bytes, read: object) -> None:
    with TALLY.trying():
        assert parsed(content) == ("", read)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>", "is not whole JSON"),
        (b'{"a": ', "is not whole JSON"),
        (b"\xff\xfe\x00", "is not whole JSON"),
        (b'"\x00"', "is not whole JSON"),
        (b"1" * 5_000, "is not whole JSON"),
        (b"[" * 200_000, "is not whole JSON"),
        (nested(DEEPEST + 2), "is nested more than 100 levels deep"),
        (nested(900), "is nested more than 100 levels deep"),
    ],
    ids=[
        "html",
        "cut",
        "no UTF-8",
        "a control in a text",
        "a number without end",
        "a bomb",
        "deeper",
        "deepest",
    ],
)
def test_what_cannot_is_said(content: bytes, words: str) -> None:
    with TALLY.trying():
        assert parsed(content) == (words, None)


def test_a_long_list_is_refused_for_one_row_that_is_nested_too_deeply() -> None:
    """It is looked for in the piece that the row is in."""
    row = b'{"id":"message-1","content":"' + b"words " * 90 + b'"}'
    rows = [row] * 900
    assert parsed(b"[" + b",".join(rows) + b"]")[0] == ""
    for place in (0, 450, 899):
        deep = b'{"id":"message-2","content":' + nested(DEEPEST) + b"}"
        sent = b"[" + b",".join([*rows[:place], deep, *rows[place + 1 :]]) + b"]"
        assert len(sent) > LARGE
        assert parsed(sent) == ("is nested more than 100 levels deep", None)


def test_pieces_that_open_few_objects_are_not_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[object] = []
    monkeypatch.setattr("tui.letta.response._deep", lambda value: walked.append(value))
    row = b'{"id":"message-1","tool_call":{"name":"look"},"content":"' + b"words " * 180 + b'"}'
    wrong, body = parsed(b"[" + b",".join([row] * 5_000) + b"]")
    assert not wrong
    assert len(body) == 5_000
    assert walked == []
