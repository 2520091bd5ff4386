"""What stands on the screen after some output: pyte, and what it lacks of a terminal of today."""

from __future__ import annotations

import re

import pyte

UNKNOWN = re.compile(
    rb"\x1b\[[<=>][0-9;:]*[ -/]*[@-~]"  # private sequences: keyboard protocols, versions
    rb"|\x1b\[\?[0-9;]*[ -/]+[@-~]"  # questions about modes
    rb"|\x1b\[\??[0-9;:]*[tnucq]"  # window operations, reports
    rb"|\x1b\[[0-9;:]* q"  # shapes of the cursor
    rb"|\x1b[PX^_].*?(?:\x1b\\|\x9c)"  # device control, application strings
    rb"|\x1b\].*?(?:\x07|\x1b\\)",  # titles, colours, clipboard
    re.DOTALL,
)
"""Whole sequences that pyte would print in part."""

UNFINISHED = re.compile(
    rb"\x1b(?:\[[<=>?]?[0-9;:]*[ -/]*|[PX^_\]][^\x07\x1b]*\x1b?|[()#%*+]?)?\Z",
)
"""The beginning of a sequence whose rest comes with the next output."""

OTHER_SCREEN = re.compile(rb"\x1b\[\?(?:1049|1047|47)[hl]")
STYLE = re.compile(rb"\x1b\[[0-9;:]*m")
UPDATE = re.compile(rb"\x1b\[\?2026([hl])")
LONGEST_SEQUENCE = 4096


class Emulator:
    """A screen that output is fed to; between the ends of a synchronised update it is not presented."""

    def __init__(self, columns: int, lines: int) -> None:
        self.screen = pyte.Screen(columns, lines)
        self.presented = True
        self.frames = 0
        self._stream = pyte.ByteStream(self.screen)
        self._rest = b""
        self._seen: dict[int, int] = {}

    def feed(self, data: bytes) -> None:
        """Take output in, in pieces of any size."""
        data = self._rest + data
        cut = UNFINISHED.search(data, max(0, len(data) - LONGEST_SEQUENCE))
        end = cut.start() if cut and len(cut[0]) < LONGEST_SEQUENCE else len(data)
        data, self._rest = data[:end], data[end:]
        for update in UPDATE.finditer(data):
            self.presented = update[1] == b"l"
            self.frames += self.presented
        data = UNKNOWN.sub(b"", OTHER_SCREEN.sub(b"\x1b[2J\x1b[H", data))
        data = STYLE.sub(lambda style: style[0].replace(b":", b";"), data)
        if data:
            self._stream.feed(data)

    def changed(self) -> bool:
        """Whether any cell shows something else, or in other colours, than when this was last asked."""
        different = False
        for number in self.screen.dirty:
            line = self.screen.buffer[number]
            shown = hash(tuple(line[column] for column in range(self.screen.columns)))
            different |= self._seen.get(number) != shown
            self._seen[number] = shown
        self.screen.dirty.clear()
        return different

    def resize(self, columns: int, lines: int) -> None:
        """Become larger or smaller; everything counts as changed until it is asked again."""
        self.screen.resize(lines, columns)
        self._seen.clear()

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.screen.display)

    @property
    def cursor(self) -> tuple[int, int]:
        """Line and column from 1."""
        return self.screen.cursor.y + 1, self.screen.cursor.x + 1
