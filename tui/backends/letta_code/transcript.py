"""Transcripts: what Letta Code appends to `messages.jsonl`; of a file that has grown, only the new lines are read."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import NamedTuple

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

TAIL = 4096
"""Bytes before the new lines that are compared with those read before: else the file was not only appended to."""

BESIDE = 20
"""Lines of a transcript that are not in context and stand among the last ones that are, such as a row's older forms."""

FORMATS = {(2, "pi-session-entry-jsonl"), (1, "pi-ai-message-jsonl")}
"""The formats that are read, as (schema_version, message_format)."""


class UnknownFormat(ValueError):
    """The manifest names a format that this program does not read; the text says which."""


Made = tuple[tuple[str, ...], tuple[bytes, ...]]
"""The ids of the messages of a row in the API view, and these messages as JSON."""

Row = bytes | Made
"""A row of the transcript: its line, or its messages once they were wanted.

Plain tuples of texts cost the garbage collector nothing, where ten thousand objects would.
"""


class LastRow(NamedTuple):
    """What the last row of a transcript says of the turn that it belongs to."""

    role: str
    stop_reason: str
    compaction: bool


@dataclass(frozen=True)
class Transcript:
    """The rows of a conversation in the order of the file; a row that was rewritten has its last position."""

    rows: dict[str, Row]
    unreadable: int = 0
    """Lines that are not complete JSON objects, except a last one that is being written."""
    size: int = 0
    """Bytes of the file."""
    modified: int = 0
    """When the file was written, in nanoseconds since 1970; 0 where there is none."""
    last_line: bytes = b""
    """The line of the last row."""

    def context_rows(self, ids: Iterable[str]) -> list[str]:
        """The ids of the rows in context, each once: those of the record, or all where it names none."""
        return list(dict.fromkeys(ids)) or list(self.rows)

    def context_ids(self, ids: Iterable[str]) -> list[str]:
        """The ids of the messages in context; the id of a row that is not in the file yet stays as it is."""
        found: list[str] = []
        for row_id in self.context_rows(ids):
            found += self._made(row_id)[0] if row_id in self.rows else [row_id]
        return found

    def messages(self, row_ids: Iterable[str]) -> Iterator[bytes]:
        """The messages of these rows as JSON, each made when it is reached."""
        for row_id in row_ids:
            if row_id in self.rows:
                yield from self._made(row_id)[1]

    def _made(self, row_id: str) -> Made:
        """The messages of a row, made once."""
        row = self.rows[row_id]
        if isinstance(row, bytes):
            entry = parse_object(row)
            row = self.rows[row_id] = made(row_id, entry, message_of(entry) or {})
        return row

    @property
    def last(self) -> LastRow | None:
        """The last row."""
        if not self.last_line:
            return None
        entry = parse_object(self.last_line)
        message = message_of(entry) or {}
        is_compaction = compaction_of(entry, message) is not None
        return LastRow(_text(message.get("role")), _text(message.get("stopReason")), is_compaction)


NONE = Transcript({})


@dataclass(frozen=True)
class Lines:
    """The contents of the complete lines of a transcript, and where the next line begins."""

    rows: dict[str, Row] = field(default_factory=dict)
    unreadable: int = 0
    count: int = 0
    end: int = 0
    """The byte behind the last ended line."""
    tail: bytes = b""
    """The last bytes before `end`."""
    last_line: bytes = b""
    """The line of the last row."""

    def transcript(self, rest: bytes, signature: Signature) -> Transcript:
        """The transcript, with what follows the last ended line: it is being written, or has no end."""
        rows, last_line = self.rows, self.last_line
        if (known := _parsed(rest, self.count)) is not None:
            new, *_ = known
            rows = {row_id: row for row_id, row in rows.items() if row_id != new} | {new: rest}
            last_line = rest
        return Transcript(rows, self.unreadable, signature.size, signature.modified, last_line)


NO_LINES = Lines()


class Known:
    """A transcript as it was read; its new lines are parsed when more than the first messages are wanted."""

    def __init__(self, signature: Signature, before: Lines, data: bytes) -> None:
        """`data` follows the lines `before`."""
        self.signature = signature
        self._before = before
        self._data = data
        self._parsed: tuple[Lines, Transcript] | None = None

    def parsed(self, in_context: Collection[str] | None) -> tuple[Lines, Transcript]:
        """Its lines and what they say; `in_context` is that of `read_lines`."""
        if self._parsed is None:
            lines, rest = read_lines(self._data, self._before, in_context)
            self._parsed = lines, lines.transcript(rest, self.signature)
            self._before, self._data = NO_LINES, b""
        return self._parsed

    def first_messages(self, in_context: Collection[str], limit: int) -> list[bytes]:
        """The first messages in context, from no more lines than that takes."""
        if self._parsed is None and not self._before.count:
            first = first_messages(self._data, in_context, limit)
            if first is not None:
                return first
        _, transcript = self.parsed(in_context)
        return list(islice(transcript.messages(transcript.context_rows(in_context)), limit))


