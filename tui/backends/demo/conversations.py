"""Handlers of `/v1/conversations/`: list, create, retrieve, update, delete, fork, recompile, compact."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from tui.backends.demo import errors
from tui.backends.demo.cloud import ARCHIVE_STATUS
from tui.backends.demo.records import Agent, Conversation, Json, text_part
from tui.backends.demo.request import (
    Request,
    optional_model_settings,
    optional_moment,
    optional_number,
    optional_switch,
    optional_text,
    storable,
)
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
    if cloud := request.cloud:
        status = request.choice("archive_status", cloud.lists, *ARCHIVE_STATUS)
        chosen = [c for c in chosen if cloud.lists_row(c, status)]
    if agent_id is not None:
        chosen = [c for c in chosen if c.agent_id == agent_id]
    if search := request.query.get("summary_search"):
        storable(search)
        like = _like(search)
        chosen = [c for c in chosen if c.summary is not None and like.fullmatch(c.summary)]
    if after:
        chosen = _after_cursor(request, chosen, field, after, ascending)
    return [_record(request, c) for c in _in_order(chosen, field, ascending)[:limit]]


def _record(request: Request, conversation: Conversation, in_context: list[str] | None = None) -> Json:
    """Render the record; only `GET` of one conversation says what is in context."""
    return request.cloud.row(conversation, in_context) if request.cloud else conversation.json(in_context)


def _like(search: str) -> re.Pattern[str]:
    """SQL's LIKE '%search%': case-sensitive; `%`, `_` and the backslash are wildcards as there, and are not escaped."""
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
    """POST /v1/conversations/?agent_id= -> record; a bad label is refused after the creation (measured)."""
    agent_id = request.query.get("agent_id")
    body = request.body(optional=True)
    summary, labels = optional_text(body, "summary"), None
    own = _own_settings(body)
    if agent_id is None:
        raise errors.missing("query", "agent_id")
    if request.cloud:
        request.cloud.check_labels(body)
        own |= {**_newer_fields(body), "hidden": optional_switch(body, "hidden")}
    else:
        labels = _labels(body)
    if agent_id not in request.store.agents:
        raise errors.plain(404, "Agent not found")
    storable(summary)
    conversation = request.store.open_conversation(agent_id, summary)
    _set_fields(conversation, own)
    _isolate(request, conversation, labels or [])
    request.store.add_system(conversation)
    return _record(request, conversation)


def _own_settings(body: Json) -> Json:
    """The model and its settings of a body, checked."""
    model = optional_text(body, "model")
    if model and not re.fullmatch("[^/]+/.+", model, re.DOTALL):
        raise errors.plain(
            400, "INVALID_ARGUMENT: The model handle should be in the format provider/model-name"
        )
    return {"model": model, "model_settings": optional_model_settings(body)}


def _newer_fields(body: Json) -> Json:
    """The fields of a body that came after 0.16.8, checked."""
    description = optional_text(body, "description")
    storable(description)
    return {
        "description": description,
        "context_window_limit": optional_number(body, "context_window_limit"),
    }


def _set_fields(conversation: Conversation, values: Json) -> None:
    """Set what is given; null changes nothing (measured for the summary)."""
    for name, value in values.items():
        if value is not None:
            setattr(conversation, name, value)


def _labels(body: Json) -> list[str] | None:
    """The labels of the blocks to isolate, checked before anything is made."""
    labels, where = body.get("isolated_block_labels"), ("body", "isolated_block_labels")
    if labels is None:
        return None
    if not isinstance(labels, list):
        raise errors.wrong_type("list_type", "Input should be a valid list", where, labels)
    for index, label in enumerate(labels):
        if not isinstance(label, str):
            raise errors.wrong_type("string_type", "Input should be a valid string", (*where, index), label)
    return labels


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
    if request.cloud and (agent := _default_owner(request)):
        return request.cloud.default_row(agent, with_context=True)
    conversation = find_conversation(request)
    return _record(request, conversation, request.store.in_context(conversation.id))


def _default_owner(request: Request) -> Agent | None:
    """The agent whose default conversation is meant, None for a named one; `default` alone is refused (422)."""
    agent_id = request.query.get("agent_id")
    if request.ids["conversation_id"] == "default" and not agent_id:
        raise errors.missing("query", "agent_id")
    return direct_agent(request, agent_id)


