import sys
import time
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from rich.cells import cell_len

from tui.model.text import is_unsafe, one_line, plural, size, strip_unsafe, visible, why_not_saved
from tui.presentation.times import absolute, ago

NOW = datetime(2026, 11, 22, 0, 33, 28, tzinfo=UTC)
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
KEPT = (
    "a\tb\nc",
    "👩‍👩‍👧",
    "❤\ufe0f",
    "e\u0301",
    "نمی\u200cخواهم",
    "क्‍ष",
    ENGLAND,
    "日本語",
    "\ue0b0",
    "nb\u00a0sp",
    "[/foo]",
    "🇩🇪",
)
SHOWN = {
    "\0": "␀",
    "\x07": "␇",
    "\x1b[31m": "␛[31m",
    "\x1b]0;t\x07": "␛]0;t␇",
    "a\r\nb": "a\nb",
    "a\rb": "a␍b",
    "\r\r\n": "␍\n",
    "\x7f": "␡",
    "\x9b2J": "⟨9B⟩2J",
    "\x85": "⟨85⟩",
    "\u202edrow": "⟨RLO⟩drow",
    "\u2066x\u2069": "⟨LRI⟩x⟨PDI⟩",
    "\u200e\u200f\u061c": "⟨LRM⟩⟨RLM⟩⟨ALM⟩",
    "\u2028\u2029": "⟨LSEP⟩⟨PSEP⟩",
    "a\u200bb\ufeff\u00ad": "a⟨ZWSP⟩b⟨BOM⟩⟨SHY⟩",
    "\ud800 \udfff": "⟨D800⟩ ⟨DFFF⟩",
    "\U000e0068\U000e0069": "⟨TAG h⟩⟨TAG i⟩",
    "\U000e0001\U000e007f": "⟨E0001⟩⟨TAG END⟩",
    "\U0001f3f4\U000e0068": "\U0001f3f4⟨TAG h⟩",
    ENGLAND + "\U000e0068": ENGLAND + "⟨TAG h⟩",
}


@pytest.mark.parametrize("text", KEPT)
def test_clean_text_comes_back_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert strip_unsafe(text) == text


def test_clean_text_comes_back_as_the_same_object() -> None:
    text = "".join(one for one in KEPT if one != ENGLAND)
    assert visible(text) is text
    assert strip_unsafe(text) is text


@pytest.mark.parametrize("text", SHOWN, ids=ascii)
def test_what_cannot_be_seen_is_shown(text: str) -> None:
    assert visible(text) == SHOWN[text]


def test_every_unsafe_character_is_shown_in_its_own_way_and_stripped() -> None:
    unsafe = [chr(code) for code in range(sys.maxunicode + 1) if is_unsafe(chr(code))]
    assert len({visible(char) for char in unsafe}) == len(unsafe)
    for char in unsafe:
        assert not any(map(is_unsafe, visible(char) + strip_unsafe(char))), ascii(char)
        assert cell_len(strip_unsafe(char)) == cell_len(char), ascii(char)
        visible(char).encode()


def test_every_control_and_format_character_has_been_thought_of() -> None:
    harmless = set("\n\t\u200c\u200d") | {chr(code) for code in range(0x600, 0x606)}
    harmless |= set("\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Cs"} and not is_unsafe(char):
            joins = 0x13430 <= code <= 0x1345F or 0x1BCA0 <= code <= 0x1BCA3 or 0x1D173 <= code <= 0x1D17A
            assert char in harmless or joins, f"U+{code:04X}"


def test_stripping_removes_the_same_set() -> None:
    assert strip_unsafe("a\x1b[31mb\u202ec\u200bd\r\ne") == "a[31mbcd\ne"
    assert strip_unsafe("\x1b\x9b\u2066") == ""
    assert strip_unsafe("co\u00adop \ud83d!") == "co-op \ufffd!"


@pytest.mark.parametrize(
    ("piece", "seconds"),
    [
        ("plain text, \tone line of it\n", 1),
        ("“grüße” 日本語 🎉\n", 1),
        ("a line with its end as on Windows\r\n", 5),
        ("\x1b", 5),
    ],
    ids=ascii,
)
def test_five_million_characters_take_little_time(piece: str, seconds: float) -> None:
    text = piece * (5_000_000 // len(piece))
    before = time.thread_time()
    visible(text)
    strip_unsafe(text)
    one_line(text)
    assert time.thread_time() - before < seconds


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" \n\t\r\n ", ""),
        ("title", "title"),
        ("\n\n  title  \n", "title"),
        ("one\ntwo", "one ⏎ two"),
        ("one\r\n \r\n\n  two", "one ⏎ two"),
        ("a\t\tb   c", "a b c"),
        ("a\rb\x1b[0m\u202e", "a␍b␛[0m⟨RLO⟩"),
        ("[/foo] [@click=quit]x[/]", "[/foo] [@click=quit]x[/]"),
        (" " * 10_000 + "late", "late"),
    ],
)
def test_a_title_is_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        ("twelve chars", 12, "twelve chars"),
        ("twelve chars", 11, "twelve cha…"),
        ("twelve chars", 8, "twelve…"),
        ("👩‍👩‍👩", 3, "👩…"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
        ("", 0, ""),
    ],
)
def test_a_title_has_a_limit(text: str, limit: int, line: str) -> None:
    assert one_line(text, limit) == line


