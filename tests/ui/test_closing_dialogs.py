"""An answer that comes while a dialog closes, when its widgets are gone already, ends nothing."""

from __future__ import annotations

import pytest

from tests.app_helpers import flush, press_until_held, settle, started
from tests.flows.test_write import isolated_server
from tui.ui.main_screen import MainScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("a", "/v1/agents/$"),
        ("D", "/conv-[^/]+$"),
        ("f", "/conv-[^/]+$"),
        ("C", "/conv-[^/]+$"),
        ("M", "/v1/conversations/"),
        ("T", "/v1/messages/|/messages"),
        ("P", "/v1/"),
    ],
)
async def test_an_answer_while_a_dialog_closes(key: str, path: str) -> None:
    transport = isolated_server("One", "Two")
    async with started(transport) as (app, pilot):
        gate = await press_until_held(pilot, transport, key, path=path)
        await flush(pilot)
        dialog = app.screen
        assert not isinstance(dialog, MainScreen)
        await dialog.remove_children()
        gate.open()
        await settle(pilot)
        assert app.return_code is None
        assert app.is_running