def update(request: Request) -> Json:
    """PATCH /v1/conversations/{id} -> record; null and unknown keys change only `updated_at` (measured)."""
    body = request.body()
    summary = optional_text(body, "summary")
    values = {
        "summary": summary,
        **_own_settings(body),
        "last_message_at": optional_moment(body, "last_message_at"),
    }
    if request.cloud and (agent := _default_owner(request)):
        storable(summary)
        agent.default_summary = agent.default_summary if summary is None else summary
        return request.cloud.default_row(agent, with_context=False)
    conversation = find_conversation(request)
    storable(summary)
    now = request.store.now()
    if request.cloud:
        values |= _newer_fields(body)
        archived = optional_switch(body, "archived")
        if archived is not None and archived is (conversation.archived_at is None):
            conversation.archived_at = now if archived else None
    _set_fields(conversation, values)
    conversation.updated_at = now
    return _record(request, conversation)


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
    """POST /v1/conversations/{id}/fork -> record: shared rows, own system message, the source's model."""
    own: Json = {}
    agent = direct_agent(request, request.query.get("agent_id"))
    if agent is not None:
        agent_id, ids = agent.id, agent.message_ids
    else:
        source = find_conversation(request)
        agent_id, ids = source.agent_id, request.store.in_context(source.id)
        own |= {"model": source.model, "model_settings": source.model_settings}
    if request.cloud:
        ids = _up_to(ids, request.query.get("message_id"))
        own["hidden"] = optional_switch(request.query, "hidden", "query")
    conversation = request.store.open_conversation(agent_id)
    _set_fields(conversation, own)
    request.store.link_existing(conversation.id, ids[1:])
    request.store.add_system(conversation)
    return _record(request, conversation)


def _up_to(ids: list[str], message_id: str | None) -> list[str]:
    """The messages in context up to and including one of them."""
    if message_id is None:
        return ids
    if message_id not in ids:
        raise errors.plain(400, f"INVALID_ARGUMENT: Message {message_id} is not in context")
    return ids[: ids.index(message_id) + 1]


def recompile(request: Request) -> str:
    """POST /v1/conversations/{id}/recompile -> the text, always with the shared values (measured)."""
    dry = request.query.get("dry_run", "").lower() in ("true", "1", "yes", "on", "t", "y")
    agent = direct_agent(request, request.body(optional=True).get("agent_id"))
    conversation = None if agent else find_conversation(request)
    owner = agent or request.store.agents[conversation.agent_id if conversation else ""]
    name = conversation.id if conversation and request.cloud else "default"
    text = request.store.compile(owner, request.store.shared(owner), name, at=request.store.now())
    if not dry:
        ids = request.store.in_context(conversation.id) if conversation else owner.message_ids
        if not ids:
            raise errors.plain(400, "No in-context messages found for this conversation.")
        request.store.rows[ids[0]].parts = [text_part(text)]
    return text


MODES = ("all", "sliding_window", "self_compact_all", "self_compact_sliding_window")


def compact(request: Request) -> Json:
    """POST /v1/conversations/{id}/compact -> {summary, num_messages_before, num_messages_after}.

    The mode "all" keeps the system message alone, and what waits for approval at the end (measured).
    """
    body, store = request.body(optional=True), request.store
    mode = (body.get("compaction_settings") or {}).get("mode", "sliding_window")
    if mode not in MODES:
        raise errors.not_a_choice(("body", "compaction_settings", "mode"), MODES, mode)
    agent = direct_agent(request, body.get("agent_id"))
    home = agent or find_conversation(request)
    ids = agent.message_ids if agent else store.in_context(home.id)
    rows = [store.rows[i] for i in ids]
    if mode.endswith("all"):
        waits = any(part.get("approval") for part in rows[-1].parts) if rows else False
        cut = len(rows) - 1 if waits else len(rows)
    else:
        window = range(1, min(round(0.4 * len(rows)), len(rows) - 1) + 1)
        cut = max((n for n in window if rows[n].role == "assistant"), default=0)
        cut = cut if cut < len(rows) - 1 else 0
    if cut < 3:
        raise errors.plain(400, TOO_SHORT)
    texts = [part["text"] for row in rows[1:cut] for part in row.parts if part["type"] == "text"]
    summary = f"Earlier: {'; '.join(texts)}"[:300]
    compact_before(store, home, cut, summary)
    after = agent.message_ids if agent else store.in_context(home.id)
    return {"summary": summary, "num_messages_before": len(rows), "num_messages_after": len(after)}


def cancel(request: Request) -> Json:
    """POST /v1/conversations/{id}/cancel -> results by run; a turn ends before its response, so there is none."""
    name = request.ids["conversation_id"]
    if not (name.startswith("agent-") or (name == "default" and request.query.get("agent_id"))):
        find_conversation(
            request
        )  # whether the agent of a default conversation exists is not checked (measured)
    raise errors.plain(409, f"CONFLICT: No active runs to cancel for conversation {name}")


def compact_before(store: Store, home: Conversation | Agent, cut: int, summary: str) -> None:
    """Compact: in context stay the system message, a new summary and the rows from index `cut` on."""
    at = store.now()
    parts = [text_part(summary_alert(summary, format_time(at)))]
    if isinstance(home, Agent):
        ids = list(home.message_ids)
        row = store.write(home.id, None, "user", parts, at=at)
        home.message_ids[:] = [ids[0], row.id, *ids[cut:]]
        return
    ids = store.in_context(home.id)
    row = store.write(home.agent_id, home.id, "user", parts, at=at)
    store.set_in_context(home.id, [ids[0], row.id, *ids[cut:]])
