"""How the size of a context changed over the life of a conversation, and its gaps and slow tools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from tui.model.envelope import envelope_of, is_summary
from tui.model.errors import LettaError, NotOffered
from tui.rules.context_window import (
    ContextWindow,
    CountedBy,
    PartKind,
    context_window,
    message_chars,
    tokens_of,
)
from tui.rules.history import all_messages
from tui.rules.tool_calls import CALL_TYPES, tool_calls, tool_returns
from tui.rules.usage import tokens_after

if TYPE_CHECKING:
    from tui.model.message import Message
    from tui.model.opened import History, Opened
    from tui.model.trace import ContextSize

LEAST_GAP = 60.0
"""Seconds between two messages that make a gap."""

LEAST_TOOL = 1.0
"""Seconds that make a tool slow; dates of servers have whole seconds."""

MOST_WAITS = 10
"""How many of the longest waits of each kind are shown."""

BASE = (PartKind.SYSTEM, PartKind.MEMORY, PartKind.METADATA, PartKind.FILES, PartKind.RULES, PartKind.TOOLS)
"""What is in context besides messages."""


@dataclass(frozen=True)
class SizePoint:
    """The size of the context in tokens after a message; `compacted` marks a summary, `measured` a real count."""

    tokens: int
    at: datetime | None = None
    compacted: bool = False
    measured: bool = False


@dataclass(frozen=True)
class ContextReading:
    """What was read of one context; `window` is None if neither the server nor its messages show what fills it.

    `size` is the server's count, or why there is none; `found` are all waits, and `longest` those that are shown.
    """

    opened: Opened
    history: History | LettaError
    size: ContextSize | LettaError
    window: ContextWindow | None
    life: tuple[SizePoint, ...] = ()
    found: tuple[Wait, ...] = ()
    longest: tuple[Wait, ...] = ()

    @property
    def not_counted(self) -> LettaError | None:
        """Why the server's count could not be read; None if it was, or if the server does not count."""
        return (
            self.size if isinstance(self.size, LettaError) and not isinstance(self.size, NotOffered) else None
        )


class WaitKind(Enum):
    """What kind of wait it was."""

    GAP = "gap"
    TOOL = "tool"


@dataclass(frozen=True)
class Wait:
    """A gap between messages, or a slow tool; `name` is the type of the message after the gap, or the tool."""

    kind: WaitKind
    seconds: float
    at: datetime
    name: str
    message_id: str


def context_reading(
    opened: Opened, history: History | LettaError, size: ContextSize | LettaError
) -> ContextReading:
    """Return what a history and the server's count say of a context."""
    window = context_window(opened, None if isinstance(size, LettaError) else size)
    life = () if window is None else context_life(opened, history, window)
    found = waits(all_messages(opened.context, history) or ())
    return ContextReading(opened, history, size, window, life, found, longest(found))


