"""What changed between two readings of a list of conversations, and of the memory of an agent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from tui.model.errors import LettaError
from tui.rules.message_content import message_text
from tui.rules.new_since import new_since

if TYPE_CHECKING:
    from tui.model.conversation import Conversation
    from tui.model.message import Message
    from tui.model.opened import Opened

EventKind = Literal["created", "deleted", "summary", "archived", "unarchived", "messages", "memory"]

SYSTEM = "system_message"


@dataclass(frozen=True)
class Event:
    """One change; `details` depend on its kind. A `conversation` of None stands for memory that an agent shares."""

    kind: EventKind
    agent: str
    conversation: str | None
    details: Mapping[str, Any] = field(default_factory=dict)


class WatchedRow(NamedTuple):
    """What is remembered of a row: little, since there may be ten thousand."""

    agent: str
    summary: str | None
    archived: bool
    created_at: datetime | None
    last_message_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, row: Conversation) -> Self:
        """Return what is remembered of a row."""
        return cls(
            row.agent_id,
            row.summary,
            bool(row.archived),
            row.created_at,
            row.last_message_at,
            row.updated_at,
        )

    def may_have_messages_since(self, before: WatchedRow) -> bool:
        """Return whether there may be new messages: by the time of the last one, else by any update."""
        if self.last_message_at is not None or before.last_message_at is not None:
            return self.last_message_at != before.last_message_at
        return self.updated_at != before.updated_at

    def messages_since(self, before: WatchedRow) -> datetime | None:
        """The time after which messages are new; None where all are, since there were none before."""
        return before.last_message_at if self.last_message_at is not None else before.updated_at


def row_events(conversation: str, before: WatchedRow | None, after: WatchedRow | None) -> Iterator[Event]:
    """Yield the events of a row, from its earlier state to its current one; None where there is no such state."""
    if after is None:
        if before is not None:
            yield Event("deleted", before.agent, conversation, {"summary": before.summary})
        return
    if before is None:
        yield Event("created", after.agent, conversation, {"summary": after.summary})
        return
    if after.summary != before.summary:
        yield Event("summary", after.agent, conversation, {"before": before.summary, "after": after.summary})
    if after.archived is not before.archived:
        yield Event("archived" if after.archived else "unarchived", after.agent, conversation)


def missing_rows(
    rows: Mapping[str, WatchedRow], page: Iterable[Conversation], *, complete: bool
) -> list[str]:
    """Return the ids of known rows that are missing on a first page, newest first, or in the `complete` list."""
    times = {row.id: row.created_at for row in page}
    if complete:
        return [key for key in rows if key not in times]
    last = next(reversed(times.values()), None)
    if last is None:
        return []
    return [
        key
        for key, row in rows.items()
        if key not in times and row.created_at is not None and row.created_at > last
    ]


def memory_events(
    agent: str, before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> Iterator[Event]:
    """Yield what changed in the shared values of an agent, by label; None for one that does not exist."""
    for label in sorted(before.keys() | after.keys()):
        old, new = before.get(label), after.get(label)
        if old != new:
            yield Event("memory", agent, None, {"label": label, "before": old, "after": new})


def opened_events(before: Opened | None, after: Opened, since: datetime | None) -> Iterator[Event]:
    """Yield what is new in a conversation since it was last read, or since a time if it was not read before.

    Labels of which only the shared value changed are events of the agent.
    """
    agent, conversation = after.agent.id, after.conversation.id
    if isinstance(after.context, LettaError):
        return
    labels: frozenset[str] = frozenset()
    if before is None:
        messages = [one for one in after.context.messages if _is_since(one, since)]
    else:
        new = new_since(before, after)
        messages = [one for one in after.context.messages if one.id in new.messages]
        labels = new.labels
    if messages:
        yield Event("messages", agent, conversation, {"messages": [message_json(one) for one in messages]})
    if labels:
        yield from _label_events(before, after, labels)


def message_json(message: Message) -> dict[str, Any]:
    """Return id, type, time and text of a message; the text is None if it has none."""
    return {
        "id": message.id,
        "type": message.message_type,
        "date": None if message.date is None else message.date.isoformat(),
        "text": message_text(message),
    }


def _is_since(message: Message, since: datetime | None) -> bool:
    if message.message_type == SYSTEM:
        return False
    return since is None or (message.date is not None and message.date > since)


def _label_events(before: Opened | None, after: Opened, labels: frozenset[str]) -> Iterator[Event]:
    from tui.rules.memory.isolation import memory_of

    old = {} if before is None else {label.name: label for label in memory_of(before).labels}
    for label in memory_of(after).labels:
        known = old.get(label.name)
        of_conversation = (label.isolated and label.isolated.value, label.compiled)
        if label.name not in labels or (
            known is not None and of_conversation == (known.isolated and known.isolated.value, known.compiled)
        ):
            continue
        details = {
            "label": label.name,
            "state": label.state.value,
            "isolated": label.isolated.value if label.isolated else None,
            "compiled": label.compiled,
        }
        yield Event("memory", after.agent.id, after.conversation.id, details)
