"""Bars, gauge and plot: they never exceed their width, and words say what they show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app_helpers import HOSTILE
from tests.rules.histories import NOW, history
from tests.rules.test_context_life import call, returned, row, summary
from tests.rules.test_context_window import LOST, of, size, system, used
from tui.model.errors import NotOffered, ServerTrouble
from tui.model.opened import Context, Opened
from tui.model.text import contains_unsafe
from tui.presentation.context_window import (
    ASCII,
    BLOCKS,
    bar,
    gauge,
    gauge_text,
    how_long,
    life_item,
    percent,
    plot,
    reading_items,
    reading_json,
    reading_status,
    reading_text,
    window_items,
)
from tui.presentation.text_table import cell_width
from tui.rules.context_life import ContextReading, SizePoint, context_reading
from tui.rules.context_window import CountedBy, context_window

NO_COUNT = NotOffered("Counting tokens: not offered", status=404)
FAILED = ServerTrouble("Counting tokens: the server failed", server="x", status=500)


def reading(*messages: Any, counted: Any = NO_COUNT, **fields: Any) -> ContextReading:
    return context_reading(of(*messages, **fields), history(tuple(messages)), counted)


# bars


@given(st.floats(0, 1e12), st.floats(0, 1e12), st.integers(1, 60), st.sampled_from([BLOCKS, ASCII]))
def test_a_bar_has_its_width_and_is_empty_or_full_only_if_that_is_true(
    part: float, whole: float, width: int, drawn: Any
) -> None:
    cells = bar(part, whole, width, drawn)
    assert len(cells) == width
    assert set(cells) <= {drawn.filled, drawn.empty}
    filled = cells.count(drawn.filled)
    assert cells == drawn.filled * filled + drawn.empty * (width - filled)
    assert (filled == 0) == (part <= 0 or whole <= 0)
    if width > 1 and whole > 0:
        assert (filled == width) == (part >= whole)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_percentage_is_nothing_or_everything_only_if_that_is_true(part: int, whole: int) -> None:
    words = percent(part, whole)
    assert (words == "0 %") == (part == 0 or whole == 0)
    assert part >= whole or words != "100 %"
    assert part < whole or whole == 0 or int(words.removesuffix(" %")) >= 100


@pytest.mark.parametrize(
    ("tokens", "limit", "by", "words"),
    [
        (62, 100, CountedBy.SERVER, "▇▇▇▇▁ 62 %"),
        (62, 100, CountedBy.ESTIMATE, "▇▇▇▇▁ about 62 %"),
        (0, 100, CountedBy.SERVER, "▁▁▁▁▁ 0 %"),
        (1, 1000, CountedBy.ESTIMATE, "▇▁▁▁▁ <1 %"),
        (999, 1000, CountedBy.MODEL, "▇▇▇▇▁ 99 %"),
        (1000, 1000, CountedBy.SERVER, "▇▇▇▇▇ 100 %"),
        (1500, 1000, CountedBy.SERVER, "▇▇▇▇▇ 150 %"),
        (12_000, None, CountedBy.ESTIMATE, "about 12.0 k tokens, limit not reported"),
    ],
)
def test_the_gauge_stands_beside_its_percentage(
    tokens: int, limit: int | None, by: CountedBy, words: str
) -> None:
    assert gauge(tokens, limit, by) == words


def test_without_colours_the_gauge_is_ascii() -> None:
    assert gauge(62, 100, CountedBy.SERVER, ASCII) == "[####.] 62 %"


def test_the_gauge_in_the_facts_takes_the_servers_count_if_there_is_one() -> None:
    view = of(row("a", "user", content="x" * 200), agent={"llm_config": {"context_window": 100}})
    assert gauge_text(view) == "▇▇▇▁▁ about 50 %"
    assert gauge_text(view, size(limit=1000, messages=900)) == "▇▇▇▇▁ 90 %"
    assert gauge_text(Opened(**{**vars(view), "context": Context(None, ())})) == ""


# parts


def test_each_part_has_a_bar_its_tokens_its_share_and_a_name() -> None:
    view = of(system(human="Sam"), *(row(name, "user", content="x") for name in "ab"))
    window = context_window(view, size(system=25, core_memory=50, messages=25))
    assert window is not None
    items = {item.key: item for item in window_items(window, 53)}
    assert items["used"].head == "▇▇▁▁▁▁▁▁▁▁▁▁▁       100   10.0 %  of 1,000"
    assert items["free"].head == "▇▇▇▇▇▇▇▇▇▇▇▇▁       900   90.0 %"
    assert items["part-0"].head == "▇▇▇▇▁▁▁▁▁▁▁▁▁        25   25.0 %  system prompt"
    users = next(item for item in items.values() if item.word == "user")
    assert users.head.endswith("25.0 %  2 messages")


def test_a_context_over_its_limit_says_by_how_much() -> None:
    window = context_window(of(), size(limit=100, system=150))
    assert window is not None
    used_line, free, *_ = window_items(window, 53)
    assert used_line.head.endswith("of 100, 50 over it")
    assert "  0.0 %" in free.head


def test_a_limit_that_is_not_reported_is_said_to_be() -> None:
    items = reading_items(reading(row("a", "user", content="x" * 40)), 53)
    assert items[0].head == "about 10 tokens, context limit not reported"
    assert "free" not in [item.key for item in items]


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        (size(limit=100, messages=10), "10 of 100 tokens · 10 % full · counted by the server"),
        (NO_COUNT, "about 10 tokens, context limit not reported · estimated at 4 characters a token"),
        (FAILED, "Estimated, since the server's count could not be read. Counting tokens: the server failed"),
    ],
)
def test_the_line_above_says_who_counted(counted: Any, words: str) -> None:
    told, trouble = reading_status(reading(row("a", "user", content="x" * 40), counted=counted))
    assert told.startswith(words)
    assert trouble == (counted is FAILED)


def test_what_the_model_counted_is_said_to_be_its_count() -> None:
    told, _ = reading_status(reading(used("a", 4000)))
    assert told == "4,000 tokens, context limit not reported · counted by the model at its last call"


def test_a_context_that_could_not_be_read_says_why() -> None:
    view = Opened(**{**vars(of()), "context": LOST})
    told = context_reading(view, LOST, NO_COUNT)
    assert reading_status(told) == (f"The messages in context could not be read. {LOST}", True)
    (item,) = reading_items(told, 53)
    assert str(LOST) in item.text
    unknown = context_reading(Opened(**{**vars(view), "context": Context(None, ())}), history(()), NO_COUNT)
    assert reading_status(unknown) == ("The server reports neither what is in context nor its size", True)


# plot

POINTS = st.lists(st.builds(SizePoint, st.integers(0, 10**9), st.just(NOW), st.booleans()), max_size=300)


@given(POINTS, st.integers(1, 130), st.booleans())
def test_a_plot_never_exceeds_its_width_and_marks_each_compaction(
    points: list[SizePoint], columns: int, plain: bool
) -> None:
    lines = plot(points, columns, plain=plain)
    room = max(columns, 11)
    assert all(cell_width(line) <= room for line in lines)
    axis = lines[8]
    marks = axis.count("v" if plain else "▼")
    assert (marks > 0) == any(point.compacted for point in points)
    assert marks <= sum(point.compacted for point in points)
    if plain:
        assert all(line.isascii() for line in lines)


def test_a_compaction_is_seen_as_a_step() -> None:
    points = [SizePoint(tokens, NOW, tokens == 20) for tokens in (25, 50, 75, 100, 20, 40)]
    lines = plot(points, 9 + 1 + 6, rows=4)
    assert lines[:5] == [
        "      100    █",
        "            ██",
        "           ███ ▅",
        "          ████▆█",
        "       0 └────▼─",
    ]


def test_the_compactions_are_listed_in_words() -> None:
    points = (SizePoint(4376, NOW, measured=True), SizePoint(812, NOW, True, True), SizePoint(900, NOW))
    assert "▼ 2026-11-22 03:00 compaction: 4,376 → 812" in life_item(points, 53).text
    estimated = (SizePoint(400, NOW), SizePoint(80, None, True))
    assert "▼ compaction: 400 → about 80" in life_item(estimated, 53).text
    assert "no compactions" in life_item((SizePoint(4, NOW),), 53).text


# waits


def test_waits_are_bars_with_their_length_time_and_reason() -> None:
    told = reading(
        row("a", "user", 0), row("b", "user", 86_400 * 2), call("c", 172_800), returned("d", 172_812, "c")
    )
    gap, tool = reading_items(told, 53)[-2:]
    assert (gap.word, gap.head) == ("gap", "▇▇▇▇▇▇▇▇▇▇▇▇▇     2 d  2026-11-24 03:00  before user")
    assert (tool.word, tool.head) == ("tool", "▇▇▇▁▁▁▁▁▁▁▁▁▁    12 s  2026-11-24 03:00  search")
    assert dict(tool.ids) == {"id": "d"}


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 s"), (59.4, "59 s"), (60, "1 min"), (7200, "2 h"), (864_000, "10 d")]
)
def test_a_length_of_time_has_one_unit(seconds: float, words: str) -> None:
    assert how_long(seconds) == words


# everything


def test_every_line_fits_and_no_text_of_the_server_is_obeyed() -> None:
    told = reading(
        system(**{HOSTILE: "x" * 40}),
        row("a", HOSTILE, content="x"),
        call("c", 60, tool=HOSTILE),
        returned("d", 72, "c"),
        summary("s", 80),
    )
    text = reading_text(told, 80)
    assert "[/foo]" in text
    assert not contains_unsafe(text)
    assert all(cell_width(line) <= 80 for line in text.splitlines())
    for item in reading_items(told, 60):
        assert not contains_unsafe(item.head)
        assert not contains_unsafe(item.word)


def test_the_json_adds_up() -> None:
    told = reading(
        row("a", "user", content="x" * 40), row("b", "user", 90), counted=size(limit=100, messages=10)
    )
    data = reading_json(told)
    assert sum(part["tokens"] for part in data["parts"]) == data["used"] == 10
    assert (data["limit"], data["free"], data["counted_by"]) == (100, 90, "server")
    assert data["life"][-1] == {
        "time": (NOW + timedelta(seconds=90)).isoformat(),
        "tokens": 10,
        "compaction": False,
        "counted": False,
    }
    assert [wait["message"] for wait in data["waits"]] == ["b"]
    unknown = reading_json(context_reading(Opened(**{**vars(of()), "context": LOST}), LOST, NO_COUNT))
    assert unknown["used"] is None
    assert unknown["parts"] == unknown["life"] == unknown["waits"] == []
