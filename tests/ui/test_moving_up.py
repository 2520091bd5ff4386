"""Reading backwards."""

from __future__ import annotations

import pytest

from tests.app_helpers import flush, post_keys
from tests.ui.widgets.test_reader import SIZE, ReaderApp, items, painted
from tui.ui.widgets.reader import Reader

pytestmark = pytest.mark.anyio


async def test_going_up_enters_a_tall_message_at_its_end() -> None:
    """k from below shows the last lines first, as j shows the first ones."""
    app = ReaderApp()
    async with app.run_test(size=SIZE) as pilot:
        reader = app.query_one(Reader)
        reader.focus()
        reader.show((*items(1, lines=60), *items(3, start=1)), reset=True)
        await flush(pilot)
        await post_keys(pilot, "G", *["k"] * 3)
        assert reader.selected == 0
        assert "line 58" in painted(app)
