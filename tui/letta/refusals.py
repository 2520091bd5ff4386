"""What a server's error status means, and the server's reason in one readable line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import cast

from tui.letta.api_key import unchanged
from tui.model.errors import KeyRefused, NotOffered, NotThere, Refused, Rejected, ServerTrouble

LONGEST_REASON = 4_000
"""Characters of a reason that are searched: a pattern in a megabyte of near misses takes hours."""


def refusal(
    status: int,
    body: object,
    what: str,
    server: str,
    *,
    hide: Callable[[str], str] = unchanged,
    key_hint: str = "",
    via: str = "",
) -> Refused:
    """The error for a status >= 400 and its body, of any shape; `hide` removes an echoed key.

    `via` names a proxy that may have answered in place of the server.
    """
    detail = reason_in(body, hide)
    routeless = status == 404 and detail == "Not Found"
    kind: type[Refused] = Rejected
    if status in (401, 403):
        kind, reason = KeyRefused, f"the key was refused ({status})"
    elif routeless or status in (405, 501):
        kind, reason = NotOffered, f"not offered by this server ({status})"
    elif status == 404:
        # Letta's own text leaks internals of its access check (measured), so it is not repeated.
        kind, reason = NotThere, "not found (404)"
    elif status == 429:
        kind, reason = ServerTrouble, f"the server asks for patience (429{': ' + detail if detail else ''})"
    elif status >= 500:
        kind, reason = ServerTrouble, f"the server failed ({status}{': ' + detail if detail else ''})"
    else:
        reason = f"refused ({status}{': ' + detail if detail else ''})"
    error = kind(f"{what}: {reason}{via}", status=status, detail=detail, server=server)
    if kind is KeyRefused and key_hint:
        error.hint = key_hint
    return error


def reason_in(body: object, hide: Callable[[str], str] = unchanged) -> str:
    """The server's reason in one line: `detail`, else `error.message`, else ""."""
    if not isinstance(body, dict):
        return ""
    detail = body.get("detail")
    error = body.get("error")
    if detail is None and isinstance(error, dict):
        detail = error.get("message")
    if isinstance(detail, list):
        detail = "; ".join(
            str(item.get("msg", item)) if isinstance(item, dict) else str(item) for item in detail
        )
    text = detail if isinstance(detail, str) else "" if detail is None else json.dumps(detail)
    text = hide(text[: 2 * LONGEST_REASON])[:LONGEST_REASON]
    messages = cast(
        "list[str]", re.findall(r"'msg': ['\"](.*?)['\"],", text)
    )  # a Python repr inside a string
    return flat("; ".join(messages) or text.removeprefix("INVALID_ARGUMENT: ").removeprefix("CONFLICT: "))


def flat(text: str, limit: int = 300) -> str:
    """Text of the server cut to one printable line."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
