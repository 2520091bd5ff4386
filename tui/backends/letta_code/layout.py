"""Where things are in a store of Letta Code 0.25 to 0.34 (measured)."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import NamedTuple

DEFAULT = "default"
"""The id of the conversation that each agent has."""

NO_AGENT = "agent-free"
"""The id under which conversations without an agent are listed, as if they had one."""

RECORD = "conversation.json"
MANIFEST = "manifest.json"
TRANSCRIPT = "messages.jsonl"
PROMPT = "system-prompt.json"

CONVERSATION_KEY, DEFAULT_KEY = "conversation:", "default:"


class ConversationName(NamedTuple):
    """A conversation as its folder names it: `agent_id` is known only for default conversations."""

    id: str
    agent_id: str | None


def encoded(text: str) -> str:
    """The name of a file or folder for an id or key: base64url without padding."""
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def decoded(name: str) -> str | None:
    """The id or key of a name; None if the name is not one that `encoded` gives."""
    try:
        text = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
    except ValueError:
        return None
    return text if encoded(text) == name else None


def agent_file(agent_id: str) -> tuple[str, ...]:
    """The path of an agent's record."""
    return "agents", encoded(agent_id) + ".json"


def agent_of_file(name: str) -> str | None:
    """The id of the agent that a file is the record of; None for any other file."""
    return (
        None if name.startswith("._") or not name.endswith(".json") else decoded(name.removesuffix(".json"))
    )


def conversation_folder(conversation_id: str, agent_id: str | None = None) -> tuple[str, ...]:
    """The path of a conversation's folder; the default one is found by its agent."""
    is_default = conversation_id == DEFAULT
    key = f"{DEFAULT_KEY}{agent_id}" if is_default else f"{CONVERSATION_KEY}{conversation_id}"
    return "conversations", encoded(key)


@lru_cache(32_768)
def conversation_of_folder(name: str) -> ConversationName | None:
    """The conversation that a folder is of; None for any other folder."""
    key = decoded(name) or ""
    if key.startswith(DEFAULT_KEY):
        return ConversationName(DEFAULT, key.removeprefix(DEFAULT_KEY))
    if key.startswith(CONVERSATION_KEY):
        return ConversationName(key.removeprefix(CONVERSATION_KEY), None)
    return None


def memory_folder(agent_id: str) -> tuple[str, ...]:
    """The path of an agent's memory: a git work tree. The id is not encoded here."""
    return "memfs", agent_id, "memory"
