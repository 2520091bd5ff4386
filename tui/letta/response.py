"""One response, read completely and within limits of size, speed and depth, whatever a server sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.letta.decoding import Body, TooMuch, decoded

if TYPE_CHECKING:
    from tui.letta.proxy import Proxy

LARGEST = 64 * 2**20
"""Bytes, unpacked, that are read from one response: sixteen times what ten thousand conversations take."""

LARGEST_REFUSAL = 2**20
"""Bytes that are read from an error response: a reason is one line."""

DEEPEST = 100
"""Levels of lists and objects; real servers send about ten, and much deeper ones could not be rendered."""

PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body)\b", re.IGNORECASE)
"""How a web page begins; nothing that Letta sends does."""

PAGE_TITLE = re.compile(rb"<title[^>]{0,200}>([^<]{1,500})<", re.IGNORECASE)

BEGINNING = 8_000
"""Bytes in which the title of a web page is looked for."""

HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""The escape of half a surrogate pair."""

HALVES = re.compile(r"[\ud800-\udfff]")


class Unanswered(Exception):
    """No complete response arrived; `sent` if the request may have been sent, `silent` if the wait timed out.

    `proxy` is the one that failed, so that the server was not asked.
    """

    def __init__(
        self, reason: str, *, sent: bool = True, silent: bool = False, proxy: Proxy | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.silent = silent
        self.proxy = proxy


class Unsendable(Exception):
    """The address, the key or the parameters cannot be sent in a request."""


class Response(NamedTuple):
    """A status, headers (looked up in lower case) and the body, which is empty if it was not read.

    A `Body` can be parsed only once.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes | Body
    target: str = ""
    """The address that a redirect names."""
    excess: str = ""
    """What the body has more of than is read, such as `64 MiB`."""
    encoding: str = ""
    """The Content-Encoding for which the body was not read."""


def web_page(answer: Response) -> str | None:
    """Return the title of a web page ("" if it has none) sent instead of a response; None if it is not a page.

    Proxies, login pages and content delivery networks send these; Letta has JSON for each status.
    """
    content = answer.content
    begin = content.beginning(BEGINNING) if isinstance(content, Body) else content[:BEGINNING]
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = begin.lstrip()[:1] in (b"{", b"[", b'"') or not (begin or answer.excess)
    if PAGE.match(begin) is None and (is_json or kind not in ("text/html", "application/xhtml+xml")):
        return None
    title = PAGE_TITLE.search(begin)
    return "" if title is None else title[1].decode(errors="replace")


def parsed(content: bytes | Body) -> tuple[str, Any]:
    """Return what is wrong with a body ("" for nothing) and its value; an empty body is None.

    NaN and infinities, which JSON does not have, become None. Raises TooMuch.
    """
    if not len(content):
        return "", None
    deep = False

    def look(sent: bytes, value: Any) -> Any:
        """Check the depth only of a piece that has enough brackets to be too deep."""
        nonlocal deep
        deep = deep or (sent.count(b"[") + sent.count(b"{") >= DEEPEST and _deep(value))
        if not deep and HALF.search(sent):
            _rename(value)
        return value

    try:
        body = decoded(content, look)
    except TooMuch:
        raise
    except (ValueError, RecursionError):
        return "is not complete JSON", None
    return (f"is nested more than {DEEPEST} levels deep", None) if deep else ("", body)


def _rename(value: Any) -> None:
    """Give fields names that can be encoded as UTF-8; other strings stay as they are."""
    if isinstance(value, dict):
        if not all(map(_encodable, value)):
            fields = {name.encode(errors="replace").decode(): one for name, one in value.items()}
            value.clear()
            value.update(fields)
        value = value.values()
    elif not isinstance(value, list):
        return
    for one in value:
        _rename(one)


def _encodable(name: str) -> bool:
    return name.isascii() or not HALVES.search(name)


def _deep(body: object) -> bool:
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        level = [
            one
            for value in level
            for one in (value.values() if isinstance(value, dict) else value)
            if isinstance(one, (dict, list))
        ]
        if not level:
            return False
    return True
