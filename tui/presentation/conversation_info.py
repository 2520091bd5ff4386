"""A conversation in a few words: its title, the line above its panes, and the fields of the Info pane."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from tui.model.errors import LettaError
from tui.model.json_text import pretty_json
from tui.model.opened import Opened
from tui.model.text import one_line, plural
from tui.presentation.item import Item, Text
from tui.presentation.times import absolute, how_long_ago, since
from tui.rules.failures import count_failed_tools
from tui.rules.message_content import typed_text
from tui.rules.view_state import Loading

if TYPE_CHECKING:
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.model.message import Message
    from tui.rules.view_state import View

NAMES = {
    "agent_id": "agent",
    "archived_at": "archived at",
    "context_window_limit": "context limit",
    "created_at": "created",
    "updated_at": "updated",
    "last_message_at": "last message",
    "created_by_id": "created by",
    "last_updated_by_id": "updated by",
    "in_context_message_ids": "in context",
    "isolated_block_ids": "isolated",
    "model_settings": "model settings",
    "agent_type": "type",
    "last_run_completion": "last run",
}
"""Names of fields that fit into the gutter; other fields are shown by their own names."""

ID_CHARS = 13
"""Characters shown of an abbreviated id."""

NOT_REPORTED = "not reported"
NOT_SET = "not set"
CONTEXT_NOT_REPORTED = "in context: not reported"

NULL_IS_UNKNOWN = frozenset({"in_context_message_ids", "isolated_block_ids"})
"""Lists that a server sends as null if it does not report them; in other fields, null means "not set"."""


def title(conversation: Conversation, instead: str = "") -> str:
    """Return the summary in one line, or "untitled" with the description, `instead` or the start of the id."""
    text = _title_line(conversation.summary)
    if conversation.is_default:
        return f"default conversation · {text}" if text else "default conversation"
    if text:
        return text
    return f"untitled · {_title_line(conversation.description) or instead or _start(conversation.id)}"


def _start(identity: str) -> str:
    """The start of an id, enough to distinguish most conversations; a short id in full."""
    return identity if len(identity) <= ID_CHARS else f"{identity[:ID_CHARS]}…"


def model_name(agent: Agent | None, view: View) -> str:
    """Return the model of the open conversation, which is the agent's unless it has its own; "" if unknown.

    In the list of all agents, `agent` stands for all of them, and the open conversation's own agent is used.
    """
    own = None if view is None else view.conversation.model
    if agent is not None and agent.is_all:
        opened = view.known if isinstance(view, Loading) else view
        agent = opened.agent if isinstance(opened, Opened) else None
    return own or (agent.model if agent is not None else None) or ""


def title_of(opened: Opened) -> str:
    """Return the title of a conversation that was read, by its first words if there is nothing else."""
    return title(opened.conversation, first_user_words(opened))


def first_user_words(opened: Opened) -> str:
    """Return the start of the first user message, which distinguishes an untitled conversation; "" without one."""
    return "" if isinstance(opened.context, LettaError) else first_words(opened.context.messages)


def first_words(messages: Iterable[Message]) -> str:
    """Return the start of the first user message in quotes; "" without one."""
    for message in messages:
        if message.message_type == "user_message":
            words = _title_line(typed_text(message), 60)
            if words and not words.startswith("{"):
                return f'"{words}"'
    return ""


def _title_line(text: str | None, limit: int = 300) -> str:
    """One line of a text; terminals disagree about the width of an emoji with U+FE0F, which would shift the row."""
    return one_line((text or "")[:4000].replace("\ufe0f", ""), limit)


def facts_line(opened: Opened, now: datetime, *, gauge: str = "") -> str:
    """ "13 in context ▇▇▇▇▁ 62 % · 2 isolated, 1 differs · created 3 h ago · conv-3f2a…", what matters most first."""
    from tui.presentation.memory_items import memory_text  # late: loads the models of blocks

    conversation, limited = opened.conversation, NOT_REPORTED not in gauge
    parts = ["archived"] if conversation.archived else []
    context = opened.context
    if isinstance(context, LettaError):
        parts.append("messages unreadable")
    elif context.ids is None:
        parts += [] if context.partial else [CONTEXT_NOT_REPORTED]
    else:
        parts.append(f"{len(context.ids)} in context {gauge if limited else ''}".rstrip())
    if not opened.blocks_pending:
        of_agent = conversation.is_default and opened.local is None
        parts.append("shared blocks only" if of_agent else memory_text(opened))
    if not isinstance(context, LettaError) and (failed := count_failed_tools(context.messages)):
        parts.append(plural(failed, "tool failed", "tools failed"))
    parts += (
        [gauge] if gauge and not limited else []
    )  # long without a limit, so it comes after the state of memory
    if conversation.created_at:
        parts.append(f"created {since(conversation.created_at, now)}")
    parts.append(conversation.id if len(conversation.id) < 20 else f"{conversation.id[:13]}…")
    return " · ".join(parts)


def info_items(opened: Opened, now: datetime) -> tuple[Item, ...]:
    """Return every field of the conversation and the main ones of its agent, with absolute times."""
    conversation, agent = opened.conversation, opened.agent
    items = [
        _fact(f"conversation-{name}", NAMES.get(name, name), value, now, absent=_absent(conversation, name))
        for name, value in conversation.values().items()
    ]
    fields = agent.values()
    for name in ("name", "model", "agent_type", "created_at", "updated_at", "last_run_completion"):
        words, absent = f"agent {NAMES.get(name, name)}", _absent(agent, name)
        items.append(_fact(f"agent-{name}", words, fields.get(name), now, absent=absent))
    if opened.agent.keeps_memory_in_git:
        items.append(_fact("agent-memory", "agent memory", "stored in git (tag git-memory-enabled)", now))
    return (*items, *_counts(opened))


def _absent(record: Conversation | Agent, name: str) -> str:
    """Return the text for a field without a value: it is null, or the server does not report it."""
    return NOT_SET if record.was_sent(name) and name not in NULL_IS_UNKNOWN else NOT_REPORTED


def _fact(key: str, name: str, value: object, now: datetime, *, absent: str = NOT_REPORTED) -> Item:
    role, copied = "", ""
    if value is None:
        text, role = absent, "muted"
    elif isinstance(value, datetime):
        text, copied = f"{absolute(value)}  ({how_long_ago(value, now)})", value.isoformat()
    elif isinstance(value, tuple | list) and all(isinstance(part, str) for part in value):
        text = "\n".join(value) or "none"
    else:
        text = pretty_json(value) if not isinstance(value, str) else value or "(empty)"
    folded = text.count("\n") > 12
    preview = one_line(text, 200)
    parts = (Text(text, role),)
    return Item(
        key,
        "·",
        one_line(name, 30),
        "muted",
        preview=preview,
        parts=parts,
        folded=folded,
        copy_id=copied or text,
        copy_text="" if value is None else copied or text,
        raw=value,
    )


def _counts(opened: Opened) -> Iterator[Item]:
    context = opened.context
    if not isinstance(context, LettaError):
        ids = "ids not reported" if context.ids is None else plural(len(context.ids), "id")
        text = f"{ids}, {plural(len(context.messages), 'message')}, {len(context.without_message)} without a message"
        yield Item("count-context", "·", "counts", "muted", parts=(Text(text),), copy_id=text)
    yield Item(
        "read-at", "·", "read at", "muted", parts=(Text(absolute(opened.at)),), copy_id=opened.at.isoformat()
    )
