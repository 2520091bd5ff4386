"""A server with the four documented calls and nothing else: what the app shows of it is true."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.app_helpers import pane_text, press, remarks, row_id, screen_text, started
from tests.reference_server import ReferenceServer
from tui.backends.demo.transport import DemoTransport
from tui.ui.dialogs.connection_failed import ConnectScreen

pytestmark = pytest.mark.anyio

ID = "conv-0f6c1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
NOT_SUPPORTED = "not supported by this server (404)"


def on(server: ReferenceServer, **settings: Any) -> Any:
    return started(cast("DemoTransport", server), demo=None, **settings)


@pytest.mark.parametrize("cloud", [False, True])
async def test_without_an_agent_the_dialog_says_how_to_name_one(cloud: bool) -> None:
    async with on(ReferenceServer(cloud=cloud)) as (app, _):
        assert isinstance(app.screen, ConnectScreen)
        assert f"Listing agents: {NOT_SUPPORTED}" in screen_text(app)
        assert "--agent ID" in screen_text(app)


@pytest.mark.parametrize(
    "settings", [{"agent": "agent_id"}, {"agent": "agent-1"}, {"conversation": ID}], ids=str
)
async def test_an_agent_that_is_known_by_its_id_is_browsed(settings: dict[str, str]) -> None:
    async with on(ReferenceServer(lenient=True), **settings) as (app, pilot):
        assert "connected" in pane_text(app, "#header")
        assert (settings.get("agent") or "agent_id") in pane_text(app, "#header")
        while row_id(app) != "id":
            await press(pilot, "j")
        assert f"Reading the messages: {NOT_SUPPORTED}" in pane_text(app, "#messages")
        await press(pilot, "b")
        assert NOT_SUPPORTED in pane_text(app, "#memory")
        await press(pilot, "i")
        assert "2019-12-27" in pane_text(app, "#info")
        assert "deleted" not in screen_text(app)


async def test_a_summary_is_edited_with_the_documented_call() -> None:
    server = ReferenceServer(lenient=True)
    async with on(server, agent="agent_id") as (app, pilot):
        while row_id(app) != "id":
            await press(pilot, "j")
        await press(pilot, "e", "x", "enter")
        assert "PATCH /v1/conversations/id" in server.asked
        assert "Saved" not in remarks(app)


@pytest.mark.parametrize(
    "key", ["H", "D", "f", "A", "C", "T", "P", "M", "exclamation_mark", "a", "r", "R", "w"]
)
async def test_no_key_crashes_or_calls_a_missing_call_a_deleted_thing(key: str) -> None:
    async with on(ReferenceServer(lenient=True), agent="agent_id") as (app, pilot):
        while row_id(app) != "id":
            await press(pilot, "j")
        await press(pilot, key)
        assert app.is_running
        assert "may have been deleted" not in screen_text(app) + remarks(app)


async def test_ids_that_the_server_does_not_read_are_its_own_refusal() -> None:
    """Its list names an id of two characters, and it reads only those of 41."""
    async with on(ReferenceServer(), agent="agent_id") as (app, pilot):
        while row_id(app) != "id":
            await press(pilot, "j")
        assert "refused (422: String should have at least 41 characters)" in pane_text(app, "#messages")
