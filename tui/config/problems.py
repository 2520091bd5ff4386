"""What is wrong in a settings file, all of it at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tui.config.address import SettingsError


class Mistake(NamedTuple):
    """One mistake: the file, the line where it is known, the key, and what is allowed instead."""

    file: Path
    line: int | None
    key: str
    problem: str

    def __str__(self) -> str:
        place = f"{_short(self.file)}:{self.line}" if self.line else _short(self.file)
        return f"{place}: {f'{self.key}: ' if self.key else ''}{self.problem}"

    @classmethod
    def of_syntax(cls, file: Path, text: str, words: str) -> Mistake:
        """A file that is no TOML, with the line taken out of the parser's words."""
        found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", words)
        said = words[: found.start()] if found else words
        line = int(found[1]) if found and found[1] else max(1, len(text.splitlines()))
        return cls(file, line, "", f"is no TOML: {said[:1].lower()}{said[1:]}")


class Mistakes(SettingsError):
    """Every mistake of the settings files; `config` is what was right, for those who look further."""

    def __init__(self, found: Sequence[Mistake], config: Any = None) -> None:
        self.found = tuple(sorted(found, key=lambda one: (one.file.name, one.line or 0)))
        self.config = config
        super().__init__("settings files", "hold mistakes")

    def __str__(self) -> str:
        count = len(self.found)
        head = f"{count} mistake{'s' * (count != 1)} in the settings, nothing was started:"
        return "\n  ".join([head, *map(str, self.found)])


def _short(path: Path) -> str:
    """The path with the home folder as `~`."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
