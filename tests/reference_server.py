"""A server that has the four documented calls about conversations, answers with their examples, and has no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx

EXAMPLES: dict[str, Any] = {
    name.partition(" ")[0] + (" list" if "after=" in name else ""): value
    for name, value in json.loads(
        (Path(__file__).parent / "fixtures" / "reference_examples.json").read_bytes()
    ).items()
}
"""The answers by method; that of a list is "GET list"."""

ITEM = re.compile(r"/v1/conversations/([^/]+)")
TOO_SHORT = "[{'type': 'string_too_short', 'msg': 'String should have at least 41 characters', 'input': 'x'}]"


class ReferenceServer(httpx.AsyncBaseTransport):
    """Says of every other call that there is none, as a self-hosted server does or, if `cloud`, as the cloud may.

    An id to read has 41 characters, as the reference says, unless it is `lenient`.
    """

    def __init__(self, *, cloud: bool = False, lenient: bool = False) -> None:
        self.none = {"message" if cloud else "detail": "Not Found"}
        self.lenient = lenient
        self.requests: list[httpx.Request] = []

    @property
    def asked(self) -> list[str]:
        """Methods and paths of all requests."""
        return [f"{request.method} {request.url.path}" for request in self.requests]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        method, path = request.method, request.url.path
        if path == "/v1/conversations/" and method in ("GET", "POST"):
            return httpx.Response(200, json=EXAMPLES["GET list" if method == "GET" else "POST"])
        found = ITEM.fullmatch(path)
        if found is None or method not in ("GET", "PATCH"):
            return httpx.Response(404, json=self.none)
        if method == "GET" and len(found[1]) != 41 and not self.lenient:
            return httpx.Response(422, json={"trace_id": "", "detail": TOO_SHORT})
        return httpx.Response(200, json=EXAMPLES[method])
