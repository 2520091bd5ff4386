"""What is new in a conversation since it was last looked at: messages by id, blocks by label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.api.errors import LettaError

if TYPE_CHECKING:
    from tui.api.opening import Context, Opened
    from tui.presentation.item import Item


@dataclass(frozen=True)
class Changes:
    """Ids of messages that came or were rewritten, and labels of which anything differs."""

    messages: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.messages or self.labels)

    def touches(self, item: Item) -> bool:
        """Whether an item of the readers is one of those; a call is, too, once its return has come."""
        if item.key.startswith("label-"):
            return item.key.removeprefix("label-") in self.labels
        if not self.messages:
            return False
        return item.key.partition("#")[0] in self.messages or any(
            found in self.messages for _, found in item.ids
        )

    @property
    def words(self) -> str:
        """How much changed: "3 new, 1 block changed"; nothing where nothing did."""
        blocks = len(self.labels)
        counted = (
            (len(self.messages), f"{len(self.messages)} new or rewritten"),
            (blocks, f"{blocks} {'block' if blocks == 1 else 'blocks'} changed"),
        )
        return ", ".join(words for count, words in counted if count)


def changes(before: Opened, after: Opened) -> Changes:
    """What differs in a conversation between two readings of it; what either could not read is no change."""
    from tui.rules.message_scope import key_of

    if key_of(before) != key_of(after):
        return Changes()
    return Changes(_messages(before, after), _labels(before, after))


def _messages(before: Opened, after: Opened) -> frozenset[str]:
    old, new = before.context, after.context
    if isinstance(old, LettaError) or isinstance(new, LettaError):
        return frozenset()
    known, found = _by_id(old), _by_id(new)
    return frozenset(
        message_id for message_id, told in found.items() if known.get(message_id) != told
    ) - frozenset(old.unanswered)


def _by_id(context: Context) -> Mapping[str, list[object]]:
    found: dict[str, list[object]] = {}
    for message in context.messages:
        found.setdefault(message.id, []).append(message.raw)
    return found


def _labels(before: Opened, after: Opened) -> frozenset[str]:
    """Labels whose value, own or shared, or whose compiled text is another one."""
    from tui.rules.memory.isolation import memory

    if not (_read_whole(before) and _read_whole(after)):
        return frozenset()
    old, new = memory(before), memory(after)
    known = {label.name: (label.isolated, label.shared, label.compiled) for label in old.labels}
    found = {label.name: (label.isolated, label.shared, label.compiled) for label in new.labels}
    return frozenset(name for name in known.keys() | found.keys() if known.get(name) != found.get(name))


def _read_whole(opened: Opened) -> bool:
    """Whether every block of it could be read."""
    isolated = opened.isolated
    blocks = isolated is not None and not any(isinstance(block, LettaError) for block in isolated)
    return blocks and isinstance(opened.shared, tuple) and not isinstance(opened.context, LettaError)
