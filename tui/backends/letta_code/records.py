"""Agents and conversations of a store, as their records are; each file is looked at once and read when it changed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

from tui.backends.demo.records import Json
from tui.backends.letta_code.files import Root, Signature, folder_at, look_at, read_at
from tui.backends.letta_code.json_files import (
    MAX_RECORD,
    PAUSE,
    TRIES,
    JsonFiles,
    parse_object,
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

T = TypeVar("T")

FRESH = 2.0
"""Seconds for which the next pages of a list come from the same look at the store as its first one."""

SORTED_BY = ("created_at", "updated_at", "last_message_at")
"""Times of a record that conversations are sorted by; the first one is used for any other."""

HIDES = ("hidden", "is_subagent", "agent_free")
"""Flags of conversations that Letta Code does not list."""

LARGEST_ROW = 2**16
"""Bytes of a conversation in a list; of a larger record only the short values are listed."""

FEW = 50
"""Ids in context up to which a record is sent in a list as it is stored; lists of Letta name none."""


class Row(NamedTuple):
    """A conversation of a list: what it is filtered and sorted by, and the JSON that is sent."""

    id: str
    agent_id: str
    archived: bool
    hidden: bool
    summary: str
    times: dict[str, str]
    order: tuple[int, str]
    """Sorts ids that differ in a number by that number."""
    sent: bytes


class Records(Generic[T]):
    """The records in one folder of a store, each read once until its file changes."""

    def __init__(
        self, root: Root, folder: str, inner: tuple[str, ...], make: Callable[[Json, str, bytes], T]
    ) -> None:
        """`inner` is the way from a name in the folder to its file; `make` gets record, name, and the file's bytes."""
        self._root = root
        self._folder = folder
        self._inner = inner
        self._make = make
        self._known: dict[str, tuple[Signature, T | None]] = {}

    def look(self, names: Iterable[str]) -> list[T]:
        """What can be read of these, in their order; all that are being rewritten are waited for together."""
        names = dict.fromkeys(names)
        self._known = {name: known for name, known in self._known.items() if name in names}
        torn = self._read(self._changed(names)) if names else []
        for _ in range(TRIES - 1):
            if not torn:
                break
            time.sleep(PAUSE)
            torn = self._read(torn)
        found = (self._known.get(name, (None, None))[1] for name in names)
        return [one for one in found if one is not None]

    def _changed(self, names: Iterable[str]) -> list[str]:
        """The names whose file is not the one that is known."""
        changed = []
        with self._root.folder(self._folder) as folder:
            for name in names:
                known = self._known.get(name)
                try:
                    if known is None or known[0] != look_at(folder, name, *self._inner):
                        changed.append(name)
                except OSError:
                    self._known.pop(name, None)
        return changed

    def _read(self, names: Iterable[str]) -> list[str]:
        """Read these files; returns those that are torn, which count as unreadable until they change."""
        torn = []
        with self._root.folder(self._folder) as folder:
            for name in names:
                *inner, last = name, *self._inner
                try:
                    with folder_at(folder, *inner) as handle:
                        data, signature = read_at(handle, last, MAX_RECORD)
                except OSError:
                    self._known.pop(name, None)
                    continue
                try:
                    self._known[name] = signature, self._make(parse_object(data), name, data)
                except ValueError:
                    self._known[name] = signature, None
                    torn.append(name)
        return torn


class Agents:
    """The records of agents."""

    def __init__(self, root: Root, files: JsonFiles) -> None:
        self._root = root
        self._files = files
        self._lock = threading.Lock()
        self._records = Records(root, "agents", (), _listed_agent)

    def all(self, *, hidden: bool) -> list[Json]:
        """Every agent whose record can be read, by name and without its prompt."""
        names = [name for name in self._root.names("agents") if agent_of_file(name) is not None]
        with self._lock:
            found = self._records.look(names)
        found.sort(key=lambda one: (str(one.get("name") or "").casefold(), one["id"]))
        return [one for one in found if hidden or not is_hidden_agent(one)]

    def get(self, agent_id: str) -> Json:
        """One record; raises OSError where there is none that can be read, and TornFile."""
        return self._files.read(*agent_file(agent_id)) | {"id": agent_id}


def _listed_agent(record: Json, file_name: str, _data: bytes) -> Json:
    """A record as a list has it: without the prompt, which is most of it."""
    return {name: value for name, value in record.items() if name != "system"} | {
        "id": agent_of_file(file_name)
    }


def is_hidden_agent(record: Json) -> bool:
    """Whether an agent is one that Letta Code does not list: hidden, or a worker of another agent."""
    tags = record.get("tags")
    return record.get("hidden") is True or (isinstance(tags, list) and "role:subagent" in tags)


class Conversations:
    """The records of conversations."""

    def __init__(self, root: Root, files: JsonFiles) -> None:
        self._root = root
        self._files = files
        self._lock = threading.Lock()
        self._records = Records(root, "conversations", (RECORD,), _row)
        self._rows: list[Row] = []
        self._looked = -FRESH

    def get(self, conversation_id: str, agent_id: str | None) -> Json:
        """One record as it is stored; raises OSError where there is none that can be read, and TornFile."""
        folder = conversation_folder(conversation_id, agent_id)
        return named(self._files.read(*folder, RECORD), ConversationName(conversation_id, agent_id))

    def named_rows(self, *, goes_on: bool) -> list[Row]:
        """Every conversation but the default ones; a list that `goes_on` gets the rows of its first page."""
        with self._lock:
            if not goes_on or time.monotonic() - self._looked > FRESH:
                self._rows = self._records.look(filter(_is_named, self._root.names("conversations")))
                self._looked = time.monotonic()
            return self._rows

    def changed(self) -> None:
        """Have the next list look at the store, whether it goes on or not."""
        with self._lock:
            self._looked = -FRESH


def _is_named(folder_name: str) -> bool:
    name = conversation_of_folder(folder_name)
    return name is not None and name.id != DEFAULT


def named(record: Json, name: ConversationName) -> Json:
    """A record under the id that its folder has; one without an agent gets a stand-in."""
    agent_id = name.agent_id or record.get("agent_id")
    if not isinstance(agent_id, str) or not agent_id:
        agent_id = NO_AGENT
    return record | {"id": name.id, "agent_id": agent_id}


def _row(record: Json, folder_name: str, data: bytes) -> Row:
    name = conversation_of_folder(folder_name)
    if name is None:
        raise ValueError("it is no folder of a conversation")
    own, record, ids = record, named(record, name), record.get("in_context_message_ids")
    if own != record or not isinstance(ids, list) or len(ids) > FEW:
        data = json.dumps(record | {"in_context_message_ids": []}).encode()
    if len(data) > LARGEST_ROW:
        data = json.dumps({field: value for field, value in record.items() if _is_short(value)}).encode()
    summary = record.get("summary")
    return Row(
        name.id,
        record["agent_id"],
        record.get("archived") is True,
        any(record.get(flag) is True for flag in HIDES),
        summary if isinstance(summary, str) else "",
        {field: str(record.get(field) or "") for field in SORTED_BY},
        (len(name.id), name.id),
        data,
    )


def _is_short(value: object) -> bool:
    return (
        value is None
        or isinstance(value, int | float)
        or (isinstance(value, str) and len(value) < LARGEST_ROW // 8)
    )
