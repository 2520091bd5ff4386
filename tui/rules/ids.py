"""Ids as people type and paste them: whole, or the first characters of one."""

from __future__ import annotations

import re
from typing import Literal

from tui.model.text import plural

Noun = Literal["conversation", "agent"]

PREFIXES: dict[Noun, str] = {"conversation": "conv-", "agent": "agent-"}

LEAST = 8
"""Characters after `conv-` or `agent-` from which an abbreviated id is accepted."""

WHOLE = 36
"""Characters after `conv-` or `agent-` in a whole id, which is a UUID."""

QUOTES = "\"'`“”„‘’‚«»‹›<>"
"""What often stands around an id that was copied from a text."""

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_HEX = re.compile(r"(conv|agent)-[0-9a-f-]*", re.IGNORECASE)
_LOCAL = re.compile(rf"local-conv-\d+|agent-local-{_UUID}", re.IGNORECASE)
_WHOLE = re.compile(rf"(conv|agent)-{_UUID}")


def cleaned(typed: str) -> str:
    """The id that was meant, without quotes, spaces, a cut mark or capitals; a text that is no id as it was typed."""
    text = "".join(typed.split()).strip(QUOTES).removesuffix("…").removesuffix("...")
    text = "".join(text.split())
    if text.casefold() == "default":
        return "default"
    return text.lower() if _HEX.fullmatch(text) or _LOCAL.fullmatch(text) else typed


def is_whole(text: str) -> bool:
    """Whether this is a whole id, as Letta makes them."""
    return _WHOLE.fullmatch(text) is not None


def is_abbreviated(text: str, noun: Noun) -> bool:
    """Whether this may be the beginning of an id, long enough to be looked for."""
    start = PREFIXES[noun]
    rest = text.removeprefix(start)
    return text.startswith(start) and bool(_HEX.fullmatch(text)) and LEAST <= len(rest) < WHOLE


def why_no_id(text: str, noun: Noun) -> str:
    """A sentence that says what is wrong with an id that names nothing; "" where it is well formed."""
    start, other = PREFIXES[noun], "agent" if noun == "conversation" else "conversation"
    if _WHOLE.fullmatch(text) and not text.startswith(start):
        return f"that is the id of an {other}" if other == "agent" else f"that is the id of a {other}"
    form = f"an id is {start} and {WHOLE} characters, of which the first {LEAST} are enough"
    if not text.startswith(start) or not _HEX.fullmatch(text):
        return form
    length = len(text.removeprefix(start))
    if length < LEAST:
        return f"too short, {plural(length, 'character')} after {start}: {form}"
    return f"too long, {length} characters after {start}: {form}" if length > WHOLE else ""
