"""Transcripts: what Letta Code appends to `messages.jsonl`, read whole and kept until the file changes."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tui.backends.demo.records import Json
from tui.backends.letta_code.api_messages import api_messages, compaction_of
from tui.backends.letta_code.files import Root, Signature
from tui.backends.letta_code.json_files import JsonFiles, parse_object
from tui.backends.letta_code.layout import MANIFEST, TRANSCRIPT

MAX_BYTES = 256 * 2**20
"""Bytes of one transcript: images are in it."""

MAX_ROWS = 250_000

CACHED_BYTES = 64 * 2**20
"""Bytes of the transcripts that stay in memory; the last one does whatever its size."""

FORMATS = {(2, "pi-session-entry-jsonl"), (1, "pi-ai-message-jsonl")}
"""The formats that are read, as (schema_version, message_format)."""


class UnknownFormat(ValueError):
    """The manifest names a format that this program does not read; the text says which."""


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row of the transcript: its messages in the API view, each with its id and as JSON."""

    id: str
    role: str
    stop_reason: str
    compaction: bool
    messages: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Transcript:
    """The rows of a conversation in the order of the file; a row that was written again stands at its last place."""

    rows: dict[str, StoredRow]
    unreadable: int = 0
    """Lines that are no whole JSON object, without a last one that is being written."""
    size: int = 0
    modified: int = 0
    """When the file was written, in nanoseconds since 1970; 0 where there is none."""

    def context_rows(self, ids: Iterable[str]) -> list[str]:
        """The ids of the rows in context, each once: those of the record, or all where it names none."""
        return list(dict.fromkeys(ids)) or list(self.rows)

    def context_ids(self, ids: Iterable[str]) -> list[str]:
        """The ids of the messages in context; the id of a row that is not in the file yet stays as it is."""
        found: list[str] = []
        for row_id in self.context_rows(ids):
            row = self.rows.get(row_id)
            found += [row_id] if row is None else [message_id for message_id, _ in row.messages]
        return found

    def messages(self, row_ids: Iterable[str]) -> Iterator[bytes]:
        """The messages of these rows as JSON."""
        for row_id in row_ids:
            if row := self.rows.get(row_id):
                for _, message in row.messages:
                    yield message

    @property
    def last(self) -> StoredRow | None:
        """The last row."""
        return next(reversed(self.rows.values()), None)


NONE = Transcript({})


class Transcripts:
    """Reads transcripts; the last ones stay in memory until their file changes."""

    def __init__(self, root: Root, files: JsonFiles) -> None:
        self._root = root
        self._files = files
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, ...], tuple[Signature, Transcript]] = OrderedDict()

    def get(self, folder: tuple[str, ...]) -> Transcript:
        """The transcript in the folder of a conversation, empty where there is none yet.

        Raises UnknownFormat, OSError for a file that is not read, and TornFile for a manifest that is no JSON.
        """
        with self._lock:  # record and messages are requested at once: one reads, the other waits for it
            try:
                signature = self._root.signature(*folder, TRANSCRIPT)
            except FileNotFoundError:
                self._known.pop(folder, None)
                self.check_format(folder, is_there=False)
                return NONE
            known = self._known.get(folder)
            if known is None or known[0] != signature:
                self.check_format(folder, is_there=True)
                data, signature = self._root.read(*folder, TRANSCRIPT, most=MAX_BYTES)
                known = signature, read_transcript(data, modified=signature.modified)
                self._known[folder] = known
            self._known.move_to_end(folder)
            while len(self._known) > 1 and sum(one.size for _, one in self._known.values()) > CACHED_BYTES:
                self._known.popitem(last=False)
            return known[1]

    def check_format(self, folder: tuple[str, ...], *, is_there: bool) -> None:
        """Check the manifest; raises UnknownFormat, and what reading it raises."""
        try:
            manifest = self._files.read(*folder, MANIFEST)
        except FileNotFoundError:
            if is_there:
                raise UnknownFormat("its transcript has no manifest that names the format") from None
            return
        found = manifest.get("schema_version"), manifest.get("message_format")
        if found[0] is True or found not in FORMATS:
            shown = " ".join(
                "".join(char if char.isprintable() else " " for char in str(found)[:100]).split()
            )
            raise UnknownFormat(f"its transcript has a format that this program does not read: {shown}")


def read_transcript(data: bytes, *, modified: int = 0) -> Transcript:
    """The rows in the bytes of a transcript; raises UnknownFormat where they are too many."""
    rows: dict[str, StoredRow] = {}
    unreadable = 0
    lines = data.split(b"\n")
    if len(lines) > MAX_ROWS:
        raise UnknownFormat(f"its transcript has more than {MAX_ROWS:,} rows")
    last = len(lines) - 1
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            entry = parse_object(line)
        except ValueError:
            unreadable += number < last  # the last line has no end yet: it is being written
            continue
        row = _row(entry, number)
        if row is not None:
            rows.pop(row.id, None)
            rows[row.id] = row
    return Transcript(rows, unreadable, sum(map(_size, rows.values())), modified)


def _size(row: StoredRow) -> int:
    return sum(len(message) for _, message in row.messages)


def _row(entry: Json, number: int) -> StoredRow | None:
    """The row of a line; None for lines that are no message."""
    kind = entry.get("type")
    if kind in ("message", "compaction"):
        message = entry.get("message")
    elif kind is None and isinstance(entry.get("role"), str):
        message = entry  # schema 1: bare messages
    else:
        return None
    if not isinstance(message, dict):
        return None
    ids = message.get("id"), entry.get("id"), f"line-{number + 1}"
    row_id = next(one for one in ids if isinstance(one, str) and one)
    messages = tuple((one["id"], json.dumps(one).encode()) for one in api_messages(row_id, entry, message))
    is_compaction = compaction_of(entry, message) is not None
    return StoredRow(
        row_id, _text(message.get("role")), _text(message.get("stopReason")), is_compaction, messages
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
