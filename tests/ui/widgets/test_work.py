"""How much is done for a key in a long transcript: what did not change is neither laid out nor drawn again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app_helpers import WIDE, flush, main_screen, make_app, post_keys, press, settle
from tests.ui.widgets.test_reader import SIZE, ReaderApp, items, painted
from tui.ui.widgets.reader import Reader

pytestmark = pytest.mark.anyio


def count(monkeypatch: pytest.MonkeyPatch, owner: type[Any], name: str) -> list[object]:
    """Every call of a method from now on."""
    calls: list[object] = []
    method = getattr(owner, name)

    def counted(self: object, *args: Any, **kwargs: Any) -> Any:
        calls.append((args, kwargs))
        return method(self, *args, **kwargs)

    monkeypatch.setattr(owner, name, counted)
    return calls


async def test_a_line_that_moved_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrolling by a line draws the one that came into view, and back none at all."""
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.focus()
        reader.show(items(3, lines=200), reset=True)
        await flush(pilot)
        painted(app)
        drawn = count(monkeypatch, Reader, "bar")
        await post_keys(pilot, "j")
        assert "line 1\n" not in painted(app).partition("line 2")[0]
        assert len(drawn) == 1
        await post_keys(pilot, "k")
        assert "line 0" in painted(app)
        assert len(drawn) == 1


async def test_selecting_what_is_in_view_draws_the_lines_with_the_bar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those of the item that was selected and of the one that is."""
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.focus()
        reader.show(items(1_000, lines=2), reset=True)
        await flush(pilot)
        painted(app)
        drawn = count(monkeypatch, Reader, "bar")
        reader.select(1)
        painted(app)
        assert len(drawn) == 4


async def test_the_ids_of_what_is_selected_are_there_with_the_selection() -> None:
    """Said at once and not by a message on its way, which would make a second frame of each key."""
    app = make_app()
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await press(pilot, "down", "enter")
        detail = main_screen(app).panes.detail
        for index in (1, 2):
            detail.reader.select(index)
            item = detail.reader.item
            assert item is not None
            assert dict(item.ids)["id"] in str(detail.id_line.content)


async def test_what_is_not_seen_is_filled_once_what_is_seen_was_painted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each reader once; one that is looked at before that is filled then."""
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        screen = main_screen(app)
        filled: list[str | None] = []
        show = Reader.show

        def noted(self: Reader, *args: Any, **kwargs: Any) -> None:
            filled.append(self.id)
            show(self, *args, **kwargs)

        monkeypatch.setattr(Reader, "show", noted)
        screen.panes.detail.view = screen.opened.view
        assert filled == ["messages"]
        screen.panes.detail.show_tab("info")
        assert filled == ["messages", "info"]
        await flush(pilot)
        assert filled == ["messages", "info", "memory"]
