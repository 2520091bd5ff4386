"""The rows of the last visit: what a list showed last, for each server, key and agent, until fresh rows come."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tui.config.settings import Settings, address
from tui.storage.atomic_files import read_json, write_text
from tui.storage.paths import make_private
from tui.storage.state import State

VERSION = 1
MOST_ROWS = 200
LARGEST = 256 * 1024
"""Characters of all rows together; a row that does not fit any more is left out whole, never cut."""

OLDEST = 40
"""Files that are kept; those written longest ago go first."""


class Visit(NamedTuple):
    """When a list was read, and its agent and rows as JSON has them, in the order of the server."""

    at: datetime
    agent: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]


def keeps_rows(settings: Settings) -> bool:
    """Whether what a list shows is kept for the next start: never of what is no server, nor for a key not known yet."""
    keyless = settings.api_key is None and settings.has_key
    return settings.last_visit and not settings.demo and settings.bundle is None and not keyless


def first_agent(settings: Settings, held: State) -> str | None:
    """The id of the agent to begin with, if it is known without the server's help."""
    if settings.agent:
        return settings.agent if settings.agent.startswith("agent-") else None
    if settings.demo or settings.bundle is not None:
        return None
    return held.last_agent(address(settings))


class Visits:
    """A folder with a file for each list that was read; every method touches the disk.

    A file goes by a digest of address, key and agent: who comes with another key finds nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, server: str, key: str | None, agent_id: str) -> Visit | None:
        """What was kept; a file that is damaged, or of another version, counts as none."""
        try:
            return _read(read_json(self._path(server, key, agent_id)), agent_id)
        except (OSError, TypeError, ValueError, KeyError):
            return None

    def keep(self, server: str, key: str | None, visit: Visit) -> None:
        """Keep what a list shows; raises OSError."""
        rows: list[str] = []
        room = LARGEST
        for row in visit.rows[:MOST_ROWS]:
            rows.append(json.dumps(row))
            room -= len(rows[-1])
            if room < 0:
                rows.pop()
                break
        head = {"version": VERSION, "at": visit.at.isoformat(), "agent": dict(visit.agent)}
        text = f'{json.dumps(head)[:-1]}, "rows": [{", ".join(rows)}]}}\n'
        make_private(self._folder)
        write_text(self._path(server, key, str(visit.agent["id"])), text)
        self._drop_old()

    def _path(self, server: str, key: str | None, agent_id: str) -> Path:
        parts = json.dumps([server, key, agent_id])
        return self._folder / f"{hashlib.sha256(parts.encode()).hexdigest()[:32]}.json"

    def _drop_old(self) -> None:
        files = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[OLDEST:]:
            path.unlink(missing_ok=True)


def _read(held: Any, agent_id: str) -> Visit | None:
    if not isinstance(held, dict) or held.get("version") != VERSION:
        return None
    at = datetime.fromisoformat(held["at"])
    agent, rows = held["agent"], held["rows"]
    if at.tzinfo is None or agent["id"] != agent_id or not isinstance(rows, list):
        return None
    return Visit(at, agent, _objects(rows))


def _objects(rows: Iterable[Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple(row for row in rows if isinstance(row, dict))
