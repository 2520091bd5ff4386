"""What a server's error status means, and the server's reason in one readable line.

Letta 0.16.x gives its reason as `detail` or as `error.message` (measured). Letta Cloud has `error`, `message`,
`reasons`, `reason_text` or `errorCode`, at the top or below `error` (its official client's types; not measured).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from tui.letta.api_key import unchanged
from tui.letta.retry import LONGEST_WAIT
from tui.model.errors import (
    STATUS_PHRASES,
    KeyRefused,
    LettaError,
    NotAllowed,
    NotOffered,
    NotThere,
    RateLimited,
    Refused,
    Rejected,
    ServerTrouble,
    TurnRunning,
)

LONGEST_REASON = 4_000
"""Characters of a reason that are searched: a pattern in a megabyte of near misses takes hours."""

MOST_CODES = 10
"""Codes of one refusal that are shown; real servers send one or two."""

_KEY = (
    r"(?:(?:or|the|your|this|an?|api|valid|access|bearer|authentication|authorization)[ -])*"
    r"(?:key|token|password|credentials?)"
)
_WRONG = r"(?:invalid|incorrect|wrong|unknown|expired|revoked|missing|malformed|no)"
BAD_KEY = re.compile(
    r"unauthori[sz]ed|unauthenticated|not authenticated|authentication (?:required|failed)"
    rf"|\b{_WRONG} (?:or {_WRONG} )?{_KEY}\b|\b{_KEY} (?:is |was |has |are )?(?:been )?{_WRONG}\b",
    re.IGNORECASE,
)
"""Reasons of a 403 that are about the key itself; any other is about what the key may do."""


def refusal(
    status: int,
    body: object,
    what: str,
    server: str,
    *,
    hide: Callable[[str], str] = unchanged,
    key_hint: str = "",
    via: str = "",
    retry_after: float | None = None,
    writing: bool = False,
) -> Refused:
    """Return the error for a status >= 400 and its body, of any shape; `hide` removes an echoed key.

    `via` names a proxy that may have answered in place of the server. `retry_after` are the seconds of the header of
    that name; without it, those of the body count. The error of a refused write says that it is not sent again.
    """
    detail, codes = reason_in(body, hide), codes_in(body, hide)
    number = _number(status, detail)
    seconds = _seconds(body) if retry_after is None else retry_after
    kind: type[Refused]
    if status == 409 and isinstance(body, dict) and body.get("code") == TurnRunning.CODE:
        kind, reason = TurnRunning, flat(hide(str(body.get("detail") or "A turn seems to be running.")))
    else:
        kind, reason = _meaning(status, detail, number)
    if issubclass(kind, RateLimited | ServerTrouble):
        if seconds:
            reason = f"the server asks to wait {wait_text(seconds)} ({number})"
        if writing and (kind is RateLimited or seconds):
            reason += "; this is not retried automatically"
    error = kind(
        f"{what}: {reason}{via}",
        status=status,
        detail=detail,
        server=server,
        codes=codes,
        retry_after=seconds,
        retryable=not (isinstance(body, dict) and body.get("retryable") is False),
    )
    if kind is KeyRefused and key_hint:
        error.hint = key_hint
    return error


def _meaning(status: int, detail: str, number: str) -> tuple[type[Refused], str]:
    """Return what a status means, and the words for it; `number` is the status with the server's reason."""
    said = "" if detail.casefold() in STATUS_PHRASES else detail
    if status == 401 or (status == 403 and (not said or BAD_KEY.search(said))):
        return KeyRefused, f"the API key is missing or wrong ({status})"
    if status == 402:
        return NotAllowed, f"payment required ({number})"
    if status == 403:
        return NotAllowed, f"not allowed ({number})"
    if (status == 404 and detail == "Not Found") or status in (405, 501):
        return NotOffered, f"not supported by this server ({number})"
    if status == 404:
        # Letta's own text leaks internals of its access check (measured), so it is not repeated.
        return NotThere, "not found (404)"
    if status == 429:
        return RateLimited, f"too many requests ({number})"
    if status >= 500:
        return ServerTrouble, f"the server failed ({number})"
    return Rejected, f"refused ({number})"


