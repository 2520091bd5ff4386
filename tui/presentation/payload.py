"""The exact payload in parts: what a request to a model consists of, and how much of it each part is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tui.model.text import one_line, plural, size
from tui.presentation.content_parts import parsed_json, pretty, string
from tui.presentation.item import Item, Text, is_long
from tui.rules.memory.traces import system_of, text_of

LISTS = ("messages", "input", "contents")
"""Where providers' requests have their messages."""

NOTICE = (
    "What the server would send now for the agent's default conversation, with a message of this program's own in "
    "the place of the next one; nothing is stored and no model is called. "
)
NAMED = (
    "This is not what the open conversation would send: the server's preview knows neither named conversations "
    "nor isolated blocks. Memory shows what its model reads, and the time machine what was sent before."
)


def payload_items(payload: Mapping[str, Any], *, named: bool) -> tuple[Item, ...]:
    """The parts of a payload with their sizes: a notice, the system message, messages, tools, settings."""
    notice = Item(
        "notice", "!" if named else "·", "preview", "warning" if named else "muted", "", _model(payload),
        parts=(Text(NOTICE), *((Text(NAMED, "warning"),) if named else ())),
    )  # fmt: skip
    return (notice, *_system(payload), *_messages(payload), *_tools(payload), _settings(payload))


def sizes(payload: Mapping[str, Any]) -> str:
    """ "12.4 k characters: system 6.1 k, 14 messages 4.2 k, 3 tools 2.1 k"."""
    system = system_of(payload)
    rest, tools = _rest(payload), _tool_list(payload)
    parts = [f"system {size(len(system))}" if system is not None else "no system message"]
    parts.append(f"{plural(len(rest), 'message')} {size(_length(rest))}")
    parts.append(f"{plural(len(tools), 'tool')} {size(_length(tools))}")
    return f"{size(_length(payload))} characters: {', '.join(parts)}"


def _model(payload: Mapping[str, Any]) -> str:
    return f"for the model {one_line(string(payload.get('model')) or '(not named)', 60)}"


def _length(value: object) -> int:
    try:
        return len(json.dumps(value, ensure_ascii=False, default=str))
    except RecursionError:
        return 0


def _listed(payload: Mapping[str, Any]) -> list[Any]:
    for name in LISTS:
        if isinstance(found := payload.get(name), list):
            return found
    return []


def _rest(payload: Mapping[str, Any]) -> list[Any]:
    """The messages behind the system message, which some providers take as the first of them."""
    listed = _listed(payload)
    first = listed[0] if listed else None
    leads = isinstance(first, Mapping) and first.get("role") in ("system", "developer")
    return listed[1:] if leads else listed


def _tool_list(payload: Mapping[str, Any]) -> list[Any]:
    config = payload.get("config")
    tools = payload.get("tools") or (config.get("tools") if isinstance(config, Mapping) else None)
    return tools if isinstance(tools, list) else []


def _system(payload: Mapping[str, Any]) -> Iterator[Item]:
    text = system_of(payload)
    if text is not None:
        yield _item("system", "⚙", "system", "system", f"{size(len(text))} characters", Text(text), text)


def _messages(payload: Mapping[str, Any]) -> Iterator[Item]:
    looks = {"user": ("▪", "user"), "assistant": ("▫", "assistant"), "tool": ("◂", "tool")}
    for place, message in enumerate(_rest(payload)):
        role = string(message.get("role")) if isinstance(message, Mapping) else ""
        glyph, tone = looks.get(role, ("·", "muted"))
        text = text_of(message.get("content", message.get("parts"))) if isinstance(message, Mapping) else None
        calls = message.get("tool_calls") if isinstance(message, Mapping) else None
        body = text if text is not None and not calls else pretty(message)
        parsed = parsed_json(body) if role == "tool" else None
        shown = Text(pretty(parsed) if parsed else body, "code" if text is None or calls or parsed else "")
        head = f"{size(_length(message))} characters" + (
            f" · {plural(len(calls), 'call')}" if calls and isinstance(calls, list) else ""
        )
        yield _item(f"message-{place}", glyph, one_line(role, 14) or "message", tone, head, shown, message)


def _tools(payload: Mapping[str, Any]) -> Iterator[Item]:
    for place, tool in enumerate(_tool_list(payload)):
        told = tool.get("function", tool) if isinstance(tool, Mapping) else {}
        name = string(told.get("name")) if isinstance(told, Mapping) else ""
        head = f"{one_line(name, 60) or 'a tool without a name'} · {size(_length(tool))} characters"
        yield _item(f"tool-{place}", "⚒", "tool", "tool", head, Text(pretty(tool), "code"), tool)


def _settings(payload: Mapping[str, Any]) -> Item:
    known = (*LISTS, "tools", "system", "instructions")
    rest = {name: value for name, value in payload.items() if name not in known}
    return Item("settings", "·", "settings", "muted", parts=(Text(pretty(rest), "code"),), raw=rest)


def _item(key: str, glyph: str, word: str, tone: str, head: str, body: Text, raw: object) -> Item:
    folded = is_long(body) or key.startswith(("system", "tool-"))
    preview = one_line(body.source, 200)
    return Item(
        key, glyph, word, tone, "", head, preview=preview, parts=(body,), folded=folded, spaced=True,
        copy_id=key, raw=raw,
    )  # fmt: skip
