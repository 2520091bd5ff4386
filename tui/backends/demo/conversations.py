"""Handlers of `/v1/conversations/`: list, create, retrieve, update, delete, fork, recompile, compact."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from tui.backends.demo import errors
from tui.backends.demo.records import Agent, Conversation, Json, text_part
from tui.backends.demo.request import Request, optional_text, storable
from tui.backends.demo.store import Store
from tui.backends.demo.system_message import format_time, summary_alert

ORDERS = ("created_at", "last_run_completion", "last_message_at")
TOO_SHORT = (
    "Summarization failed to reduce the number of messages. You may not have enough messages to compact "
    "or need to use a different CompactionSettings (e.g. using `all` mode)."
)


def find_conversation(request: Request) -> Conversation:
    """The conversation of the path, else 404: `default` and agents' ids are never found here."""
    identifier = request.ids["conversation_id"]
    conversation = request.store.conversations.get(identifier)
    if conversation is None or conversation.deleted:
        raise errors.no_conversation(identifier)
    return conversation


def list_all(request: Request) -> list[Json]:
    """GET /v1/conversations/ -> records, paged by `after` with 0.16.8's ties and NULLs (measured)."""
    ascending = request.choice("order", "desc", "asc", "desc") == "asc"
    field = request.choice("order_by", "created_at", *ORDERS)
    limit = request.limit(50)
    agent_id, after = request.query.get("agent_id"), request.query.get("after")
    chosen = [c for c in request.store.conversations.values() if not c.deleted]
    if agent_id is not None:
        chosen = [c for c in chosen if c.agent_id == agent_id]
    if search := request.query.get("summary_search"):
        storable(search)
        like = _like(search)
        chosen = [c for c in chosen if c.summary is not None and like.fullmatch(c.summary)]
    if after:
        chosen = _after_cursor(request, chosen, field, after, ascending)
    return [c.json() for c in _in_order(chosen, field, ascending)[:limit]]


def _like(search: str) -> re.Pattern[str]:
    """SQL's LIKE '%search%': case-sensitive; `%`, `_` and the backslash mean what they mean there, nobody escapes."""
    wild = {"%": ".*", "_": "."}
    tokens = re.findall(r"\\.|.", f"%{search}%", re.DOTALL)
    return re.compile("".join(wild.get(token) or re.escape(token[-1]) for token in tokens), re.DOTALL)


def _in_order(chosen: list[Conversation], field: str, ascending: bool) -> list[Conversation]:
    """Order by field and id; rows without a value come last in both directions."""
    dated = [c for c in chosen if getattr(c, field) is not None]
    undated = [c for c in chosen if getattr(c, field) is None]
    dated.sort(key=lambda c: (getattr(c, field), c.id), reverse=not ascending)
    undated.sort(key=lambda c: c.id, reverse=not ascending)
    return dated + undated


def _after_cursor(
    request: Request, chosen: list[Conversation], field: str, after: str, ascending: bool
) -> list[Conversation]:
    cursor = request.store.conversations.get(after)
    if cursor is None:
        if field == "last_run_completion":
            return chosen
        raise errors.no_record("Conversation", after)
    if field == "created_at":
        return [c for c in chosen if _is_after(c.created_at, cursor.created_at, ascending)]
    keep = _nullable_cursor(getattr(cursor, field), cursor.id, ascending)
    return [c for c in chosen if keep(getattr(c, field), c.id)]


def _is_after(value: datetime | str, border: datetime | str, ascending: bool) -> bool:
    return value > border if ascending else value < border  # type: ignore[operator]


def _nullable_cursor(
    border: datetime | None, border_id: str, ascending: bool
) -> Callable[[datetime | None, str], bool]:
    """The server's condition for the next page: ascending pages lose all NULLs, or repeat all the rest."""

    def keep(value: datetime | None, identifier: str) -> bool:
        further = _is_after(identifier, border_id, ascending)
        if border is None:
            return further if value is None else ascending
        if value is None:
            return not ascending
        return _is_after(value, border, ascending) or (value == border and further)

    return keep


def create(request: Request) -> Json:
    """POST /v1/conversations/?agent_id= -> record; a bad label is refused after the making (measured)."""
    agent_id = request.query.get("agent_id")
    body = request.body(optional=True)
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
    if agent_id not in request.store.agents:
        raise errors.plain(404, "Agent not found")
    storable(summary)
    conversation = request.store.open_conversation(agent_id, summary)
    conversation.model = model
    _isolate(request, conversation, labels or [])
    request.store.add_system(conversation)
    return conversation.json()


