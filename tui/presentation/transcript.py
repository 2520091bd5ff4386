"""The messages in context as items to read: every type with its glyph and word, calls beside their returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from tui.api.errors import LettaError, NotOffered
from tui.api.models import Message
from tui.api.opening import Context
from tui.model.text import plural, size
from tui.presentation.content_parts import content_parts, parsed_json, pretty, string, weigh
from tui.presentation.item import Item, ItemMaker, Part, Recipe, Text, Weight
from tui.presentation.message_types import LOOKS, SPACED, item, look, message_text
from tui.presentation.times import since
from tui.presentation.tool_calls import Return, Returns, call_item, calls, key_of, return_item
from tui.rules.memory.compiled_memory import compiled_at

CALLING = ("tool_call_message", "approval_request_message")
BODIES = {"reasoning_message": "reasoning", "summary_message": "summary", "event_message": "event_data"}
"""Where the text of a message stands, if not in its content."""

_BY_ID = attrgetter("id")
VERDICTS = {"True": "✓ approved", "False": "✗ denied"}


def timeline(context: Context, now: datetime) -> tuple[Item, ...]:
    """Items of the messages in context, in context order; ids that no message answers keep their place."""
    return tuple(each(context, now))


def each(context: Context, now: datetime) -> Iterator[Item]:
    """The same, one by one; of a context that is still coming, those that are there."""
    yield from _notice(context)
    yield from rows(context.messages, None if context.coming else context.ids, now, context.failed)


def rows(
    messages: Iterable[Message],
    ids: Iterable[str] | None,
    now: datetime,
    failed: Mapping[str, LettaError] | None = None,
    *,
    dimmed: bool = False,
) -> Iterator[Item]:
    """Items of messages in the order of these ids, or else in their own; calls with their returns.

    `dimmed` are those that the model does not see any more; their keys say so too.
    """
    messages = tuple(messages)
    making = _Making(messages, now, dimmed=dimmed)
    ids = None if ids is None else tuple(ids)
    own = tuple(message_id for message_id, _ in groupby(messages, key=_BY_ID))
    if (ids is None or own == ids) and len(set(own)) == len(own):
        for _, parts in groupby(messages, key=_BY_ID):  # as they stand, which is how they nearly always come
            for index, message in enumerate(parts):
                yield from making.items(message, index)
        return
    by_id: dict[str, list[Message]] = {}
    for message in messages:
        by_id.setdefault(message.id, []).append(message)
    for message_id in by_id if ids is None else ids:
        if message_id not in by_id:
            yield _unanswered(message_id, (failed or {}).get(message_id))
        for index, message in enumerate(by_id.get(message_id, ())):
            yield from making.items(message, index)


def is_summary(message: Message) -> bool:
    """Whether a message stands for earlier ones that a compaction took out of the context."""
    if message.message_type == "summary_message":
        return True
    envelope = _envelope(message.raw.get("content")) if message.message_type == "user_message" else None
    return envelope is not None and envelope.get("type") == "system_alert"


def _notice(context: Context) -> Iterator[Item]:
    if context.ids is None:
        words = "This server does not say which messages are in context: these are all that it lists."
        yield Item("notice", "!", "unknown", "warning", parts=(Text(words),))


def _unanswered(message_id: str, error: LettaError | None) -> Item:
    head = f"in context, {'but unread' if error else 'but the server gave no message for this id'}"
    why = error.what if error else ""
    if isinstance(error, NotOffered):
        why = "This server gives no message by its id: Letta 0.16.4 is the first that does."
    parts = (Text(why, "warning"),) if why else ()
    key = f"{message_id}#0"
    return Item(key, "∅", "no message", "warning", message_id, head, parts=parts, copy_id=message_id)


class _Making:
    """Pairs calls with their returns, and leaves the text of each item to be made when it is looked at."""

    def __init__(self, messages: tuple[Message, ...], now: datetime, *, dimmed: bool) -> None:
        self._returns = Returns(messages)
        self._now = now
        self._dimmed = dimmed
        self._maker = ItemMaker()

    def items(self, message: Message, index: int) -> Iterable[Item]:
        """One message as items: a message with parallel calls gives one per call, each with its return."""
        key = f"{message.id}#{index}"
        kind = message.message_type
        if kind in CALLING and (asked := calls(message)):
            return [
                self._call(message, f"{key}.{place}", call, self._answering(call, kind))
                for place, call in enumerate(asked)
            ]
        if kind == "tool_return_message":
            return [
                self._late(
                    (return_item, found), message, key_of(found), weigh(found.result.get("tool_return"))
                )
                for found in self._returns.left(message)
            ]
        raw = message.raw
        if kind == "user_message" and _envelope(raw.get("content")) is not None:
            kind = "summary_message" if is_summary(message) else "event_message"
        weight = weigh(raw.get(BODIES.get(kind, "content"), raw.get("content")))
        if kind == "system_message":
            weight = weight._replace(folded=True)
        return (self._late((_plain, message, key, self._now), message, key, weight, kind),)

    def _answering(self, call: Mapping[str, Any], kind: str) -> Return | None:
        """The return that stands beside a call; what waits for approval was not called yet."""
        wanted = string(call.get("tool_call_id")) if kind == "tool_call_message" else ""
        return self._returns.answering(wanted)

    def _call(self, message: Message, key: str, call: Mapping[str, Any], answer: Return | None) -> Item:
        given = answer.result.get("tool_return") if answer is not None else None
        weight = weigh(call.get("arguments"), given)
        return self._late((call_item, message, key, call, answer), message, key, weight)

    def _late(self, recipe: Recipe, message: Message, key: str, weight: Weight, kind: str = "") -> Item:
        kind = kind or message.message_type
        _, word, tone = LOOKS.get(kind) or look(kind)
        if self._dimmed:
            key = f"before-{key}"
        return self._maker.late(recipe, weight, key, word, tone in SPACED, message.date, self._dimmed)


def _plain(message: Message, key: str, now: datetime) -> Item:
    raw = message.raw
    kind = message.message_type
    glyph, word, tone = look(kind)
    parts: tuple[Part, ...]
    head = ""
    match kind:
        case "user_message":
            envelope = _envelope(raw.get("content"))
            if envelope is not None:
                return _from_envelope(message, key, envelope)
            parts = content_parts(raw.get("content"))
        case "assistant_message" | "system_message":
            parts = content_parts(raw.get("content"))
            head = _compiled(message, now) if kind == "system_message" else ""
        case "reasoning_message":
            parts = (Text(string(raw.get("reasoning")), "muted", markdown=True),)
        case "hidden_reasoning_message":
            head = f"{string(raw.get('state')) or 'hidden'} by the provider"
            parts = ()
        case "approval_response_message":
            return _approval(message, key)
        case "summary_message":
            return _summary(message, key, string(raw.get("summary")), raw.get("compaction_stats"))
        case "event_message":
            head = string(raw.get("event_type"))
            parts = content_parts(raw.get("event_data"), markdown=False, role="code")
        case _:
            unknown = "a message type that this program does not know"
            head = "no call in it" if kind in LOOKS else unknown
            parts = (Text(pretty(raw), "code"),)
    return item(message, key, (glyph, word, tone), "", head, parts, folded=kind == "system_message")


def _approval(message: Message, key: str) -> Item:
    """An answer to an approval request: approved, denied with a reason, or a result that the client computed."""
    parts: list[Part] = []
    words: list[str] = []
    answers = message.raw.get("approvals")
    for answer in answers if isinstance(answers, list) and answers else [message.raw]:
        if not isinstance(answer, Mapping):
            continue
        if "tool_return" in answer:
            words.append(f"client returned {string(answer.get('status'))}")
            parts.extend(content_parts(answer.get("tool_return"), markdown=False, role="code"))
        else:
            words.append(VERDICTS.get(str(answer.get("approve")), "no verdict"))
            parts.append(Text(string(answer.get("reason"))))
    return item(message, key, LOOKS["approval_response_message"], "", ", ".join(words), tuple(parts))


def _envelope(content: object) -> Mapping[str, Any] | None:
    """A JSON envelope that Letta stores as user text: summaries after a compaction, logins, heartbeats."""
    if not isinstance(content, str) or not content.startswith("{") or '"type"' not in content[:40]:
        return None
    parsed = parsed_json(content)
    kinds = ("system_alert", "login", "heartbeat")
    return parsed if isinstance(parsed, Mapping) and parsed.get("type") in kinds else None


def _from_envelope(message: Message, key: str, envelope: Mapping[str, Any]) -> Item:
    if envelope.get("type") == "system_alert":
        return _summary(message, key, string(envelope.get("message")), envelope.get("compaction_stats"))
    rest = {name: value for name, value in envelope.items() if name != "type"}
    return item(
        message, key, LOOKS["event_message"], "", string(envelope["type"]), (Text(pretty(rest), "code"),)
    )


def _summary(message: Message, key: str, text: str, stats: object) -> Item:
    head = "stands for earlier messages"
    if isinstance(stats, Mapping):
        before, after = stats.get("context_tokens_before"), stats.get("context_tokens_after")
        count = stats.get("messages_count_before")
        if isinstance(count, int):
            head += f" · {plural(count, 'message')} before"
        if isinstance(before, int):
            head += f" · {before} tokens" + (f" → {after}" if isinstance(after, int) else "")
    return item(message, key, LOOKS["summary_message"], "", head, (Text(text, markdown=True),))


def _compiled(message: Message, now: datetime) -> str:
    text = message_text(message)
    if text is None:
        return ""
    when = compiled_at(text)
    return f"compiled {since(when, now)} · " * (when is not None) + f"{size(len(text))} characters"