class Transcripts:
    """Reads transcripts; the last ones stay in memory until their file changes."""

    def __init__(self, root: Root, files: JsonFiles) -> None:
        self._root = root
        self._files = files
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, ...], Known] = OrderedDict()

    def get(self, folder: tuple[str, ...], in_context: Collection[str] | None = None) -> Transcript:
        """The transcript in the folder of a conversation, empty where there is none yet.

        `in_context` is that of `read_lines`. Raises UnknownFormat, OSError for a file that is not read, and TornFile
        for a manifest that is not JSON.
        """
        with self._lock:  # record and messages are requested at once: one reads, the other waits for it
            known = self._current(folder)
            return NONE if known is None else known.parsed(in_context)[1]

    def first_messages(self, folder: tuple[str, ...], in_context: Collection[str], limit: int) -> list[bytes]:
        """The first messages in context as JSON, without parsing all lines; raises what `get` raises.

        This is for a first look: a row that was written again much later may be here as it was before.
        """
        with self._lock:
            known = self._current(folder)
            return [] if known is None else known.first_messages(in_context, limit)

    def _current(self, folder: tuple[str, ...]) -> Known | None:
        """The transcript as it is now on disk, read if it changed; None where there is none yet."""
        try:
            signature = self._root.signature(*folder, TRANSCRIPT)
        except FileNotFoundError:
            self._known.pop(folder, None)
            self.check_format(folder, is_there=False)
            return None
        known = self._known.get(folder)
        if known is None or known.signature != signature:
            self.check_format(folder, is_there=True)
            known = self._known[folder] = self._read(folder, known)
        self._known.move_to_end(folder)
        while len(self._known) > 1 and sum(one.signature.size for one in self._known.values()) > CACHED_BYTES:
            self._known.popitem(last=False)
        return known

    def _read(self, folder: tuple[str, ...], known: Known | None) -> Known:
        """Read the lines that were appended to a known transcript; all lines if anything else may have changed."""
        before = NO_LINES if known is None else known.parsed(None)[0]
        start = before.end - len(before.tail)
        data, signature = self._root.read(*folder, TRANSCRIPT, most=MAX_BYTES - start, start=start)
        if known is not None and not (
            signature.inode == known.signature.inode
            and signature.size > known.signature.size
            and data.startswith(before.tail)
        ):
            return self._read(folder, None)
        new = data[len(before.tail) :]
        if before.count + new.count(b"\n") >= MAX_ROWS:
            raise UnknownFormat(f"its transcript has more than {MAX_ROWS:,} rows")
        return Known(signature, before, new)

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


def read_lines(data: bytes, before: Lines, in_context: Collection[str] | None = None) -> tuple[Lines, bytes]:
    """The lines in the bytes that follow others, and what follows the last one that has ended.

    The messages of the rows in context are made at once, since their lines are parsed here: of those with these ids,
    of all rows if there is no id, of none if it is None.
    """
    *lines, rest = data.split(b"\n")
    rows, unreadable, last_line = dict(before.rows), before.unreadable, before.last_line
    wanted = None if in_context is None else frozenset(in_context)
    for number, line in enumerate(lines, before.count):
        if not line.strip():
            continue
        try:
            entry = parse_object(line)
        except ValueError:
            unreadable += 1
            continue
        message = message_of(entry)
        if message is None:
            continue
        row_id = _id_of(entry, message, number)
        is_wanted = wanted is not None and (not wanted or row_id in wanted)
        rows.pop(row_id, None)
        rows[row_id] = made(row_id, entry, message) if is_wanted else line
        last_line = line
    ended = len(data) - len(rest)
    tail = data[max(0, ended - TAIL) : ended] if ended >= TAIL else (before.tail + data[:ended])[-TAIL:]
    return Lines(rows, unreadable, before.count + len(lines), before.end + ended, tail, last_line), rest


def first_messages(data: bytes, in_context: Collection[str], limit: int) -> list[bytes] | None:
    """At most `limit` messages in context, the first ones; None where they are found only by parsing all lines.

    What is in context is mostly the end of a transcript.
    """
    wanted = dict.fromkeys(islice(dict.fromkeys(in_context), limit))
    start = max(0, data.count(b"\n") - len(in_context) - BESIDE) if wanted else 0
    rows: dict[str, Made] = {}
    for number, line in enumerate(islice(BytesIO(data), start, None), start):
        known = _parsed(line, number)
        if known is None or (wanted and known[0] not in wanted):
            continue
        rows.pop(known[0], None)
        rows[known[0]] = made(*known)
        if len(rows) == (len(wanted) or limit):
            break
    else:
        if wanted:
            return None
    return [message for row_id in wanted or rows for message in rows[row_id][1]][:limit]


def _parsed(line: bytes, number: int) -> tuple[str, Json, Json] | None:
    """The arguments of `made` for a line, which may be cut; None for lines that are no message."""
    try:
        entry = parse_object(line)
    except ValueError:
        return None
    message = message_of(entry)
    return None if message is None else (_id_of(entry, message, number), entry, message)


def _id_of(entry: Json, message: Json, number: int) -> str:
    """The id of a row: that of its message, of its entry, or of its position."""
    ids = message.get("id"), entry.get("id"), f"line-{number + 1}"
    return next(one for one in ids if isinstance(one, str) and one)


def made(row_id: str, entry: Json, message: Json) -> Made:
    """The messages of a row."""
    messages = api_messages(row_id, entry, message)
    return tuple([one["id"] for one in messages]), tuple([json.dumps(one).encode() for one in messages])


def message_of(entry: Json) -> Json | None:
    """What a line is about; None for lines that are no message."""
    kind = entry.get("type")
    if kind in ("message", "compaction"):
        message = entry.get("message")
        return message if isinstance(message, dict) else None
    return entry if kind is None and isinstance(entry.get("role"), str) else None  # schema 1: bare messages


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
