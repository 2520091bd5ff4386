"""The records of the agents and conversations of a store; a file is read again only after it has changed."""

from __future__ import annotations

import errno
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
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

SOME = 64
"""The fewest files that are read at a time where the first ones may be enough."""

EARLIER = 24 * 3600.0
"""Seconds by which the time of a file may be before the times in it, as on another clock or a coarse file system."""

FRESH = 2.0
"""Seconds for which the next pages of a list come from the same look at the store as its first one."""

SORTED_BY = ("created_at", "updated_at", "last_message_at")
"""Times of a record that conversations are sorted by; the first one is used for any other."""

HIDES = ("hidden", "is_subagent", "agent_free")
"""Flags of conversations that Letta Code does not list."""

PART = 500
"""Records that are looked at at a time where damaged ones are looked for."""

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
        self,
        root: Root,
        files: JsonFiles,
        folder: str,
        inner: tuple[str, ...],
        make: Callable[[Json, str, bytes], T],
    ) -> None:
        """`inner` is the way from a name in the folder to its file; `make` gets record, name, and the file's bytes."""
        self._root = root
        self._files = files
        self._folder = folder
        self._inner = inner
        self._make = make
        self._known: dict[str, tuple[Signature, T | None]] = {}
        self._why: dict[str, str] = {}
        """Why files that are there could not be read when they were read last."""

    def look(self, names: Iterable[str]) -> list[T]:
        """Return the readable ones of these records, in their order."""
        names = dict.fromkeys(names)
        seen = self._look_at(names)
        self._update(seen)
        found = (self._known.get(name, (None, None))[1] for name in names)
        return [one for one in found if one is not None]

    def newest(self, names: Iterable[str], some: int) -> Iterator[tuple[list[T], int]]:
        """Yield the readable ones of these records, `some` at a time as they are taken, last written first.

        Each part comes with the nanoseconds since 1970 after which no file of a later part was written.
        """
        seen = self._look_at(dict.fromkeys(names))
        order = sorted(seen, key=lambda name: seen[name].modified, reverse=True)
        for start in range(0, len(order), some):
            part = order[start : start + some]
            self._update({name: seen[name] for name in part})
            found = (self._known.get(name, (None, None))[1] for name in part)
            yield [one for one in found if one is not None], seen[part[-1]].modified

    def _look_at(self, names: Iterable[str]) -> dict[str, Signature]:
        """Return the signature of each of these files that exists; what is known of the others is forgotten."""
        seen = self._signatures(names)
        self._known = {name: known for name, known in self._known.items() if name in seen}
        return seen

    def _signatures(self, names: Iterable[str]) -> dict[str, Signature]:
        seen: dict[str, Signature] = {}
        if names:
            with self._root.folder(self._folder) as folder:
                for name in names:
                    try:
                        seen[name] = look_at(folder, name, *self._inner)
                    except OSError as error:
                        self._cannot_read(name, error)
        return seen

    def _cannot_read(self, name: str, error: OSError) -> None:
        """Note why a file cannot be read; one that is not there is no file."""
        if error.errno == errno.ENOENT:
            self._why.pop(name, None)
        else:
            self._why[name] = f"cannot be read ({(error.strerror or 'unknown').lower()})"

    def damaged(self, names: Iterable[str]) -> dict[str, str]:
        """Which of these are there and cannot be read, each with the reason; what is known of others stays."""
        names = tuple(names)
        self._update(self._signatures(names))
        return {name: self._why[name] for name in names if name in self._why}

    def _update(self, seen: dict[str, Signature]) -> None:
        """Read those whose file has changed; all that are being rewritten are waited for together."""
        torn = [name for name, signature in seen.items() if self._known.get(name, (None,))[0] != signature]
        for attempt in range(TRIES):
            if not torn:
                break
            if attempt:
                time.sleep(PAUSE)
            torn = self._read(torn)

    def _read(self, names: Iterable[str]) -> list[str]:
        """Read these files; returns those that are torn, which count as unreadable until they change."""
        torn = []
        with self._root.folder(self._folder) as folder:
            for name in names:
                *inner, last = name, *self._inner
                try:
                    with folder_at(folder, *inner) as handle:
                        data, signature = read_at(handle, last, MAX_RECORD)
                except OSError as error:
                    self._known.pop(name, None)
                    self._cannot_read(name, error)
                    continue
                try:
                    record = parse_object(data)
                    self._known[name] = signature, self._make(record, name, data)
                except ValueError as error:
                    self._known[name] = signature, None
                    self._why[name] = f"is incomplete or damaged ({error})"
                    torn.append(name)
                else:
                    self._why.pop(name, None)
                    self._files.note(record, data, signature, self._folder, name, *self._inner)
        return torn


