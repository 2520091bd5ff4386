"""The exact payload in parts: what a request to the model consists of, and the size of each part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tui.model.json_text import as_text, parse_json, pretty_json
from tui.model.text import one_line, plural, size
from tui.presentation.item import Item, Text, is_long
from tui.rules.provider_request import (
    content_text,
    request_messages,
    request_settings,
    request_tools,
    system_message_text,
)

NOTICE = (
    "What the server would send now for the agent's default conversation, with a placeholder as "
    "the next message. Nothing is stored and no model is called.  "
)
NAMED = (
    "This is not what the open conversation would send: the server's preview covers neither other conversations "
    "nor isolated blocks. Memory shows what its model reads, and the time machine shows what was sent before."
)

ROLE_STYLES = {"user": ("▪", "user"), "assistant": ("▫", "assistant"), "tool": ("◂", "tool")}
"""Glyph and tone of each role."""


def payload_items(payload: Mapping[str, Any], *, named: bool) -> tuple[Item, ...]:
    """Return a notice, then the system message, messages, tools and settings with their sizes.

    `named` says that a conversation other than the default one is open, which this payload is not for.
    """
    notice = Item(
        "notice",
        "!" if named else "·",
        "preview",
        "warning" if named else "muted",
        head=f"for the model {one_line(as_text(payload.get('model')) or '(not named)', 60)}",
        parts=(Text(NOTICE), *((Text(NAMED, "warning"),) if named else ())),
    )
    settings = request_settings(payload)
    parts = (Text(pretty_json(settings), "code"),)
    return (
        notice,
        *_system(payload),
        *_messages(payload),
        *_tools(payload),
        Item("settings", "·", "settings", "muted", parts=parts, raw=settings),
    )


def sizes(payload: Mapping[str, Any]) -> str:
    """ "12.4 k characters: system 6.1 k, 14 messages 4.2 k, 3 tools 2.1 k"."""
    system = system_message_text(payload)
    messages, tools = request_messages(payload), request_tools(payload)
    parts = [f"system {size(len(system))}" if system is not None else "no system message"]
    parts.append(f"{plural(len(messages), 'message')} {size(_length(messages))}")
    parts.append(f"{plural(len(tools), 'tool')} {size(_length(tools))}")
    return f"{size(_length(payload))} characters: {', '.join(parts)}"


def _length(value: object) -> int:
    try:
        return len(json.dumps(value, ensure_ascii=False, default=str))
    except RecursionError:
        return 0


def _system(payload: Mapping[str, Any]) -> Iterator[Item]:
    text = system_message_text(payload)
    if text is not None:
        yield _item("system", "⚙", "system", "system", f"{size(len(text))} characters", Text(text), text)


def _messages(payload: Mapping[str, Any]) -> Iterator[Item]:
    for index, message in enumerate(request_messages(payload)):
        fields = message if isinstance(message, Mapping) else {}
        role = as_text(fields.get("role"))
        glyph, tone = ROLE_STYLES.get(role, ("·", "muted"))
        text, calls = content_text(fields.get("content", fields.get("parts"))), fields.get("tool_calls")
        body = text if text is not None and not calls else pretty_json(message)
        parsed = parse_json(body) if role == "tool" else None
        is_code = text is None or calls or parsed
        part = Text(pretty_json(parsed) if parsed else body, "code" if is_code else "")
        head = f"{size(_length(message))} characters"
        if calls and isinstance(calls, list):
            head += f" · {plural(len(calls), 'call')}"
        yield _item(f"message-{index}", glyph, one_line(role, 14) or "message", tone, head, part, message)


def _tools(payload: Mapping[str, Any]) -> Iterator[Item]:
    for index, tool in enumerate(request_tools(payload)):
        function = tool.get("function", tool) if isinstance(tool, Mapping) else {}
        name = as_text(function.get("name")) if isinstance(function, Mapping) else ""
        head = f"{one_line(name, 60) or 'a tool without a name'} · {size(_length(tool))} characters"
        yield _item(f"tool-{index}", "⚒", "tool", "tool", head, Text(pretty_json(tool), "code"), tool)


def _item(key: str, glyph: str, word: str, tone: str, head: str, body: Text, raw: object) -> Item:
    return Item(
        key,
        glyph,
        word,
        tone,
        head=head,
        preview=one_line(body.source, 200),
        parts=(body,),
        folded=is_long(body) or key.startswith(("system", "tool-")),
        spaced=True,
        copy_id=key,
        raw=raw,
    )
