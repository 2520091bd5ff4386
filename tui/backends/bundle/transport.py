"""A server without a server: answers from a file what it was asked when the file was made, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httpx

from tui.backends.bundle.recording import Recording, Talk, Trouble
from tui.backends.demo import errors
from tui.backends.demo.records import Json

Answer = Callable[["OfflineTransport", list[str], httpx.QueryParams], Any]


class OfflineTransport(httpx.AsyncBaseTransport):
    """The calls that reading needs, over one recording; every other one is "not offered"."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.raw_path.partition(b"?")[0].decode("ascii")
        parts = [unquote(part) for part in path.strip("/").split("/")][1:]
        try:
            if request.method != "GET":
                raise errors.plain(405, "This is a file: nothing can be changed")
            status, body = 200, self._answer(parts, request.url.params)
        except errors.Refusal as refusal:
            status, body = refusal.status, refusal.body
        headers = {"content-type": "application/json"}
        return httpx.Response(status, headers=headers, content=json.dumps(body).encode(), request=request)

    def _answer(self, parts: list[str], query: httpx.QueryParams) -> Any:
        shape = tuple(part if place % 2 == 0 else "*" for place, part in enumerate(parts))
        answer = ROUTES.get(shape)
        if answer is None:
            raise errors.plain(404, "Not Found")
        return answer(self, parts, query)

    def health(self, _parts: list[str], _query: httpx.QueryParams) -> Json:
        """The version of the server that the file is of."""
        return {"version": self.recording.letta, "status": "ok"}

    def agents(self, _parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """Every agent of the file."""
        words = query.get("query_text", "").lower()
        rows = [one for one in self.recording.agents.values() if words in str(one.get("name")).lower()]
        return _page(rows, query)

    def agent(self, parts: list[str], _query: httpx.QueryParams) -> Json:
        """One agent."""
        found: Json = _found(self.recording.agents, parts[1])
        return found

    def agent_blocks(self, parts: list[str], _query: httpx.QueryParams) -> list[Json]:
        """The shared blocks of an agent, or why they were not read."""
        held = self.recording.shared.get(parts[1])
        if held is None:
            raise errors.plain(404, "Agent not in this file")
        return _told(held)

    def agent_messages(self, parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """The messages of a default conversation, if the file holds it."""
        talk = self.recording.talks.get(parts[1])
        if talk is None:
            raise errors.plain(404, "The default conversation is not in this file")
        _pass(talk.listed)
        rows = talk.messages if query.get("order") == "asc" else _newest_first(talk.messages)
        return _rows(rows, query)

    def conversations(self, _parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """The named conversations of an agent, in the order that was asked for."""
        rows = [
            talk.record
            for talk in self.recording.talks.values()
            if talk.record["id"] != "default" and talk.record["agent_id"] == query.get("agent_id")
        ]
        words = query.get("summary_search", "")
        rows = [row for row in rows if words in str(row.get("summary") or "")]
        field = query.get("order_by", "created_at")
        rows.sort(key=lambda row: str(row.get(field) or ""), reverse=query.get("order") != "asc")
        return _page([row | {"in_context_message_ids": []} for row in rows], query)

    def conversation(self, parts: list[str], _query: httpx.QueryParams) -> Json:
        """The record of a conversation."""
        return self._talk(parts[1]).record

    def conversation_messages(self, parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """The messages of a conversation, those in context first, as their positions have it."""
        talk = self._talk(parts[1])
        _pass(talk.listed)
        inside = set(talk.in_context or ())
        rows = [one for one in talk.messages if one["id"] in inside]
        return _rows([*rows, *(one for one in talk.messages if one["id"] not in inside)], query)

    def messages(self, _parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """What was said in a conversation, without what it shares with the one it was forked from."""
        talk = self._talk(query.get("conversation_id", ""))
        _pass(talk.whole)
        return _rows([one for one in talk.messages if one["id"] not in talk.shared], query)

    def message(self, parts: list[str], _query: httpx.QueryParams) -> list[Json]:
        """The parts of one message, turned as servers turn them."""
        _pass(self.recording.failing.get(parts[1]))
        told: list[Json] = _found(self.recording.messages, parts[1])
        return told[::-1]

    def block(self, parts: list[str], _query: httpx.QueryParams) -> Json:
        """One block, shared or isolated."""
        _pass(self.recording.failing.get(parts[1]))
        found: Json = _found(self.recording.blocks, parts[1])
        return found

    def blocks(self, _parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """Every block of the file."""
        return _page(list(self.recording.blocks.values()), query)

    def _talk(self, name: str) -> Talk:
        if name not in self.recording.talks or name in self.recording.agents:
            raise errors.plain(404, "The conversation is not in this file")
        return self.recording.talks[name]


ROUTES: dict[tuple[str, ...], Answer] = {
    ("health",): OfflineTransport.health,
    ("agents",): OfflineTransport.agents,
    ("agents", "*"): OfflineTransport.agent,
    ("agents", "*", "messages"): OfflineTransport.agent_messages,
    ("agents", "*", "core-memory", "*"): OfflineTransport.agent_blocks,
    ("conversations",): OfflineTransport.conversations,
    ("conversations", "*"): OfflineTransport.conversation,
    ("conversations", "*", "messages"): OfflineTransport.conversation_messages,
    ("messages",): OfflineTransport.messages,
    ("messages", "*"): OfflineTransport.message,
    ("blocks",): OfflineTransport.blocks,
    ("blocks", "*"): OfflineTransport.block,
}


def _found(held: dict[str, Any], name: str) -> Any:
    if name not in held:
        raise errors.plain(404, "Not in this file")
    return held[name]


def _pass(trouble: Trouble | None) -> None:
    if trouble is not None:
        detail = "Not Found" if trouble.status in (404, 405, 501) else trouble.detail
        raise errors.plain(trouble.status, detail)


def _told(held: list[Json] | Trouble) -> list[Json]:
    if isinstance(held, Trouble):
        _pass(held)
        return []
    return held


def _page(rows: list[Json], query: httpx.QueryParams) -> list[Json]:
    """So many rows behind a cursor; one that is unknown brings the first page again, as servers do."""
    after = query.get("after")
    start = next((place + 1 for place, row in enumerate(rows) if row.get("id") == after), 0)
    return rows[start : start + _limit(query, 50)]


def _rows(rows: list[Json], query: httpx.QueryParams) -> list[Json]:
    """As many stored rows as were asked for: parts of one id count once."""
    wanted = list(dict.fromkeys(row["id"] for row in rows))[: _limit(query, 50)]
    kept = set(wanted)
    return [row for row in rows if row["id"] in kept]


def _newest_first(messages: list[Json]) -> list[Json]:
    """Stored rows turned, the parts of each in their order."""
    rows: dict[str, list[Json]] = {}
    for message in messages:
        rows.setdefault(message["id"], []).append(message)
    return [part for parts in reversed(rows.values()) for part in parts]


def _limit(query: httpx.QueryParams, default: int) -> int:
    told = query.get("limit", "")
    return int(told) if told.isdecimal() else default
