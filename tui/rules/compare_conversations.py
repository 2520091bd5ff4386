"""Compares two conversations: their common beginning, where they diverge, and their memory and model.

A fork shares the messages that were in context when it was made, by their ids, and has a system message of its own
(measured). Anything else is the same message if its type and its content are. The compiled system message is compared
as memory and not as a message, since each conversation has its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

from tui.model.errors import LettaError
from tui.model.json_text import as_text, pretty_json
from tui.rules.history import all_messages, evicted_messages
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import Label, LabelState
from tui.rules.tool_calls import (
    CALL_TYPES,
    approval_answers,
    is_client_result,
    result_value,
    tool_calls,
    tool_returns,
)

if TYPE_CHECKING:
    from tui.model.message import Message
    from tui.model.opened import Evidence, Opened

MOST = 4_000
"""Messages above which frequent ones are not compared one by one, as `difflib` does it."""

CONTENT = ("content", "reasoning", "hidden_reasoning", "state", "summary", "event_type", "event_data")
"""The fields with what a message says, one or two for each type."""

OF_THE_ROW = frozenset(
    {
        *("id", "date", "otid", "step_id", "run_id", "sender_id", "seq_id", "row_id", "is_err", "name"),
        *("usage", "model", "provider", "stop_reason", "signature"),
    }
)
"""Fields of a message of an unknown type that say when and how it was stored, not what it says."""

_BY_ID = attrgetter("id")

Fact = Literal["agent", "model", "model settings", "context limit", "system prompt"]
Of = Literal["stored", "model"]

OWN_FIELDS: tuple[tuple[Fact, str], ...] = (
    ("model settings", "model_settings"),
    ("context limit", "context_window_limit"),
)
"""Properties that a conversation may have beside its model, by their fields."""


@dataclass(frozen=True)
class FactDifference:
    """A property in which two conversations differ; None if it is not reported or not set."""

    name: Fact
    first: str | None
    second: str | None


@dataclass(frozen=True)
class MemoryDifference:
    """A label with different stored values in two conversations, or of which their models read different values.

    A side is None if that conversation has no such label, or none in its system message.
    """

    label: str
    of: Of
    first: str | None
    second: str | None
    kinds: tuple[str, str]
    """What the value of each side is: isolated, shared, file, or none."""


@dataclass(frozen=True)
class Hunk:
    """Consecutive messages that are the same in both conversations, or that differ; then one side may be empty."""

    first: tuple[Message, ...]
    second: tuple[Message, ...]
    same: bool

    @property
    def rows(self) -> int:
        """How many stored messages it has in the first conversation, or where it has none there, in the second."""
        return len({message.id for message in self.first or self.second})

    @property
    def until(self) -> datetime | None:
        """The time of the last message that has one."""
        dates = (message.date for message in reversed(self.first or self.second))
        return next((date for date in dates if date is not None), None)


@dataclass(frozen=True)
class ComparedConversations:
    """What two conversations have in common and where they differ.

    `whole` is False if a history could not be read, so that only what is in context was compared. `shared` counts
    stored messages that belong to both conversations, as after a fork.
    """

    first: Evidence
    second: Evidence
    facts: tuple[FactDifference, ...]
    memory: tuple[MemoryDifference, ...]
    hunks: tuple[Hunk, ...]
    shared: int
    whole: bool

    @property
    def earlier(self) -> Hunk | None:
        """What only one of them has before the common beginning, as a fork takes only what is in context."""
        begin = self.hunks[:2]
        if len(begin) < 2 or begin[0].same or not begin[1].same:
            return None
        return begin[0] if not (begin[0].first and begin[0].second) else None

    @property
    def common(self) -> Hunk | None:
        """The common beginning."""
        begin = next(iter(self.hunks[1:] if self.earlier is not None else self.hunks), None)
        return begin if begin is not None and begin.same else None

    @property
    def first_difference(self) -> int | None:
        """The hunk with the first difference after the common beginning, else the first of all; None without any."""
        differing = [at for at, hunk in enumerate(self.hunks) if not hunk.same]
        after = 1 if self.earlier is not None else 0
        return next((at for at in differing if at >= after), differing[0] if differing else None)

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return bool(self.facts or self.memory or self.first_difference is not None)


def compare_conversations(first: Evidence, second: Evidence) -> ComparedConversations:
    """Compare two conversations as they were read; what could not be read is not compared."""
    whole = not any(isinstance(one.history, LettaError) for one in (first, second))
    ours, theirs = (_messages(one, whole=whole) for one in (first, second))
    is_local = first.opened.local is not None or second.opened.local is not None
    shared = frozenset[str]() if is_local else _shared_ids(ours, theirs)
    theirs = _in_order_of(theirs, ours, shared)
    hunks = tuple(_hunks(ours, theirs, shared))
    return ComparedConversations(
        first,
        second,
        tuple(_facts(first.opened, second.opened)),
        tuple(_memory(first.opened, second.opened)),
        hunks,
        len(shared),
        whole,
    )


# messages


def _messages(evidence: Evidence, *, whole: bool) -> tuple[Message, ...]:
    """Return the messages to compare, those before the context first, without the compiled system message.

    A summary is stored after the messages that it precedes in context.
    """
    context, history = evidence.opened.context, evidence.history
    known = () if isinstance(context, LettaError) else context.messages
    system = next((one.id for one in known if one.message_type == "system_message"), None)
    messages: tuple[Message, ...] | None = known
    if whole and not isinstance(history, LettaError):
        if isinstance(context, LettaError) or context.ids is None:
            messages = all_messages(context, history)
        else:
            messages = (*evicted_messages(context, history), *known)
    return tuple(one for one in messages or () if one.id != system)


def _shared_ids(first: Iterable[Message], second: Iterable[Message]) -> frozenset[str]:
    """Return the ids of messages that both have with the same content; ids in files repeat between conversations."""
    ours, theirs = _rows(first), _rows(second)
    return frozenset(
        id
        for id in ours.keys() & theirs.keys()
        if list(map(content_key, ours[id])) == list(map(content_key, theirs[id]))
    )


def _rows(messages: Iterable[Message]) -> dict[str, list[Message]]:
    """Return the messages by the row that they are parts of."""
    rows: dict[str, list[Message]] = {}
    for message in messages:
        rows.setdefault(message.id, []).append(message)
    return rows


def _in_order_of(
    messages: tuple[Message, ...], other: tuple[Message, ...], shared: frozenset[str]
) -> tuple[Message, ...]:
    """Return the messages, the shared ones in the order of the other conversation.

    A conversation that was compacted again has its earlier summary after the messages that it preceded.
    """
    if not shared:
        return messages
    rows = _rows(messages)
    in_order = iter(dict.fromkeys(one.id for one in other if one.id in shared))
    return tuple(part for id in rows for part in rows[next(in_order) if id in shared else id])


def _hunks(first: tuple[Message, ...], second: tuple[Message, ...], shared: frozenset[str]) -> Iterator[Hunk]:
    ours, theirs = list(_keys(first, shared)), list(_keys(second, shared))
    begin = _common(ours, theirs)
    end = _common(ours[begin:][::-1], theirs[begin:][::-1])
    if begin:
        yield Hunk(first[:begin], second[:begin], same=True)
    rest = slice(begin, len(ours) - end), slice(begin, len(theirs) - end)
    a, b = ours[rest[0]], theirs[rest[1]]
    if a or b:
        matcher = SequenceMatcher(None, a, b, autojunk=len(a) + len(b) > MOST)
        for operation, start, stop, start_b, stop_b in matcher.get_opcodes():
            yield Hunk(
                first[begin + start : begin + stop],
                second[begin + start_b : begin + stop_b],
                same=operation == "equal",
            )
    if end:
        yield Hunk(first[len(first) - end :], second[len(second) - end :], same=True)


def _common(first: list[Hashable], second: list[Hashable]) -> int:
    """Return the length of the common beginning."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(first), len(second)))