def asks_to_wait(asked: LettaError, what: str) -> LettaError:
    """Return the error of a request that was not sent, because an earlier response `asked` to wait."""
    words = f"{what}: not sent, the server asks to wait {wait_text(asked.retry_after or 0)}"
    if not isinstance(asked, Refused):
        return type(asked)(words, server=asked.server, retry_after=asked.retry_after)
    return type(asked)(
        f"{words} ({_number(asked.status, asked.detail)})",
        status=asked.status,
        detail=asked.detail,
        server=asked.server,
        codes=asked.codes,
        retry_after=asked.retry_after,
    )


def _number(status: int, detail: str) -> str:
    """A status with its reason, unless that only repeats the status."""
    return f"{status}" if detail.casefold() in ("", *STATUS_PHRASES) else f"{status}: {detail}"


def reason_in(body: object, hide: Callable[[str], str] = unchanged) -> str:
    """Return the server's reason in one line: its codes as they came, then its words; "" if it gives none."""
    codes = ", ".join(codes_in(body, hide))
    texts = (_cleaned(text, hide) for text in _texts(body))
    return flat(": ".join(filter(None, dict.fromkeys((codes, *texts)))))


def codes_in(body: object, hide: Callable[[str], str] = unchanged) -> tuple[str, ...]:
    """The reasons that a body names for programs, as they came, such as `not-enough-credits`."""
    found: list[object] = []
    for level in _levels(body):
        reasons = level.get("reasons")
        found += reasons if isinstance(reasons, list) else [reasons]
        found += [level.get("errorCode"), level.get("code")]
    codes = (flat(hide(code), 80) for code in found[: 2 * MOST_CODES] if isinstance(code, str))
    return tuple(dict.fromkeys(filter(None, codes)))[:MOST_CODES]


def _levels(body: object) -> Iterable[dict[str, Any]]:
    """The objects of a body that may have reasons: itself, and what is below `error` or `detail`."""
    if isinstance(body, dict):
        yield body
        for name in ("error", "detail"):
            if isinstance(body.get(name), dict):
                yield body[name]


def _texts(body: object) -> Iterable[str]:
    """The texts of a reason, the most general first; where Letta 0.16.x gives a `detail`, that alone."""
    if not isinstance(body, dict):
        return
    detail = body.get("detail")
    if isinstance(detail, list):
        yield "; ".join(
            str(item.get("msg", item)) if isinstance(item, dict) else str(item) for item in detail
        )
        return
    if isinstance(detail, str):
        yield detail
        return
    found = [
        text
        for level in _levels(body)
        for name in ("error", "message", "reason_text")
        if isinstance(text := level.get(name), str)
    ]
    yield from found
    if not found and detail is not None and not codes_in(body):
        yield json.dumps(detail)


def _cleaned(text: str, hide: Callable[[str], str]) -> str:
    """A text of the server without the key, and without what Python or Letta wrap around it."""
    text = hide(text[: 2 * LONGEST_REASON])[:LONGEST_REASON]
    messages = cast(
        "list[str]", re.findall(r"'msg': ['\"](.*?)['\"],", text)
    )  # a Python repr inside a string
    return flat("; ".join(messages) or text.removeprefix("INVALID_ARGUMENT: ").removeprefix("CONFLICT: "))


def _seconds(body: object) -> float | None:
    """The seconds until a quota is reset, which the body of a 429 can give in milliseconds."""
    for level in _levels(body):
        value = level.get("timeToQuotaResetMs")
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return min(value, LONGEST_WAIT) / 1000
    return None


def wait_text(seconds: float) -> str:
    """How long to wait, in whole seconds; many of them also in minutes or hours."""
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    return f"{whole} s ({whole // 60} min)" if whole < 7200 else f"{whole} s ({whole // 3600} h)"


def flat(text: str, limit: int = 300) -> str:
    """Text of the server cut to one printable line."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
