"""Line numbers of the keys in a TOML file, which the parser of the standard library doesn't report."""

from __future__ import annotations

import re

_BARE = r"[A-Za-z0-9_-]+"
_PART = rf"(?:{_BARE}|\"[^\"\n]*\"|'[^'\n]*')"
_NAME = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_NAME})\s*\]")
_KEY = re.compile(rf"\s*({_NAME})\s*=")


class LineNumbers:
    """Line numbers by dotted path; a line inside a text that looks like a key counts as one, which is rare."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        section: str = ""
        for number, line in enumerate(text.splitlines(), start=1):
            if header := _HEADER.match(line):
                section = _dotted(header[1])
                self._lines.setdefault(section, number)
            elif key := _KEY.match(line):
                path = f"{section}.{_dotted(key[1])}".lstrip(".")
                self._lines.setdefault(path, number)

    def of(self, path: tuple[str, ...]) -> int | None:
        """The line of a key, else of the nearest section around it, else None."""
        for end in range(len(path), 0, -1):
            if (line := self._lines.get(".".join(path[:end]))) is not None:
                return line
        return None


def _dotted(name: str) -> str:
    """The name without the quotes around its parts."""
    return ".".join(part.strip().strip("\"'") for part in re.findall(_PART, name))
