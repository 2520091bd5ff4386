"""What a file holds of a server: agents, blocks and conversations as they were sent, and what could not be read.

Two kinds of file are understood: the bundle of `letta-tui export`, and Letta's own agent file (`.af`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from tui.backends.demo.records import Json

FORMAT, VERSION = "letta-tui bundle", 1
LARGEST = 128 * 1024 * 1024
"""Bytes of a file that are read: one conversation of ten thousand messages takes about ten million."""


class NotReadable(ValueError):
    """The file cannot be browsed; the words say why, without quoting it."""


@dataclass(frozen=True)
class Trouble:
    """A part that could not be read when the file was made: the status of the server and its reason."""

    status: int
    detail: str


@dataclass
class Talk:
    """One conversation: its record, its messages in the order in which they were said, and the ids in context."""

    record: Json
    messages: list[Json]
    in_context: list[str] | None
    shared: frozenset[str] = frozenset()
    whole: Trouble | None = None
    listed: Trouble | None = None


@dataclass
class Recording:
    """Everything that a file holds, by id; the default conversation of an agent goes by the agent's id."""

    letta: str | None = None
    origin: str = ""
    agents: dict[str, Json] = field(default_factory=dict)
    shared: dict[str, list[Json] | Trouble] = field(default_factory=dict)
    talks: dict[str, Talk] = field(default_factory=dict)
    blocks: dict[str, Json] = field(default_factory=dict)
    messages: dict[str, list[Json]] = field(default_factory=dict)
    failing: dict[str, Trouble] = field(default_factory=dict)

    def add(self, talk: Talk) -> None:
        """Put a conversation in, and each of its messages under its own id."""
        agent_id, name = str(talk.record.get("agent_id")), talk.record["id"]
        self.talks[agent_id if name == "default" else name] = talk
        parts: dict[str, list[Json]] = {}
        for message in talk.messages:
            if message["id"]:
                parts.setdefault(message["id"], []).append(message)
        for message_id, told in parts.items():
            self.messages.setdefault(message_id, told)


def read(data: bytes) -> Recording:
    """What a file's bytes hold; raises NotReadable."""
    if len(data) > LARGEST:
        raise NotReadable(f"it has more than {LARGEST // 1024 // 1024} MiB")
    try:
        held = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError, MemoryError) as problem:
        raise NotReadable(f"it is no whole JSON ({_short(problem)})") from None
    if isinstance(held, dict) and held.get("format") == FORMAT:
        return _bundle(held)
    if isinstance(held, dict) and (isinstance(held.get("agents"), list) or "core_memory" in held):
        from tui.backends.bundle.agent_file import agent_file

        return agent_file(held)
    raise NotReadable("it is neither a bundle of letta-tui export nor an agent file of Letta")


def _bundle(held: Json) -> Recording:
    if held.get("version") != VERSION:
        raise NotReadable(
            f"it is a bundle of version {_short(held.get('version'))}; this program reads {VERSION}"
        )
    server = one(held, "server")
    found = Recording(letta=text(server, "letta"), origin=text(server, "origin") or "")
    for entry in many(held, "conversations"):
        _entry(found, entry)
    if not found.talks:
        raise NotReadable("it holds no conversation")
    return found


def _entry(found: Recording, entry: Json) -> None:
    record, agent = one(entry, "conversation"), one(entry, "agent")
    agent_id = named(agent, "agent")
    if named(record, "conversation") == "default" or not text(record, "agent_id"):
        record = record | {"agent_id": agent_id}
    elif record["agent_id"] != agent_id:
        raise NotReadable("a conversation in it belongs to another agent than the one beside it")
    troubles = {(str(bad.get("part")), bad.get("id")): _trouble(bad) for bad in many(entry, "incomplete")}
    told = entry.get("in_context_message_ids")
    talk = Talk(
        record,
        messages(many(entry, "messages")),
        None if told is None else texts(told, "in_context_message_ids"),
        shared=frozenset(texts(entry.get("shared_message_ids", []), "shared_message_ids")),
        whole=troubles.get(("history", None)),
        listed=troubles.get(("in context", None)),
    )
    found.agents.setdefault(agent_id, agent)
    found.failing |= {key: bad for (_, key), bad in troubles.items() if isinstance(key, str)}
    found.messages |= {key: [] for key in texts(entry.get("empty_message_ids", []), "empty_message_ids")}
    found.add(talk)
    unread = troubles.get(("shared blocks", None), Trouble(404, "Not Found"))
    blocks = entry.get("shared_blocks")
    found.shared.setdefault(agent_id, unread if blocks is None else many(entry, "shared_blocks"))
    isolated = [] if entry.get("isolated_blocks") is None else many(entry, "isolated_blocks")
    for block in (*isolated, *(many(entry, "shared_blocks") if blocks is not None else [])):
        found.blocks.setdefault(named(block, "block"), block)


def _trouble(bad: Json) -> Trouble:
    """As a server would say it again; what may pass is said as final, or the reader would ask and ask."""
    status = bad.get("status")
    fits = isinstance(status, int) and 400 <= status < 600 and status not in (429, 502, 503, 504)
    detail = text(bad, "detail") or text(bad, "reason") or ""
    if not fits or not isinstance(status, int):
        return Trouble(500, detail)
    return Trouble(status, text(bad, "detail") or "")


# what a file may hold


def one(held: Json, name: str) -> Json:
    """An object of the file."""
    value = held.get(name)
    if not isinstance(value, dict):
        raise NotReadable(f"its “{name}” is no object")
    return value


def many(held: Json, name: str) -> list[Json]:
    """A list of objects of the file."""
    value = held.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise NotReadable(f"its “{name}” is no list of objects")
    return value


def text(held: Json, name: str) -> str | None:
    """A text of the file, None where there is none."""
    value = held.get(name)
    return value if isinstance(value, str) else None


def texts(value: object, name: str) -> list[str]:
    """A list of texts of the file."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise NotReadable(f"its “{name}” is no list of ids")
    return value


def named(held: Json, noun: str) -> str:
    """The id of a thing, without which it cannot be asked for."""
    value = text(held, "id")
    if not value or value in (".", ".."):
        raise NotReadable(f"a {noun} in it has no id")
    return value


def messages(held: Iterable[Json]) -> list[Json]:
    """Messages, each with an id at least."""
    return list(_messages(held))


def _messages(held: Iterable[Json]) -> Iterator[Json]:
    for message in held:
        yield message if isinstance(message.get("id"), str) else message | {"id": ""}


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _short(thing: object) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in str(thing)[:200]).split())
    return line[:80]
