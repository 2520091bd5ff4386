"""Problems of settings: one that cannot be used, and everything that is wrong in the settings files, line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple


class SettingsError(ValueError):
    """A setting that cannot be used, in one sentence: which one, where it came from, what is allowed.

    `problem` is the part after the name, for a caller that knows more about the source; it never contains an API key.
    """

    def __init__(self, setting: str, problem: str, source: str | None = None) -> None:
        self.setting = setting
        self.problem = problem
        self.source = source
        origin = f" ({source})" if source else ""
        super().__init__(f"The {setting}{origin} {problem}{'' if problem.endswith('?') else '.'}")


class ConfigProblem(NamedTuple):
    """One problem in a settings file: the line if it is known, the dotted name, and what is allowed instead."""

    file: Path
    line: int | None
    name: str
    problem: str

    def __str__(self) -> str:
        position = f"{_short(self.file)}:{self.line}" if self.line else _short(self.file)
        return f"{position}: {f'{self.name}: ' if self.name else ''}{self.problem}"

    @classmethod
    def of_syntax(cls, file: Path, text: str, message: str) -> ConfigProblem:
        """A file that is not TOML; the line is taken from the parser's message."""
        match = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
        reason = message[: match.start()] if match else message
        line = int(match[1]) if match and match[1] else max(1, len(text.splitlines()))
        return cls(file, line, "", f"is not valid TOML: {reason[:1].lower()}{reason[1:]}")


class ConfigError(SettingsError):
    """Every problem of the settings files; `config` has what is valid, for further checks."""

    def __init__(self, problems: Sequence[ConfigProblem], config: Any = None) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: (one.file.name, one.line or 0)))
        self.config = config
        super().__init__("settings files", "contain mistakes")

    def __str__(self) -> str:
        count = len(self.problems)
        head = f"{count} mistake{'s' * (count != 1)} in the settings; nothing was started:"
        return "\n  ".join([head, *map(str, self.problems)])


def _short(path: Path) -> str:
    """The path with the home folder as `~`."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
