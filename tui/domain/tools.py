"""Tool calls and their returns: which answers which, and how both read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tui.api.models import Message
from tui.domain.content import content_parts, parsed_json, pretty, short, string
from tui.domain.messages import LOOKS, item
from tui.domain.reading import Item, Part, Text
from tui.domain.text import one_line


def calls(message: Message) -> tuple[Mapping[str, Any], ...]:
    """The calls of a message: `tool_calls`, which streams give as one object, or the older `tool_call`."""
    found = message.raw.get("tool_calls")
    if isinstance(found, Mapping):
        found = [found]
    if not isinstance(found, list) or not found:
        found = [message.raw.get("tool_call")]
    return tuple(call for call in found if isinstance(call, Mapping))


def call_item(message: Message, key: str, call: Mapping[str, Any]) -> Item:
    """One call: its name, and its arguments pretty-printed."""
    arguments = call.get("arguments")
    parsed = parsed_json(arguments) if isinstance(arguments, str) else arguments
    body = pretty(parsed) if parsed is not None else string(arguments)
    preview = ""
    if isinstance(parsed, Mapping):
        preview = "  ".join(f"{name}={short(value)}" for name, value in parsed.items())
    elif parsed is None and arguments:
        preview = string(arguments)
    look = LOOKS[message.message_type]
    name = string(call.get("name")) or "no name"
    parts = (Text(body, "code"),) if body not in ("", "{}") else ()
    return item(
        message, key, look, name, "" if parts else "no arguments", parts, preview=one_line(preview, 200)
    )


def results(message: Message) -> tuple[Mapping[str, Any], ...]:
    """The returns that one message carries: `tool_returns`, or the message itself."""
    found = message.raw.get("tool_returns")
    if not isinstance(found, list) or not found:
        found = [message.raw]
    return tuple(result for result in found if isinstance(result, Mapping))


def returns_by_call(messages: Iterable[Message]) -> dict[str, Message]:
    """Which message answers which call id; parallel answers share one message, in no order (measured)."""
    return {
        call_id: message
        for message in messages
        if message.message_type == "tool_return_message"
        for result in results(message)
        if (call_id := string(result.get("tool_call_id")))
    }


def result_of(message: Message, call_id: str) -> Mapping[str, Any]:
    """The return that answers one call."""
    answers = (result for result in results(message) if result.get("tool_call_id") == call_id)
    return next(answers, message.raw)


def return_item(message: Message, key: str, result: Mapping[str, Any], *, answered: bool) -> Item:
    """One return with its status and streams; its tool's name where no call stands above it."""
    status = string(result.get("status")) or "no status"
    failed = status != "success"
    value = result.get("tool_return")
    parts: list[Part] = list(content_parts(value, markdown=False, role="error" if failed else "code"))
    for stream, role in (("stdout", "muted"), ("stderr", "error")):
        lines = result.get(stream)
        text = "".join(map(string, lines)) if isinstance(lines, list) else string(lines)
        if text:
            parts.append(Text(f"{stream}:\n{text.rstrip()}", role))
    name = string(message.raw.get("name"))
    head = f"✗ {status}" if failed else status
    title = "" if answered else name
    look = LOOKS["tool_return_message"]
    return item(message, key, look, title, head, tuple(parts), head_role="error" if failed else "muted")
