"""Read several conversations into one file, and report what was read and what is missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from tui.model.conversation import Conversation
from tui.model.errors import LettaError, attempt
from tui.model.opened import Evidence
from tui.model.text import one_line, plural
from tui.presentation.bundle_file import missing_parts
from tui.presentation.conversation_info import title, title_of

NAMED = 3
"""Problems that are listed; the others are counted."""


class Collection:
    """Reads one conversation after the other; one that cannot be read does not stop the others."""

    def __init__(self, rows: Iterable[Conversation]) -> None:
        self.rows = list(rows)
        self.evidence: list[Evidence] = []
        self.failed: list[tuple[Conversation, LettaError]] = []

    @property
    def position(self) -> str:
        """The position of the one being read: "2 of 5"."""
        return f"{len(self.evidence) + len(self.failed) + 1} of {len(self.rows)}"

    async def run(
        self, read: Callable[[Conversation], Awaitable[Evidence]], before: Callable[[], None]
    ) -> None:
        """Read them all with `read`, which may raise LettaError; `before` is called before each one."""
        for row in self.rows:
            before()
            evidence = await attempt(read, row)
            if isinstance(evidence, LettaError):
                self.failed.append((row, evidence))
            else:
                self.evidence.append(evidence)

    def problems(self, entries: Iterable[dict[str, Any]]) -> list[str]:
        """Return what is missing in the file, a line for each conversation; `entries` are those in the file."""
        lines = [
            f"“{one_line(title(row), 40)}” is not in the file: {one_line(error.what, 200)}"
            for row, error in self.failed
        ]
        for one, entry in zip(self.evidence, entries, strict=True):
            missing = missing_parts(entry)
            if missing:
                parts = f"{plural(len(missing), 'part')} could not be read: {one_line(missing[0], 200)}"
                lines.append(f"“{one_line(title_of(one.opened), 40)}”: {parts}")
        return lines

    def summary(self, path: str, problems: list[str]) -> str:
        """Return where the file is, and what is missing in it."""
        count = f"{len(self.evidence)} of " if self.failed else ""
        lines = [f"Exported {count}{plural(len(self.rows), 'conversation')} to {path}", *problems[:NAMED]]
        if len(problems) > NAMED:
            lines.append(f"and {len(problems) - NAMED} more with missing parts")
        return "\n".join(lines)
