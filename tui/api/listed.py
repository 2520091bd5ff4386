"""Rows of a list as light as they can be: what rows have in common is held once, since a list may have 100,000."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from tui.api.models import Conversation

CONTEXT = "in_context_message_ids"
"""What lists always send as [], whatever is in the context (measured): it is left unsaid."""

ALIKE = ("agent_id", "created_by_id", "last_updated_by_id")
"""Ids that most rows of a list share."""

PLAIN = (str, int, float, type(None))


class Listed:
    """Reads the rows of one page; a row weighs less than half of what it weighs when it is read alone."""

    def __init__(self) -> None:
        self._held: dict[Hashable, Any] = {}

    def read(self, data: object) -> Conversation:
        """One JSON object as a row; raises ValueError where it has no id."""
        if isinstance(data, dict):
            data = {name: value for name, value in data.items() if name != CONTEXT}
        row = Conversation.read(data)
        for name in ALIKE:
            value = getattr(row, name)
            row.__dict__[name] = self._held.setdefault(value, value)
        said, extra = row.__pydantic_fields_set__, row.__pydantic_extra__ or {}
        object.__setattr__(row, "__pydantic_fields_set__", self._held.setdefault(frozenset(said), said))
        if all(isinstance(value, PLAIN) for value in extra.values()):
            key = tuple((name, type(value), value) for name, value in extra.items())
            object.__setattr__(row, "__pydantic_extra__", self._held.setdefault(key, extra))
        return row
