"""What is new in a conversation since it was last looked at: messages by id, memory by label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tui.model.errors import LettaError
from tui.model.text import plural
from tui.rules.message_scope import conversation_key

if TYPE_CHECKING:
    from tui.model.opened import Context, Opened


class HasIds(Protocol):
    """An item with its key and the ids of what it shows, each with its name."""

    @property
    def key(self) -> str:
        """Begins with `label-` for a memory label, or else with the id of a message and `#`."""

    @property
    def ids(self) -> tuple[tuple[str, str], ...]:
        """The ids by name; a call also has the id of the message that answers it."""


@dataclass(frozen=True)
class NewContent:
    """Ids of messages that were added or rewritten, and labels of which any value changed."""

    messages: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.messages or self.labels)

    def touches(self, item: HasIds) -> bool:
        """Return whether an item is new; a call is new also when its return has come."""
        if item.key.startswith("label-"):
            return item.key.removeprefix("label-") in self.labels
        if not self.messages:
            return False
        return item.key.partition("#")[0] in self.messages or any(
            value in self.messages for _, value in item.ids
        )

    @property
    def text(self) -> str:
        """ "3 new or rewritten, 1 block changed"; "" if nothing is."""
        pieces = []
        if self.messages:
            pieces.append(f"{len(self.messages)} new or rewritten")
        if self.labels:
            pieces.append(f"{plural(len(self.labels), 'block')} changed")
        return ", ".join(pieces)


def new_since(before: Opened, after: Opened) -> NewContent:
    """Compare two readings of a conversation; what either could not read does not count as new."""
    if conversation_key(before) != conversation_key(after):
        return NewContent()
    return NewContent(_new_messages(before, after), _new_labels(before, after))


def _new_messages(before: Opened, after: Opened) -> frozenset[str]:
    old, new = before.context, after.context
    if isinstance(old, LettaError) or isinstance(new, LettaError):
        return frozenset()
    old_messages, new_messages = _by_id(old), _by_id(new)
    changed = (key for key, parts in new_messages.items() if old_messages.get(key) != parts)
    return frozenset(changed) - frozenset(old.without_message)


def _by_id(context: Context) -> Mapping[str, list[object]]:
    parts: dict[str, list[object]] = {}
    for message in context.messages:
        parts.setdefault(message.id, []).append(message.raw)
    return parts


def _new_labels(before: Opened, after: Opened) -> frozenset[str]:
    """Labels whose isolated, shared or compiled value changed."""
    if not (_is_complete(before) and _is_complete(after)):
        return frozenset()
    old, new = _values(before), _values(after)
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _values(opened: Opened) -> dict[str, tuple[object, ...]]:
    from tui.rules.memory.isolation import memory_of

    labels = memory_of(opened).labels
    return {label.name: (label.isolated, label.shared, label.compiled, label.file) for label in labels}


def _is_complete(opened: Opened) -> bool:
    """Return whether the context and every block could be read."""
    isolated = opened.isolated
    blocks = isolated is not None and not any(isinstance(block, LettaError) for block in isolated)
    return blocks and isinstance(opened.shared, tuple) and not isinstance(opened.context, LettaError)
