"""Handlers of the two searches; Letta up to 0.16.8 refuses one and lacks the other."""

from __future__ import annotations

from tui.backends.demo import errors
from tui.backends.demo.message_rendering import list_messages
from tui.backends.demo.records import Json, MessageRow
from tui.backends.demo.request import Request, optional_moment, optional_number, optional_text

TEXTS = {
    "system_message": "content",
    "user_message": "content",
    "assistant_message": "content",
    "reasoning_message": "reasoning",
}
"""Types of messages that can be found, and where their text is."""

MODES = ("vector", "fts", "hybrid")
NOT_HERE = "Message search requires message embedding, OpenAI, and Turbopuffer to be enabled."


def messages(request: Request) -> list[Json]:
    """POST /v1/messages/search -> messages with a text that has every word of the query, the newest first."""
    body = request.body()
    words = _words(body)
    mode = optional_text(body, "search_mode") or "hybrid"
    if mode not in MODES:
        raise errors.not_a_choice(("body", "search_mode"), MODES, mode)
    if request.cloud is None:
        raise errors.plain(400, NOT_HERE)
    limit = _limit(body)
    agent_id, conversation_id = optional_text(body, "agent_id"), optional_text(body, "conversation_id")
    start, end = optional_moment(body, "start_date"), optional_moment(body, "end_date")
    request.store.write_all(
        lambda c: agent_id in (None, c.agent_id) and conversation_id in (None, "default", c.id)
    )
    rows = [
        row
        for row in request.store.rows.values()
        if not row.deleted
        and agent_id in (None, row.agent_id)
        and conversation_id in (None, row.conversation_id or "default")
        and (start is None or row.created_at > start)
        and (end is None or row.created_at <= end)
    ]
    rows.sort(key=lambda row: row.created_at, reverse=True)
    found = [result for row in rows for result in _results(row, words)]
    return found[:limit]


def _results(row: MessageRow, words: list[str]) -> list[Json]:
    results = []
    for message in list_messages([row]):
        text = message.get(TEXTS.get(message["message_type"], ""))
        if isinstance(text, str) and all(word in text.lower() for word in words):
            name = TEXTS[message["message_type"]]
            results.append(
                {
                    "message_type": message["message_type"],
                    name: text,
                    "message_id": row.id,
                    "agent_id": row.agent_id,
                    "conversation_id": row.conversation_id or "default",
                    "created_at": message["date"],
                }
            )
    return results


def conversations(request: Request) -> list[Json]:
    """POST /v1/conversations/search -> conversations whose summary or description has every word of the query."""
    body = request.body()
    assert request.cloud is not None  # no other server has this route
    words, limit, agent_id = _words(body), _limit(body), optional_text(body, "agent_id")
    found = [
        request.cloud.row(conversation)
        for conversation in request.store.conversations.values()
        if not conversation.deleted
        and not conversation.hidden
        and agent_id in (None, conversation.agent_id)
        and all(word in f"{conversation.summary}\n{conversation.description}".lower() for word in words)
    ]
    return found[:limit]


def _words(body: Json) -> list[str]:
    query = optional_text(body, "query")
    if query is None:
        raise errors.missing("body", "query")
    return query.lower().split()


def _limit(body: Json) -> int:
    limit = optional_number(body, "limit")
    return 50 if limit is None else max(limit, 0)
