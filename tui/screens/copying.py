"""Copy what is selected, by every way that there is, and say which ones took it."""

from __future__ import annotations

import asyncio

from textual import work

from tui.flows.clipboard import copy_locally, copy_to_file
from tui.screens.base import MainState
from tui.storage.paths import state_dir


class Copying(MainState):
    """The terminal's clipboard first, then this machine's, else a file."""

    def copy(self, text: str, name: str) -> None:
        """Copy a text; `name` is how the remark calls it."""
        if text:
            self.app.copy_to_clipboard(text)
            self.copy_here(text, name)
        else:
            self.say("Nothing to copy here")

    @work(group="copy", exclusive=True)
    async def copy_here(self, text: str, name: str) -> None:
        """The local ways, which may take a moment; whether the terminal took it, it does not tell."""
        to = "the terminal's clipboard"
        program = await asyncio.to_thread(copy_locally, text)
        if program is not None:
            self.say(f"Copied {name} to {to} and {program}")
            return
        try:
            path = await asyncio.to_thread(copy_to_file, text, state_dir())
        except OSError as trouble:
            self.say(f"Copied {name} to {to}; a file was refused: {trouble.strerror}", trouble=True)
        else:
            self.say(f"Copied {name} to {to}, if it takes that, and to {path}")
