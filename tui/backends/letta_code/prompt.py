"""The compiled prompt of a conversation: the file with what its model is sent as the system message."""

from __future__ import annotations

import hashlib

from tui.backends.demo.records import Json
from tui.backends.letta_code.json_files import JsonFiles, TornFile
from tui.backends.letta_code.layout import PROMPT

VARIABLE = "{CORE_MEMORY}"
"""The placeholder for the memory in an agent's own prompt; without it, the memory comes last."""


def read_prompt(files: JsonFiles, folder: tuple[str, ...], agent: Json | None) -> Json:
    """The file of a conversation's prompt; every value is None where there is no such file or value.

    `content` is what the model is sent, `memory` the part of it that was rendered, where the agent's own prompt is the
    one that it was compiled from, `core_memory` the memory as it was last rendered, `revision` the commit that was
    rendered, `raw_system_current` whether the agent's own prompt is still the one that was compiled, and
    `problem` why the file cannot be read.
    """
    problem, stored = "", dict[str, object]()
    try:
        stored = files.read(*folder, PROMPT)
    except FileNotFoundError:
        pass
    except OSError as error:
        problem = f"The compiled prompt cannot be read: {error.strerror}."
    except TornFile as error:
        problem = f"The compiled prompt cannot be read: {error}."
    content, current = _text(stored, "content"), _is_current(_text(stored, "rawSystemHash"), agent)
    return {
        "compiled_at": _text(stored, "compiledAt"),
        "content": content,
        "memory": _memory_in(content, agent["system"]) if content and agent and current else None,
        "core_memory": _text(stored, "coreMemory"),
        "revision": _text(stored, "memfsRevision"),
        "raw_system_current": current,
        "problem": problem,
    }


def _memory_in(content: str, system: str) -> str | None:
    """The memory in a prompt: what replaces a variable in the agent's own prompt, or else follows it."""
    before, variable, after = system.partition(VARIABLE)
    if not variable:
        before = before.rstrip() + "\n\n"
    fits = content.startswith(before) and content.endswith(after) and len(content) >= len(before) + len(after)
    return content[len(before) : len(content) - len(after)] if fits else None


def system_message(prompt: Json, conversation_id: str) -> Json | None:
    """The prompt as a message of Letta's API; None where there is none yet."""
    if prompt["content"] is None:
        return None
    return {
        "id": system_message_id(conversation_id),
        "message_type": "system_message",
        "date": prompt["compiled_at"],
        "content": prompt["content"],
    }


def system_message_id(conversation_id: str) -> str:
    """The id of the system message, which is not a row of the transcript."""
    return f"system:{conversation_id}"


def _is_current(compiled_hash: str | None, agent: Json | None) -> bool | None:
    system = agent.get("system") if agent else None
    if compiled_hash is None or not isinstance(system, str):
        return None
    return hashlib.sha256(system.encode("utf-8", "surrogatepass")).hexdigest() == compiled_hash


def _text(stored: dict[str, object], name: str) -> str | None:
    value = stored.get(name)
    return value if isinstance(value, str) else None
