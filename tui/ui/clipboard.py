"""Copy a text by every way that there is: the terminal's clipboard, this machine's, else a file."""

from __future__ import annotations

import asyncio
from functools import partial

from textual.app import App
from textual.worker import Worker

from tui.flows.clipboard import copy_locally, copy_to_file
from tui.storage.paths import state_dir


class Clipboard:
    """Copies texts and says which ways took them; whether the terminal did, it doesn't report."""

    def __init__(self, app: App[None]) -> None:
        self._app = app

    def copy(self, text: str, name: str) -> None:
        """Copy a text; `name` is what the message calls it."""
        if not text:
            self._app.notify("Nothing to copy here", markup=False, timeout=4)
            return
        self._app.copy_to_clipboard(text)
        copy = partial(self._copy_locally, text, name)
        _worker: Worker[None] = self._app.run_worker(copy, group="copy", exclusive=True)

    async def _copy_locally(self, text: str, name: str) -> None:
        start = f"Copied {name} to the terminal's clipboard"
        program = await asyncio.to_thread(copy_locally, text)
        if program is not None:
            self._app.notify(f"{start} and {program}", markup=False, timeout=4)
            return
        try:
            path = await asyncio.to_thread(copy_to_file, text, state_dir())
        except OSError as error:
            text = f"{start}; a file was refused: {error.strerror}"
            self._app.notify(text, severity="error", markup=False, timeout=8)
        else:
            self._app.notify(f"{start}, if it takes that, and to {path}", markup=False, timeout=4)
