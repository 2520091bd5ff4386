"""Take the pictures of README and manual: `python -m screenshots.take`, from the checkout, with the `dev` extra.

The app runs on its embedded server with a frozen clock, so that two runs write the same files.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.app_helpers import NOW, make_app, press, settle, type_text
from tui.backends.demo.transport import DemoTransport

FOLDER = Path(__file__).resolve().parent
NAMES_OF_HOSTS = re.compile(r"\s*@font-face \{.*?\}|\s*<!-- Generated with Rich .*?-->", re.DOTALL)
HIDDEN = ("LETTA_", "TEXTUAL", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "EDITOR", "VISUAL")

Act = Callable[[Pilot[None], DemoTransport], Awaitable[None]]


@dataclass(frozen=True)
class Scene:
    """A picture: the size of its terminal in columns and lines, and what is done before it is taken."""

    name: str
    size: tuple[int, int]
    act: Act


async def main_view(pilot: Pilot[None], _: DemoTransport) -> None:
    """The newest conversation, as it stands after the start."""


async def model(pilot: Pilot[None], _: DemoTransport) -> None:
    """Every block beside what the model of this conversation reads of it."""
    await press(pilot, "b", "enter", "d", "j", "j")


async def memory(pilot: Pilot[None], _: DemoTransport) -> None:
    """An isolated block beside the shared one that it left behind."""
    await press(pilot, "b", "enter", "d", "d", "j", "j")


async def change_memory(pilot: Pilot[None], _: DemoTransport) -> None:
    """What saving a shared block would do."""
    await press(pilot, "j", "b", "enter", "j", "j", "e")
    await type_text(pilot, " Likes tea.")
    await press(pilot, "enter")


async def editor(pilot: Pilot[None], _: DemoTransport) -> None:
    """A summary that is being changed."""
    await press(pilot, "j", "e")
    await type_text(pilot, ", and say what it refuses")


async def conflict(pilot: Pilot[None], server: DemoTransport) -> None:
    """Somebody else saved a summary while it was being edited."""
    await press(pilot, "j", "e")
    await type_text(pilot, ", and say what it refuses")
    rows = server.store.conversations.values()
    edited = next(row.id for row in rows if row.summary == "Write tests for the parser")
    server.store.set_summary(edited, "Write tests for the parser (paused until the tab is decided)")
    await press(pilot, "enter")


async def picker(pilot: Pilot[None], _: DemoTransport) -> None:
    """The agents of the server."""
    await press(pilot, "a")


async def search(pilot: Pilot[None], _: DemoTransport) -> None:
    """A word in all conversations of the agent, in context and before it."""
    await press(pilot, "ctrl+f", "f5")
    await type_text(pilot, "invoices")
    await press(pilot, "enter", "j", "j")


async def narrow_list(pilot: Pilot[None], _: DemoTransport) -> None:
    """80 columns: the list has all of them."""


async def narrow_memory(pilot: Pilot[None], _: DemoTransport) -> None:
    """80 columns: so has the detail."""
    await press(pilot, "b")


SCENES = (
    Scene("main", (110, 32), main_view),
    Scene("model", (110, 30), model),
    Scene("memory", (150, 36), memory),
    Scene("change-memory", (110, 28), change_memory),
    Scene("editor", (110, 20), editor),
    Scene("conflict", (110, 24), conflict),
    Scene("picker", (110, 24), picker),
    Scene("search", (110, 30), search),
    Scene("narrow-list", (80, 24), narrow_list),
    Scene("narrow-memory", (80, 24), narrow_memory),
)


async def take(scene: Scene) -> str:
    """The scene as SVG that names no host (the font would be fetched from one) and keeps its blanks everywhere."""
    server = DemoTransport(now=NOW)
    app = make_app(server)
    app.animation_level = "none"
    async with app.run_test(size=scene.size) as pilot:
        await settle(pilot)
        await scene.act(pilot, server)
        app.clear_notifications()
        for field in (*app.screen.query(Input), *app.screen.query(TextArea)):
            field.cursor_blink = False
        await settle(pilot)
        svg = app.export_screenshot(title="letta-tui --demo", simplify=True)
    return NAMES_OF_HOSTS.sub("", svg).replace("<svg ", '<svg xml:space="preserve" ', 1)


def hide_this_machine(home: str) -> None:
    """Let nothing of this machine's settings, files and time zone into a picture."""
    for name in list(os.environ):
        if name.startswith(HIDDEN):
            del os.environ[name]
    os.environ |= {"XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home, "TERM": "xterm-256color", "TZ": "UTC"}
    time.tzset()


def write_picture(path: Path, svg: str) -> None:
    """Write a picture, and say whether it is new."""
    same = path.exists() and path.read_text(encoding="utf-8") == svg
    path.write_text(svg, encoding="utf-8")
    print(f"{path.name}: {len(svg.encode()) // 1024} KB, {'as before' if same else 'new'}")


def main() -> int:
    """Write every picture, and say which ones are new."""
    for scene in SCENES:
        with tempfile.TemporaryDirectory() as home:
            hide_this_machine(home)
            svg = asyncio.run(take(scene))
        write_picture(FOLDER / f"{scene.name}.svg", svg)
    return 0


if __name__ == "__main__":
    sys.exit(main())
