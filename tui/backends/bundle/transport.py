"""The offline server: answers from a recording as the server did when it was made, and changes nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httpx

from tui.backends.bundle.recording import RecordedConversation, RecordedError, Recording
from tui.backends.demo import errors
from tui.backends.demo.records import Json

MANY = 1_000
"""Rows that are encoded in a thread: several milliseconds of work."""

NO_CHANGE = "a file is read-only"
CHANGES = ("create", "edit", "edit-block", "default-summary", "archive", "delete", "fork", "recompile")

Handler = Callable[["BundleTransport", list[str], httpx.QueryParams], Any]


class BundleTransport(httpx.AsyncBaseTransport):
    """The endpoints that reading needs; every other one answers 404, and every write 405."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.has_local_memory = bool(recording.memory_files)
        """Whether it answers `/_local/`, as the backend did that the file was made from."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.raw_path.partition(b"?")[0].decode("ascii")
        root, *parts = [unquote(part) for part in path.strip("/").split("/")]
        try:
            if request.method != "GET":
                raise errors.plain(405, NO_CHANGE)
            status, body = 200, self._respond(root, parts, request.url.params)
        except errors.ErrorResponse as refusal:
            status, body = refusal.status, refusal.body
        headers = {"content-type": "application/json"}
        return httpx.Response(status, headers=headers, content=await _encoded(body), request=request)

    def _respond(self, root: str, parts: list[str], query: httpx.QueryParams) -> Any:
        shape = tuple(part if index % 2 == 0 else "*" for index, part in enumerate(parts))
        handler = (LOCAL_ROUTES if root == "_local" else ROUTES).get(shape)
        if handler is None:
            raise errors.plain(404, "Not Found")
        return handler(self, parts, query)

    def health(self, _parts: list[str], _query: httpx.QueryParams) -> Json:
        """The version of the server that the file came from, and what a file does not have, with the reason."""
        unsupported = dict.fromkeys(CHANGES, NO_CHANGE) | dict.fromkeys(
            ("payload", "traces"), "a file has none"
        )
        return {"version": self.recording.version, "status": "ok", "unsupported": unsupported}

    def agents(self, _parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """Every agent of the file."""
        words = query.get("query_text", "").lower()
        rows = [one for one in self.recording.agents.values() if words in str(one.get("name")).lower()]
        return _page(rows, query)

    def agent(self, parts: list[str], _query: httpx.QueryParams) -> Json:
        """One agent."""
        agent: Json = _get(self.recording.agents, parts[1])
        return agent

    def agent_blocks(self, parts: list[str], _query: httpx.QueryParams) -> list[Json]:
        """The shared blocks of an agent, or the recorded error."""
        blocks = self.recording.shared_blocks.get(parts[1])
        if blocks is None:
            raise errors.plain(404, "Agent not in this file")
        if isinstance(blocks, RecordedError):
            raise _error_response(blocks)
        return blocks

    def agent_messages(self, parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """The messages of a default conversation, if the file has it."""
        conversation = self.recording.conversations.get(parts[1])
        if conversation is None:
            raise errors.plain(404, "The default conversation is not in this file")
        _raise_error(conversation.messages_error)
        rows = conversation.messages if query.get("order") == "asc" else _newest_first(conversation.messages)
        return _rows(rows, query)

    def conversations(self, _parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """The named conversations of an agent, or of all, in the requested order."""
        agent_id = query.get("agent_id")
        rows = [
            conversation.record
            for conversation in self.recording.conversations.values()
            if conversation.record["id"] != "default" and agent_id in (None, conversation.record["agent_id"])
        ]
        words = query.get("summary_search", "")
        rows = [row for row in rows if words in str(row.get("summary") or "")]
        field = query.get("order_by", "created_at")
        rows.sort(key=lambda row: str(row.get(field) or ""), reverse=query.get("order") != "asc")
        return _page([row | {"in_context_message_ids": []} for row in rows], query)

    def conversation(self, parts: list[str], query: httpx.QueryParams) -> Json:
        """The record of a conversation; of a default one whose agent has no ids, with the ids in context."""
        if parts[1] == "default" and query.get("agent_id", "") in self.recording.conversations:
            conversation = self.recording.conversations[query["agent_id"]]
            return conversation.record | {"in_context_message_ids": conversation.in_context}
        return self._conversation(parts[1]).record

    def conversation_messages(self, parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """The messages of a conversation by position: those in context first."""
        conversation = self._conversation(parts[1])
        _raise_error(conversation.messages_error)
        inside = set(conversation.in_context or ())
        rows = [one for one in conversation.messages if one["id"] in inside]
        return _rows([*rows, *(one for one in conversation.messages if one["id"] not in inside)], query)

    def messages(self, _parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """The messages that belong to a conversation, without those that a fork shares with its source."""
        conversation = self._conversation(query.get("conversation_id", ""))
        _raise_error(conversation.history_error)
        return _rows([one for one in conversation.messages if one["id"] not in conversation.shared], query)

    def message(self, parts: list[str], _query: httpx.QueryParams) -> list[Json]:
        """The parts of one message, in reverse as servers send them."""
        _raise_error(self.recording.errors.get(parts[1]))
        messages: list[Json] = _get(self.recording.messages, parts[1])
        return messages[::-1]

    def block(self, parts: list[str], _query: httpx.QueryParams) -> Json:
        """One block, shared or isolated."""
        _raise_error(self.recording.errors.get(parts[1]))
        block: Json = _get(self.recording.blocks, parts[1])
        return block

    def blocks(self, _parts: list[str], query: httpx.QueryParams) -> list[Json]:
        """Every block of the file."""
        return _page(list(self.recording.blocks.values()), query)

    def prompt(self, parts: list[str], query: httpx.QueryParams) -> Json:
        """The record of a compiled prompt, where memory was in files."""
        name = query.get("agent_id", "") if parts[1] == "default" else parts[1]
        conversation = self.recording.conversations.get(name)
        return _recorded(None if conversation is None else conversation.prompt)

    def memory_files(self, parts: list[str], _query: httpx.QueryParams) -> Json:
        """The memory files of an agent."""
        return _recorded(self.recording.memory_files.get(parts[1]))

    def memory_history(self, _parts: list[str], _query: httpx.QueryParams) -> Json:
        """The commits, which are not exported."""
        raise errors.plain(501, "The commits of the memory are not in this file")

    def _conversation(self, name: str) -> RecordedConversation:
        if name not in self.recording.conversations or name in self.recording.agents:
            raise errors.plain(404, "The conversation is not in this file")
        return self.recording.conversations[name]


ROUTES: dict[tuple[str, ...], Handler] = {
    ("health",): BundleTransport.health,
    ("agents",): BundleTransport.agents,
    ("agents", "*"): BundleTransport.agent,
    ("agents", "*", "messages"): BundleTransport.agent_messages,
    ("agents", "*", "core-memory", "*"): BundleTransport.agent_blocks,
    ("conversations",): BundleTransport.conversations,
    ("conversations", "*"): BundleTransport.conversation,
    ("conversations", "*", "messages"): BundleTransport.conversation_messages,
    ("messages",): BundleTransport.messages,
    ("messages", "*"): BundleTransport.message,
    ("blocks",): BundleTransport.blocks,
    ("blocks", "*"): BundleTransport.block,
}


LOCAL_ROUTES: dict[tuple[str, ...], Handler] = {
    ("conversations", "*", "prompt"): BundleTransport.prompt,
    ("agents", "*", "memory"): BundleTransport.memory_files,
    ("agents", "*", "memory", "*"): BundleTransport.memory_history,
}


async def _encoded(body: Any) -> bytes:
    """Encode the JSON of a response; a long list in a thread and row by row, since each call delays keys."""
    if not isinstance(body, list) or len(body) < MANY:
        return json.dumps(body).encode()
    return await asyncio.to_thread(lambda: b"[" + b",".join(json.dumps(row).encode() for row in body) + b"]")


def _get(records: dict[str, Any], identifier: str) -> Any:
    if identifier not in records:
        raise errors.plain(404, "Not in this file")
    return records[identifier]


def _recorded(part: Json | RecordedError | None) -> Json:
    """Return a part of the file; raises its recorded error, or a 404 if the file does not have it."""
    if part is None:
        raise errors.plain(404, "Not in this file")
    if isinstance(part, RecordedError):
        raise _error_response(part)
    return part


def _raise_error(error: RecordedError | None) -> None:
    """Raise the recorded error, if there is one."""
    if error is not None:
        raise _error_response(error)


def _error_response(error: RecordedError) -> errors.ErrorResponse:
    detail = "Not Found" if error.status in (404, 405, 501) else error.detail
    return errors.plain(error.status, detail)


def _page(rows: list[Json], query: httpx.QueryParams) -> list[Json]:
    """The rows after a cursor; an unknown cursor gives the first page again, as servers do."""
    after = query.get("after")
    start = next((index + 1 for index, row in enumerate(rows) if row.get("id") == after), 0)
    return rows[start : start + _limit(query, 50)]


def _rows(rows: list[Json], query: httpx.QueryParams) -> list[Json]:
    """At most `limit` stored messages: parts with the same id count as one."""
    ids = set(list(dict.fromkeys(row["id"] for row in rows))[: _limit(query, 50)])
    return [row for row in rows if row["id"] in ids]


def _newest_first(messages: list[Json]) -> list[Json]:
    """Stored messages, newest first, the parts of each in their order."""
    rows: dict[str, list[Json]] = {}
    for message in messages:
        rows.setdefault(message["id"], []).append(message)
    return [part for parts in reversed(rows.values()) for part in parts]


def _limit(query: httpx.QueryParams, default: int) -> int:
    text = query.get("limit", "")
    return int(text) if text.isdecimal() else default
