"""Wherever the real program crashes, it gives the terminal back, prints why without the API key, and exits 70."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.tally import TALLY
from tests.faults.terminal_stream import running
from tests.faults.test_terminal import environment, pieces

SCRIPT = """
import asyncio, os, sys, threading

def crash(*_, **__):
    settings = key = os.environ["LETTA_API_KEY"]
    raise RuntimeError("on purpose " + key)

async def crash_later(*_, **__):
    crash()

def at_key(act):
    from tui.ui.main_screen import MainScreen
    MainScreen._edit = act

{arranged}
from tui.cli import main
raise SystemExit(main({arguments}))
"""

ON_SCREEN = {
    "a message handler": ("at_key(crash)", "e"),
    "a worker": ("at_key(lambda self: self.run_worker(crash_later, group='crash') and None)", "e"),
    "a worker's thread": ("at_key(lambda self: self.run_worker(crash, group='crash', thread=True) and None)", "e"),
    "a thread": ("at_key(lambda self: threading.Thread(target=crash).start())", "e"),
    "a timer": ("at_key(lambda self: self.set_timer(0.01, crash) and None)", "e"),
    "a task": ("at_key(lambda self: asyncio.ensure_future(crash_later()) and None)", "e"),
    "a callback of the loop": ("at_key(lambda self: asyncio.get_running_loop().call_soon(crash) and None)", "e"),
    "composing": ("from tui.ui.main_screen import MainScreen; MainScreen.compose = crash", ""),
    "painting": ("from tui.ui.widgets.footer import KeyLine; KeyLine.render_line = KeyLine.render = crash", ""),
    "making the app": ("import tui.app; tui.app.MainScreen.__init__ = crash", ""),
    "the first message": ("import tui.app; tui.app.LettaApp.on_mount = crash", ""),
    "the last message": ("import tui.app; tui.app.LettaApp.on_unmount = crash", "q"),
    "reading an answer": (
        "import tui.backends.demo.transport as t; t.DemoTransport.handle_async_request = crash_later", ""
    ),
    "the thread that reads": (
        "from tui.textual_fixes.terminal_driver import TerminalDriver; TerminalDriver.run_input_thread = crash", ""
    ),
    "the thread that writes": (
        "from tui.textual_fixes.terminal_driver import TerminalOutput\n"
        "write = TerminalOutput.write\n"
        "TerminalOutput.write = lambda self, text: crash() if 'connected' in text else write(self, text)",
        "",
    ),
    "what the thread writes to": (
        "import codecs, tui.textual_fixes.terminal_driver as t\n"
        "def flush(self):\n"
        "    self._try(crash)\n"
        "t.TerminalOutput.flush = flush",
        "",
    ),
}  # fmt: skip


def script(arranged: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", SCRIPT.format(arranged=arranged, arguments=list(arguments))]


@pytest.mark.parametrize("place", ON_SCREEN)
def test_a_crash_of_the_app_gives_the_terminal_back_and_says_why(place: str, tmp_path: Path) -> None:
    arranged, key = ON_SCREEN[place]
    with running(script(arranged, "--demo"), environment(tmp_path), tmp_path) as program:
        if key:
            program.until("connected")
            program.press(key)
        assert program.end() == 70
        written = bytes(program.written)
    _, _, after = written.rpartition(b"\x1b[?1049l")
    assert b"RuntimeError: on purpose [key]" in after
    assert b"letta-tui crashed" in after
    assert b"Traceback" in after
    TALLY.search(written, *pieces(), where=f"a crash in {place}")


WITHOUT_SCREEN = {
    "the import of the app": (
        """
class Finder:
    def find_spec(self, name, *_):
        if name == "tui.ui.main_screen":
            crash()
sys.meta_path.insert(0, Finder())
os.environ["LETTA_TUI_BROWSER"] = "restricted"
""",
        ("--demo",),
    ),
    "reading settings": (
        "import tui.config.config_file as c; c.read_config = crash; os.environ['LETTA_TUI_BROWSER'] = 'commands'",
        ("--demo",),
    ),
    "a command": ("import tui.commands.list as c; c.COMMAND = None", ("list", "--agents", "--demo")),
    "a command's request": (
        "import tui.backends.demo.transport as t; t.DemoTransport.handle_async_request = crash_later",
        ("list", "--agents", "--demo"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", WITHOUT_SCREEN)
def test_a_crash_without_a_screen_says_why_on_standard_error(place: str, tmp_path: Path) -> None:
    arranged, arguments = WITHOUT_SCREEN[place]
    done = subprocess.run(
        script(arranged, *arguments),
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 70, done.stderr
    assert done.stdout == b""
    assert b"Traceback" in done.stderr
    assert b"letta-tui crashed" in done.stderr
    TALLY.search(done.stderr, *pieces(), where=f"a crash in {place}")


def test_a_report_that_nobody_can_read_still_has_its_exit_code(tmp_path: Path) -> None:
    command = script("import tui.cli; tui.cli._run = crash", "list")
    done = subprocess.run(
        ["sh", "-c", '"$@" 2>/dev/full', "sh", *command], env=environment(tmp_path), cwd=tmp_path, check=False
    )
    assert done.returncode == 70
