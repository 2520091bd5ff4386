"""Changes of a conversation's record, written so that a Letta Code that runs loses nothing.

It writes its files in place and without locks. So a change is refused while a turn seems to run, only the keys in
question are changed, in the record as it is at that moment, and the new file replaces the old one whole.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from tui.backends.demo.records import Json
from tui.backends.letta_code.files import Root, read_at
from tui.backends.letta_code.json_files import MAX_RECORD, PAUSE, TRIES, parse_object
from tui.backends.letta_code.layout import RECORD
from tui.backends.letta_code.transcript import Transcript

QUIET = 2.0
"""Seconds since the last write to a transcript after which no turn seems to run."""

PREFIX, SUFFIX = ".letta-tui-", ".tmp"
STALE = 3600.0
"""Age in seconds of a temporary file from which on it counts as left behind by a killed program."""


class TurnRunning(Exception):
    """A turn seems to run in the conversation; the text is a sentence that says why it seems so."""


class Unwritten(Exception):
    """A change that was not written, with the file as it was; the text is a sentence."""


def running_turn(transcript: Transcript, in_context: Iterable[str], now: float) -> str:
    """Return why a turn seems to run, "" if none does; nothing on disk says so for certain (measured).

    `now` is in seconds since 1970.
    """
    last_id = next(reversed(list(in_context)), None)
    if last_id is not None and last_id not in transcript.rows:
        return "its last message is not in the transcript yet"
    last = transcript.last
    if last is not None and not last.compaction:
        if last.role in ("user", "toolResult"):
            return "its last message awaits an answer"
        if last.stop_reason == "toolUse":
            return "its last message calls a tool that has not returned"
    if transcript.modified and abs(now - transcript.modified / 1e9) < QUIET:
        return f"its transcript was written in the last {QUIET:g} seconds"
    return ""


def change_record(
    root: Root, folder: tuple[str, ...], change: Callable[[Json], Json], check: Callable[[Json], None]
) -> Json:
    """Change keys of a conversation's record, and return the record as it is on disk afterwards.

    `change` returns the keys of a record that get another value, none to leave the file alone; `check` raises what
    forbids the change. Every other key, and the order of all, stay as they are. Raises Unwritten, OSError where the
    disk refuses, and what `check` raises, all with the old file intact.
    """
    with root.folder(*folder) as handle:
        _lock(handle)  # released with the handle
        _sweep(handle)
        for attempt in range(TRIES):
            if attempt:
                time.sleep(PAUSE)
            data, _ = read_at(handle, RECORD, MAX_RECORD)
            try:
                record = parse_object(data)
            except ValueError:
                continue  # it is being rewritten
            changed = change(record)
            if not changed:
                return record
            check(record)
            if _replaced(handle, data, record | changed, partial(check, record)):
                written, _ = read_at(handle, RECORD, MAX_RECORD)
                with suppress(ValueError):
                    return parse_object(written)
        raise Unwritten("The conversation's record keeps being rewritten, so nothing was changed.")


def summary_change(summary: str | None, now: datetime) -> Callable[[Json], Json]:
    """Set the title."""

    def change(record: Json) -> Json:
        if record.get("summary") == summary:
            return {}
        return {"summary": summary, "updated_at": timestamp(now)}

    return change


def archive_change(archived: bool, now: datetime) -> Callable[[Json], Json]:
    """Archive or unarchive."""

    def change(record: Json) -> Json:
        if (record.get("archived") is True) == archived:
            return {}
        at = timestamp(now)
        return {"archived": archived, "archived_at": at if archived else None, "updated_at": at}

    return change


def timestamp(moment: datetime) -> str:
    """A time as Letta Code writes it: UTC, milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _replaced(folder: int, old: bytes, record: Json, check: Callable[[], None]) -> bool:
    """Replace the record, unless it has changed since it was read; returns whether it was replaced."""
    name = f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
    status = os.stat(RECORD, dir_fd=folder, follow_symlinks=False)
    handle = os.open(
        name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder
    )
    try:
        try:
            _fill(handle, encoded_like(old, record))
            if (status.st_uid, status.st_gid) != _owner(handle):
                os.fchown(handle, status.st_uid, status.st_gid)
            os.fchmod(handle, status.st_mode & 0o7777)
            os.fsync(handle)
        finally:
            os.close(handle)
        check()
        now, _ = read_at(folder, RECORD, MAX_RECORD)
        if now != old:
            return False
        os.rename(name, RECORD, src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
    with suppress(OSError):  # the change is there; without this, a power cut may still undo it
        os.fsync(folder)
    return True


def encoded_like(old: bytes, record: Json) -> bytes:
    """A record as JSON in the layout of the old one: its indent, and its line feed at the end or none."""
    lines = old.split(b"\n", 2)
    indent = None
    if len(lines) > 1 and lines[0].strip() == b"{":
        indent = len(lines[1]) - len(lines[1].lstrip(b" "))
    separators = (",", ": ") if indent is not None else (",", ":")
    text = json.dumps(record, ensure_ascii=False, indent=indent, separators=separators)
    try:
        data = text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        data = json.dumps(record, indent=indent, separators=separators).encode()
    return data + b"\n" * old.endswith(b"\n")


def _owner(handle: int) -> tuple[int, int]:
    status = os.fstat(handle)
    return status.st_uid, status.st_gid


def _fill(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _lock(folder: int) -> None:
    """Lock the folder against other instances of this program, if the lock is free soon; Letta Code uses no lock."""
    for _ in range(TRIES):
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE)
        except OSError:
            return  # a file system without locks
        else:
            return


def _sweep(folder: int) -> None:
    """Remove temporary files of killed programs; young ones may be another instance's."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.name.endswith(SUFFIX):
                with suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < time.time() - STALE:
                        os.unlink(entry.name, dir_fd=folder)