def _keys(messages: Iterable[Message], shared: frozenset[str]) -> Iterator[Hashable]:
    """Yield what messages are compared by: the id and index of a shared one, the content of any other."""
    for id, parts in groupby(messages, key=_BY_ID):
        for index, message in enumerate(parts):
            yield (id, index) if id in shared else content_key(message)


def content_key(message: Message) -> Hashable:
    """Return what a message says: its type and content, without ids, times and whatever else always differs."""
    kind, raw = message.message_type, message.raw
    if kind in CALL_TYPES and (calls := tool_calls(message)):
        return kind, *((as_text(call.get("name")), as_text(call.get("arguments"))) for call in calls)
    if kind == "tool_return_message":
        return kind, *map(_result, tool_returns(message))
    if kind == "approval_response_message":
        return kind, *map(_answer, approval_answers(message))
    said = tuple((name, as_text(raw[name])) for name in CONTENT if raw.get(name) is not None)
    if said:
        return kind, *said
    return kind, pretty_json({name: value for name, value in raw.items() if name not in OF_THE_ROW})


def _result(result: Mapping[str, Any]) -> tuple[str, ...]:
    streams = (result.get(name) for name in ("stdout", "stderr"))
    return as_text(result.get("status")), as_text(result_value(result)), *map(as_text, streams)


