"""The request to a model in the form of its provider: where the system message, messages and tools are in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MESSAGE_FIELDS = ("messages", "input", "contents")
"""The fields with the messages in providers' requests."""

SYSTEM_FIELDS = ("system", "instructions")
SYSTEM_ROLES = ("system", "developer")


def system_message_text(request: Mapping[str, Any]) -> str | None:
    """Return the system message of a request in either form of OpenAI, or that of Anthropic or Google."""
    for name in SYSTEM_FIELDS:
        if (text := content_text(request.get(name))) is not None:
            return text
    for name in MESSAGE_FIELDS:
        listed = request.get(name)
        first = listed[0] if isinstance(listed, list) and listed else None
        if isinstance(first, Mapping) and (name == "contents" or first.get("role") in SYSTEM_ROLES):
            return content_text(first.get("content", first.get("parts")))
    return None


def content_text(content: object) -> str | None:
    """Return the content of a provider's message as text: a string, or the texts of its parts; None without text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    parts = [part.get("text") for part in content if isinstance(part, Mapping)]
    texts = [text for text in parts if isinstance(text, str)]
    return "".join(texts) if texts else None


def request_messages(request: Mapping[str, Any]) -> list[Any]:
    """Return the messages after the system message, which some providers take as the first of them."""
    listed = next((value for name in MESSAGE_FIELDS if isinstance(value := request.get(name), list)), [])
    first = listed[0] if listed else None
    leads = isinstance(first, Mapping) and first.get("role") in SYSTEM_ROLES
    return listed[1:] if leads else listed


def request_tools(request: Mapping[str, Any]) -> list[Any]:
    """Return the tools that the model is offered."""
    config = request.get("config")
    tools = request.get("tools") or (config.get("tools") if isinstance(config, Mapping) else None)
    return tools if isinstance(tools, list) else []


def request_settings(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are neither messages, tools nor the system message."""
    known = (*MESSAGE_FIELDS, *SYSTEM_FIELDS, "tools")
    return {name: value for name, value in request.items() if name not in known}
