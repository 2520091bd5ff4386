"""One answer is read within bounds: of size, of depth, of speed, and of what numbers and names can be."""

from __future__ import annotations

import json

import pytest

from tests.faults.tally import TALLY
from tui.letta import decoding
from tui.letta.decoding import LARGE, MOST_IN_ONE, MOST_ROWS, PIECE, TooMuch
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
        (b"<html>", "is not complete JSON"),
        (b'{"a": ', "is not complete JSON"),
        (b"\xff\xfe\x00", "is not complete JSON"),
        (b'"\x00"', "is not complete JSON"),
        (b"1" * 5_000, "is not complete JSON"),
        (b"[" * 200_000, "is not complete JSON"),
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


def filled(start: bytes, piece: bytes, count: int, end: bytes) -> bytes:
    return start + piece * count + end


@pytest.mark.parametrize(
    ("content", "excess"),
    [
        (filled(b"[", b"{},", MOST_ROWS, b"{}]"), "100,000 rows"),
        (filled(b" [\n", b"{} ,\t", MOST_ROWS, b"{}]"), "100,000 rows"),
        (filled(b"[", b'{"id":"x"},', MOST_ROWS, b'{"id":"x"}]'), "100,000 rows"),
        (filled(b"[", b'{"a":[{"b":1},{}]}, ', MOST_ROWS, b"{}]"), "100,000 rows"),
        (filled(b"[", b"1,", MOST_ROWS, b"1]"), "100,000 rows"),
        (filled(b"[", b'{"a":[' + b"1," * 50 + b"1]},", 90_000, b"{}]"), "4,000,000 values"),
        (filled(b'{"a":[', b"[],", MOST_IN_ONE // 2, b"[]]}"), "1,000,000 values in one object"),
        (filled(b"[", b"[],", MOST_IN_ONE // 2, b"[]]"), "1,000,000 values in one object"),
        (filled(b'[{"a":[', b'{"b":1},', MOST_IN_ONE // 2, b"{}]}]"), "1,000,000 values in one object"),
        (filled(b'{"a":[', b"1,", MOST_IN_ONE, b""), "1,000,000 values in one object"),
        (f'["{"x" * 100}"{",1" * MOST_IN_ONE}]'.encode("utf-16"), "1,000,000 values in one object"),
    ],
    ids=[
        "empty rows",
        "airy rows",
        "rows with an id",
        "rows with rows",
        "numbers",
        "wide rows",
        "an object",
        "lists",
        "one row",
        "cut",
        "UTF-16",
    ],
)
def test_more_than_is_read_is_refused_before_it_is_decoded(content: bytes, excess: str) -> None:
    with TALLY.trying(), pytest.raises(TooMuch, match=excess):
        parsed(content)


def test_as_much_as_is_read_is_read() -> None:
    with TALLY.trying():
        assert len(parsed(filled(b"[", b"{},", MOST_ROWS - 1, b"{}]"))[1]) == MOST_ROWS
        assert len(parsed(filled(b'{"a":[', b"1,", MOST_IN_ONE - 2, b"1]}"))[1]["a"]) == MOST_IN_ONE - 1


def test_what_is_inside_of_texts_counts_for_nothing() -> None:
    """JSON as a text, with escapes wherever blocks of it may be cut."""
    text = json.dumps([{"a": "\\", "b": ['"', '\\"', "x" * (n % 7)]} for n in range(200_000)])
    for shift in range(5):
        sent = json.dumps({"shift": "x" * shift, "text": text}).encode()
        assert sent.count(b",") + sent.count(b"[") + sent.count(b"{") > MOST_IN_ONE
        assert parsed(sent) == ("", {"shift": "x" * shift, "text": text})


def test_a_long_list_is_decoded_in_small_pieces_however_it_is_spaced(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    whole = decoding._decoded

    def counted(content: bytes) -> object:
        sizes.append(len(content))
        return whole(content)

    monkeypatch.setattr(decoding, "_decoded", counted)
    rows = [{"id": f"m{n}", "calls": [{"name": "look"}, {"name": "look"}]} for n in range(5_000)]
    for separators, indent in (((",", ":"), None), ((", ", ": "), None), (None, 1)):
        sizes.clear()
        sent = json.dumps(rows, separators=separators, indent=indent).encode()
        assert len(sent) > LARGE
        assert parsed(sent) == ("", rows)
        assert max(sizes) < 3 * PIECE
