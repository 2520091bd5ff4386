"""Handlers of `/v1/conversations/`: list, create, retrieve, update, delete."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from tui.backends.demo import errors
from tui.backends.demo.records import Conversation, Json
from tui.backends.demo.request import Call, optional_text, storable

ORDERS = ("created_at", "last_run_completion", "last_message_at")


def find(call: Call) -> Conversation:
    """The conversation of the path, else 404: `default` and agents' ids are never found here."""
    identifier = call.ids["conversation_id"]
    conversation = call.store.conversations.get(identifier)
    if conversation is None or conversation.deleted:
        raise errors.no_conversation(identifier)
    return conversation


def list_all(call: Call) -> list[Json]:
    """GET /v1/conversations/ -> records, paged by `after` with 0.16.8's ties and NULLs (measured)."""
    ascending = call.choice("order", "desc", "asc", "desc") == "asc"
    field = call.choice("order_by", "created_at", *ORDERS)
    limit = call.limit(50)
    agent_id, after = call.query.get("agent_id"), call.query.get("after")
    chosen = [c for c in call.store.conversations.values() if not c.deleted]
    if agent_id is not None:
        chosen = [c for c in chosen if c.agent_id == agent_id]
    if search := call.query.get("summary_search"):
        storable(search)
        like = _like(search)
        chosen = [c for c in chosen if c.summary is not None and like.fullmatch(c.summary)]
    if after:
        chosen = _behind_cursor(call, chosen, field, after, ascending)
    return [c.json() for c in _sorted(chosen, field, ascending)[:limit]]


def _like(search: str) -> re.Pattern[str]:
    """SQL's LIKE '%search%': case-sensitive; `%`, `_` and the backslash mean what they mean there, nobody escapes."""
    wild = {"%": ".*", "_": "."}
    tokens = re.findall(r"\\.|.", f"%{search}%", re.DOTALL)
    return re.compile("".join(wild.get(token) or re.escape(token[-1]) for token in tokens), re.DOTALL)


def _sorted(chosen: list[Conversation], field: str, ascending: bool) -> list[Conversation]:
    """Order by field and id; rows without a value come last in both directions."""
    told = [c for c in chosen if getattr(c, field) is not None]
    silent = [c for c in chosen if getattr(c, field) is None]
    told.sort(key=lambda c: (getattr(c, field), c.id), reverse=not ascending)
    silent.sort(key=lambda c: c.id, reverse=not ascending)
    return told + silent


def _behind_cursor(
    call: Call, chosen: list[Conversation], field: str, after: str, ascending: bool
) -> list[Conversation]:
    cursor = call.store.conversations.get(after)
    if cursor is None:
        if field == "last_run_completion":
            return chosen
        raise errors.no_record("Conversation", after)
    if field == "created_at":
        return [c for c in chosen if _beyond(c.created_at, cursor.created_at, ascending)]
    keep = _nullable_cursor(getattr(cursor, field), cursor.id, ascending)
    return [c for c in chosen if keep(getattr(c, field), c.id)]


def _beyond(value: datetime | str, border: datetime | str, ascending: bool) -> bool:
    return value > border if ascending else value < border  # type: ignore[operator]


def _nullable_cursor(
    border: datetime | None, border_id: str, ascending: bool
) -> Callable[[datetime | None, str], bool]:
    """The server's condition for the next page: ascending pages lose all NULLs, or repeat all the rest."""

    def keep(value: datetime | None, identifier: str) -> bool:
        further = _beyond(identifier, border_id, ascending)
        if border is None:
            return further if value is None else ascending
        if value is None:
            return not ascending
        return _beyond(value, border, ascending) or (value == border and further)

    return keep


def create(call: Call) -> Json:
    """POST /v1/conversations/?agent_id= -> record; a bad label is refused after the making (measured)."""
    agent_id = call.query.get("agent_id")
    body = call.body(optional=True)
    summary, labels = optional_text(body, "summary"), body.get("isolated_block_labels")
    model = optional_text(body, "model")
    if agent_id is None:
        raise errors.missing("query", "agent_id")
    if labels is not None and not isinstance(labels, list):
        raise errors.wrong_type(
            "list_type", "Input should be a valid list", ("body", "isolated_block_labels"), labels
        )
    if model is not None and "/" not in model:
        raise errors.plain(
            400, "INVALID_ARGUMENT: The model handle should be in the format provider/model-name"
        )
    if agent_id not in call.store.agents:
        raise errors.plain(404, "Agent not found")
    storable(summary)
    conversation = call.store.open_conversation(agent_id, summary)
    conversation.model = model
    _isolate(call, conversation, labels or [])
    call.store.add_system(conversation)
    return conversation.json()


def _isolate(call: Call, conversation: Conversation, labels: list[str]) -> None:
    """Copy blocks; a refusal leaves an orphan with all copies but the last, and no message."""
    seen: set[str] = set()
    for label in labels:
        copy = call.store.isolate(conversation, label)
        if copy is None:
            del conversation.isolated[-1:]
            text = (
                f"INVALID_ARGUMENT: Block with label '{label}' not found on agent '{conversation.agent_id}'"
            )
            raise errors.plain(400, text)
        if label in seen:
            conversation.isolated.remove(copy.id)
            raise errors.duplicate_label(conversation.id, copy.id, label)
        seen.add(label)


def retrieve(call: Call) -> Json:
    """GET /v1/conversations/{id} -> the only record with `in_context_message_ids` filled."""
    conversation = find(call)
    return conversation.json(call.store.in_context(conversation.id))


def update(call: Call) -> Json:
    """PATCH /v1/conversations/{id} -> record; null and unknown keys change only `updated_at` (measured)."""
    body = call.body()
    summary = optional_text(body, "summary")
    conversation = find(call)
    storable(summary)
    if summary is not None:
        conversation.summary = summary
    conversation.updated_at = call.store.now()
    return conversation.json()


def delete(call: Call) -> None:
    """DELETE /v1/conversations/{id} -> null: soft for the conversation, hard for its isolated blocks."""
    call.store.delete_conversation(find(call).id)
