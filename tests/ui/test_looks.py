"""What is seen at a glance: Markdown, dates and times, empty panes, the selected row, in themes and without colours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from rich.segment import Segment
from textual.pilot import Pilot

from tests.app_helpers import (
    NARROW,
    NOW,
    flush,
    ids,
    main_screen,
    pane_lines,
    pane_text,
    press,
    screen_lines,
    screen_text,
    settle,
    small_server,
    started,
    strips,
    type_text,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.config.settings import Settings
from tui.rules.view_state import MemoryMode

pytestmark = pytest.mark.anyio

MARKDOWN = """\
Done: **4 of 100**, see `parse()`.

| Name | Count |
|------|-------|
| a    | 12    |

- [ ] the rest"""


def answered(text: str) -> DemoTransport:
    """A server with one conversation in which the assistant says this."""
    transport = small_server("One")
    transport.store.add_message(ids(transport)[0], "assistant", text)
    return transport


def say(transport: DemoTransport, text: str, at: datetime) -> None:
    """The user says this in the first conversation, at that time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport.store, "now", lambda: at)
        transport.store.add_message(ids(transport)[0], "user", text)


def segments_with(app: LettaApp, text: str) -> Iterable[Segment]:
    """The painted pieces that contain this text."""
    return [segment for strip in strips(app) for segment in strip if text in segment.text]


async def test_markdown_of_the_assistant_is_shown_as_such() -> None:
    async with started(answered(MARKDOWN)) as (app, _):
        lines = [line.strip() for line in pane_lines(app, "#messages")]
        assert any(line.endswith("Done: 4 of 100, see parse().") for line in lines)
        for line in ("Name │ Count", "─────┼──────", "a    │ 12", "☐ the rest"):
            assert line in lines
        (strong,) = segments_with(app, "4 of 100")
        assert strong.style is not None
        assert strong.style.bold


async def test_what_is_shown_is_found_and_what_is_copied_is_the_source() -> None:
    """Also across a part in bold; raw JSON has the source as well."""
    async with started(answered(MARKDOWN)) as (app, pilot):
        await press(pilot, "enter", "slash")
        await type_text(pilot, "Done: 4 of 100, see")
        await press(pilot, "enter")
        assert pane_text(app, "#find-state") == "1 of 1"
        await press(pilot, "Y")
        assert app.clipboard == MARKDOWN
        await press(pilot, "x")
        assert "**4 of 100**" in screen_text(app)


async def test_what_the_user_said_is_shown_as_it_was_typed() -> None:
    transport = small_server("One")
    transport.store.add_message(ids(transport)[0], "user", "is **this** right?")
    async with started(transport) as (app, _):
        assert "is **this** right?" in pane_text(app, "#messages")


async def test_dates_stand_between_messages_of_different_days() -> None:
    transport = small_server("One")
    for hours in (49, 48, 1):
        say(transport, f"{hours} hours ago", NOW - timedelta(hours=hours))
    async with started(transport, size=(160, 36)) as (app, pilot):
        text = pane_text(app, "#messages")
        assert text.index("48 hours ago") < text.index("Sat 2026-03-14") < text.index("1 hours ago")
        assert "08:26" in text
        await press(pilot, "enter", "G")
        assert "1 hours ago" in pane_text(app, "#messages")


@pytest.mark.parametrize(("columns", "stamped"), [(160, True), (NARROW[0], True), (110, False)])
async def test_each_message_has_its_time_where_there_is_room(columns: int, stamped: bool) -> None:
    transport = small_server("One")
    say(transport, "words " * 200, NOW.replace(hour=7, minute=5))
    async with started(transport, size=(columns, 36)) as (app, pilot):
        await press(pilot, "enter")
        line = next(line for line in pane_lines(app, "#messages") if "▪ user" in line)
        assert ("07:05" in line) is stamped


async def test_a_diff_opens_on_what_differs() -> None:
    """`d` from Messages: Memory against what the model reads, at the label where the two differ."""
    async with started(DemoTransport(now=NOW)) as (app, pilot):
        await press(pilot, "d")
        detail = main_screen(app).panes.detail
        modes = [detail.memory_mode]
        item = detail.reader.item
        assert item is not None
        assert item.key == "label-project"
        text = pane_text(app, "#memory")
        assert "- what the model reads + the current block" in text
        await press(pilot, "d")
        modes.append(detail.memory_mode)
        assert "- the agent's shared block + this conversation's copy" in pane_text(app, "#memory")
        await press(pilot, "d")
        modes.append(detail.memory_mode)
        assert modes == [MemoryMode.COMPILED, MemoryMode.SHARED, MemoryMode.VALUE]


