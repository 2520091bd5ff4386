"""The journal: summaries and memory blocks, seen or written, a JSON line each, so that undo works after a restart."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from tui.storage.atomic_files import open_locked, write_text
from tui.storage.paths import make_private
from tui.storage.regular_file import read_regular_file
from tui.storage.safe_paths import replaceable

if TYPE_CHECKING:
    from tui.rules.changes.undo import Entry

MAX_PER_CONVERSATION = 50
"""Entries of one conversation that a compaction leaves, the newest ones."""

MAX_BYTES = 4_000_000
"""Size of a file after a compaction; the oldest entries are dropped."""


class Journal:
    """A file per server, which other running instances of the app append to as well.

    Every method touches the disk: call it outside the event loop. An entry is one write at the end of the
    file, so instances never mix their lines; damaged lines are skipped.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, server: str) -> Path:
        """The file of a server; hashed, since an address is not a safe file name."""
        return self._folder / f"{hashlib.sha256(server.encode()).hexdigest()[:32]}.jsonl"

    def append(self, entry: Entry) -> None:
        """Append an entry, on disk when the call returns; raises OSError if it is not complete."""
        make_private(self._folder)
        with _locked_file(self.path(entry.server)) as handle:
            data = _line(entry)
            if not _ends_a_line(handle):  # the last writer was cut off: its line must not swallow this one
                data = b"\n" + data
            if os.write(handle, data) != len(data):
                raise OSError(errno.ENOSPC, "no room for the whole entry")
            os.fsync(handle)

    def of(self, server: str, conversation_id: str) -> tuple[Entry, ...]:
        """The entries of one conversation, oldest first."""
        return tuple(one for one in self.all(server) if one.conversation_id == conversation_id)

    def all(self, server: str) -> tuple[Entry, ...]:
        """Every entry for a server, oldest first; raises OSError if the file is there but cannot be read."""
        try:
            data = read_regular_file(self.path(server))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        return tuple(entry for entry in _entries(data) if entry.server == server)

    def compact(self, server: str) -> None:
        """Drop old entries and damaged lines; entries that other instances append meanwhile stay."""
        path = self.path(server)
        if not path.exists():
            return
        with _locked_file(path) as handle:
            data = read_regular_file(path)
            remaining = b"".join(_newest(_entries(data)))
            if remaining != data:
                write_text(path, remaining.decode("ascii"))
            else:
                os.fchmod(handle, 0o600)


@contextmanager
def _locked_file(path: Path) -> Iterator[int]:
    """The file, open for appending and locked against a compaction, which replaces it."""
    handle = open_locked(replaceable(path), os.O_APPEND)  # without locks, appends are still whole
    try:
        yield handle
    finally:
        os.close(handle)


def _ends_a_line(handle: int) -> bool:
    size = os.fstat(handle).st_size
    return size == 0 or os.pread(handle, 1, size - 1) == b"\n"


def _line(entry: Entry) -> bytes:
    fields = entry._asdict() | {"at": entry.at.isoformat()}
    if not entry.via:
        del fields["via"]
    return (json.dumps(fields, ensure_ascii=True) + "\n").encode("ascii")


def _entries(data: bytes) -> Iterator[Entry]:
    for line in data.split(b"\n"):
        with suppress(ValueError, RecursionError):
            entry = _parse(json.loads(line)) if line.strip() else None
            if entry is not None:
                yield entry


def _parse(fields: Any) -> Entry | None:
    """The entry with these fields, or None if one is missing; unknown fields are ignored."""
    from tui.rules.changes.undo import By, Entry, Kind

    try:
        at = datetime.fromisoformat(fields["at"])
        texts = [fields[name] for name in ("server", "conversation_id", "kind", "text")]
        by, via = fields.get("by", "edit"), fields.get("via", "")
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    server, conversation_id, kind, text = texts
    if not all(isinstance(text_value, str) for text_value in texts) or kind not in get_args(Kind):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    via = via if isinstance(via, str) else ""
    return Entry(at, server, conversation_id, kind, text, by if by in get_args(By) else "edit", via)


def _newest(entries: Iterable[Entry]) -> deque[bytes]:
    """The lines that a compaction leaves, oldest first."""
    lines: deque[bytes] = deque()
    counts: dict[str, int] = {}
    room = MAX_BYTES
    for entry in reversed(list(entries)):
        line = _line(entry)
        counts[entry.conversation_id] = counts.get(entry.conversation_id, 0) + 1
        room -= len(line)
        if room < 0:
            break
        if counts[entry.conversation_id] <= MAX_PER_CONVERSATION:
            lines.appendleft(line)
    return lines
