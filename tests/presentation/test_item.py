"""Items, and the chunks that they are cut into: nothing of the source is lost or doubled."""

from __future__ import annotations

import gc
import weakref
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.presentation.item import (
    CHUNK,
    LONG_CHARS,
    LONG_LINES,
    Chunk,
    Item,
    ItemMaker,
    Part,
    SideBySide,
    Text,
    Weight,
    chunks,
    is_long,
    shown,
    sources,
    spans_of,
)


def item(*parts: Part, key: str = "k") -> Item:
    return Item(key, "·", "word", parts=parts)


def rejoined(source: str) -> str:
    """The pieces of a source, with the line ends that stand between them."""
    spans = list(spans_of(source))
    text = source[spans[0][0] : spans[0][1]]
    for (_, end), (start, stop) in pairwise(spans):
        assert source[end:start] in ("", "\n")
        text += source[end:start] + source[start:stop]
    return text


HARD_SOURCES = [
    "",
    "\n",
    "a",
    "\n" * 20_000,
    "a" * CHUNK,
    "a" * (CHUNK + 1),
    "\n" + "a" * 9_000,
    "a" * 3_999 + "\n" + "b" * 9,
]


@pytest.mark.parametrize("source", HARD_SOURCES, ids=lambda source: f"{len(source)} {source[:4]!r}")
def test_pieces_cover_a_hard_source_exactly(source: str) -> None:
    assert rejoined(source) == source
    assert all(end - start <= CHUNK for start, end in spans_of(source))


LENGTHS = st.lists(st.sampled_from([0, 1, 79, 3_999, 4_000, 4_001, 12_345]), max_size=12)


@given(lengths=LENGTHS)
@settings(max_examples=100)
def test_pieces_cover_any_source_exactly(lengths: list[int]) -> None:
    source = "\n".join("x" * length for length in lengths)
    assert rejoined(source) == source
    assert all(end - start <= CHUNK for start, end in spans_of(source))


def test_pieces_end_where_lines_end_where_they_can() -> None:
    source = "\n".join(["x" * 99] * 200)
    assert all(end == len(source) or source[end] == "\n" for _, end in spans_of(source))


def test_every_chunk_knows_its_place() -> None:
    long = "\n".join(["x" * 99] * 100)
    found = chunks(item(Text("a\nb"), Text(long)), folded=False)
    assert [chunk.part for chunk in found] == [0, 1, 1, 1]
    assert [chunk.first for chunk in found] == [True, False, False, False]
    assert [chunk.last for chunk in found] == [False, False, False, True]
    assert found[0].newlines == 1
    assert sum(chunk.newlines for chunk in found[1:]) == 99 - 2


def test_what_is_folded_or_empty_is_one_line() -> None:
    for found in (chunks(item(), folded=False), chunks(item(Text("a\nb")), folded=True)):
        assert [(chunk.part, chunk.first, chunk.last) for chunk in found] == [(-1, True, True)]


def test_a_late_item_is_made_when_it_is_looked_at_and_once_while_it_is_kept() -> None:
    made: list[str] = []

    def recipe(name: str) -> Item:
        made.append(name)
        return item(Text(f"body of {name}"), key=f"key of {name}")

    maker = ItemMaker(size=2)
    late = [
        maker.late((recipe, name), Weight(9, 1, False), name, "user", True, None, False) for name in "abc"
    ]
    assert [(one.key, one.kind, one.spaced, one.weight.chars) for one in late] == [
        (name, "user", True, 9) for name in "abc"
    ]
    assert made == []
    assert (late[0].text, late[0].key, late[0].copied) == ("body of a", "a", "body of a")
    assert made == ["a"]
    assert (late[1].text, late[2].text, late[0].text) == ("body of b", "body of c", "body of a")
    assert made == ["a", "b", "c", "a"]
    with pytest.raises(AttributeError):
        getattr(late[0], "nothing")  # noqa: B009
    again = maker.late((recipe, "a"), Weight(9, 1, False), "a", "user", True, None, False)
    assert again == late[0] != late[1]


def test_items_that_were_looked_at_go_with_the_last_of_them() -> None:
    """No circle holds them: garbage is seldom looked for in what was read."""

    class Source:
        """What an item is made of."""

    def recipe(_source: Source) -> Item:
        return item(Text("body"))

    source = Source()
    gone = weakref.ref(source)
    late = ItemMaker().late((recipe, source), Weight(4, 1, False), "a", "user", True, None, False)
    assert late.text == "body"
    was = gc.isenabled()
    gc.disable()
    try:
        del source, late
        assert gone() is None
    finally:
        if was:
            gc.enable()


def test_an_item_weighs_what_its_parts_hold() -> None:
    found = item(Text("a\nb"), SideBySide(Text("c"), Text("d\ne"), ("", "")))
    assert found.weight == Weight(chars=7, lines=5, folded=False)


def test_two_texts_side_by_side_are_one_chunk() -> None:
    beside = SideBySide(Text("a\nb\nc"), Text("longer than that"), ("left", "right"))
    (chunk,) = chunks(item(beside), folded=False)
    assert (chunk.part, chunk.end, chunk.newlines) == (0, 16, 3)
    assert list(sources(beside)) == ["a\nb\nc", "longer than that"]


@pytest.mark.parametrize(
    ("newlines", "size", "width", "rows"), [(0, 0, 80, 1), (0, 80, 80, 2), (9, 90, 80, 10), (0, 5, 0, 6)]
)
def test_an_estimate_has_at_least_one_row(newlines: int, size: int, width: int, rows: int) -> None:
    assert Chunk(0, 0, size, newlines, True, True).estimate(width) == rows


@pytest.mark.parametrize(
    ("source", "long"),
    [
        ("x" * LONG_CHARS, False),
        ("x" * (LONG_CHARS + 1), True),
        ("\n" * (LONG_LINES - 1), False),
        ("\n" * LONG_LINES, True),
        ("", False),
    ],
)
def test_a_long_body_is_folded_at_first(source: str, long: bool) -> None:
    assert is_long(Text(source)) is long


def test_long_is_what_all_parts_are_together() -> None:
    half = Text("x" * LONG_CHARS)
    assert is_long(half, Text("y"))
    assert is_long(SideBySide(half, Text("y"), ("", "")))


def test_what_is_copied_is_the_whole_body_and_the_version_on_the_right() -> None:
    versions = SideBySide(Text("theirs"), Text("mine"), ("", ""))
    assert item(Text("a"), versions, Text("b\nc")).text == "a\nmine\nb\nc"
    assert item(Text("a"), versions, Text("b\nc")).lines == 5


def test_a_folded_item_shows_markdown_as_the_unfolded_one_does() -> None:
    text = Text("**bold** words", rendered=True)
    assert item(text).glimpse == "bold words"
    assert item(text).is_glimpsed_whole
    assert item(text).text == "**bold** words"


@pytest.mark.parametrize("source", ["two\nlines", "two  blanks", "x" * 300])
def test_what_a_fold_hides_is_not_glimpsed_whole(source: str) -> None:
    assert not item(Text(source)).is_glimpsed_whole
    assert not item(Text("one"), Text("two")).is_glimpsed_whole


def test_a_rendered_text_is_found_and_cut_as_it_is_shown() -> None:
    long = Text("**a**\n" * 2_000, rendered=True)
    (first, *_) = chunks(item(long), folded=False)
    assert shown(long).source[first.start : first.end].startswith("a\na\n")
    large = Text("**a** " * 20_000, rendered=True)
    assert shown(large) is large
