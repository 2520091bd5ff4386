"""Bytes of a terminal become text, whatever they are and however they are cut; reports become no keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._xterm_parser import XTermParser

from tui.textual_fixes.terminal_driver import TerminalInput

pytestmark = pytest.mark.textual_fixes

KEYS = [
    b"a",
    "é".encode(),
    "日".encode(),
    b"\x1b",
    b"\x1b[A",
    b"\x1bOP",
    b"\x1b[1;5C",
    b"\x1b[27u",
    b"\r",
    b"\x1b[200~",
]
REPORTS = [
    b"\x1b[<0;10;10M",
    b"\x1b[?2026;2$y",
    b"\x1b[?2048;1$y",
    b"\x1b[I",
    b"\x1b[48;40;120;640;960t",
    b"\x1b[5;5R",
]
"""What Textual reads."""

NO_KEYS = [
    b"\x1b[M !!",
    b"\x1b[MC\xa20",
    b"\x1b[M\xc3\xa9\xff",
    b"\x1b[?64;1;2c",
    b"\x1b[>41;354;0c",
    b"\x1b[?1u",
    b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
    b"\x1b]52;c;eA==\x07",
    b"\x1bP>|tmux 3.4\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b[" + b"1;" * 40 + b"m",
]


def read(pieces: list[bytes], *, settled: bool = True) -> str:
    incoming = TerminalInput()
    text = "".join(map(incoming.feed, pieces))
    return text + incoming.settle() if settled else text


@pytest.mark.parametrize("data", KEYS + REPORTS)
def test_keys_and_reports_that_are_read_pass_unchanged(data: bytes) -> None:
    assert read([data], settled=False) == data.decode()


@pytest.mark.parametrize("data", NO_KEYS)
def test_reports_that_are_not_read_are_left_out_wherever_they_are_cut(data: bytes) -> None:
    for at in range(2, len(data)):
        assert read([b"x" + data[:at], data[at:] + b"y"]) == "xy", data[:at]
    assert read([b"x" + data + b"y"]) == "xy"


@pytest.mark.parametrize("data", [b"\x1b]", b"\x1bP", b"\x1b_", b"\x1b[M"])
def test_a_key_that_begins_like_a_report_is_read_when_nothing_follows(data: bytes) -> None:
    assert read([data], settled=False) == ""
    assert read([data]) == data.decode()


def test_what_never_ends_is_neither_kept_for_ever_nor_typed() -> None:
    incoming = TerminalInput()
    assert incoming.feed(b"\x1b[?" + b"1" * 500) == ""
    assert incoming.settle() == ""
    assert incoming.feed(b"a") == "a"


def test_bytes_that_are_no_utf8_are_left_out_and_those_around_them_stay() -> None:
    assert read([b"a\xffb\xc3", b"\xa9c\xe2\x82", b"d"]) == "abécd"


def test_the_mouse_in_another_form_is_noticed() -> None:
    incoming = TerminalInput()
    incoming.feed(b"\x1b[?64c")
    assert not incoming.foreign_mouse
    incoming.feed(b"\x1b[M !!")
    assert incoming.foreign_mouse


@given(st.lists(st.one_of(st.sampled_from(KEYS + REPORTS + NO_KEYS), st.binary(max_size=12))), st.data())
def test_any_bytes_in_any_pieces_become_text(parts: list[bytes], data: st.DataObject) -> None:
    """And the next key is read as always."""
    incoming, rest = TerminalInput(), b"".join(parts)
    while rest:
        cut = data.draw(st.integers(1, len(rest)))
        incoming.feed(rest[:cut])
        rest = rest[cut:]
    incoming.settle()
    incoming.settle()
    assert incoming.feed(b" a").endswith(" a")


def test_the_parser_is_what_some_reports_end() -> None:
    """Why the driver takes a new one after a failure."""
    with pytest.raises((ValueError, OverflowError)):
        list(XTermParser().feed("\x1b[99999999999u"))
