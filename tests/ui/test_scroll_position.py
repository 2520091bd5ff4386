"""The place in a long message, when the window changes."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    NARROW,
    WIDE,
    ids,
    main_screen,
    pane_text,
    press,
    resize,
    small_server,
    started,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("before", "after"), [(NARROW, (110, 30)), (WIDE, (150, 40)), (WIDE, (104, 36))])
async def test_what_is_read_stays_in_view_through_a_resize(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    """The line at the top of the view is still in view, even in the middle of a message of many chunks."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    text = "\n\n".join(f"{n}. Line {n} is where I stopped to think." for n in range(1, 400))
    transport.store.add_message(wanted, "assistant", text)
    async with started(transport, size=before) as (app, pilot):
        await press(pilot, "enter", "G", "space", "G", "pageup", "pageup")
        top = next(word for word in pane_text(app, "#messages").split(". ") if word.startswith("Line"))
        await resize(pilot, after)
        assert main_screen(app).panes.detail.reader.has_focus
        assert top in pane_text(app, "#messages")
