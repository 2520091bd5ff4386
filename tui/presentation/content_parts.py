"""Message content as parts to read: text, JSON, images by type and size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tui.model.json_text import as_text, parse_json, pretty_json
from tui.model.text import one_line, size
from tui.presentation.item import Part, Text, Weight, is_large

IMAGE_CHARS = 40
"""The approximate length of the line shown for an image."""


def content_parts(
    content: object, *, markdown: bool = True, rendered: bool = False, role: str = ""
) -> tuple[Part, ...]:
    """Return parts for content, a string or a list; images are named by type and size, never decoded."""
    if content is None:
        return ()
    if isinstance(content, str):
        parsed = None if markdown or content[:1] not in "{[" else parse_json(content)
        return (Text(pretty_json(parsed) if parsed else content, role, markdown, rendered=rendered),)
    if not isinstance(content, list):
        return (Text(pretty_json(content), "code"),)
    parts: list[Part] = []
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "text":
            parts.append(Text(as_text(part.get("text")), role, markdown, rendered=rendered))
        elif kind == "image":
            parts.append(Text(_image(part), "muted"))
        else:
            parts.append(Text(pretty_json(part), "code"))
    return tuple(parts)


def estimate_weight(*contents: object) -> Weight:
    """Estimate the size of content from the strings in it; an image counts as one line."""
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
        is_text = content.get("type") == "text" and "text" in content
        yield as_text(content["text"]) if is_text else " " * IMAGE_CHARS


def _image(part: Mapping[str, Any]) -> str:
    source = part.get("source")
    source = source if isinstance(source, Mapping) else {}
    media = as_text(source.get("media_type")) or "image"
    data = source.get("data")
    where = f"{size(len(data))} characters of base64" if isinstance(data, str) else as_text(source.get("url"))
    return f"[image: {media}, {one_line(where, 200) or 'stored by the server'}]"


def short_json(value: object) -> str:
    """Return a value as one short line."""
    return one_line(pretty_json(value, indent=None), 60)
