"""Rows that were read again free the old ones at once, not at the next garbage collection."""

from __future__ import annotations

import gc

import pytest

from tests.app_helpers import WIDE, main_screen, make_app, press, settle, small_server
from tui.rules.paging import ConversationPages

pytestmark = [pytest.mark.anyio, pytest.mark.textual_fixes]


def lists() -> int:
    """Lists of rows in memory, with or without garbage."""
    return sum(isinstance(one, ConversationPages) for one in gc.get_objects())


@pytest.mark.parametrize("key", ["R", "r", "S", "s"])
async def test_a_list_is_let_go_when_another_replaces_it(key: str) -> None:
    app = make_app(small_server("One", "Two", "Three"))
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        gc.collect()
        before = lists()
        gc.disable()
        try:
            await press(pilot, *[key] * 6)
            assert len(main_screen(app).reading.conversations.feed) == 3
            assert lists() <= before
        finally:
            gc.enable()
