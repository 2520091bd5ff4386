"""A dialog that opens while notifications expire does not stop the event loop, however slow the machine is."""

from __future__ import annotations

import subprocess
import sys

import pytest
from textual.timer import Timer

from tui.textual_fixes import STOCK, install

PROGRAM = """
import asyncio, faulthandler, time
from textual.widgets._toast import Toast
from tests.app_helpers import make_app, small_server

make = Toast.__init__

def make_slowly(self, notification):
    time.sleep(0.5)
    make(self, notification)

async def main():
    app = make_app(small_server("One"))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await pilot.pause()
        Toast.__init__ = make_slowly
        for number in range(3):
            app.notify(f"remark {number}", timeout=0.4)
            await pilot.press("question_mark")
            await pilot.pause(0.1)
            await pilot.press("escape")
        print("alive", len(app.screen_stack))

faulthandler.dump_traceback_later(50, exit=True)
asyncio.run(main())
"""


@pytest.mark.parametrize("stock", ["", "1"], ids=["all fixes", "stock"])
def test_dialogs_that_open_while_notifications_expire_leave_the_loop_running(
    stock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STOCK, stock)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("alive 1\n", "")


def test_to_install_again_changes_nothing() -> None:
    install()
    first = Timer.__init__
    install()
    assert Timer.__init__ is first
