"""Where a run over many conversations was interrupted: a small file for each command, server and selection."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tui.rules.row_walk import Cursor, Position
from tui.storage.atomic_files import read_json, write_text
from tui.storage.paths import make_private, state_dir

VERSION = 1


@dataclass(frozen=True)
class UnfinishedRun:
    """The position of a run, what it had counted up to there, by name, and what else its command has to know."""

    position: Position
    counts: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


class RunFile:
    """The file of one run, written whole, mode 0600; every method touches the disk.

    `what` names the command, the address of the server and the selection: the file's name is a digest of them.
    """

    def __init__(self, folder: Path, *what: str) -> None:
        digest = hashlib.sha256(json.dumps(what).encode()).hexdigest()
        self.path = folder / f"{digest[:32]}.json"

    def find(self) -> UnfinishedRun | None:
        """Return the run that was interrupted; None if there is none, or its file is damaged or of another version."""
        try:
            return _read(read_json(self.path))
        except (OSError, TypeError, ValueError, KeyError, IndexError, AttributeError):
            return None

    def save(self, run: UnfinishedRun) -> None:
        """Write the position; raises OSError."""
        position = run.position
        content = {
            "version": VERSION,
            "done": position.done,
            "agent": position.agent,
            "rows": [[row.id, row.created_at and row.created_at.isoformat()] for row in position.rows],
            "counts": dict(run.counts),
            "details": dict(run.details),
        }
        make_private(self.path.parent)
        write_text(self.path, json.dumps(content) + "\n")

    def remove(self) -> None:
        """Delete the file of a run that is complete; one that cannot be deleted does no harm."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


def user_run_file(*what: str) -> RunFile:
    """Return the file of this user's run."""
    return RunFile(state_dir() / "runs", *what)


def _read(content: Any) -> UnfinishedRun | None:
    if not isinstance(content, dict) or content.get("version") != VERSION:
        return None
    done, agent, counts = content["done"], content["agent"], content["counts"]
    ids = [*done, *([] if agent is None else [agent]), *(row[0] for row in content["rows"])]
    if not all(isinstance(one, str) for one in ids):
        return None
    rows = tuple(Cursor(row[0], row[1] and datetime.fromisoformat(row[1])) for row in content["rows"])
    numbers = {name: number for name, number in counts.items() if isinstance(number, int)}
    details = content.get("details")
    return UnfinishedRun(
        Position(tuple(done), agent, rows), numbers, details if isinstance(details, dict) else {}
    )