class Agents:
    """The records of agents."""

    def __init__(self, root: Root, files: JsonFiles) -> None:
        self._root = root
        self._files = files
        self._lock = threading.Lock()
        self._records = Records(root, files, "agents", (), _listed_agent)

    def all(self, *, hidden: bool) -> list[Json]:
        """Every agent whose record can be read, by name and without its prompt."""
        found = self._look()
        found.sort(key=lambda one: (str(one.get("name") or "").casefold(), one["id"]))
        return [one for one in found if hidden or not is_hidden_agent(one)]

    def hidden(self) -> frozenset[str]:
        """The ids of the agents that Letta Code does not list."""
        return frozenset(one["id"] for one in self._look() if is_hidden_agent(one))

    def damaged(self) -> list[Json]:
        """Those of which the record cannot be read, each with its id and the reason."""
        names = [name for name in self._root.names("agents") if agent_of_file(name) is not None]
        with self._lock:
            found = self._records.damaged(names)
        return [
            {"id": None, "agent_id": agent_of_file(name), "reason": f"its record {why}"}
            for name, why in found.items()
        ]

    def _look(self) -> list[Json]:
        names = [name for name in self._root.names("agents") if agent_of_file(name) is not None]
        with self._lock:
            return self._records.look(names)

    def get(self, agent_id: str) -> Json:
        """One record; raises OSError where there is none that can be read, and TornFile."""
        return self._files.read(*agent_file(agent_id)) | {"id": agent_id}


def _listed_agent(record: Json, file_name: str, _data: bytes) -> Json:
    """A record as a list has it: without the prompt, which is most of it."""
    return {name: value for name, value in record.items() if name != "system"} | {
        "id": agent_of_file(file_name)
    }


def is_hidden_agent(record: Json) -> bool:
    """Return whether an agent is one that Letta Code does not list: hidden, or a worker of another agent."""
    tags = record.get("tags")
    return record.get("hidden") is True or (isinstance(tags, list) and "role:subagent" in tags)


class Conversations:
    """The records of conversations."""

    def __init__(self, root: Root, files: JsonFiles) -> None:
        self._root = root
        self._files = files
        self._lock = threading.Lock()
        self._records = Records(root, files, "conversations", (RECORD,), _row)
        self._rows: list[Row] = []
        self._looked = -FRESH

    def get(self, conversation_id: str, agent_id: str | None) -> Json:
        """One record as it is stored; raises OSError where there is none that can be read, and TornFile."""
        folder = conversation_folder(conversation_id, agent_id)
        return named(self._files.read(*folder, RECORD), ConversationName(conversation_id, agent_id))

    def named_rows(self, *, goes_on: bool) -> list[Row]:
        """Return every conversation but the default ones; a list that `goes_on` gets the rows of its first page."""
        with self._lock:
            if not goes_on or time.monotonic() - self._looked > FRESH:
                self._rows = self._records.look(filter(_is_named, self._root.names("conversations")))
                self._looked = time.monotonic()
            return self._rows

    def newest(self, limit: int, field: str, wanted: Callable[[Row], bool]) -> list[Row]:
        """The first rows of a list, the newest by a time of the record first, from no more records than it takes.

        A record is written no earlier than any time in it. So once there are enough rows that are newer than all files
        which are still to be read, none of these belongs before them.
        """
        found: list[Row] = []
        with self._lock:
            self._looked = (
                -FRESH
            )  # rows of an older look may lack one of these, which the next page goes on from
            names = filter(_is_named, self._root.names("conversations"))
            for rows, written in self._records.newest(names, max(SOME, limit)):
                found += filter(wanted, rows)
                found.sort(key=sort_key(field), reverse=True)
                del found[limit:]
                if len(found) == limit and found[-1].times[field] > _latest_time(written):
                    break
        return found

    def damaged(self) -> list[Json]:
        """Those of which the record cannot be read, each with its id and the reason, a few looked at at a time.

        Only the record says whose a conversation is, so that the agent is unknown but for a default one.
        """
        names = [
            name for name in self._root.names("conversations") if conversation_of_folder(name) is not None
        ]
        found: dict[str, str] = {}
        for start in range(0, len(names), PART):
            with self._lock:  # lists that are requested meanwhile come in between
                found |= self._records.damaged(names[start : start + PART])
        named = ((conversation_of_folder(name), why) for name, why in found.items())
        return [
            {"id": one.id, "agent_id": one.agent_id, "reason": f"{RECORD} {why}"}
            for one, why in named
            if one is not None
        ]

    def changed(self) -> None:
        """Have the next list look at the store again, even if it continues an earlier one."""
        with self._lock:
            self._looked = -FRESH


def sort_key(field: str) -> Callable[[Row], tuple[str, tuple[int, str]]]:
    """Sorts rows by a time of the record, and those of the same time by their ids."""
    return lambda row: (row.times[field], row.order)


def _latest_time(written: int) -> str:
    """The latest time that a record can name which was written then, in nanoseconds since 1970."""
    try:
        latest = datetime.fromtimestamp(written / 1e9 + EARLIER, UTC)
    except (OSError, OverflowError, ValueError):
        return "~"  # sorts behind every time
    return latest.isoformat(timespec="milliseconds").replace("+00:00", "Z")


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
        raise ValueError("it is not a conversation folder")
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
