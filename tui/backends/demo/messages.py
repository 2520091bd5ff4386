"""Handlers that list messages: by position for named conversations, by sequence for everything else."""

from __future__ import annotations

from collections.abc import Iterable

from tui.backends.demo import errors
from tui.backends.demo.conversations import direct_agent
from tui.backends.demo.message_rendering import list_messages, one_by_id
from tui.backends.demo.records import Json, MessageRow
from tui.backends.demo.request import Request


def of_conversation(request: Request) -> list[Json]:
    """GET /v1/conversations/{id}/messages -> by position; cursors lose rows after a compaction."""
    descending = request.choice("order", "desc", "asc", "desc") == "desc"
    limit, types = request.limit(100), request.types()
    agent = direct_agent(request, request.query.get("agent_id"))
    if agent is not None:
        return _recall(request, _default_rows(request, agent.id), agent.id, descending)
    links = [link for link in request.store.links(request.ids["conversation_id"]) if not link.deleted]
    places = {link.message_id: link.position for link in links}
    before, after = request.query.get("before", ""), request.query.get("after", "")
    if _relative(request, descending):
        before, after = after, before
    if before in places:
        links = [link for link in links if link.position < places[before]]
    if after in places:
        links = [link for link in links if link.position > places[after]]
    links.sort(key=lambda link: link.position, reverse=descending)
    return list_messages([request.store.rows[link.message_id] for link in links[:limit]], types)


def of_agent(request: Request) -> list[Json]:
    """GET /v1/agents/{id}/messages -> by sequence: the default conversation's, one's own, or all mixed."""
    descending = request.choice("order", "desc", "asc", "desc") == "desc"
    agent = request.agent()
    conversation_id = request.query.get("conversation_id")
    if conversation_id == "default":
        rows = _default_rows(request, agent.id)
    else:
        request.store.write_all(lambda c: c.agent_id == agent.id and conversation_id in (None, c.id))
        rows = [row for row in request.store.rows.values() if row.agent_id == agent.id]
        if conversation_id is not None:
            rows = [row for row in rows if row.conversation_id == conversation_id]
    return _recall(request, rows, agent.id, descending)


def of_server(request: Request) -> list[Json]:
    """GET /v1/messages/?conversation_id= -> its own messages in sequence, none that a fork shares."""
    descending = request.choice("order", "desc", "asc", "desc") == "desc"
    conversation_id = request.query.get("conversation_id")
    request.store.write_all(lambda c: conversation_id in (None, c.id))
    rows: Iterable[MessageRow] = request.store.rows.values()
    if conversation_id == "default":
        rows = [row for agent_id in request.store.agents for row in _default_rows(request, agent_id)]
    elif conversation_id is not None:
        rows = [row for row in rows if row.conversation_id == conversation_id]
    return _recall(request, rows, "None", descending)


def by_id(request: Request) -> list[Json]:
    """GET /v1/messages/{id} -> a list with the parts of one message, reversed."""
    identifier = request.ids["message_id"]
    if identifier not in request.store.rows:
        request.store.write_all()
    row = request.store.rows.get(identifier)
    if row is None or row.deleted:
        raise errors.plain(404, f"Message with id {identifier} not found.")
    return one_by_id(row)


def _default_rows(request: Request, agent_id: str) -> list[MessageRow]:
    """Rows of the default conversation: of none and, after a fork, linked to none (measured)."""
    rows = [
        row for row in request.store.rows.values() if row.agent_id == agent_id and row.conversation_id is None
    ]
    forks = [c.id for c in request.store.conversations.values() if c.agent_id == agent_id and c.story is None]
    linked = {link.message_id for conversation_id in forks for link in request.store.links(conversation_id)}
    return [row for row in rows if row.id not in linked]


def _recall(request: Request, rows: Iterable[MessageRow], agent_id: str, descending: bool) -> list[Json]:
    """Page by sequence; a descending page is the newest rows, but up to 0.16.8 ascending inside (measured)."""
    limit, types = request.limit(100), request.types()
    chosen = sorted((row for row in rows if not row.deleted), key=lambda row: row.sequence)
    before, after = request.query.get("before"), request.query.get("after")
    relative = _relative(request, descending)
    if relative:
        before, after = after, before
    if after:
        border = _cursor(request, after, agent_id).sequence
        chosen = [row for row in chosen if row.sequence > border]
    if before:
        border = _cursor(request, before, agent_id).sequence
        chosen = [row for row in chosen if row.sequence < border]
    page = chosen[max(len(chosen) - limit, 0) :] if descending else chosen[:limit]
    return list_messages(reversed(page) if relative else page, types)


def _relative(request: Request, descending: bool) -> bool:
    """Return whether cursors are relative to a descending order: on the cloud, `after` is then what is older."""
    return descending and request.cloud is not None and request.cloud.relative_cursors


def _cursor(request: Request, identifier: str, agent_id: str) -> MessageRow:
    row = request.store.rows.get(identifier)
    if row is None or row.deleted:
        raise errors.plain(404, f"No message found with id '{identifier}' for agent '{agent_id}'.")
    return row
