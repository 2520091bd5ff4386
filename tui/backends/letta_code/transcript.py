"""Transcripts: what Letta Code appends to `messages.jsonl`; of a file that has grown, only the new lines are read."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tui.backends.demo.records import Json
from tui.backends.letta_code.api_messages import api_messages, compaction_of, message_ids
from tui.backends.letta_code.files import Root, Signature
from tui.backends.letta_code.json_files import JsonFiles, parse_object
from tui.backends.letta_code.layout import MANIFEST, TRANSCRIPT

MAX_BYTES = 256 * 2**20
"""Bytes of one transcript: images are in it."""

MAX_ROWS = 250_000

CACHED_BYTES = 64 * 2**20
"""Bytes of the transcripts that stay in memory; the last one does whatever its size."""

TAIL = 4096
"""Bytes before the new lines that are compared with those read before: else the file was not only appended to."""

FORMATS = {(2, "pi-session-entry-jsonl"), (1, "pi-ai-message-jsonl")}
"""The formats that are read, as (schema_version, message_format)."""


class UnknownFormat(ValueError):
    """The manifest names a format that this program does not read; the text says which."""


class StoredRow:
    """A row of the transcript; its messages in the API view are made of its line when they are first wanted."""

    __slots__ = "_content", "compaction", "id", "message_ids", "role", "stop_reason"

    def __init__(self, row_id: str, line: bytes, entry: Json, message: Json) -> None:
        """`entry` is the object of the line, and `message` what the line is about."""
        self.id = row_id
        self.role = _text(message.get("role"))
        self.stop_reason = _text(message.get("stopReason"))
        self.compaction = compaction_of(entry, message) is not None
        self.message_ids = message_ids(row_id, entry, message)
        """The ids of its messages."""
        self._content: bytes | tuple[bytes, ...] = line

    @property
    def messages(self) -> tuple[bytes, ...]:
        """Its messages as JSON."""
        content = self._content  # threads may meet here: each gets a whole line, or the messages
        if isinstance(content, bytes):
            entry = parse_object(content)
            rendered = api_messages(self.id, entry, message_of(entry) or {})
            content = self._content = tuple(json.dumps(one).encode() for one in rendered)
        return content


@dataclass(frozen=True)
class Transcript:
    """The rows of a conversation in the order of the file; a row that was rewritten has its last position."""

    rows: dict[str, StoredRow]
    unreadable: int = 0
    """Lines that are not complete JSON objects, except a last one that is being written."""
    size: int = 0
    """Bytes of the file."""
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
            found += [row_id] if row is None else row.message_ids
        return found

    def messages(self, row_ids: Iterable[str]) -> Iterator[bytes]:
        """The messages of these rows as JSON, each made when it is reached."""
        for row_id in row_ids:
            if row := self.rows.get(row_id):
                yield from row.messages

    @property
    def last(self) -> StoredRow | None:
        """The last row."""
        return next(reversed(self.rows.values()), None)


NONE = Transcript({})


@dataclass(frozen=True)
class Lines:
    """The contents of the complete lines of a transcript, and where the next line begins."""

    rows: dict[str, StoredRow] = field(default_factory=dict)
    unreadable: int = 0
    count: int = 0
    end: int = 0
    """The byte behind the last ended line."""
    tail: bytes = b""
    """The last bytes before `end`."""

    def transcript(self, rest: bytes, signature: Signature) -> Transcript:
        """The transcript, with what follows the last ended line: it is being written, or has no end."""
        rows = self.rows
        if (row := _row_of(rest, self.count)) is not None:
            rows = {row_id: one for row_id, one in rows.items() if row_id != row.id} | {row.id: row}
        return Transcript(rows, self.unreadable, signature.size, signature.modified)


class Known(NamedTuple):
    """A transcript as it was read."""

    signature: Signature
    lines: Lines
    transcript: Transcript


class Transcripts:
    """Reads transcripts; the last ones stay in memory until their file changes."""

    def __init__(self, root: Root, files: JsonFiles) -> None:
        self._root = root
        self._files = files
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, ...], Known] = OrderedDict()

    def get(self, folder: tuple[str, ...]) -> Transcript:
        """The transcript in the folder of a conversation, empty where there is none yet.

        Raises UnknownFormat, OSError for a file that is not read, and TornFile for a manifest that is not JSON.
        """
        with self._lock:  # record and messages are requested at once: one reads, the other waits for it
            try:
                signature = self._root.signature(*folder, TRANSCRIPT)
            except FileNotFoundError:
                self._known.pop(folder, None)
                self.check_format(folder, is_there=False)
                return NONE
            known = self._known.get(folder)
            if known is None or known.signature != signature:
                self.check_format(folder, is_there=True)
                known = self._known[folder] = self._read(folder, known)
            self._known.move_to_end(folder)
            while (
                len(self._known) > 1
                and sum(one.signature.size for one in self._known.values()) > CACHED_BYTES
            ):
                self._known.popitem(last=False)
            return known.transcript

    def _read(self, folder: tuple[str, ...], known: Known | None) -> Known:
        """Read the lines that were appended to a known transcript; all lines if anything else may have changed."""
        before = Lines() if known is None else known.lines
        start = before.end - len(before.tail)
        data, signature = self._root.read(*folder, TRANSCRIPT, most=MAX_BYTES - start, start=start)
        if known is not None and not (
            signature.inode == known.signature.inode
            and signature.size > known.signature.size
            and data.startswith(before.tail)
        ):
            return self._read(folder, None)
        lines, rest = read_lines(data[len(before.tail) :], before)
        return Known(signature, lines, lines.transcript(rest, signature))

    def check_format(self, folder: tuple[str, ...], *, is_there: bool) -> None:
        """Check the manifest; raises UnknownFormat, and what reading it raises."""
        try:
            manifest = self._files.read(*folder, MANIFEST)
        except FileNotFoundError:
            if is_there:
                raise UnknownFormat("its transcript has no manifest naming its format") from None
            return
        found = manifest.get("schema_version"), manifest.get("message_format")
        if found[0] is True or found not in FORMATS:
            shown = " ".join(
                "".join(char if char.isprintable() else " " for char in str(found)[:100]).split()
            )
            raise UnknownFormat(f"its transcript has an unsupported format: {shown}")


def read_lines(data: bytes, before: Lines) -> tuple[Lines, bytes]:
    """The lines in the bytes that follow others, and what follows the last one that has ended.

    Raises UnknownFormat where they are too many.
    """
    lines = data.split(b"\n")
    if before.count + len(lines) > MAX_ROWS:
        raise UnknownFormat(f"its transcript has more than {MAX_ROWS:,} rows")
    rest = lines.pop()
    rows, unreadable = dict(before.rows), before.unreadable
    for number, line in enumerate(lines, before.count):
        if not line.strip():
            continue
        try:
            entry = parse_object(line)
        except ValueError:
            unreadable += 1
            continue
        row = _row(line, entry, number)
        if row is not None:
            rows.pop(row.id, None)
            rows[row.id] = row
    ended = len(data) - len(rest)
    tail = data[max(0, ended - TAIL) : ended] if ended >= TAIL else (before.tail + data[:ended])[-TAIL:]
    return Lines(rows, unreadable, before.count + len(lines), before.end + ended, tail), rest


def _row_of(line: bytes, number: int) -> StoredRow | None:
    """The row of a line that may be cut."""
    try:
        return _row(line, parse_object(line), number)
    except ValueError:
        return None


def _row(line: bytes, entry: Json, number: int) -> StoredRow | None:
    """The row of a line; None for lines that are no message."""
    message = message_of(entry)
    if message is None:
        return None
    ids = message.get("id"), entry.get("id"), f"line-{number + 1}"
    row_id = next(one for one in ids if isinstance(one, str) and one)
    return StoredRow(row_id, line, entry, message)


def message_of(entry: Json) -> Json | None:
    """What a line is about; None for lines that are no message."""
    kind = entry.get("type")
    if kind in ("message", "compaction"):
        message = entry.get("message")
        return message if isinstance(message, dict) else None
    return entry if kind is None and isinstance(entry.get("role"), str) else None  # schema 1: bare messages


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
