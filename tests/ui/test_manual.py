"""The manual in the app: f1 opens the page about what is shown, and it can be searched."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import httpx
import pytest

from tests.app_helpers import NARROW, pane_text, press, resize, screen_text, small_server, started, type_text
from tui import ui
from tui.manual import PAGES, read_page
from tui.presentation.markdown_page import sections
from tui.ui.dialogs.dialog import Dialog
from tui.ui.tools.manual import ManualScreen

pytestmark = pytest.mark.anyio


def dialogs() -> Iterator[type[Dialog[object]]]:
    """Every dialog and tool that can be opened."""
    for module in pkgutil.walk_packages(ui.__path__, "tui.ui."):
        for kind in vars(import_module(module.name)).values():
            if isinstance(kind, type) and issubclass(kind, Dialog) and kind.__module__ == module.name:
                yield kind


def test_every_dialog_has_a_page_and_its_section_is_there() -> None:
    bases = {"Dialog", "ToolScreen", "ReaderTool"}
    for kind in dialogs():
        page, _, anchor = kind.MANUAL.partition("#")
        anchors = {section.anchor for section in sections(read_page(page), 80)}
        assert not anchor or anchor in anchors, kind
        assert kind.__name__ in bases or "MANUAL" in vars(kind), kind


@pytest.mark.parametrize(
    ("keys", "page", "words"),
    [
        ((), "reading", "READING CONVERSATIONS"),
        (("enter",), "reading", "Messages shows exactly what is in context"),
        (("enter", "b"), "memory", "MEMORY: WHAT THE MODEL READS"),
        (("i", "enter"), "reading", "Info has every field"),
        (("e",), "editing", "EDITING SUMMARIES"),
        (("slash",), "reading", "filters it as you type"),
        (("enter", "slash"), "reading", "searches everything that is shown"),
        (("D",), "changes", "CREATE, FORK, DELETE"),
        (("ctrl+n",), "changes", "asks for a summary, which may stay empty"),
        (("M",), "tools", "shows which conversations isolate which labels"),
        (("at",), "tools", "lists every request since the app started"),
        (("ctrl+o",), "profiles", "is yours: the program reads it"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
async def test_f1_opens_the_page_about_what_is_shown(keys: tuple[str, ...], page: str, words: str) -> None:
    async with started(small_server("One"), size=(120, 60)) as (app, pilot):
        await press(pilot, *keys)
        below = app.screen
        await press(pilot, "f1")
        assert isinstance(app.screen, ManualScreen)
        assert pane_text(app, "#tool-state").startswith(f"letta-tui manual {page} · ")
        assert words in pane_text(app, "#tool")
        await press(pilot, "escape")
        assert app.screen is below


async def test_without_a_server_it_is_about_troubles() -> None:
    transport = small_server("One")
    transport.fail(httpx.ConnectError)
    async with started(transport, demo=False) as (app, pilot):
        await press(pilot, "f1")
        assert "letta-tui manual troubleshooting" in pane_text(app, "#tool-state")
        assert "Try this address and key" in screen_text(app)
        await press(pilot, "escape", "escape", "f1")
        assert "letta-tui manual troubleshooting" in pane_text(app, "#tool-state")


async def test_the_keys_of_a_dialog_and_of_a_field_stand_above_its_page() -> None:
    """Where `?` is text, nothing else would list them; they are those that the user has chosen."""
    keys = {"ask.yes": "o"}
    async with started(small_server("One"), size=(120, 60), keys=keys) as (app, pilot):
        await press(pilot, "D", "f1")
        words = pane_text(app, "#tool")
        assert "Keys here" in words
        assert "o Do it" in words
        await press(pilot, "escape", "escape", "e", "f1")
        words = pane_text(app, "#tool")
        assert "Save the summary" in words
        assert "Filter the conversations" not in words


async def test_it_is_searched_as_a_whole() -> None:
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "f1", "slash")
        await type_text(pilot, "OSC 52")
        await press(pilot, "enter")
        assert pane_text(app, "#find-state").startswith("1 of")
        assert "OSC 52" in pane_text(app, "#tool")
        before = pane_text(app, "#tool-state")
        await press(pilot, "n")
        assert pane_text(app, "#find-state").startswith("2 of")
        assert pane_text(app, "#tool-state") != before
        await press(pilot, "escape")
        assert isinstance(app.screen, ManualScreen)
        await press(pilot, "escape")
        assert not isinstance(app.screen, ManualScreen)


async def test_tab_goes_from_page_to_page_and_f1_to_the_list_of_them() -> None:
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "f1")
        for page in [*list(PAGES)[1:], ""]:
            await press(pilot, "tab")
            assert f"letta-tui manual {page}".strip() in pane_text(app, "#tool-state")
        await press(pilot, "shift+tab", "f1")
        words = pane_text(app, "#tool")
        assert all(page in words for page in PAGES)


async def test_another_width_lays_it_out_again_at_the_same_place() -> None:
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "b", "enter", "f1")
        wide = pane_text(app, "#tool")
        await resize(pilot, NARROW)
        assert "MEMORY: WHAT THE MODEL READS" in wide
        assert "MEMORY: WHAT THE MODEL READS" in pane_text(app, "#tool")
        assert "…" not in pane_text(app, "#tool-state")
