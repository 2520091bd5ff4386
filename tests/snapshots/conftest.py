"""Pictures of the app that are the same on every run and name no other host."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.app_helpers import WIDE, make_quick, settle
from tui.app import LettaApp

Act = Callable[[Pilot[None]], Awaitable[None]]
Shows = Callable[..., bool]

REPORT_FOLDER = "TEXTUAL_SNAPSHOT_TEMPDIR"
NAMES_OF_HOSTS = re.compile(r"\s*@font-face \{.*?\}|\s*<!-- Generated with Rich .*?-->", re.DOTALL)


@pytest.fixture(scope="session")
def report_folder() -> str:
    """Where the plugin writes its report, from a variable that the clean environment of tests hides."""
    return os.environ[REPORT_FOLDER]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that these tests wait for takes time by design."""
    make_quick(monkeypatch)


@pytest.fixture(autouse=True)
def without_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the address of the font's server out of what is compared and stored."""
    export = App.export_screenshot

    def cut(app: App[Any], **options: Any) -> str:
        return NAMES_OF_HOSTS.sub("", export(app, **options))

    monkeypatch.setattr(App, "export_screenshot", cut)


@pytest.fixture
def shows(
    report_folder: str,
    clean_environment: Path,
    monkeypatch: pytest.MonkeyPatch,
    snap_compare: Callable[..., bool],
) -> Shows:
    """Whether the app looks as it did when the picture was accepted, after `act`, with all its work done."""
    monkeypatch.setenv(REPORT_FOLDER, report_folder)

    def compare(app: LettaApp, act: Act | None = None, *, size: tuple[int, int] = WIDE) -> bool:
        async def play(pilot: Pilot[None]) -> None:
            await settle(pilot)
            if act is not None:
                await act(pilot)
            app.clear_notifications()  # they go away by themselves, so they are in no picture
            for field in (*app.screen.query(Input), *app.screen.query(TextArea)):
                field.cursor_blink = False
            await settle(pilot)

        return snap_compare(app, terminal_size=size, run_before=play)

    return compare
