"""How much of a conversation is shown: in context or all of it, and which types of message are hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from tui.api.errors import LettaError
from tui.model.text import plural, size

if TYPE_CHECKING:
    from tui.api.history import History
    from tui.api.models import ContextSize
    from tui.api.opening import Context, Opened
    from tui.presentation.item import Item


def key_of(opened: Opened) -> str:
    """What tells a conversation from every other one, the default ones of several agents included."""
    return f"{opened.agent.id}/{opened.conversation.id}"


def _ids(opened: Opened) -> tuple[str, ...] | None:
    return None if isinstance(opened.context, LettaError) else opened.context.ids


@dataclass(frozen=True)
class Scope:
    """What the user wants to see of messages, and what was read for it.

    `of` and `whole_of` are `key_of`; `ids` are those that were in context when the history was read.
    """

    whole_of: str = ""
    of: str = ""
    ids: tuple[str, ...] | None = None
    history: History | LettaError | None = None
    tokens: ContextSize | None = None
    hidden: frozenset[str] = frozenset()

    def is_whole(self, opened: Opened) -> bool:
        """Whether all of this conversation is wanted rather than what is in context."""
        return self.whole_of == key_of(opened)

    def history_of(self, opened: Opened) -> History | LettaError | None:
        """What was read of this conversation's history; None where nothing was, or not yet."""
        return self.history if self.of == key_of(opened) else None

    def items(self, opened: Opened, now: datetime) -> tuple[Item, ...]:
        """The items of this conversation, hidden types included."""
        return tuple(self.each(opened, now))

    def each(self, opened: Opened, now: datetime) -> Iterator[Item]:
        """The same, one by one."""
        from tui.presentation.history import whole_timeline
        from tui.presentation.transcript import each

        context = opened.context
        if isinstance(context, LettaError):
            return
        history = self.history_of(opened)
        if self.is_whole(opened) and history is not None:
            yield from whole_timeline(context, history, now)
        else:
            yield from each(context, now)

    def shown(self, items: Iterable[Item]) -> tuple[Item, ...]:
        """The items without those of hidden types; what is no message is never hidden."""
        if not self.hidden:
            return tuple(items)
        return tuple(item for item in items if not item.kind or item.kind not in self.hidden)

    def read(self, opened: Opened, history: History | LettaError, tokens: ContextSize | None) -> Scope:
        """This scope with what was read of a conversation."""
        return replace(self, of=key_of(opened), ids=_ids(opened), history=history, tokens=tokens)

    def is_stale(self, opened: Opened) -> bool:
        """Whether the history that was read of this conversation may lack something by now."""
        known = self.history_of(opened)
        return isinstance(known, LettaError) or (known is not None and self.ids != _ids(opened))

    def without_history(self) -> Scope:
        """This scope as if no history had been read."""
        return replace(self, of="", ids=None, history=None, tokens=None)

    def words(self, opened: Opened) -> str:
        """What the line above the messages says: what else there is, how much of it, and the key to it."""
        context = opened.context
        if isinstance(context, LettaError):
            return ""
        history = self.history_of(opened)
        told = self._whole(context, history) if self.is_whole(opened) else self._part(context, history)
        return " · ".join(filter(None, (*told[:1], self._tokens(opened), *told[1:])))

    def _whole(self, context: Context, history: History | LettaError | None) -> tuple[str, ...]:
        from tui.presentation.history import extent

        if history is None:
            return ("reading the whole history…",)
        if isinstance(history, LettaError):
            return "the history could not be read", "r tries again", "H in context only"
        known = extent(context, history)
        if not known.evicted:
            words = f"all {plural(known.total, 'message')}, nothing before the context"
            return words, "H in context only"
        return f"{known.evicted} before the context", "c boundary", "H in context only"

    def _part(self, context: Context, history: History | LettaError | None) -> tuple[str, ...]:
        from tui.presentation.history import compacted, extent

        if history is not None and not isinstance(history, LettaError):
            earlier = extent(context, history).evicted
            return (f"{plural(earlier, 'earlier message')}, not in context", "H") if earlier else ()
        return ("earlier messages, not in context", "H whole history") if compacted(context) else ()

    def _tokens(self, opened: Opened) -> str:
        if self.tokens is None or self.of != key_of(opened):
            return ""
        current, most = self.tokens.context_window_size_current, self.tokens.context_window_size_max
        return f"{size(current)} of {size(most)} tokens"


def hidden_words(items: Iterable[Item], shown: Iterable[Item]) -> str:
    """ "12 hidden · t", or nothing."""
    count = len(tuple(items)) - len(tuple(shown))
    return f"{count} hidden · t" if count else ""


def kinds(items: Iterable[Item]) -> dict[str, int]:
    """How many messages of each type there are, in the order in which the types first come."""
    return dict(Counter(item.kind for item in items if item.kind))