def context_life(
    opened: Opened, history: History | LettaError, window: ContextWindow
) -> tuple[SizePoint, ...]:
    """Return the size of the context after each message of the history; () if the history is unknown.

    Sizes are estimates, except where the model or a compaction counted. If the server counted the current context, the
    estimates are scaled to end at its count.
    """
    messages = all_messages(opened.context, history)
    if messages is None:
        return ()
    base = sum(part.tokens for part in window.parts if part.kind in BASE)
    points = list(_points(opened, messages, base))
    if not points:
        return ()
    last = points[-1].tokens
    if window.counted_by is CountedBy.SERVER and last:
        points = [
            one if one.measured else replace(one, tokens=one.tokens * window.used // last) for one in points
        ]
    points[-1] = replace(points[-1], tokens=window.used)
    return tuple(points)


def _points(opened: Opened, messages: Sequence[Message], base: int) -> Iterable[SizePoint]:
    in_context = _ids_in_context(opened)
    last_summary = max((at for at, message in enumerate(messages) if is_summary(message)), default=-1)
    counted, chars = base, 0  # a known size, and the characters of the messages since
    for at, message in enumerate(messages):
        if message.message_type == "system_message" and at == 0:
            yield SizePoint(base, message.date)
        elif is_summary(message):
            stats = compaction_stats(message)
            before = _number(stats, "context_tokens_before", "tokens_before")
            after = _number(stats, "context_tokens_after")
            if before is not None:
                yield SizePoint(before, message.date, measured=True)
            kept = _first_kept(messages, at, stats, in_context if at == last_summary else frozenset())
            counted, chars = base, sum(map(message_chars, messages[kept : at + 1]))
            if after is not None:
                counted, chars = after, 0
            yield SizePoint(counted + tokens_of(chars), message.date, True, after is not None)
        else:
            chars += message_chars(message)
            measured = tokens_after(message)
            if measured is not None:
                counted, chars = measured, 0
            yield SizePoint(counted + tokens_of(chars), message.date, measured=measured is not None)


def _ids_in_context(opened: Opened) -> frozenset[str]:
    """Return the ids in context now; those older than the last summary are what its compaction left there."""
    context = opened.context
    return frozenset() if isinstance(context, LettaError) else frozenset(context.ids or ())


def _first_kept(
    messages: Sequence[Message], at: int, stats: Mapping[str, Any], in_context: frozenset[str]
) -> int:
    """Return the index of the first message that a compaction left before the summary at `at`; `at` if unknown."""
    entry = stats.get("first_kept_entry_id")
    for index, message in enumerate(messages[:at]):
        is_first = entry is not None and message.raw.get("row_id") == entry
        stays = message.id in in_context and message.message_type != "system_message"
        if (is_first or stays) and not is_summary(message):
            return index
    return at


def compaction_stats(message: Message) -> Mapping[str, Any]:
    """Return what a summary reports of its compaction; empty if it reports nothing."""
    stats = message.raw.get("compaction_stats")
    if message.message_type == "user_message":
        envelope = envelope_of(message.raw.get("content")) or {}
        stats = envelope.get("compaction_stats")
    return stats if isinstance(stats, Mapping) else {}


def _number(values: Mapping[str, Any], *names: str) -> int | None:
    numbers = (values.get(name) for name in names)
    return next(
        (one for one in numbers if isinstance(one, int) and not isinstance(one, bool) and 0 <= one < 10**12),
        None,
    )


def waits(messages: Iterable[Message]) -> tuple[Wait, ...]:
    """Return every gap and slow tool in the order of the messages."""
    found: list[Wait] = []
    called: dict[str, tuple[datetime, str]] = {}
    before: datetime | None = None
    for message in messages:
        date = message.date
        if date is None:
            continue
        if message.message_type in CALL_TYPES:
            for call in tool_calls(message):
                called.setdefault(str(call.get("tool_call_id")), (date, str(call.get("name") or "")))
        elif message.message_type == "approval_response_message":
            called = {call_id: (date, name) for call_id, (_, name) in called.items()}
        found += _tool_waits(message, date, called)
        is_return = message.message_type == "tool_return_message"
        if before is not None and not is_return and message.message_type != "system_message":
            seconds = (date - before).total_seconds()
            if seconds >= LEAST_GAP:
                found.append(Wait(WaitKind.GAP, seconds, date, message.message_type, message.id))
        before = date if before is None else max(before, date)
    return tuple(found)


def _tool_waits(message: Message, date: datetime, called: dict[str, tuple[datetime, str]]) -> Iterable[Wait]:
    """Yield the slow tools whose returns a message carries, each counted once."""
    if message.message_type != "tool_return_message":
        return
    for result in tool_returns(message):
        begun = called.pop(str(result.get("tool_call_id")), None)
        if begun is None:
            continue
        seconds = (date - begun[0]).total_seconds()
        if seconds >= LEAST_TOOL:
            yield Wait(WaitKind.TOOL, seconds, date, begun[1], message.id)


def longest(found: Sequence[Wait], most: int = MOST_WAITS) -> tuple[Wait, ...]:
    """Return the longest waits of each kind, in the order of the messages."""
    by_length = sorted(range(len(found)), key=lambda at: -found[at].seconds)
    chosen = [at for kind in WaitKind for at in [at for at in by_length if found[at].kind is kind][:most]]
    return tuple(found[at] for at in sorted(chosen))
