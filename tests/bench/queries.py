"""The questions that programs ask a terminal, answered as a current one does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

QUESTION = re.compile(
    rb"\x1b\[\?(?P<mode>\d+)\$p"
    rb"|\x1b\[(?P<device>0?)c"
    rb"|\x1b\[>0?(?P<model>)c"
    rb"|\x1b\[=0?(?P<serial>)c"
    rb"|\x1b\[\??(?P<cursor>)6n"
    rb"|\x1b\[(?P<status>)5n"
    rb"|\x1b\](?P<colour>10|11|12);\?(?:\x07|\x1b\\)"
    rb"|\x1b\[(?P<window>14|16|18)t"
    rb"|\x1b\[>0?(?P<version>)q"
    rb"|\x1bP\+q(?P<capability>[0-9a-fA-F;]*)\x1b\\"
)
SYNCHRONISED = 2026
CELL = 8, 16
LONGEST = 64

FIXED = {
    "device": "\x1b[?62;22c",
    "model": "\x1b[>1;4000;0c",
    "serial": "\x1bP!|00000000\x1b\\",
    "status": "\x1b[0n",
    "version": "\x1bP>|bench 1\x1b\\",
    "capability": "\x1bP0+r\x1b\\",
}


class Answers:
    """Finds the questions in output that comes in pieces; synchronised updates are all that is supported."""

    def __init__(self, cursor: Callable[[], tuple[int, int]]) -> None:
        self.columns, self.lines = 0, 0
        self._cursor = cursor
        self._rest = b""

    def to(self, data: bytes) -> Iterator[bytes]:
        """What a terminal answers to the questions that end in this piece."""
        data = self._rest + data
        end = 0
        for question in QUESTION.finditer(data):
            end = question.end()
            yield self._answer(str(question.lastgroup), question[str(question.lastgroup)]).encode()
        begin = data.rfind(b"\x1b", end)
        self._rest = data[begin:] if begin >= 0 and len(data) - begin < LONGEST else b""

    def _answer(self, kind: str, asked: bytes) -> str:
        width, height = CELL
        match kind:
            case "mode":
                return f"\x1b[?{int(asked)};{2 if int(asked) == SYNCHRONISED else 0}$y"
            case "cursor":
                line, column = self._cursor()
                return f"\x1b[{line};{column}R"
            case "colour":
                shade = "1e1e" if asked == b"11" else "e0e0"
                return f"\x1b]{asked.decode()};rgb:{shade}/{shade}/{shade}\x1b\\"
            case "window":
                sizes = {
                    b"14": f"4;{self.lines * height};{self.columns * width}",
                    b"16": f"6;{height};{width}",
                    b"18": f"8;{self.lines};{self.columns}",
                }
                return f"\x1b[{sizes[asked]}t"
        return FIXED[kind]
