"""Handlers that make new context out of old: fork, recompile, compact."""

from __future__ import annotations

import json
from datetime import datetime
from random import Random

from tui.backends.demo import errors
from tui.backends.demo.conversations import find
from tui.backends.demo.records import Agent, Conversation, Json
from tui.backends.demo.request import Call
from tui.backends.demo.system_message import spoken_time
from tui.backends.demo.tables import Tables, text_part

NOTE = (
    "Note: prior messages from the beginning of the conversation have been hidden from view "
    "due to conversation memory constraints.\nThe following is a summary of the previous messages:\n "
)
TOO_SHORT = (
    "Summarization failed to reduce the number of messages. You may not have enough messages to compact "
    "or need to use a different CompactionSettings (e.g. using `all` mode)."
)


def direct_agent(call: Call, agent_id: str | None) -> Agent | None:
    """The agent of `default` plus agent_id, or of the deprecated agent id in a conversation's place."""
    identifier = call.ids["conversation_id"]
    if identifier.startswith("agent-"):
        agent_id = identifier
    elif identifier != "default" or not agent_id:
        return None
    agent = call.store.agents.get(agent_id)
    if agent is None:
        raise errors.plain(404, "Agent not found")
    return agent


def fork(call: Call) -> Json:
    """POST /v1/conversations/{id}/fork -> record: shared rows, own system message, nothing isolated."""
    agent = direct_agent(call, call.query.get("agent_id"))
    if agent is not None:
        return copy(call.store, agent.id, agent.message_ids).json()
    source = find(call)
    return copy(call.store, source.agent_id, call.store.in_context(source.id)).json()


def copy(store: Tables, agent_id: str, ids: list[str]) -> Conversation:
    """Make a conversation that shares all but the first of the given messages."""
    conversation = store.open_conversation(agent_id)
    store.link_existing(conversation.id, ids[1:])
    store.add_system(conversation)
    return conversation


def recompile(call: Call) -> str:
    """POST /v1/conversations/{id}/recompile -> the text, always with the shared values (measured)."""
    dry = call.query.get("dry_run", "").lower() in ("true", "1", "yes", "on", "t", "y")
    agent = direct_agent(call, call.body(optional=True).get("agent_id"))
    conversation = None if agent else find(call)
    owner = agent or call.store.agents[conversation.agent_id if conversation else ""]
    text = call.store.compile(owner, call.store.shared(owner), "default", at=call.store.now())
    if not dry:
        ids = call.store.in_context(conversation.id) if conversation else owner.message_ids
        if not ids:
            raise errors.plain(400, "No in-context messages found for this conversation.")
        call.store.rows[ids[0]].parts = [text_part(text)]
    return text


def compact(call: Call) -> Json:
    """POST /v1/conversations/{id}/compact -> {summary, num_messages_before, num_messages_after}."""
    conversation = find(call)
    ids = call.store.in_context(conversation.id)
    rows = [call.store.rows[i] for i in ids]
    window = range(1, min(round(0.4 * len(rows)), len(rows) - 1) + 1)
    cut = max((n for n in window if rows[n].role == "assistant"), default=0)
    if not cut or cut >= len(rows) - 1:
        raise errors.plain(400, TOO_SHORT)
    said = [part["text"] for row in rows[1:cut] for part in row.parts if part["type"] == "text"]
    summary = f"Earlier: {'; '.join(said)}"[:300]
    hide_before(call.store, conversation, cut, summary)
    return {
        "summary": summary,
        "num_messages_before": len(ids),
        "num_messages_after": len(call.store.in_context(conversation.id)),
    }


def hide_before(
    store: Tables,
    conversation: Conversation,
    cut: int,
    summary: str,
    *,
    at: datetime | None = None,
    dice: Random | None = None,
) -> None:
    """Compact: in context stay the system message, a new summary and the rows from index `cut` on."""
    ids = store.in_context(conversation.id)
    at = at or store.now()
    parts = [text_part(envelope(summary, spoken_time(at)))]
    row = store.write(conversation.agent_id, conversation.id, "user", parts, at=at, dice=dice)
    store.set_in_context(conversation.id, [ids[0], row.id, *ids[cut:]])


def envelope(summary: str, time: str) -> str:
    """Wrap a summary as the server stores it: a user message whose text is JSON."""
    return json.dumps(
        {"type": "system_alert", "message": NOTE + summary, "time": time}, indent=2, ensure_ascii=False
    )
