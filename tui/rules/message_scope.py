"""Which messages of a conversation are shown: those in context or all of them, without the hidden types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from tui.model.errors import LettaError

if TYPE_CHECKING:
    from tui.model.opened import History, Opened
    from tui.model.trace import ContextSize


class HasKind(Protocol):
    """An item that knows the type of its message; "" if it is not a message."""

    @property
    def kind(self) -> str:
        """The type that messages are filtered by."""


ItemT = TypeVar("ItemT", bound=HasKind)


def conversation_key(opened: Opened) -> str:
    """Return a key of a conversation that is unique, also among the default conversations of several agents."""
    return f"{opened.agent.id}/{opened.conversation.id}"


def _context_ids(opened: Opened) -> tuple[str, ...] | None:
    return None if isinstance(opened.context, LettaError) else opened.context.ids


@dataclass(frozen=True)
class MessageScope:
    """What the user wants to see of messages, and the history that was read for it.

    `whole_of` is the `conversation_key` of which the whole history is wanted, `of` the one that `history` and
    `tokens` belong to, `ids` those that were in context when they were read.
    """

    whole_of: str = ""
    of: str = ""
    ids: tuple[str, ...] | None = None
    history: History | LettaError | None = None
    tokens: ContextSize | None = None
    hidden: frozenset[str] = frozenset()

    def is_whole(self, opened: Opened) -> bool:
        """Return whether the whole history of this conversation is wanted, and not only what is in context."""
        return self.whole_of == conversation_key(opened)

    def history_of(self, opened: Opened) -> History | LettaError | None:
        """The history of this conversation as it was read; None if it was not, or not yet."""
        return self.history if self.of == conversation_key(opened) else None

    def tokens_of(self, opened: Opened) -> ContextSize | None:
        """The size of this conversation's context; None if it was not read."""
        return self.tokens if self.of == conversation_key(opened) else None

    def shown(self, items: Iterable[ItemT]) -> tuple[ItemT, ...]:
        """The items without those of hidden types; an item that is not a message is never hidden."""
        if not self.hidden:
            return tuple(items)
        return tuple(item for item in items if not item.kind or item.kind not in self.hidden)

    def read(self, opened: Opened, history: History | LettaError, tokens: ContextSize | None) -> MessageScope:
        """This scope with a history that was just read."""
        return replace(
            self, of=conversation_key(opened), ids=_context_ids(opened), history=history, tokens=tokens
        )

    def is_stale(self, opened: Opened) -> bool:
        """Return whether the history of this conversation has to be read again, since the context has changed."""
        known = self.history_of(opened)
        return isinstance(known, LettaError) or (known is not None and self.ids != _context_ids(opened))

    def without_history(self) -> MessageScope:
        """This scope as if no history had been read."""
        return replace(self, of="", ids=None, history=None, tokens=None)


def count_by_type(items: Iterable[HasKind]) -> dict[str, int]:
    """Count messages by type, in the order in which the types first appear."""
    return dict(Counter(item.kind for item in items if item.kind))
