"""Messages as items to read: every type with its glyph and word, each tool call together with its return."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from tui.model.envelope import envelope_of, is_summary
from tui.model.errors import LettaError, NotOffered
from tui.model.json_text import as_text, pretty_json
from tui.model.text import plural, size
from tui.presentation.content_parts import content_parts, estimate_weight
from tui.presentation.item import Item, ItemMaker, Part, Recipe, Text, Weight
from tui.presentation.message_types import (
    MESSAGE_STYLES,
    REMINDER_STYLE,
    SPACED_TONES,
    message_item,
    message_style,
)
from tui.presentation.times import since
from tui.presentation.tool_calls import call_item, result_parts, return_item
from tui.presentation.usage import usage_text
from tui.rules.failures import is_failed_result, is_failure
from tui.rules.memory.compiled_memory import compiled_at
from tui.rules.message_content import message_text, split_reminders
from tui.rules.tool_calls import (
    CALL_TYPES,
    ToolReturn,
    UnshownReturns,
    approval_answers,
    is_client_result,
    result_value,
    return_key,
    tool_calls,
)

if TYPE_CHECKING:
    from tui.model.message import Message
    from tui.model.opened import Context

BODIES = {"reasoning_message": "reasoning", "summary_message": "summary", "event_message": "event_data"}
"""The field with the text of a message, where it is not `content`."""

_BY_ID = attrgetter("id")
REMINDER = "reminder"
"""The kind of a harness's reminder, for filtering; on the wire it is part of a message, not a type."""

VERDICTS = {"True": "✓ approved", "False": "✗ denied"}


def transcript(context: Context, now: datetime) -> tuple[Item, ...]:
    """Return the items of the messages in context, in context order; an id without a message keeps its position."""
    return tuple(iter_transcript(context, now))


def iter_transcript(context: Context, now: datetime) -> Iterator[Item]:
    """Yield these items one by one; while a context is not read completely, those that are known."""
    yield from _notice(context)
    yield from message_items(context.messages, None if context.partial else context.ids, now, context.failed)


def message_items(
    messages: Iterable[Message],
    ids: Iterable[str] | None,
    now: datetime,
    failed: Mapping[str, LettaError] | None = None,
    *,
    dimmed: bool = False,
) -> Iterator[Item]:
    """Yield the items of messages in the order of `ids`, or in their own; calls with their returns.

    `failed` has the errors of ids that could not be read. Messages that the model no longer reads are `dimmed`,
    and have keys of their own.
    """
    messages = tuple(messages)
    builder = _Builder(messages, now, dimmed=dimmed)
    ids = None if ids is None else tuple(ids)
    own = tuple(message_id for message_id, _ in groupby(messages, key=_BY_ID))
    if (ids is None or own == ids) and len(set(own)) == len(own):
        for _, parts in groupby(messages, key=_BY_ID):  # the usual case
            for index, message in enumerate(parts):
                yield from builder.items(message, index)
        return
    by_id: dict[str, list[Message]] = {}
    for message in messages:
        by_id.setdefault(message.id, []).append(message)
    for message_id in by_id if ids is None else ids:
        if message_id not in by_id:
            yield _unanswered(message_id, (failed or {}).get(message_id))
        for index, message in enumerate(by_id.get(message_id, ())):
            yield from builder.items(message, index)


def _notice(context: Context) -> Iterator[Item]:
    if context.ids is None and not context.partial:
        text = "In context: not reported. These are all messages the server lists."
        yield Item("notice", "!", "unknown", "warning", parts=(Text(text),))


def _unanswered(message_id: str, error: LettaError | None) -> Item:
    head = f"in context, {'but not read' if error else 'but the server has no message with this id'}"
    why = error.what if error else ""
    if isinstance(error, NotOffered) and not error.reason:
        why = "This server cannot read a message by its id: Letta 0.16.4 is the first version that can."
    parts = (Text(why, "warning"),) if why else ()
    key = f"{message_id}#0"
    return Item(key, "∅", "no message", "warning", message_id, head, parts=parts, copy_id=message_id)


