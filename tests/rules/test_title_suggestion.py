"""The suggested title is the user's first sentence, cut at a word, without text of a harness or a server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.model.message import Message
from tui.model.text import is_unsafe
from tui.rules.title_suggestion import LONGEST, first_user_text, suggested_title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Why does the build fail?", "Why does the build fail?"),
        ("Fix the parser. Then the tests.", "Fix the parser"),
        ("Stop! It is on fire.", "Stop!"),
        ("Use e.g. ruff for that. Thanks.", "Use e.g. ruff for that"),
        ("Is 3.11 enough? I think so", "Is 3.11 enough?"),
        ("ask Dr. No about it", "ask Dr. No about it"),
        ("\n\n  # Title of it\nand more", "Title of it"),
        ("- first\n- second", "first"),
        ("1. first of many", "first of many"),
        ("> quoted", "quoted"),
        ("```python\nprint(1)\n```", "print(1)"),
        ("two   blanks\tand a tab", "two blanks and a tab"),
        ("…", ""),
        ("", ""),
        ("ビルドが失敗する。直して", "ビルドが失敗する。直して"),
        ("<system-reminder>be kind</system-reminder>Sort the list", "Sort the list"),
        ("\x1b[31mred\x1b[0m alert", "[31mred[0m alert"),
        ("[/foo] is markup", "[/foo] is markup"),
    ],
)
def test_the_first_sentence(text: str, title: str) -> None:
    assert suggested_title(text) == title


def test_a_long_sentence_is_cut_at_a_word() -> None:
    text = "can you look at the nightly import that fails on every second Tuesday of the month"
    assert suggested_title(text) == "can you look at the nightly import that fails on every…"
    assert suggested_title("x" * 80) == "x" * 59 + "…"
    assert suggested_title("a" * 60) == "a" * 60


@given(st.text())
def test_any_text_gives_a_line_that_can_be_saved_and_fits(text: str) -> None:
    title = suggested_title(text)
    assert len(title) <= LONGEST
    assert title == title.strip()
    assert "\n" not in title
    assert not any(map(is_unsafe, title))


def said(content: object, kind: str = "user_message") -> Message:
    return Message.read({"id": "message-1", "message_type": kind, "content": content})


def test_what_the_user_typed_first() -> None:
    reminder = {"type": "text", "text": "<system-reminder>cwd</system-reminder>"}
    messages = [
        said("You are Ada.", "system_message"),
        said('{"type": "login", "time": "now"}'),
        said([reminder]),
        said([reminder, {"type": "text", "text": "Hello there"}]),
        said("Later"),
    ]
    assert first_user_text(messages) == "Hello there"
    assert first_user_text(messages[:2]) == ""
