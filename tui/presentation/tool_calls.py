"""Tool calls and their returns: which answers which, and how both read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tui.api.models import Message
from tui.model.text import one_line
from tui.presentation.content_parts import content_parts, parsed_json, pretty, short, string
from tui.presentation.item import CHUNK, Beside, Item, Part, Text
from tui.presentation.message_types import LOOKS, item


def calls(message: Message) -> tuple[Mapping[str, Any], ...]:
    """The calls of a message: `tool_calls`, which streams give as one object, or the older `tool_call`."""
    found = message.raw.get("tool_calls")
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list) or not found:
        found = [message.raw.get("tool_call")]
    return tuple([call for call in found if isinstance(call, dict)])


def call_item(message: Message, key: str, call: Mapping[str, Any], answer: Return | None = None) -> Item:
    """One call with its name and arguments, and beside them the return that answers it."""
    body, preview = _arguments(call.get("arguments"))
    look = LOOKS[message.message_type]
    name = string(call.get("name")) or "no name"
    asked = (Text(body, "code"),) if body not in ("", "{}") else ()
    if answer is None:
        head = "" if asked else "no arguments"
        return item(message, key, look, name, head, asked, preview=one_line(preview, 200))
    head, role = _verdict(answer)
    values, streams = _values(answer), _streams(answer)
    parts = (*_together(asked, values, role), *streams)
    given = one_line("\n".join(part.source for part in values if isinstance(part, Text)), 100)
    preview = f"{one_line(preview, 100)} → {given}"
    made = item(
        message,
        key,
        look,
        name,
        _with_time(head, message, answer.message),
        parts,
        preview=preview,
        head_role=role,
    )
    ids = (*made.ids, *((("return", answer.message.id),) if answer.message.id != message.id else ()))
    return replace(made, ids=ids, raw=[message.raw, answer.message.raw])


def _arguments(arguments: object) -> tuple[str, str]:
    """Arguments pretty-printed, and in one line."""
    parsed = parsed_json(arguments) if isinstance(arguments, str) else arguments
    if isinstance(parsed, Mapping):
        return pretty(parsed), "  ".join(f"{name}={short(value)}" for name, value in parsed.items())
    if parsed is not None:
        return pretty(parsed), ""
    return string(arguments), string(arguments)


def _together(asked: tuple[Text, ...], values: tuple[Part, ...], role: str) -> tuple[Part, ...]:
    """Arguments and return in two columns where both are short enough to be laid out in one go."""
    apart = (*asked, Text("┄ return", "caption"), *values) if asked and values else (*asked, *values)
    if not asked or not values or not all(isinstance(part, Text) for part in values):
        return apart
    given = "\n".join(part.source for part in values if isinstance(part, Text))
    if max(len(asked[0].source), len(given)) > CHUNK:
        return apart
    right = Text(given, "error" if role == "error" else "code")
    return (Beside(asked[0], right, ("arguments", "return"), pair=True),)


def results(message: Message) -> tuple[Mapping[str, Any], ...]:
    """The returns that one message carries: `tool_returns`, or the message itself."""
    found = message.raw.get("tool_returns")
    told = found if isinstance(found, list) else []
    return tuple([result for result in told if isinstance(result, dict)]) or (message.raw,)


@dataclass(slots=True, eq=False)
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


def return_item(found: Return) -> Item:
    """One return that stands alone, with its tool's name, its status and its streams."""
    message = found.message
    head, role = _verdict(found)
    parts = (*_values(found), *_streams(found))
    look = LOOKS["tool_return_message"]
    return item(message, key_of(found), look, string(message.raw.get("name")), head, parts, head_role=role)


def key_of(found: Return) -> str:
    """The key of a return that stands alone."""
    return f"{found.message.id}#return{found.place}"


def _verdict(found: Return) -> tuple[str, str]:
    """The status with its sign, and the role that colours it."""
    status = string(found.result.get("status")) or "no status"
    return (f"✓ {status}", "muted") if status == "success" else (f"✗ {status}", "error")


def _with_time(head: str, call: Message, answer: Message) -> str:
    """The verdict, and how much later it came; the server's dates have whole seconds."""
    if call.date is None or answer.date is None:
        return head
    seconds = round((answer.date - call.date).total_seconds())
    return f"{head} · {seconds} s later" if seconds > 0 else head


def _values(found: Return) -> tuple[Part, ...]:
    role = "code" if found.result.get("status") == "success" else "error"
    parts = content_parts(found.result.get("tool_return"), markdown=False, role=role)
    return tuple(part for part in parts if not isinstance(part, Text) or part.source)


def _streams(found: Return) -> Iterator[Part]:
    for stream, role in (("stdout", "muted"), ("stderr", "error")):
        lines = found.result.get(stream)
        text = "".join(map(string, lines)) if isinstance(lines, list) else string(lines)
        if text:
            yield Text(f"{stream}:\n{text.rstrip()}", role)
