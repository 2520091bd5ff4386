"""Suggest a title for a conversation from the first thing that its user wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.model.text import strip_unsafe
from tui.rules.message_content import REMINDER, typed_text

if TYPE_CHECKING:
    from tui.model.message import Message

LONGEST = 60
"""Characters of a suggestion."""

SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]*(?:\s+|$)")
ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|no|nr|mr|mrs|ms|dr|st|approx)|\b\w)\.$", re.IGNORECASE)
"""What ends with a full stop without ending a sentence: common abbreviations and single letters."""

LEADING = re.compile(r"^(?:[#>*•\-–—\s]|\d{1,3}[.)]\s)+")
"""Markdown in front of a line: headings, quotes, items of a list."""

FENCE = re.compile(r"^\s*(?:```|~~~).*$", re.MULTILINE)


def first_user_text(messages: Iterable[Message]) -> str:
    """Return what the user typed in the first user message that is text, "" if there is none.

    Reminders of a harness and the server's own envelopes, which are JSON, are left out.
    """
    for message in messages:
        if message.message_type == "user_message":
            typed = typed_text(message).strip()
            if typed and not typed.startswith("{"):
                return typed
    return ""


def suggested_title(text: str) -> str:
    """Return the first sentence of a text as a title, one line of at most 60 characters; "" for an empty text."""
    text = FENCE.sub("", REMINDER.sub("", text[:4000]))
    lines = (" ".join(strip_unsafe(LEADING.sub("", line)).split()) for line in text.splitlines())
    line = next((line for line in lines if any(char.isalnum() for char in line)), "")
    return _cut(_first_sentence(line))


def _first_sentence(line: str) -> str:
    """Return the line up to the end of its first sentence, without the full stop."""
    for end in SENTENCE_END.finditer(line):
        sentence = line[: end.start()]
        if not ABBREVIATED.search(sentence):
            return sentence.rstrip(".。…").rstrip() if sentence.rstrip(".。…").strip() else sentence
    return line


def _cut(sentence: str) -> str:
    """Shorten a sentence to 60 characters, after a whole word if possible, with `…` at the end."""
    if len(sentence) <= LONGEST:
        return sentence
    start = sentence[: LONGEST - 1]
    words = start.rpartition(" ")[0] if sentence[LONGEST - 1] != " " else start
    kept = words.rstrip(" ,;:–—-")
    return f"{kept or start}…"
