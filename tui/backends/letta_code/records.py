"""Agents and conversations of a store, as their records are; each file is looked at once and read when it changed."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

from tui.backends.demo.records import Json
from tui.backends.letta_code.files import Root, Signature, look_at
from tui.backends.letta_code.json_files import (
    MAX_RECORD,
    PAUSE,
    TRIES,
    parse_object,
    read_object,
)
from tui.backends.letta_code.layout import (
    DEFAULT,
    NO_AGENT,
    RECORD,
    ConversationName,
    agent_file,
    agent_of_file,
    conversation_folder,
    conversation_of_folder,
)

FRESH = 2.0
"""Seconds for which the next pages of a list come from the same look at the store as its first one."""

SORTED_BY = ("created_at", "updated_at", "last_message_at")
"""Times of a record that conversations are sorted by; the first one is used for any other."""

NUMBERS = re.compile(r"([0-9]{1,18})")


class Row(NamedTuple):
    """A conversation of a list: what it is filtered and sorted by, and the JSON that is sent."""

    id: str
    agent_id: str
    archived: bool
    hidden: bool
    summary: str
    times: dict[str, str]
    order: tuple[tuple[int, int | str], ...]
    sent: bytes


class Agents:
    """The records of agents."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._known: dict[str, tuple[Signature, Json]] = {}

    def all(self, *, hidden: bool) -> list[Json]:
        """Every agent whose record can be read, by name."""
        found = []
        for name in self._root.names("agents"):
            agent_id = agent_of_file(name)
            with suppress(OSError, ValueError):
                if agent_id is not None:
                    found.append(self.get(agent_id))
        found.sort(key=lambda one: (str(one.get("name") or "").casefold(), one["id"]))
        return [one for one in found if hidden or not is_hidden_agent(one)]

    def get(self, agent_id: str) -> Json:
        """One record; raises OSError where there is none that can be read, and TornFile."""
        path = agent_file(agent_id)
        signature = self._root.signature(*path)
        known = self._known.get(agent_id)
        if known is None or known[0] != signature:
            record, _, signature = read_object(self._root, *path)
            known = self._known[agent_id] = signature, record | {"id": agent_id}
        return known[1]


def is_hidden_agent(record: Json) -> bool:
    """Whether an agent is one that Letta Code does not list: hidden, or a worker of another agent."""
    tags = record.get("tags")
    return record.get("hidden") is True or (isinstance(tags, list) and "role:subagent" in tags)


class Conversations:
    """The records of conversations."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Signature, Row | None]] = {}
        self._rows: list[Row] = []
        self._looked = 0.0

    def get(self, conversation_id: str, agent_id: str | None) -> Json:
        """One record as it is stored; raises OSError where there is none that can be read, and TornFile."""
        folder = conversation_folder(conversation_id, agent_id)
        record, _, _ = read_object(self._root, *folder, RECORD)
        return named(record, ConversationName(conversation_id, agent_id))

    def named_rows(self, *, goes_on: bool) -> list[Row]:
        """Every conversation but the default ones; a list that `goes_on` gets the rows of its first page."""
        with self._lock:
            if not goes_on or time.monotonic() - self._looked > FRESH:
                self._rows = self._look()
                self._looked = time.monotonic()
            return self._rows

    def _look(self) -> list[Row]:
        names = {
            name: conversation
            for name in self._root.names("conversations")
            if (conversation := conversation_of_folder(name)) is not None and conversation.id != DEFAULT
        }
        if not names:
            self._known.clear()
            return []
        self._known = {name: known for name, known in self._known.items() if name in names}
        torn = self._read(names, self._changed(names))
        for _ in range(TRIES - 1):  # all that are being rewritten wait together
            if not torn:
                break
            time.sleep(PAUSE)
            torn = self._read(names, torn)
        return [row for name in names if (known := self._known.get(name)) and (row := known[1])]

    def _changed(self, names: Iterable[str]) -> list[str]:
        """The conversations whose record is not the one that is known."""
        changed = []
        with self._root.folder("conversations") as folder:
            for name in names:
                known = self._known.get(name)
                try:
                    if known is None or known[0] != look_at(folder, name, RECORD):
                        changed.append(name)
                except OSError:
                    self._known.pop(name, None)
        return changed

    def _read(self, names: Mapping[str, ConversationName], wanted: Iterable[str]) -> list[str]:
        """Read these records; returns those that are torn, which count as unreadable until they change."""
        torn = []
        for name in wanted:
            try:
                data, signature = self._root.read("conversations", name, RECORD, most=MAX_RECORD)
            except OSError:
                self._known.pop(name, None)
                continue
            try:
                self._known[name] = signature, _row(parse_object(data), names[name])
            except ValueError:
                self._known[name] = signature, None
                torn.append(name)
        return torn


def named(record: Json, name: ConversationName) -> Json:
    """A record under the id that its folder has; one without an agent gets a stand-in."""
    agent_id = name.agent_id or record.get("agent_id")
    if not isinstance(agent_id, str) or not agent_id:
        agent_id = NO_AGENT
    return record | {"id": name.id, "agent_id": agent_id}


def _row(record: Json, name: ConversationName) -> Row:
    record = named(record, name) | {"in_context_message_ids": []}
    summary = record.get("summary")
    return Row(
        record["id"],
        record["agent_id"],
        record.get("archived") is True,
        any(record.get(flag) is True for flag in ("hidden", "is_subagent", "agent_free")),
        summary if isinstance(summary, str) else "",
        {field: str(record.get(field) or "") for field in SORTED_BY},
        natural(record["id"]),
        json.dumps(record).encode(),
    )


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A key that sorts the numbers in a text as numbers."""
    parts = NUMBERS.split(text[:300])
    return tuple((0, int(part)) if index % 2 else (1, part) for index, part in enumerate(parts))
