"""Ids as people type and paste them: whole, or the first characters of one."""

from __future__ import annotations

import re
from typing import Literal

from tui.model.text import plural

Noun = Literal["conversation", "agent"]

PREFIXES: dict[Noun, str] = {"conversation": "conv-", "agent": "agent-"}

LOCAL_AGENT = "agent-local-"
"""How the ids of Letta Code's agents begin; its conversations are numbered, `local-conv-7`, so that none is cut."""

LEAST = 8
"""Fewest characters after `conv-`, `agent-` or `agent-local-` in an abbreviated id."""

WHOLE = 36
"""Characters after `conv-` or `agent-` in a whole id, which is a UUID."""

QUOTES = "\"'`“”„‘’‚«»‹›<>"
"""What often surrounds an id that was copied from a text."""

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_HEX = re.compile(r"(conv|agent|agent-local)-[0-9a-f-]*", re.IGNORECASE)
_LOCAL_CONVERSATION = re.compile(rf"local-conv-(\d+|{_UUID})", re.IGNORECASE)
_WHOLE = re.compile(rf"(conv|agent|agent-local)-{_UUID}")


def cleaned(typed: str) -> str:
    """Return an id without quotes, spaces, an ellipsis or capitals; anything else is returned as typed."""
    text = "".join(typed.split()).strip(QUOTES).removesuffix("…").removesuffix("...")
    text = "".join(text.split())
    if text.casefold() == "default":
        return "default"
    return text.lower() if _HEX.fullmatch(text) or _LOCAL_CONVERSATION.fullmatch(text) else typed


def is_whole(text: str) -> bool:
    """Return whether this is a whole id, as Letta makes them."""
    return _WHOLE.fullmatch(text) is not None


def is_abbreviated(text: str, noun: Noun) -> bool:
    """Return whether this may be the beginning of an id, long enough to be looked for."""
    start = _start(text, noun)
    rest = text.removeprefix(start)
    return text.startswith(start) and bool(_HEX.fullmatch(text)) and LEAST <= len(rest) < WHOLE


def _start(text: str, noun: Noun) -> str:
    """Return how an id such as this one begins."""
    return LOCAL_AGENT if noun == "agent" and text.startswith(LOCAL_AGENT) else PREFIXES[noun]


def why_no_id(text: str, noun: Noun) -> str:
    """Return what is wrong with an id that was not found, "" if it is well formed."""
    start, other = _start(text, noun), "agent" if noun == "conversation" else "conversation"
    is_local = _LOCAL_CONVERSATION.fullmatch(text) is not None
    if is_local and noun == "conversation":
        return ""
    if (is_local or _WHOLE.fullmatch(text)) and not text.startswith(start):
        return f"that is the id of an {other}" if other == "agent" else f"that is the id of a {other}"
    form = f"an id is {start} and {WHOLE} characters, of which the first {LEAST} are enough"
    if not text.startswith(start) or not _HEX.fullmatch(text):
        return form
    length = len(text.removeprefix(start))
    if length < LEAST:
        return f"too short, {plural(length, 'character')} after {start}: {form}"
    return f"too long, {length} characters after {start}: {form}" if length > WHOLE else ""