def _isolate(request: Request, conversation: Conversation, labels: list[str]) -> None:
    """Copy blocks; a refusal leaves an orphan with all copies but the last, and no message."""
    seen: set[str] = set()
    for label in labels:
        copy = request.store.isolate(conversation, label)
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


def retrieve(request: Request) -> Json:
    """GET /v1/conversations/{id} -> the only record with `in_context_message_ids` filled."""
    conversation = find_conversation(request)
    return conversation.json(request.store.in_context(conversation.id))


def update(request: Request) -> Json:
    """PATCH /v1/conversations/{id} -> record; null and unknown keys change only `updated_at` (measured)."""
    body = request.body()
    summary = optional_text(body, "summary")
    conversation = find_conversation(request)
    storable(summary)
    if summary is not None:
        conversation.summary = summary
    conversation.updated_at = request.store.now()
    return conversation.json()


def delete(request: Request) -> None:
    """DELETE /v1/conversations/{id} -> null: soft for the conversation, hard for its isolated blocks."""
    request.store.delete_conversation(find_conversation(request).id)


def direct_agent(request: Request, agent_id: str | None) -> Agent | None:
    """The agent of `default` plus agent_id, or of the deprecated agent id in a conversation's place."""
    identifier = request.ids["conversation_id"]
    if identifier.startswith("agent-"):
        agent_id = identifier
    elif identifier != "default" or not agent_id:
        return None
    agent = request.store.agents.get(agent_id)
    if agent is None:
        raise errors.plain(404, "Agent not found")
    return agent


def fork(request: Request) -> Json:
    """POST /v1/conversations/{id}/fork -> record: shared rows, own system message, nothing isolated."""
    agent = direct_agent(request, request.query.get("agent_id"))
    if agent is not None:
        return _copy(request.store, agent.id, agent.message_ids).json()
    source = find_conversation(request)
    return _copy(request.store, source.agent_id, request.store.in_context(source.id)).json()


def _copy(store: Store, agent_id: str, ids: list[str]) -> Conversation:
    """Make a conversation that shares all but the first of the given messages."""
    conversation = store.open_conversation(agent_id)
    store.link_existing(conversation.id, ids[1:])
    store.add_system(conversation)
    return conversation


def recompile(request: Request) -> str:
    """POST /v1/conversations/{id}/recompile -> the text, always with the shared values (measured)."""
    dry = request.query.get("dry_run", "").lower() in ("true", "1", "yes", "on", "t", "y")
    agent = direct_agent(request, request.body(optional=True).get("agent_id"))
    conversation = None if agent else find_conversation(request)
    owner = agent or request.store.agents[conversation.agent_id if conversation else ""]
    text = request.store.compile(owner, request.store.shared(owner), "default", at=request.store.now())
    if not dry:
        ids = request.store.in_context(conversation.id) if conversation else owner.message_ids
        if not ids:
            raise errors.plain(400, "No in-context messages found for this conversation.")
        request.store.rows[ids[0]].parts = [text_part(text)]
    return text


def compact(request: Request) -> Json:
    """POST /v1/conversations/{id}/compact -> {summary, num_messages_before, num_messages_after}."""
    conversation = find_conversation(request)
    ids = request.store.in_context(conversation.id)
    rows = [request.store.rows[i] for i in ids]
    window = range(1, min(round(0.4 * len(rows)), len(rows) - 1) + 1)
    cut = max((n for n in window if rows[n].role == "assistant"), default=0)
    if not cut or cut >= len(rows) - 1:
        raise errors.plain(400, TOO_SHORT)
    texts = [part["text"] for row in rows[1:cut] for part in row.parts if part["type"] == "text"]
    summary = f"Earlier: {'; '.join(texts)}"[:300]
    compact_before(request.store, conversation, cut, summary)
    return {
        "summary": summary,
        "num_messages_before": len(ids),
        "num_messages_after": len(request.store.in_context(conversation.id)),
    }


def compact_before(store: Store, conversation: Conversation, cut: int, summary: str) -> None:
    """Compact: in context stay the system message, a new summary and the rows from index `cut` on."""
    ids = store.in_context(conversation.id)
    at = store.now()
    parts = [text_part(summary_alert(summary, format_time(at)))]
    row = store.write(conversation.agent_id, conversation.id, "user", parts, at=at)
    store.set_in_context(conversation.id, [ids[0], row.id, *ids[cut:]])
