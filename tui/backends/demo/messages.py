"""Handlers that list messages: by position for named conversations, by sequence for everything else."""

from __future__ import annotations

from collections.abc import Iterable

from tui.backends.demo import errors
from tui.backends.demo.lineage import direct_agent
from tui.backends.demo.message_rendering import list_messages, one_by_id
from tui.backends.demo.records import Json, Row
from tui.backends.demo.request import Call


def of_conversation(call: Call) -> list[Json]:
    """GET /v1/conversations/{id}/messages -> by position; cursors lose rows after a compaction."""
    descending = call.choice("order", "desc", "asc", "desc") == "desc"
    limit, types = call.limit(100), call.types()
    agent = direct_agent(call, call.query.get("agent_id"))
    if agent is not None:
        return _recall(call, _default_rows(call, agent.id), agent.id, descending)
    links = [link for link in call.store.links(call.ids["conversation_id"]) if not link.deleted]
    places = {link.message_id: link.position for link in links}
    before, after = call.query.get("before", ""), call.query.get("after", "")
    if before in places:
        links = [link for link in links if link.position < places[before]]
    if after in places:
        links = [link for link in links if link.position > places[after]]
    links.sort(key=lambda link: link.position, reverse=descending)
    return list_messages([call.store.rows[link.message_id] for link in links[:limit]], types)


def of_agent(call: Call) -> list[Json]:
    """GET /v1/agents/{id}/messages -> by sequence: the default conversation's, one's own, or all mixed."""
    descending = call.choice("order", "desc", "asc", "desc") == "desc"
    agent = call.agent()
    conversation_id = call.query.get("conversation_id")
    if conversation_id == "default":
        rows = _default_rows(call, agent.id)
    else:
        call.store.write_all(lambda c: c.agent_id == agent.id and conversation_id in (None, c.id))
        rows = [row for row in call.store.rows.values() if row.agent_id == agent.id]
        if conversation_id is not None:
            rows = [row for row in rows if row.conversation_id == conversation_id]
    return _recall(call, rows, agent.id, descending)


def of_server(call: Call) -> list[Json]:
    """GET /v1/messages/?conversation_id= -> its own messages in sequence, none that a fork shares."""
    descending = call.choice("order", "desc", "asc", "desc") == "desc"
    conversation_id = call.query.get("conversation_id")
    call.store.write_all(lambda c: conversation_id in (None, c.id))
    rows: Iterable[Row] = call.store.rows.values()
    if conversation_id == "default":
        rows = [row for agent_id in call.store.agents for row in _default_rows(call, agent_id)]
    elif conversation_id is not None:
        rows = [row for row in rows if row.conversation_id == conversation_id]
    return _recall(call, rows, "None", descending)


def by_id(call: Call) -> list[Json]:
    """GET /v1/messages/{id} -> a list with the parts of one message, reversed."""
    identifier = call.ids["message_id"]
    if identifier not in call.store.rows:
        call.store.write_all()
    row = call.store.rows.get(identifier)
    if row is None or row.deleted:
        raise errors.plain(404, f"Message with id {identifier} not found.")
    return one_by_id(row)


def _default_rows(call: Call, agent_id: str) -> list[Row]:
    """Rows of the default conversation: of none and, after a fork, linked to none (measured)."""
    rows = [
        row for row in call.store.rows.values() if row.agent_id == agent_id and row.conversation_id is None
    ]
    forks = [c.id for c in call.store.conversations.values() if c.agent_id == agent_id and c.story is None]
    linked = {link.message_id for conversation_id in forks for link in call.store.links(conversation_id)}
    return [row for row in rows if row.id not in linked]


def _recall(call: Call, rows: Iterable[Row], agent_id: str, descending: bool) -> list[Json]:
    """Page by sequence; a descending page is the newest rows, but ascending inside (measured)."""
    limit, types = call.limit(100), call.types()
    chosen = sorted((row for row in rows if not row.deleted), key=lambda row: row.sequence)
    if after := call.query.get("after"):
        border = _cursor(call, after, agent_id).sequence
        chosen = [row for row in chosen if row.sequence > border]
    if before := call.query.get("before"):
        border = _cursor(call, before, agent_id).sequence
        chosen = [row for row in chosen if row.sequence < border]
    page = chosen[max(len(chosen) - limit, 0) :] if descending else chosen[:limit]
    return list_messages(page, types)


def _cursor(call: Call, identifier: str, agent_id: str) -> Row:
    row = call.store.rows.get(identifier)
    if row is None or row.deleted:
        raise errors.plain(404, f"No message found with id '{identifier}' for agent '{agent_id}'.")
    return row
