"""Conversations as they were read before, kept within a budget, to be shown until they are read anew."""

from __future__ import annotations

from collections.abc import Mapping

from tui.api.errors import LettaError
from tui.api.opening import Opened
from tui.rules.bounded_cache import Bounded
from tui.rules.message_scope import key_of

BUDGET = 24_000_000
"""Bytes that are kept in all: some dozens of conversations, or one of ten thousand messages."""

OVERHEAD = 1_100
"""Bytes that a message or a block costs beside its texts."""


class Answers:
    """The conversations that were read last; every write forgets them all, since it may have changed any of them.

    `writes` is how many writes were begun and ended: an answer is kept only for as long as that stays the same.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self._kept: Bounded[str, Opened] = Bounded(budget)
        self._writes = 0

    @property
    def size(self) -> int:
        """Bytes that are kept in all."""
        return self._kept.size

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, opened: Opened, *, size: int, writes: int) -> None:
        """Keep an answer that was asked for when there were so many writes; the oldest ones make room for it."""
        self._forget_before(writes)
        self._kept.drop(key_of(opened))
        if size <= self._kept.budget and writes >= self._writes:
            self._kept.keep(key_of(opened), opened, size)

    def find(self, agent_id: str, conversation_id: str, *, writes: int) -> Opened | None:
        """What was read of a conversation, unless anything was written since."""
        self._forget_before(writes)
        return self._kept.use(f"{agent_id}/{conversation_id}")

    def _forget_before(self, writes: int) -> None:
        if writes > self._writes:
            self._writes = writes
            self._kept.clear()


def size_of(opened: Opened) -> int:
    """About how many bytes an answer holds on to."""
    context = opened.context
    messages = () if isinstance(context, LettaError) else context.messages
    shared = () if isinstance(opened.shared, LettaError) else opened.shared
    blocks = (*shared, *(opened.isolated or ()))
    return sum(OVERHEAD + _bytes(message.raw) for message in messages) + sum(
        OVERHEAD + _bytes(getattr(block, "value", None)) for block in blocks
    )


def _bytes(value: object) -> int:
    """What the texts in a value take: one character beyond Latin makes each of a text take two bytes or four."""
    if isinstance(value, str):
        return value.__sizeof__()
    if isinstance(value, Mapping):
        return sum(_bytes(inner) for inner in value.values())
    return sum(map(_bytes, value)) if isinstance(value, list) else 0
