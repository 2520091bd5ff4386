"""What the keys do to read comfortably: fold, hide types, open in a pager or an editor."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace

from textual import work
from textual.app import SuspendNotSupported

from tui.model.text import visible
from tui.rules.message_scope import count_by_type
from tui.screens.copying import Copying

PAGER = "less -R"


class Folding(Copying):
    """Folds, types, and the selected text in a program of the user's own."""

    _piped: str = ""
    """The command that was piped to last."""

    def action_fold_all(self) -> None:
        """Fold everything, or unfold everything where all is folded."""
        self.detail.reader.fold_all()

    def action_fold_kind(self) -> None:
        """Fold or unfold everything of the selected type."""
        self.detail.reader.fold_kind()

    def action_types(self) -> None:
        """Ask which types to show."""
        self.ask_types()

    @work(group="types", exclusive=True)
    async def ask_types(self) -> None:
        """Ask which types of message to show, and show those."""
        from tui.screens.types import TypesScreen

        counts = count_by_type(self.detail.messages)
        hidden = await self.app.push_screen_wait(TypesScreen(counts, self.scope.hidden))
        if hidden is not None:
            self.scope = replace(self.scope, hidden=hidden)

    def action_page_outside(self) -> None:
        """The selected text in $PAGER, with control codes made visible."""
        self._open(os.environ.get("PAGER") or PAGER, ".txt")

    def action_view_outside(self) -> None:
        """A read-only copy of the selected text in $VISUAL or $EDITOR."""
        self._open(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi", ".md")

    def action_pipe(self) -> None:
        """Give the selected text to a command."""
        self.ask_pipe()

    @work(group="pipe", exclusive=True)
    async def ask_pipe(self) -> None:
        """Ask for a command, and show what it makes of the selected text."""
        from tui.screens.pipe import PipeAsk, PipeScreen, described

        item = self.detail.reader.item
        if item is None or not item.copied:
            self.say("Nothing to pipe here")
            return
        command = await self.app.push_screen_wait(PipeAsk(described(item.word, item.copied), self._piped))
        if command is not None:
            self._piped = command
            key = self.desk.settings.api_key
            self.app.push_screen(PipeScreen(command, item.copied, self.copy, key))

    def _open(self, command: str, suffix: str) -> None:
        from tui.screens.outside import view_outside

        item = self.detail.reader.item
        if item is None:
            return
        text = visible(item.text or item.head or item.title)
        try:
            code = view_outside(self.app, shlex.split(command), text + "\n", suffix)
        except (OSError, ValueError, SuspendNotSupported) as trouble:
            self.say(f"{command} could not be started: {trouble}", trouble=True)
            return
        if code != 0:
            self.say(f"{command} ended with {code}", trouble=True)
