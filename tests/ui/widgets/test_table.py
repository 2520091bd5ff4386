"""The table: its head stays, its cursor keeps its place, cells scroll sideways, and only what is seen is drawn."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.app_helpers import HOSTILE, flush, post_keys, strips
from tui.app import HarmlessLines
from tui.ui.widgets.virtual_table import Cell, Column, Row, Table

pytestmark = pytest.mark.anyio

COLUMNS = (Column("name"), Column("human", 11, pinned=False), Column("persona", 11, pinned=False))


class OneTable(App[None]):
    """Nothing but a table."""

    CSS_PATH = "../../../tui/ui/app.tcss"

    def __init__(self, *, by_cell: bool = True) -> None:
        super().__init__()
        self.table = Table(by_cell=by_cell)
        self.chosen: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_table_chosen(self, event: Table.Chosen) -> None:
        assert event.table.row is not None
        self.chosen.append(event.table.row.key)

    def get_line_filters(self) -> list[HarmlessLines]:
        return [HarmlessLines()]

    @property
    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in strips(self)]


def rows(count: int, columns: tuple[Column, ...] = COLUMNS) -> list[Row]:
    return [
        Row(f"r{number}", tuple(Cell(f"{column.title}{number}") for column in columns))
        for number in range(count)
    ]


async def test_the_head_stays_while_rows_scroll() -> None:
    app = OneTable()
    async with app.run_test(size=(60, 8)) as pilot:
        app.table.show(COLUMNS, rows(100_000))
        await post_keys(pilot, "G")
        await flush(pilot)
        assert app.lines[0].split() == ["name", "human", "persona"]
        assert "name99999" in app.lines[-1]
        assert app.table.cursor == 99_999
        await post_keys(pilot, "g", "pagedown")
        assert app.table.cursor == 6


async def test_the_cursor_stays_on_its_row_and_column_when_the_rows_change() -> None:
    app = OneTable()
    async with app.run_test(size=(60, 8)) as pilot:
        app.table.show(COLUMNS, rows(5))
        await post_keys(pilot, "j", "j", "right")
        assert (app.table.row, app.table.column) == (rows(5)[2], 2)
        wider = (COLUMNS[0], Column("attic", 11, pinned=False), *COLUMNS[1:])
        app.table.show(wider, [Row("new", tuple(Cell("x") for _ in wider)), *rows(5, wider)])
        assert app.table.row is not None
        assert (app.table.row.key, app.table.columns[app.table.column].title) == ("r2", "persona")
        app.table.show(COLUMNS, rows(1))
        assert app.table.cursor == 0


async def test_columns_scroll_sideways_and_the_first_stays() -> None:
    many = (Column("name"), *(Column(f"label{n}", 11, pinned=False) for n in range(12)))
    app = OneTable()
    async with app.run_test(size=(60, 6)) as pilot:
        app.table.show(many, rows(3, many))
        for place in range(1, 12):
            await post_keys(pilot, "l")
            await flush(pilot)
            assert f"label{place}0" in app.lines[1], place
            assert "name0" in app.lines[1]
        for _ in range(12):
            await post_keys(pilot, "h")
        await flush(pilot)
        assert "label00" in app.lines[1]


async def test_the_cell_under_the_cursor_and_marked_ones_are_told_without_colour() -> None:
    app = OneTable()
    async with app.run_test(size=(60, 6)) as pilot:
        app.table.show(COLUMNS, [Row("a", (Cell("n"), Cell("one"), Cell("two", marked=True)))])
        await flush(pilot)
        assert "▶one" in app.lines[1]
        assert "●two" in app.lines[1]
        assert app.lines[1].startswith("▌")


async def test_enter_and_a_second_click_choose() -> None:
    app = OneTable()
    async with app.run_test(size=(60, 8)) as pilot:
        app.table.show(COLUMNS, rows(4))
        await post_keys(pilot, "j", "enter")
        assert app.chosen == ["r1"]
        await pilot.click(Table, offset=(2, 4))
        assert app.table.cursor == 3
        await pilot.click(Table, offset=(2, 4))
        await flush(pilot)
        assert app.chosen == ["r1", "r3"]
        await pilot.click(Table, offset=(2, 0))
        assert app.table.cursor == 3


async def test_without_cells_the_row_is_what_moves() -> None:
    app = OneTable(by_cell=False)
    columns = (Column("ms", 6, right=True), Column("path"))
    async with app.run_test(size=(30, 6)) as pilot:
        app.table.show(columns, [Row("a", (Cell("12"), Cell("/v1/" + "x" * 60)))])
        await post_keys(pilot, "l", "j")
        await flush(pilot)
        assert app.lines[1].startswith("▌    12 /v1/xxx")
        assert app.lines[1].endswith("…")


async def test_an_empty_table_and_hostile_cells_do_no_harm() -> None:
    app = OneTable()
    async with app.run_test(size=(40, 6)) as pilot:
        await post_keys(pilot, "j", "G", "enter", "l", "pageup")
        assert app.chosen == []
        columns = (Column(HOSTILE), Column(HOSTILE, 11, pinned=False))
        app.table.show(columns, [Row("a", (Cell(HOSTILE), Cell(HOSTILE)))])
        await flush(pilot)
        assert "[/foo]" in app.lines[1]
        assert "\x1b" not in "".join(app.lines)


@pytest.mark.parametrize("width", [3, 10, 20, 300])
async def test_any_width_draws(width: int) -> None:
    app = OneTable()
    async with app.run_test(size=(width, 4)) as pilot:
        app.table.show(COLUMNS, rows(3))
        await flush(pilot)
        await post_keys(pilot, "l", "j")
        assert len(app.lines) == 4
