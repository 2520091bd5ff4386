"""The findings of the conversation that is open: listed on a key, each with a jump."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.api.opening import Opened
from tui.domain.facts import title
from tui.domain.memory_mode import Mode
from tui.screens.acts import Acts

if TYPE_CHECKING:
    from tui.domain.finding import Finding
    from tui.widgets.reader import Reader


class Checking(Acts):
    """Lists what the check found, and leads to it."""


    def action_check(self) -> None:
        """The findings, to go to one of them."""
        from tui.screens.findings import FindingsScreen

        view = self.view
        if isinstance(view, Opened):
            self.app.push_screen(FindingsScreen(title(view.conversation), self.findings), self._jump)

    def _jump(self, finding: Finding | None) -> None:
        """Show the item that a finding is about, with types of messages that were hidden if need be."""
        from tui.domain.finding import READ_OTHERWISE

        if finding is None or not isinstance(self.view, Opened):
            return
        self.detail.show_tab(finding.tab)
        if finding.kind in READ_OTHERWISE:
            self.detail.memory_mode = Mode.COMPILED
        reader = self.detail.reader
        at = _index(reader, finding)
        if at is None and self.scope.hidden:
            self.open_conversation.hide_types(frozenset())
            at = _index(reader, finding)
        self.action_open()
        if at is not None:
            self.call_after_refresh(reader.show_at_top, at)


def _index(reader: Reader, finding: Finding) -> int | None:
    """Where the item stands: by its key, else the first of its message, whose parts may be told otherwise."""
    keys = [item.key for item in reader.items]
    if finding.key in keys:
        return keys.index(finding.key)
    message = finding.ids.get("message")
    return next((at for at, key in enumerate(keys) if message and key.startswith(f"{message}#")), None)
