"""Export on a key, and a file browsed on the same screen: where it says so, and what it does not offer."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    NOW,
    WIDE,
    assert_harmless,
    ids,
    main_screen,
    make_app,
    note_remarks,
    pane_text,
    press,
    reader_text,
    remarks,
    screen_lines,
    screen_text,
    settle,
    small_server,
    started,
    writes,
)
from tui.app import LettaApp
from tui.backends.bundle.open_file import read_recording
from tui.backends.bundle.transport import BundleTransport
from tui.backends.demo.transport import DemoTransport
from tui.config.settings import resolve
from tui.storage.paths import config_dir, state_dir

pytestmark = pytest.mark.anyio


def exported() -> list[Path]:
    """The files that the key has written."""
    return sorted((state_dir() / "exports").glob("*"))


async def export_first(transport: DemoTransport | None = None) -> Path:
    """Press the key on the row under the cursor."""
    async with started(transport) as (app, pilot):
        await press(pilot, "w")
        assert str(exported()[-1]) in remarks(app).replace("\n", "")
    return exported()[-1]


def offline(path: Path) -> LettaApp:
    """The app as `letta-tui open` starts it."""
    transport = BundleTransport(read_recording(path.read_bytes()))
    settings = replace(resolve({"bundle": path}, {}), recorded=transport.recording.origin or None)
    return LettaApp(settings, transport=transport, clock=lambda: NOW)


async def test_the_key_writes_a_private_bundle_and_says_where() -> None:
    server = small_server("One", "Two")
    path = await export_first(server)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    held = json.loads(path.read_text())
    assert [one["conversation"]["id"] for one in held["conversations"]] == ids(server)[:1]
    assert held["server"] == {"origin": "http://demo", "letta": "0.16.8"}
    assert not writes(server)


async def test_what_could_not_be_read_is_said() -> None:
    server = small_server("One")
    server.fail(httpx.Response(404, json={"detail": "Not Found"}), path="/v1/messages/$")
    async with started(server) as (app, pilot):
        await press(pilot, "w")
        assert "1 part could not be read: history" in remarks(app)


async def test_a_failed_export_writes_nothing() -> None:
    server = small_server("One")
    async with started(server) as (app, pilot):
        server.fail(500, path="/v1/conversations/conv-[^/]*$")
        await press(pilot, "w")
        assert "Not exported" in remarks(app)
    assert not exported()


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_header_says_that_it_is_a_file(size: tuple[int, int]) -> None:
    path = await export_first()
    app = offline(path)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        first = screen_lines(app)[0]
        assert f"▤ offline · {path.name[:29]}…" in first
        assert "connected" not in first
        assert "read-only" in first
        assert "Refactor the billing API, second try" in screen_text(app)


async def test_a_file_shows_what_the_server_showed() -> None:
    online = make_app(DemoTransport(now=NOW))
    shown = {}
    async with online.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for tab, key in (("messages", "m"), ("memory", "b")):
            await press(pilot, key)
            shown[tab] = reader_text(online, tab)
    app = offline(await export_first())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for tab, key in (("messages", "m"), ("memory", "b")):
            await press(pilot, key)
            assert reader_text(app, tab) == shown[tab]


async def test_a_file_that_is_exported_again_keeps_its_first_origin() -> None:
    path = await export_first(small_server("One"))
    first = json.loads(path.read_text())["server"]["origin"]
    app = offline(path)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "w")
    (again,) = [one for one in path.parent.iterdir() if one != path]
    assert json.loads(again.read_text())["server"]["origin"] == first == "http://demo"


async def test_nothing_is_offered_that_would_change_a_file() -> None:
    app = offline(await export_first(small_server("One")))
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for key in ("e", "ctrl+n", "f", "D", "u"):
            await press(pilot, key)
            assert len(app.screen_stack) == 1
        assert main_screen(app).edit is None


async def test_a_default_conversation_that_was_not_exported_is_not_listed() -> None:
    app = offline(await export_first(small_server("One")))
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert [row.summary for row in main_screen(app).conversations.rows] == ["One"]
        await press(pilot, "r")
        assert [row.summary for row in main_screen(app).conversations.rows] == ["One"]


async def test_a_default_conversation_that_was_exported_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "one.af"
    rows = [{"id": "message-0", "role": "system", "content": "You are."}]
    agent = {"id": "agent-0", "name": "Ada", "messages": rows, "in_context_message_ids": ["message-0"]}
    path.write_text(json.dumps({"agents": [agent]}))
    app = offline(path)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert [row.is_default for row in main_screen(app).conversations.rows] == [True]


async def test_a_default_conversation_that_is_asked_for_and_was_not_exported_is_said_to_be_missing() -> None:
    path = await export_first(small_server("One"))
    settings = resolve({"bundle": path, "conversation": "default"}, {})
    app = note_remarks(
        LettaApp(settings, transport=BundleTransport(read_recording(path.read_bytes())), clock=lambda: NOW)
    )
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "The default conversation of this agent is not in the file" in remarks(app)
        assert main_screen(app).panes.list.row is not None


async def test_a_hostile_file_steers_nothing(tmp_path: Path) -> None:
    server = small_server(HOSTILE, name=HOSTILE, blocks={HOSTILE: HOSTILE})
    path = await export_first(server)
    hostile = tmp_path / f"{HOSTILE.replace('/', '')}.json"
    hostile.write_bytes(path.read_bytes())
    app = offline(hostile)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert_harmless(app)
        assert "[/foo]" in pane_text(app, "#list")


async def test_a_server_that_is_tried_out_meanwhile_is_not_the_file() -> None:
    """Nothing listens there, whatever the file would answer."""
    path = await export_first(small_server("One"))
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text('[profiles.lab]\nbase_url = "http://127.0.0.1:9"\n')
    app = offline(path)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+o", "t")
        assert "cannot connect" in pane_text(app, "#connections-state")
