"""Jump by labels: to a row, to a message, back."""

from __future__ import annotations

import pytest

from tests.app_helpers import NARROW, WIDE, main_screen, press, screen_lines, small_server, started
from tui.presentation.jump_labels import jump_labels
from tui.screens.jump_labels import JumpScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("count", [0, 1, 26, 27, 100, 676])
def test_no_label_begins_another(count: int) -> None:
    found = jump_labels(count)
    assert len(set(found)) == count
    assert len({len(label) for label in found}) <= 1


def test_beyond_all_pairs_there_are_no_labels() -> None:
    assert len(jump_labels(10_000)) == 26**2


async def test_a_label_goes_to_its_row_and_to_its_message() -> None:
    async with started(small_server("One", "Two", "Three")) as (app, pilot):
        main = main_screen(app)
        await press(pilot, "apostrophe")
        assert isinstance(app.screen, JumpScreen)
        rows = len(main.list.rows)
        await press(pilot, jump_labels(rows)[2])
        assert (main.list.cursor, main.list.has_focus) == (2, True)
        await press(pilot, "apostrophe", jump_labels(rows + 1)[rows])
        assert main.detail.reader.has_focus
        assert main.detail.reader.selected == 0


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_labels_leave_the_rest_of_the_screen_as_it_is(size: tuple[int, int]) -> None:
    """However many they are; the keys of below are not named, since they do not work."""
    async with started(small_server(*[f"Row {number}" for number in range(40)]), size=size) as (app, pilot):
        before = [line.rstrip() for line in screen_lines(app)]
        await press(pilot, "apostrophe")
        after = [line.rstrip() for line in screen_lines(app)]
        assert [line[3:] for line in after[:-1] if "system" not in line] == [
            line[3:] for line in before[:-1] if "system" not in line
        ]
        assert after[-1] == "esc Back"


async def test_a_key_that_is_no_label_goes_back_and_nothing_moves() -> None:
    async with started(small_server("One", "Two"), size=NARROW) as (app, pilot):
        main = main_screen(app)
        before = main.list.cursor
        for key in ("z", "escape", "f1"):
            await press(pilot, "apostrophe")
            assert isinstance(app.screen, JumpScreen)
            await press(pilot, key)
            assert not app.screen.is_modal
            assert main.list.cursor == before


async def test_two_letters_are_typed_one_after_the_other() -> None:
    async with started(small_server(*[f"Row {number}" for number in range(40)])) as (app, pilot):
        main = main_screen(app)
        await press(pilot, "apostrophe")
        assert isinstance(app.screen, JumpScreen)
        label = next(name for name, target in app.screen._targets.items() if target.index == 9)
        await press(pilot, label[0])
        assert isinstance(app.screen, JumpScreen)
        await press(pilot, label[1])
        assert main.list.cursor == 9
