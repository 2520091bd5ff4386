"""Tool calls and their returns: which answers which, and how both read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, eq=False)
class Return:
    """One return: the message that carries it, its place there, and what it says."""

    message: Message
    place: int
    result: Mapping[str, Any]


class Returns:
    """The returns that wait to be shown, each once: under the call that it answers, or in its own place.

    Parallel answers share one message, in no order (measured), and some providers use a call id again.
    """

    def __init__(self, messages: Iterable[Message]) -> None:
        self._by_call: dict[str, list[Return]] = {}
        self._by_message: dict[str, list[Return]] = {}
        for message in messages:
            if message.message_type == "tool_return_message":
                for result in results(message):
                    self._add(message, result)

    def _add(self, message: Message, result: Mapping[str, Any]) -> None:
        mates = self._by_message.setdefault(message.id, [])
        found = Return(message, len(mates), result)
        mates.append(found)
        self._by_call.setdefault(string(result.get("tool_call_id")), []).append(found)

    def answering(self, call_id: str) -> Return | None:
        """The next return to a call, taken out."""
        waiting = self._by_call.get(call_id) if call_id else None
        return waiting.pop(0) if waiting else None

    def left(self, message: Message) -> Iterator[Return]:
        """What no call above took of one message, taken out."""
        for found in self._by_message.get(message.id, ()):
            waiting = self._by_call[string(found.result.get("tool_call_id"))]
            if found.message is message and found in waiting:
                waiting.remove(found)
                yield found


def return_item(found: Return, *, answered: bool) -> Item:
    """One return with its status and streams; its tool's name where no call stands above it."""
    message, result = found.message, found.result
    key = f"{message.id}#return{found.place}"
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