class _Builder:
    """Pairs calls with their returns; the text of an item is made when the item is first shown."""

    def __init__(self, messages: tuple[Message, ...], now: datetime, *, dimmed: bool) -> None:
        self._returns = UnshownReturns(messages)
        self._now = now
        self._dimmed = dimmed
        self._asks = any(message.message_type == "approval_response_message" for message in messages)
        """Whether approval requests were answered, so that a call has more than its return."""
        self._maker = ItemMaker()

    def items(self, message: Message, index: int) -> Iterable[Item]:
        """The items of one message: one for each of its calls, together with its return."""
        key = f"{message.id}#{index}"
        kind = message.message_type
        if kind in CALL_TYPES and (calls := tool_calls(message)):
            return [
                self._call(message, f"{key}.{number}", call, self._answer(call, kind))
                for number, call in enumerate(calls)
            ]
        if kind == "user_message" and isinstance(content := message.raw.get("content"), list):
            reminders, rest = split_reminders(content)
            if reminders:
                return self._with_reminders(message, key, reminders, rest)
        if kind == "tool_return_message":
            return [
                self._late(
                    (return_item, answer),
                    message,
                    return_key(answer),
                    estimate_weight(result_value(answer.result)),
                    failed=is_failed_result(answer.result),
                )
                for answer in self._returns.take_rest(message)
            ]
        raw = message.raw
        if kind == "user_message" and envelope_of(raw.get("content")) is not None:
            kind = "summary_message" if is_summary(message) else "event_message"
        if kind == "approval_response_message":
            weight = estimate_weight(*map(result_value, approval_answers(message)))
        else:
            weight = estimate_weight(raw.get(BODIES.get(kind, "content"), raw.get("content")))
        if kind == "system_message":
            weight = weight._replace(folded=True)
        return (self._late((_single_item, message, key, self._now), message, key, weight, kind),)

    def _with_reminders(
        self, message: Message, key: str, reminders: list[str], rest: list[Any]
    ) -> Iterator[Item]:
        """The text that a harness added, folded, above what the user typed."""
        recipe = (_reminder_item, message, f"{key}.reminder", reminders)
        weight = estimate_weight(reminders)._replace(folded=True)
        yield self._late(recipe, message, f"{key}.reminder", weight, REMINDER)
        if rest:
            yield self._late((_user_item, message, key, rest), message, key, estimate_weight(rest))

    def _answer(self, call: Mapping[str, Any], kind: str) -> ToolReturn | None:
        """The return that is shown with a call; a call that waits for approval has none yet.

        Letta Code calls each call a request and never writes an answer to it.
        """
        made = kind == "tool_call_message" or not self._asks
        return self._returns.take_answer(as_text(call.get("tool_call_id")) if made else "")

    def _call(self, message: Message, key: str, call: Mapping[str, Any], answer: ToolReturn | None) -> Item:
        result = result_value(answer.result) if answer is not None else None
        weight = estimate_weight(call.get("arguments"), result)
        kind = "" if answer is None else "tool_call_message"
        failed = answer is not None and is_failed_result(answer.result)
        return self._late((call_item, message, key, call, answer), message, key, weight, kind, failed=failed)

    def _late(
        self,
        recipe: Recipe,
        message: Message,
        key: str,
        weight: Weight,
        kind: str = "",
        *,
        failed: bool = False,
    ) -> Item:
        kind = kind or message.message_type
        _, word, tone = (
            REMINDER_STYLE if kind == REMINDER else MESSAGE_STYLES.get(kind) or message_style(kind)
        )
        if self._dimmed:
            key = f"before-{key}"
        spaced, failed = tone in SPACED_TONES, failed or is_failure(message)
        return self._maker.late(recipe, weight, key, word, spaced, message.date, self._dimmed, failed)