def _answer(answer: Mapping[str, Any]) -> tuple[str, ...]:
    if is_client_result(answer):
        return _result(answer)
    return as_text(answer.get("approve")), as_text(answer.get("reason"))


# memory and model


def _memory(first: Opened, second: Opened) -> Iterator[MemoryDifference]:
    """Yield the labels with different stored values, and those of which the models read different values."""
    ours, theirs = ({label.name: label for label in memory_of(one).labels} for one in (first, second))
    for name in dict.fromkeys([*ours, *theirs]):
        pair = ours.get(name), theirs.get(name)
        if not (_is_known(pair[0], first) and _is_known(pair[1], second)):
            continue
        kinds = _kind(pair[0]), _kind(pair[1])
        stored, read = (_stored(pair[0]), _stored(pair[1])), (_read(pair[0]), _read(pair[1]))
        if stored[0] != stored[1]:
            yield MemoryDifference(name, "stored", *stored, kinds)
        live = all(label is None or label.state is LabelState.LIVE for label in pair)
        shown = stored[0] != stored[1] and live  # then both models read what is stored
        if read[0] != read[1] and not shown and _compiled(first) and _compiled(second):
            yield MemoryDifference(name, "model", *read, kinds)


def _is_known(label: Label | None, opened: Opened) -> bool:
    """Return whether a conversation's value of a label is known; unread blocks may have any label."""
    if any(isinstance(block, LettaError) for block in opened.isolated or ()):
        return label is not None and label.isolated is not None
    if label is None or label.block is None:
        return not isinstance(opened.shared, LettaError)
    return label.block.value is not None


def _compiled(opened: Opened) -> bool:
    """Return whether it is known what the model reads of the memory."""
    compiled = memory_of(opened).compiled
    return compiled is not None and compiled.rendering != "none"


def _stored(label: Label | None) -> str | None:
    return None if label is None or label.block is None else label.block.value


def _read(label: Label | None) -> str | None:
    return None if label is None else label.compiled


def _kind(label: Label | None) -> str:
    if label is None:
        return "none"
    if label.file is not None:
        return "file"
    return "isolated" if label.isolated is not None else "shared" if label.shared is not None else "none"


def _facts(first: Opened, second: Opened) -> Iterator[FactDifference]:
    """Yield the differences of agent and model; what one of the two does not report is not a difference."""
    if first.agent.id != second.agent.id:
        ours, theirs = (f"{one.agent.title} ({one.agent.id})" for one in (first, second))
        yield FactDifference("agent", ours, theirs)
    models = [one.conversation.model or one.agent.model for one in (first, second)]
    if models[0] and models[1] and models[0] != models[1]:
        yield FactDifference("model", models[0], models[1])
    for name, field in OWN_FIELDS:
        values = [getattr(one.conversation, field) for one in (first, second)]
        known = all(one.conversation.was_sent(field) for one in (first, second))
        if known and values[0] != values[1]:
            texts = [None if value is None else pretty_json(value) for value in values]
            yield FactDifference(name, texts[0], texts[1])
    prompts = [one.agent.unknown.get("system") for one in (first, second)]
    if all(isinstance(one, str) for one in prompts) and prompts[0] != prompts[1]:
        yield FactDifference("system prompt", prompts[0], prompts[1])
