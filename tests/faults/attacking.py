"""An embedded server whose every text, ids and names of fields included, holds what a terminal would obey."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote

import httpx

CHOSEN_WORDS = frozenset({"role", "message_type", "type", "status", "provider_type", "model_endpoint_type"})
"""Fields whose words choose how an object is shown: attacked, they hide its other fields."""


class AttackingTransport(httpx.AsyncBaseTransport):
    """Passes requests on without the attack and answers with it; `fields` are those that it goes into.

    Without `fields` it goes into all but `CHOSEN_WORDS` and times, and `seen` collects the names of them all.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, attack: str, fields: Collection[str] | None = None
    ) -> None:
        self._inner, self._attack, self._fields = inner, attack, fields
        self.seen: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request that may repeat attacked ids."""
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        wanted = quote(self._without(unquote(path)), safe="/:")
        if query:
            wanted += "?" + quote(self._without(unquote(query.replace("+", " "))), safe="=&")
        url = httpx.URL(f"{request.url.scheme}://{request.url.netloc.decode()}{wanted}")
        content = await request.aread()
        if content:
            content = json.dumps(self._stripped(json.loads(content))).encode()
        headers = {"Content-Type": "application/json", **_authorization(request)}
        answer = await self._inner.handle_async_request(
            httpx.Request(request.method, url, headers=headers, content=content)
        )
        body = await answer.aread()
        with suppress(ValueError):
            body = json.dumps(self.attacked(json.loads(body))).encode()
        return httpx.Response(answer.status_code, content=body, headers={"Content-Type": "application/json"})

    def _without(self, text: str) -> str:
        return text.replace(self._attack, "")

    def _stripped(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._stripped(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._stripped(one) for one in value]
        return self._without(value) if isinstance(value, str) else value

    def attacked(self, value: Any, name: str = "") -> Any:
        """JSON with the attack in it."""
        if isinstance(value, dict):
            fields = {one: self.attacked(inner, one) for one, inner in value.items()}
            return fields | ({f"new{self._attack}": self._attack} if self._fields is None else {})
        if isinstance(value, list):
            return [self.attacked(one, name) for one in value]
        if not isinstance(value, str):
            return value
        self.seen.add(name)
        if self._fields is None:
            spared = name in CHOSEN_WORDS or name.endswith("_at") or name in ("date", "version")
            return value if spared else value + self._attack
        return value + self._attack if name in self._fields else value


def _authorization(request: httpx.Request) -> dict[str, str]:
    given = request.headers.get("Authorization")
    return {} if given is None else {"Authorization": given}
