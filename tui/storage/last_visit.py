"""Rows of the last visit, by server, API key and agent, shown at the next start until fresh rows come.

Also the first words of untitled conversations that were read, by server and API key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tui.storage.atomic_files import folder_lock, read_json, write_text
from tui.storage.paths import make_private

VERSION = 1
FIRST_WORDS = "first words"
"""What stands for an agent's id in the name of the file of first words."""

MAX_ROWS = 200
MAX_CHARACTERS = 256 * 1024
"""Characters of all rows together; rows that do not fit are left out, never cut."""

MAX_FILES = 40
"""Files in the folder; the oldest are deleted."""


MOST_WORDS = 1_000
"""Most conversations of a server whose first words are stored; the oldest are dropped."""


class LastVisit(NamedTuple):
    """When a list was read, with the JSON of its agent and rows, in the order of the server."""

    at: datetime
    agent: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]


class LastVisits:
    """A folder with a file for each list; every method touches the disk.

    A file's name is a digest of address, API key and agent: with another key nothing is found.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, server: str, api_key: str | None, agent_id: str) -> LastVisit | None:
        """Return the last visit; None if the file is missing, damaged, or of another version."""
        try:
            return _read(read_json(self._path(server, api_key, agent_id)), agent_id)
        except (OSError, TypeError, ValueError, KeyError):
            return None

    def save(self, server: str, api_key: str | None, visit: LastVisit) -> None:
        """Save the rows of a list; raises OSError."""
        rows: list[str] = []
        room = MAX_CHARACTERS
        for row in visit.rows[:MAX_ROWS]:
            rows.append(json.dumps(row))
            room -= len(rows[-1])
            if room < 0:
                rows.pop()
                break
        head = {"version": VERSION, "at": visit.at.isoformat(), "agent": dict(visit.agent)}
        text = f'{json.dumps(head)[:-1]}, "rows": [{", ".join(rows)}]}}\n'
        make_private(self._folder)
        write_text(self._path(server, api_key, str(visit.agent["id"])), text)
        self._drop_old()

    def first_words(self, server: str, api_key: str | None) -> dict[str, str]:
        """Return the first words of untitled conversations by id; empty if the file is missing or damaged."""
        try:
            content = read_json(self._path(server, api_key, FIRST_WORDS))
        except OSError:
            return {}
        stored = (
            content.get("words") if isinstance(content, dict) and content.get("version") == VERSION else None
        )
        words = stored if isinstance(stored, dict) else {}
        return {id: text for id, text in words.items() if isinstance(text, str)}

    def save_first_words(self, server: str, api_key: str | None, words: Mapping[str, str]) -> None:
        """Add first words to those that are stored; raises OSError."""
        make_private(self._folder)
        with folder_lock(self._folder):
            known = self.first_words(server, api_key)
            kept = {id: text for id, text in known.items() if id not in words} | dict(words)
            content = {"version": VERSION, "words": dict([*kept.items()][-MOST_WORDS:])}
            write_text(self._path(server, api_key, FIRST_WORDS), json.dumps(content) + "\n")

    def _path(self, server: str, api_key: str | None, agent_id: str) -> Path:
        parts = json.dumps([server, api_key, agent_id])
        return self._folder / f"{hashlib.sha256(parts.encode()).hexdigest()[:32]}.json"

    def _drop_old(self) -> None:
        files: list[tuple[float, Path]] = []
        for path in self._folder.glob("*.json"):
            with suppress(FileNotFoundError):  # another instance may delete it at the same time
                files.append((path.stat().st_mtime, path))
        for _, path in sorted(files, reverse=True)[MAX_FILES:]:
            path.unlink(missing_ok=True)


def _read(content: Any, agent_id: str) -> LastVisit | None:
    if not isinstance(content, dict) or content.get("version") != VERSION:
        return None
    at = datetime.fromisoformat(content["at"])
    agent, rows = content["agent"], content["rows"]
    if at.tzinfo is None or agent["id"] != agent_id or not isinstance(rows, list):
        return None
    return LastVisit(at, agent, _objects(rows))


def _objects(rows: Iterable[Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple(row for row in rows if isinstance(row, dict))
