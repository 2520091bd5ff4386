"""What a closed screen has drawn is let go, however often one is opened."""

from __future__ import annotations

import gc

import pytest
from textual._styles_cache import StylesCache
from textual.widget import Widget

from tests.app_helpers import WIDE, make_app, press, settle, small_server
from tui.app import LettaApp

pytestmark = [pytest.mark.anyio, pytest.mark.textual_fixes]


A_ROUND = 150
"""Lines that the screens of a round draw: this many more stayed in memory after each."""


def held_for_nobody(app: LettaApp) -> int:
    """Drawn lines in memory of widgets that are no longer on a screen."""
    gc.collect()
    there = [*app.screen_stack, *(one for screen in app.screen_stack for one in screen.query(Widget))]
    used = {id(one._styles_cache) for one in there}
    kept = [one for one in gc.get_objects() if isinstance(one, StylesCache) and id(one) not in used]
    return sum(len(one._cache) for one in kept)


async def test_what_closed_screens_have_drawn_is_let_go() -> None:
    """Help, requests, the check and the palette, one round and three more: what the last one drew may be on its way."""
    app = make_app(small_server("One", "Two"))
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        keys = ("question_mark", "escape", "at", "escape", "exclamation_mark", "escape", "ctrl+p", "escape")
        await press(pilot, *keys)
        once = held_for_nobody(app)
        await press(pilot, *keys, *keys, *keys)
        assert held_for_nobody(app) - once < 2 * A_ROUND


async def test_the_colours_are_those_that_textual_works_out() -> None:
    """Two widgets on the same colours share them."""
    app = make_app(small_server("One"))
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        base, colour = app.screen.background_colors
        inner, outer = StylesCache().get_inner_outer(base, colour)
        assert (inner.background, outer.background) == (base + colour, base)
        assert StylesCache().get_inner_outer(base, colour)[0] is inner
