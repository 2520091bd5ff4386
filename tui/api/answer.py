"""One answer, read whole and within bounds: of size, of speed and of depth, whatever a server sends."""

from __future__ import annotations

import asyncio
import json
import math
import re
from dataclasses import dataclass
from typing import Any

import httpx

LARGEST = 40_000_000
"""Bytes, unpacked, that are read of one answer: ten times what ten thousand conversations take."""

LARGEST_REFUSAL = 1_000_000
"""Bytes that are read of an answer that refuses: a reason is one line."""

SLOWEST = 1024
"""Bytes that have to come within the time that a silent server is waited for."""

DEEPEST = 100
"""Levels of lists and objects; what real servers send has about ten, and what draws them would give up later."""

HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""The escape of half a surrogate pair."""


class Dripping(httpx.ReadTimeout):
    """An answer comes, too slowly ever to be whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, its headers, and the body; `cut` where there was more of it than is read."""

    status: int
    headers: httpx.Headers
    content: bytes
    target: str = ""
    """Where it redirects to, as it says."""
    cut: bool = False


async def keep_target(response: httpx.Response) -> None:
    """A hook for each answer: puts its Location where httpx does not look.

    It would make a request of it, which nobody sends, and fail where the address is nonsense.
    """
    response.extensions["target"] = response.headers.pop("Location", "")


async def fetch(client: httpx.AsyncClient, request: httpx.Request, *, connect: float, read: float) -> Answer:
    """Send a request and read its answer; a server that sends a byte now and then is silent too.

    Raises what httpx raises, and Dripping.
    """
    now = asyncio.get_running_loop().time
    limit = asyncio.timeout(2 * connect + 2 * read)
    try:
        async with limit:
            response = await client.send(request, stream=True)
            try:
                limit.reschedule(now() + read)
                return await _whole(response, limit, read)
            finally:
                await response.aclose()
    except TimeoutError:
        raise Dripping("less than 1 KiB within the timeout", request=request) from None


async def _whole(response: httpx.Response, limit: asyncio.Timeout, read: float) -> Answer:
    target = str(response.extensions.get("target", ""))
    most = LARGEST_REFUSAL if response.is_error else LARGEST
    now = asyncio.get_running_loop().time
    pieces: list[bytes] = []
    size = marked = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > most:
            return Answer(response.status_code, response.headers, b"", cut=True, target=target)
        pieces.append(piece)
        if size - marked >= SLOWEST:
            marked = size
            limit.reschedule(now() + read)
    return Answer(response.status_code, response.headers, b"".join(pieces), target)


def parsed(content: bytes) -> tuple[str, Any]:
    """What is wrong with a body, "" where nothing is, and what it says; an empty one says null.

    NaN and infinities, which JSON does not have, read as null.
    """
    if not content:
        return "", None
    try:
        body = json.loads(content, parse_constant=_unsaid, parse_float=_finite)
    except (ValueError, RecursionError):
        return "is not whole JSON", None
    if content.count(b"[") + content.count(b"{") > DEEPEST and _deep(body):
        return f"is nested more than {DEEPEST} levels deep", None
    return "", _renamed(body) if HALF.search(content) else body


def _unsaid(_name: str) -> None:
    return None


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _renamed(value: Any) -> Any:
    """The same with field names that can be written as UTF-8; texts keep what they hold."""
    if isinstance(value, list):
        return [_renamed(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name.encode(errors="replace").decode(): _renamed(one) for name, one in value.items()}


def _deep(body: object) -> bool:
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        inner = [value.values() if isinstance(value, dict) else value for value in level]
        level = [value for values in inner for value in values if isinstance(value, (dict, list))]
        if not level:
            return False
    return True
