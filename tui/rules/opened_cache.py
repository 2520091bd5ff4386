"""Conversations as they were read before, cached within a budget and shown until they are read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.model.errors import LettaError
from tui.rules.bounded_cache import BoundedCache
from tui.rules.message_scope import conversation_key

if TYPE_CHECKING:
    from tui.model.opened import Opened

BUDGET = 24_000_000
"""Bytes in all: some dozens of conversations, or one of ten thousand messages."""

OVERHEAD = 1_100
"""Bytes that a message or a block takes besides its texts."""


class OpenedCache:
    """The conversations that were read last; any write empties the cache, since it may have changed any of them.

    `writes` counts the writes that were started and ended: a conversation is valid while that count is the same.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self._cache: BoundedCache[str, Opened] = BoundedCache(budget)
        self._writes = 0

    @property
    def size(self) -> int:
        """Bytes that are cached in all."""
        return self._cache.size

    def __len__(self) -> int:
        return len(self._cache)

    def put(self, opened: Opened, *, size: int, writes: int) -> None:
        """Cache a conversation, with the number of writes at the time of the request."""
        self._drop_before(writes)
        self._cache.drop(conversation_key(opened))
        if size <= self._cache.budget and writes >= self._writes:
            self._cache.put(conversation_key(opened), opened, size)

    def get(self, agent_id: str, conversation_id: str, *, writes: int) -> Opened | None:
        """Return a conversation as it was read, or None if it is not cached or anything was written since."""
        self._drop_before(writes)
        return self._cache.use(f"{agent_id}/{conversation_id}")

    def _drop_before(self, writes: int) -> None:
        if writes > self._writes:
            self._writes = writes
            self._cache.clear()


def estimate_size(opened: Opened) -> int:
    """Estimate how many bytes a conversation takes."""
    context = opened.context
    messages = () if isinstance(context, LettaError) else context.messages
    shared = () if isinstance(opened.shared, LettaError) else opened.shared
    blocks = (*shared, *(opened.isolated or ()))
    return sum(OVERHEAD + _bytes(message.raw) for message in messages) + sum(
        OVERHEAD + _bytes(getattr(block, "value", None)) for block in blocks
    )


def _bytes(value: object) -> int:
    """What the texts in a value take; one character beyond Latin-1 doubles or quadruples the size of a text."""
    if isinstance(value, str):
        return value.__sizeof__()
    if isinstance(value, Mapping):
        return sum(_bytes(inner) for inner in value.values())
    return sum(map(_bytes, value)) if isinstance(value, list) else 0
