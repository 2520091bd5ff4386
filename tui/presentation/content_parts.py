"""Values of the wire as text to read: message content, JSON, images by type and size."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tui.model.text import one_line, size
from tui.presentation.item import Part, Text, Weight, is_large

TOO_DEEP = "(nested too deeply to be laid out)"


def content_parts(content: object, *, markdown: bool = True, role: str = "") -> tuple[Part, ...]:
    """Message content, a string or a list of parts; images are told by type and size, never decoded."""
    if content is None:
        return ()
    if isinstance(content, str):
        parsed = None if markdown or content[:1] not in "{[" else parsed_json(content)
        return (Text(pretty(parsed) if parsed else content, role, markdown),)
    if not isinstance(content, list):
        return (Text(pretty(content), "code"),)
    parts: list[Part] = []
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "text":
            parts.append(Text(string(part.get("text")), role, markdown))
        elif kind == "image":
            parts.append(Text(_image(part), "muted"))
        else:
            parts.append(Text(pretty(part), "code"))
    return tuple(parts)


def weigh(*contents: object) -> Weight:
    """About how large contents are, from the strings that are in them: an image counts as the line that tells it."""
    chars, lines = 0, 0
    for content in contents:
        if isinstance(content, str):
            chars += len(content)
            lines += content.count("\n") + 1
        elif content is not None:
            for text in _strings(content):
                chars += len(text)
                lines += text.count("\n") + 1
    return Weight(chars, lines, is_large(chars, lines))


def _strings(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list | tuple):
        for part in content:
            yield from _strings(part)
    elif isinstance(content, Mapping):
        yield string(content["text"]) if content.get("type") == "text" and "text" in content else " " * 40


def _image(part: Mapping[str, Any]) -> str:
    source = part.get("source")
    source = source if isinstance(source, Mapping) else {}
    media = string(source.get("media_type")) or "image"
    data = source.get("data")
    where = f"{size(len(data))} characters of base64" if isinstance(data, str) else string(source.get("url"))
    return f"[image: {media}, {one_line(where, 200) or 'stored by the server'}]"


def pretty(value: object, *, indent: int | None = 2) -> str:
    """JSON as people read it; text that is no JSON as it is."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    except RecursionError:
        return TOO_DEEP


def short(value: object) -> str:
    """A value in a few words, for one line."""
    return one_line(pretty(value, indent=None), 60)


def parsed_json(text: str) -> Any:
    """What JSON text holds, or None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def string(value: object) -> str:
    """A value that should be text, as text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else pretty(value)