async def test_values_beside_each_other_mark_what_differs() -> None:
    async with started(DemoTransport(now=NOW), size=(200, 50)) as (app, pilot):
        await press(pilot, "b")
        assert main_screen(app).panes.detail.memory_mode is MemoryMode.VALUE
        assert any(line.count("+ - rounding") == 1 for line in pane_lines(app, "#memory"))


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_the_selected_row_can_be_read_in_the_colours_of_a_terminal(theme: str) -> None:
    """The terminal's own two colours, swapped: no colour of a mark on a colour of the row."""
    async with started(DemoTransport(now=NOW), theme=theme) as (app, _):
        panes = main_screen(app).panes
        line = panes.list.render_line(panes.list.cursor - round(panes.list.scroll_y))
        styles = [segment.style for segment in line if segment.text.strip() and segment.text != "▌"]
        assert styles
        assert all(style is not None and style.reverse for style in styles)
        assert len({(style.color, style.bgcolor) for style in styles if style is not None}) == 1


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_a_suggested_title_can_be_read_in_the_colours_of_a_terminal(theme: str) -> None:
    """It is selected: the terminal's own two colours, swapped."""
    async with started(DemoTransport(now=NOW), theme=theme) as (app, pilot):
        await press(pilot, "o")
        area = main_screen(app).panes.detail.editor.area
        assert area.selected_text
        styles = [one.style for one in area.render_line(0) if one.text.strip() and one.text != "▌"]
        assert styles
        for style in styles:
            assert style is not None
            assert style.reverse
            assert style.color is None or style.color.is_default
            assert style.bgcolor is None or style.bgcolor.is_default


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light", None])
async def test_what_enter_would_choose_shows_by_shape(
    theme: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while a field above the list has the focus; and that field can be read in a terminal's own colours."""
    if theme is None:
        monkeypatch.setenv("NO_COLOR", "1")
    async with started(DemoTransport(now=NOW), theme=theme) as (app, pilot):
        await press(pilot, "a")
        chosen = [one for one in segments_with(app, "Ada") if one.style is not None and one.style.underline]
        others = [one for one in segments_with(app, "Grace") if one.style is not None]
        assert chosen
        assert others
        assert not any(one.style and one.style.underline for one in others)
        if theme is not None:
            assert app.screen.query_one("Input").styles.background.ansi == -1


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_what_is_below_a_dialog_shows_in_the_colours_of_a_terminal_too(theme: str) -> None:
    """These colours cannot be mixed: a half-transparent background would hide what jump labels lead to."""
    async with started(DemoTransport(now=NOW), theme=theme) as (app, pilot):
        await press(pilot, "apostrophe")
        assert "Write tests for the parser" in screen_text(app)
        await press(pilot, "escape", "ctrl+o")
        assert "no profiles yet" in screen_text(app)
        assert "Write tests for the parser" in screen_text(app)


async def test_without_colour_the_active_tab_and_removed_words_are_underlined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with started(DemoTransport(now=NOW)) as (app, pilot):
        await press(pilot, "d")
        (tab,) = segments_with(app, "Memory")
        (other,) = segments_with(app, "Messages")
        assert tab.style is not None
        assert other.style is not None
        assert tab.style.underline
        assert not other.style.underline
        removed = [one for one in segments_with(app, "proposed") if one.style is not None]
        added = [one for one in segments_with(app, "agreed") if one.style is not None]
        assert any(one.style and one.style.underline and one.style.bold for one in removed)
        assert all(one.style and one.style.bold and not one.style.underline for one in added)
        assert {one.style.color for one in removed if one.style} == {
            one.style.color for one in added if one.style
        }


async def box_lines(pilot: Pilot[None], *keys: str) -> int:
    """How many lines the dialog takes that these keys open."""
    await press(pilot, *keys)
    await flush(pilot)
    return pilot.app.screen.query_one(".dialog").size.height


async def test_a_dialog_is_as_tall_as_what_it_says() -> None:
    async with started(DemoTransport(now=NOW), size=(120, 50)) as (_, pilot):
        assert await box_lines(pilot, "exclamation_mark") < 15
        await press(pilot, "escape")
        assert await box_lines(pilot, "U") < 10
        await press(pilot, "escape")
        assert await box_lines(pilot, "f") < 30


@pytest.mark.parametrize("size", [NARROW, (80, 30), (60, 24)])
async def test_the_answers_of_a_question_are_in_view_however_much_it_lists(size: tuple[int, int]) -> None:
    async with started(DemoTransport(now=NOW), size=size) as (app, pilot):
        await box_lines(pilot, "f")
        assert any("Cancel" in line and "Fork it" in line for line in screen_lines(app))


async def test_an_empty_list_says_so_in_the_middle() -> None:
    async with started(small_server()) as (app, pilot):
        lines = pane_lines(app, "#list")
        assert lines[len(lines) // 2].strip() == "No conversations yet · ctrl+n creates one"
        await press(pilot, "slash")
        await type_text(pilot, "zzz")
        lines = pane_lines(app, "#list")
        (line,) = [line for line in lines if "nothing matches" in line]
        assert abs(lines.index(line) - len(lines) // 2) <= 1


async def test_a_conversation_without_messages_says_so_in_the_middle() -> None:
    transport = small_server("One")
    (wanted,) = ids(transport)
    transport.store.links(wanted).clear()
    async with started(transport, size=(160, 36)) as (app, _):
        lines = pane_lines(app, "#messages")
        (line,) = [line for line in lines if "Nothing is in context" in line]
        assert abs(lines.index(line) - len(lines) // 2) <= 1


async def test_a_server_that_hangs_is_named_in_the_middle_with_the_seconds_that_are_left() -> None:
    transport = small_server("One")
    gate = transport.hold()
    moment = NOW
    app = LettaApp(Settings(demo="self-hosted"), transport=transport, clock=lambda: moment)
    async with app.run_test(size=(120, 36)) as pilot:
        await gate.arrived()
        moment += timedelta(seconds=10)
        main_screen(app).reading.slow.tick()
        await flush(pilot)
        lines = pane_lines(app, "#list")
        assert "demo has not responded yet" in lines[len(lines) // 2 - 1] + lines[len(lines) // 2]
        assert "giving up in 20 s" in pane_text(app, "#messages")
        gate.open()
        await settle(pilot)
        main_screen(app).reading.slow.tick()
        assert "not answered" not in screen_text(app)
