"""On which line of a TOML file a key stands: the parser of the standard library does not tell."""

from __future__ import annotations

import re

_BARE = r"[A-Za-z0-9_-]+"
_PART = rf"(?:{_BARE}|\"[^\"\n]*\"|'[^'\n]*')"
_NAME = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_NAME})\s*\]")
_KEY = re.compile(rf"\s*({_NAME})\s*=")


class Lines:
    """Line numbers by dotted path; a key that a value only looks like may be taken for one, which is rare."""

    def __init__(self, text: str) -> None:
        self._found: dict[str, int] = {}
        section: str = ""
        for number, line in enumerate(text.splitlines(), start=1):
            if header := _HEADER.match(line):
                section = _dotted(header[1])
                self._found.setdefault(section, number)
            elif key := _KEY.match(line):
                path = f"{section}.{_dotted(key[1])}".lstrip(".")
                self._found.setdefault(path, number)

    def of(self, place: tuple[str, ...]) -> int | None:
        """The line of a key, else of the nearest thing around it, None where nothing is known."""
        for end in range(len(place), 0, -1):
            if (line := self._found.get(".".join(place[:end]))) is not None:
                return line
        return None


def _dotted(name: str) -> str:
    """The name without the quotes around its parts."""
    return ".".join(part.strip().strip("\"'") for part in re.findall(_PART, name))
