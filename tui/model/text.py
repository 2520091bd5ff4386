"""Text that a terminal can show safely, whatever the server sent; titles of one line, sizes and plurals."""

import re
from functools import cache

_RANGES = (
    (0x00, 0x08),
    (0x0B, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x061C, 0x061C),
    (0x180E, 0x180E),
    (0x200B, 0x200B),
    (0x200E, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0xD800, 0xDFFF),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE007F),
)
_NAMES = {
    0xAD: "SHY",
    0x061C: "ALM",
    0x180E: "MVS",
    0x200B: "ZWSP",
    0x200E: "LRM",
    0x200F: "RLM",
    0x2028: "LSEP",
}
_NAMES |= {
    0x2029: "PSEP",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2060: "WJ",
}
_NAMES |= {0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0xFEFF: "BOM", 0xE007F: "TAG END"}

_CLASS = "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES) + "]"
_UNSAFE = re.compile(_CLASS)
_UNSAFE_RUN = re.compile(
    f"(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{{3,6}}\U000e007f)|{_CLASS}+"
)
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")
_TITLE_START = re.compile(r"[^ \t\r\n]")
_TITLE_READ = 4000


def _shown(code: int) -> str:
    """Return the replacement for an unsafe code point: a control picture, or its name or number in brackets."""
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xE0020 <= code < 0xE007F:
        return f"⟨TAG {chr(code - 0xE0000)}⟩"
    return f"⟨{_NAMES.get(code, f'{code:02X}')}⟩"


@cache
def _to_show() -> dict[int, str]:
    """The replacement of each unsafe code point, made on the first use, since there are thousands."""
    return {code: _shown(code) for first, last in _RANGES for code in range(first, last + 1)}


@cache
def _to_strip() -> dict[int, str]:
    return dict.fromkeys(_to_show(), "") | {0xAD: "-"} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def visible(text: str) -> str:
    """Return the text with control, bidi and other invisible code points made visible; line feeds and tabs stay.

    CRLF is one line feed. Joiners, variation selectors and flags stay, since emoji and scripts need them.
    Clean text comes back as the same object.
    """
    if _UNSAFE.search(text) is None:
        return text
    return _swap(text.replace("\r\n", "\n"), _to_show())


def is_unsafe(char: str) -> bool:
    """Return whether a character may control a terminal or is invisible."""
    return _UNSAFE.match(char) is not None


def contains_unsafe(text: str) -> bool:
    """Return whether `visible` would change the text; fast enough to be called at every key."""
    lines = text.split("\n")
    return any(not line.isprintable() and _UNSAFE.search(line) is not None for line in lines)


def strip_unsafe(text: str) -> str:
    """Return the text without the code points that `visible` would replace, in the same number of cells.

    Soft hyphens and lone surrogates count as one cell, so they leave a hyphen and a replacement character
    behind: the rest of the line must not move.
    """
    return text if _UNSAFE.search(text) is None else _swap(text, _to_strip())


def _swap(text: str, table: dict[int, str]) -> str:
    """Translate runs of unsafe code points, except the tags that spell a regional flag."""
    return _UNSAFE_RUN.sub(lambda run: run[0] if run[1] else run[0].translate(table), text)


def one_line(text: str, limit: int | None = None) -> str:
    """Return the text as a title of one line, at most `limit` characters, with `…` where the end was cut.

    Only the first few thousand characters are read, so a list may call it for each row.
    """
    if len(text) <= min(_TITLE_READ, _TITLE_READ if limit is None else limit) and _is_plain_line(text):
        return text
    start = _TITLE_START.search(text)
    if start is None:
        return ""
    read = text[start.start() : start.start() + _TITLE_READ]
    cut = start.start() + _TITLE_READ < len(text)
    line = re.sub(r"[ \t]*(?:\r?\n[ \t]*)+", " ⏎ ", read.rstrip(" \t\r\n"))
    line = visible(re.sub(r"[ \t]+", " ", line))
    if limit is not None and len(line) + cut > limit:
        line, cut = line[: max(limit - 1, 0)], limit > 0
    return line.rstrip(" \u200d") + "…" if cut else line


def printable_line(text: str) -> str:
    """Return a line that no terminal obeys: the text itself if it is one, else as `one_line` does."""
    return text if text.isprintable() else one_line(text)


def _is_plain_line(text: str) -> bool:
    """Return whether a text is its own title, as most are: printable, on one line, without superfluous spaces."""
    return text.isprintable() and "  " not in text and not text.startswith(" ") and not text.endswith(" ")


def size(n: int) -> str:
    """Return a count of characters in four digits at most, as `312`, `4.1 k` or `1.2 M`."""
    for unit, scale in (("", 1), ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000)):
        scaled = n / scale
        if scaled < 999.5 or unit == "G":
            break
    if not unit:
        return str(n)
    return f"{scaled:.1f} {unit}" if scaled < 99.95 else f"{scaled:.0f} {unit}"


def plural(n: int, noun: str, many: str | None = None) -> str:
    """Return the count with its noun, as `1 block` or `2 blocks`; `many` is for nouns that take no s."""
    return f"{n} {noun if n == 1 else many or noun + 's'}"


def why_not_saved(text: str, noun: str = "summary") -> str | None:
    """Return why a text cannot be saved, or None; real servers answer 500 to NUL and lone surrogates, or drop NUL."""
    match = None if text.isascii() and "\0" not in text else _UNSENDABLE.search(text)
    if match is None:
        return None
    what = "a NUL character" if match[0] == "\0" else f"half of a surrogate pair, U+{ord(match[0]):04X},"
    return f"The {noun} contains {what} at position {match.start() + 1}, which the server cannot store."
