"""The messages in context as items to read: every type with its glyph and word, calls beside their returns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tui.api.errors import LettaError
from tui.api.models import Message
from tui.api.opening import Context
from tui.domain.content import content_parts, parsed_json, pretty, string
from tui.domain.messages import LOOKS, item
from tui.domain.reading import Item, Part, Text
from tui.domain.text import one_line, plural, since, size
from tui.domain.tools import Returns, call_item, calls, return_item

COMPILED = re.compile(r"^- System prompt last recompiled: (.+?)$", re.MULTILINE)
COMPILED_FORMAT = "%Y-%m-%d %I:%M:%S %p %Z%z"
VERDICTS = {"True": "✓ approved", "False": "✗ denied"}


def timeline(context: Context, now: datetime) -> tuple[Item, ...]:
    """Items of the messages in context, in context order; ids that no message answers keep their place."""
    return (*_notice(context), *rows(context.messages, context.ids, now, context.failed))


def rows(
    messages: Iterable[Message],
    ids: Iterable[str] | None,
    now: datetime,
    failed: Mapping[str, LettaError] | None = None,
) -> Iterator[Item]:
    """Items of messages in the order of these ids, or else in their own; calls with their returns."""
    messages = tuple(messages)
    returns = Returns(messages)
    by_id: dict[str, list[Message]] = {}
    for message in messages:
        by_id.setdefault(message.id, []).append(message)
    for message_id in by_id if ids is None else ids:
        if message_id not in by_id:
            yield _unanswered(message_id, (failed or {}).get(message_id))
        for index, message in enumerate(by_id.get(message_id, ())):
            yield from _items(message, index, returns, now)


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
    why = f"but unread · {error.what}" if error else "but the server gave no message for this id"
    head = f"in context, {why}"
    return Item(f"{message_id}#0", "∅", "no message", "warning", message_id, head, copy_id=message_id)


def _items(message: Message, index: int, returns: Returns, now: datetime) -> Iterator[Item]:
    """One message as items: a message with parallel calls gives one per call, each with its return."""
    key = f"{message.id}#{index}"
    kind = message.message_type
    if kind in ("tool_call_message", "approval_request_message") and calls(message):
        for place, call in enumerate(calls(message)):
            asked = string(call.get("tool_call_id")) if kind == "tool_call_message" else ""
            yield call_item(message, f"{key}.{place}", call, returns.answering(asked))
    elif kind == "tool_return_message":
        for found in returns.left(message):
            yield return_item(found)
    else:
        yield _plain(message, key, now)


def _plain(message: Message, key: str, now: datetime) -> Item:
    raw = message.raw
    kind = message.message_type
    glyph, word, tone = LOOKS.get(kind, ("?", one_line(kind, 14), "warning"))
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
            head = _compiled(raw.get("content"), now) if kind == "system_message" else ""
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


def _compiled(content: object, now: datetime) -> str:
    if not isinstance(content, str):
        return ""
    head = f"{size(len(content))} characters"
    found = COMPILED.search(content, max(0, len(content) - 20_000)) or COMPILED.search(content)
    if found:
        try:
            when = datetime.strptime(found[1].strip(), COMPILED_FORMAT).astimezone(UTC)
        except (ValueError, OverflowError):
            return head
        return f"compiled {since(when, now)} · {head}"
    return head