@pytest.mark.parametrize(
    "text", ["", " ", "a", " a", "a ", "a b", "a  b", "a\tb", "é 日本", "a\xa0b", "a\u202eb", "x" * 9]
)
@pytest.mark.parametrize("limit", [None, 0, 1, 3, 9, 5_000])
def test_a_title_that_is_one_already_is_not_told_from_others(
    text: str, limit: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most need no look at their parts; what comes out is what comes out of that look."""
    quick = one_line(text, limit)
    monkeypatch.setattr("tui.model.text._is_plain_line", lambda _: False)
    assert one_line(text, limit) == quick


def test_a_title_reads_only_the_beginning() -> None:
    line = one_line("x" * 5_000_000)
    assert line.endswith("x…")
    assert len(line) < 10_000
    assert one_line("x" * 5_000_000, 20) == "x" * 19 + "…"
    for limit in range(40):
        assert len(one_line("\x1b\u202e\n  x y" * 2_000, limit)) <= limit


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=6, hours=23), "6 d"),
        (timedelta(weeks=5), "5 w"),
        (timedelta(days=364), "52 w"),
        (timedelta(days=730), "2 y"),
        (timedelta(seconds=-30), "now"),
        (timedelta(minutes=-3), "in 3 min"),
        (timedelta(hours=-2), "in 2 h"),
    ],
)
def test_ago_has_one_unit(past: timedelta, words: str) -> None:
    assert ago(NOW - past, NOW) == words
    assert ago((NOW - past).replace(tzinfo=None), NOW) == words
    assert ago((NOW - past).astimezone(timezone(timedelta(hours=9))), NOW) == words


def test_an_unknown_time_is_no_word() -> None:
    assert ago(None, NOW) == absolute(None) == ""


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC0", "2026-11-22 00:33:28 UTC"),
        ("XXX-2", "2026-11-22 02:33:28 +02:00"),
        ("XXX3:30", "2026-11-21 21:03:28 -03:30"),
    ],
)
def test_absolute_is_local_with_its_offset(zone: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        shown = [
            absolute(NOW),
            absolute(NOW.replace(tzinfo=None)),
            absolute(NOW.replace(microsecond=999_999)),
        ]
    time.tzset()
    assert shown == [words] * 3


@pytest.mark.parametrize("extreme", [datetime.min, datetime.max, datetime.min.replace(tzinfo=UTC)])
def test_absolute_takes_any_time(extreme: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    for zone in ("XXX-9", "XXX9"):
        with monkeypatch.context() as patch:
            patch.setenv("TZ", zone)
            time.tzset()
            assert len(absolute(extreme)) >= len("0001-01-01 00:00:00 UTC")
            ago(extreme, NOW)
    time.tzset()


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "0"),
        (312, "312"),
        (999, "999"),
        (1_000, "1.0 k"),
        (4_120, "4.1 k"),
        (99_949, "99.9 k"),
        (99_950, "100 k"),
        (999_499, "999 k"),
        (999_500, "1.0 M"),
        (1_234_567, "1.2 M"),
        (5_000_000_000, "5.0 G"),
        (5_000_000_000_000, "5000 G"),
    ],
)
def test_size_is_short(n: int, words: str) -> None:
    assert size(n) == words


def test_plural_agrees() -> None:
    assert [plural(n, "block") for n in (0, 1, 2)] == ["0 blocks", "1 block", "2 blocks"]
    assert [plural(n, "reply", "replies") for n in (1, 2)] == ["1 reply", "2 replies"]


@pytest.mark.parametrize("text", ["", "plain", "a\r\nb\tc\x1b", "🎉", "\ue000", "\ufffd"])
def test_what_the_server_takes_may_be_saved(text: str) -> None:
    assert why_not_saved(text) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ab\0", "a NUL character at position 3"),
        ("\ud83d", "U+D83D, at position 1"),
        ("x\udfff\0", "U+DFFF, at position 2"),
    ],
)
def test_what_breaks_the_server_is_named(text: str, named: str) -> None:
    reason = why_not_saved(text)
    assert reason is not None
    assert named in reason