def _reminder_item(message: Message, key: str, reminders: list[str]) -> Item:
    parts = tuple(Text(text, "muted") for text in reminders)
    head = "from the harness, not typed"
    return message_item(message, key, REMINDER_STYLE, "", head, parts, folded=True)


def _user_item(message: Message, key: str, content: list[Any]) -> Item:
    return message_item(message, key, MESSAGE_STYLES["user_message"], "", "", content_parts(content))


def _single_item(message: Message, key: str, now: datetime) -> Item:
    raw = message.raw
    kind = message.message_type
    glyph, word, tone = message_style(kind)
    parts: tuple[Part, ...]
    head = ""
    match kind:
        case "user_message":
            envelope = envelope_of(raw.get("content"))
            if envelope is not None:
                return _from_envelope(message, key, envelope)
            parts = content_parts(raw.get("content"))
        case "assistant_message" | "system_message":
            parts = content_parts(raw.get("content"), rendered=kind == "assistant_message")
            head = _system_head(message, now) if kind == "system_message" else usage_text(message)
        case "reasoning_message":
            head = usage_text(message)
            parts = (Text(as_text(raw.get("reasoning")), "muted", markdown=True, rendered=True),)
        case "hidden_reasoning_message":
            head = f"{as_text(raw.get('state')) or 'hidden'} by the provider"
            parts = ()
        case "approval_response_message":
            return _approval(message, key)
        case "summary_message":
            return _summary(message, key, as_text(raw.get("summary")), raw.get("compaction_stats"))
        case "event_message":
            head = as_text(raw.get("event_type"))
            parts = content_parts(raw.get("event_data"), markdown=False, role="code")
        case _:
            unknown = "unknown message type"
            head = "it contains no call" if kind in MESSAGE_STYLES else unknown
            parts = (Text(pretty_json(raw), "code"),)
    return message_item(message, key, (glyph, word, tone), "", head, parts, folded=kind == "system_message")


def _approval(message: Message, key: str) -> Item:
    """An answer to an approval request: approved, denied with a reason, or a result that the client computed."""
    parts: list[Part] = []
    verdicts: list[str] = []
    for answer in approval_answers(message):
        if is_client_result(answer):
            verdicts.append(f"client returned {as_text(answer.get('status')) or 'no status'}")
            parts.extend(result_parts(answer))
        else:
            verdicts.append(VERDICTS.get(str(answer.get("approve")), "no verdict"))
            parts.append(Text(as_text(answer.get("reason"))))
    return message_item(
        message, key, MESSAGE_STYLES["approval_response_message"], "", ", ".join(verdicts), tuple(parts)
    )


def _from_envelope(message: Message, key: str, envelope: Mapping[str, Any]) -> Item:
    if envelope.get("type") == "system_alert":
        return _summary(message, key, as_text(envelope.get("message")), envelope.get("compaction_stats"))
    rest = {name: value for name, value in envelope.items() if name != "type"}
    return message_item(
        message,
        key,
        MESSAGE_STYLES["event_message"],
        "",
        as_text(envelope["type"]),
        (Text(pretty_json(rest), "code"),),
    )


def _summary(message: Message, key: str, text: str, stats: object) -> Item:
    head = "replaces earlier messages"
    if isinstance(stats, Mapping):
        before, after = stats.get("context_tokens_before"), stats.get("context_tokens_after")
        before = stats.get("tokens_before") if before is None else before
        count = stats.get("messages_count_before")
        if isinstance(count, int):
            head += f" · {plural(count, 'message')} before"
        if isinstance(before, int):
            head += f" · {before} tokens" + (f" → {after}" if isinstance(after, int) else "")
    return message_item(
        message, key, MESSAGE_STYLES["summary_message"], "", head, (Text(text, markdown=True, rendered=True),)
    )


def _system_head(message: Message, now: datetime) -> str:
    text = message_text(message)
    if text is None:
        return ""
    when = compiled_at(text)
    return f"compiled {since(when, now)} · " * (when is not None) + f"{size(len(text))} characters"
