"""How tool calls and their returns are shown: name, arguments, status, result, and the streams of a sandbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.model.json_text import as_text, parse_json, pretty_json
from tui.model.text import one_line
from tui.presentation.content_parts import content_parts, short_json
from tui.presentation.item import CHUNK, Item, Part, SideBySide, Text
from tui.presentation.message_types import MESSAGE_STYLES, message_item
from tui.presentation.usage import usage_text
from tui.rules.failures import is_failed_result
from tui.rules.tool_calls import ToolReturn, result_value, return_key

if TYPE_CHECKING:
    from tui.model.message import Message


def call_item(message: Message, key: str, call: Mapping[str, Any], answer: ToolReturn | None = None) -> Item:
    """Return the item of one call: its arguments, next to its return."""
    body, preview = _arguments(call.get("arguments"))
    style = MESSAGE_STYLES[message.message_type if answer is None else "tool_call_message"]
    name = as_text(call.get("name")) or "no name"
    arguments = (Text(body, "code"),) if body not in ("", "{}") else ()
    if answer is None:
        head = " · ".join(filter(None, ("" if arguments else "no arguments", usage_text(message))))
        return message_item(message, key, style, name, head, arguments, preview=one_line(preview, 200))
    status, role = _status(answer)
    values = _values(answer.result)
    result = one_line("\n".join(part.source for part in values if isinstance(part, Text)), 100)
    item = message_item(
        message,
        key,
        style,
        name,
        " · ".join(filter(None, (_with_delay(status, message, answer.message), usage_text(message)))),
        (*_columns(arguments, values, role), *_streams(answer.result)),
        preview=f"{one_line(preview, 100)} → {result}",
        head_role=role,
    )
    ids = (*item.ids, *((("return", answer.message.id),) if answer.message.id != message.id else ()))
    return replace(item, ids=ids, raw=[message.raw, answer.message.raw])


def return_item(answer: ToolReturn) -> Item:
    """Return the item of a return that is not shown with its call: the tool's name, status, result and streams."""
    message = answer.message
    status, role = _status(answer)
    parts = result_parts(answer.result)
    style = MESSAGE_STYLES["tool_return_message"]
    name = as_text(message.raw.get("name"))
    return message_item(message, return_key(answer), style, name, status, parts, head_role=role)


def _arguments(arguments: object) -> tuple[str, str]:
    """The arguments as indented JSON, and in one line."""
    parsed = parse_json(arguments) if isinstance(arguments, str) else arguments
    if isinstance(parsed, Mapping):
        return pretty_json(parsed), "  ".join(f"{name}={short_json(value)}" for name, value in parsed.items())
    if parsed is not None:
        return pretty_json(parsed), ""
    return as_text(arguments), as_text(arguments)


def _columns(arguments: tuple[Text, ...], values: tuple[Part, ...], role: str) -> tuple[Part, ...]:
    """Arguments and return in two columns if both are short enough to be laid out in one go."""
    if not arguments or not values:
        return (*arguments, *values)
    stacked = (*arguments, Text("┄ return", "caption"), *values)
    if not all(isinstance(part, Text) for part in values):
        return stacked
    result = "\n".join(part.source for part in values if isinstance(part, Text))
    if max(len(arguments[0].source), len(result)) > CHUNK:
        return stacked
    right = Text(result, "error" if role == "error" else "code")
    return (SideBySide(arguments[0], right, ("arguments", "return"), pair=True),)


def _status(answer: ToolReturn) -> tuple[str, str]:
    """The status with its glyph, and the role that colours it."""
    status = as_text(answer.result.get("status")) or "no status"
    return (f"✗ {status}", "error") if is_failed_result(answer.result) else (f"✓ {status}", "muted")


def _with_delay(status: str, call: Message, answer: Message) -> str:
    """The status, and how long after the call it came; the server's dates have whole seconds."""
    if call.date is None or answer.date is None:
        return status
    seconds = round((answer.date - call.date).total_seconds())
    return f"{status} · {seconds} s later" if seconds > 0 else status


def result_parts(result: Mapping[str, Any]) -> tuple[Part, ...]:
    """Return the parts of a tool's result, run by server or client: its value, then the streams of its sandbox."""
    return (*_values(result), *_streams(result))


def _values(result: Mapping[str, Any]) -> tuple[Part, ...]:
    role = "error" if is_failed_result(result) else "code"
    parts = content_parts(result_value(result), markdown=False, role=role)
    return tuple(part for part in parts if not isinstance(part, Text) or part.source)


def _streams(result: Mapping[str, Any]) -> Iterator[Part]:
    for stream, role in (("stdout", "muted"), ("stderr", "error")):
        lines = result.get(stream)
        text = "".join(map(as_text, lines)) if isinstance(lines, list) else as_text(lines)
        if text:
            yield Text(f"{stream}:\n{text.rstrip()}", role)
