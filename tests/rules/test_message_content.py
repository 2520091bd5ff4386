"""What of a message a user typed, whatever a harness or a hostile server puts into it."""

from __future__ import annotations

import pytest

from tui.model.message import Message
from tui.rules.message_content import typed_text

TEXT = {"type": "text", "text": "hello"}
OPEN = "<system-reminder " * 60_000


@pytest.mark.parametrize(
    ("content", "typed"),
    [
        ("hello", "hello"),
        ([TEXT, {"type": "image"}, {"type": "text", "text": "there"}], "hello\nthere"),
        ("<system-reminder>a</system-reminder> hello <system-reminder>b</system-reminder>", "hello"),
        ('<system-reminder kind="date">a\nb</system-reminder>\n\nhello', "hello"),
        ("hello <system-reminder>that was cut off", "hello"),
        ([{"type": "text", "text": "<system-reminder>a</system-reminder>"}, TEXT], "hello"),
        ("<system-reminders> are what I ask about", "<system-reminders> are what I ask about"),
        ("[/foo] <b>", "[/foo] <b>"),
        pytest.param(f"{OPEN}x", f"{OPEN}x", id="a megabyte of tags that never end"),
        (None, ""),
        (7, ""),
        ({"text": "x"}, ""),
        ([None, 7, "x", {"type": "text", "text": ["x"]}, {"type": ["text"], "text": "x"}], ""),
    ],
)
def test_the_text_parts_without_the_reminders(content: object, typed: str) -> None:
    message = Message.read({"id": "message-1", "message_type": "user_message", "content": content})
    assert typed_text(message) == typed
