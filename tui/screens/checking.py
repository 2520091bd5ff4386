"""The context check of the conversation that is open: counted in the header, listed on a key, each with a jump."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from tui.api.opening import Context, Opened
from tui.presentation.conversation_info import title
from tui.rules.view_state import MemoryMode
from tui.screens.acts import Acts

if TYPE_CHECKING:
    from tui.rules.check.finding import Finding
    from tui.widgets.reader import Reader

MANY = 10_000
"""Messages beyond which a check takes longer than a key may wait."""


class Checking(Acts):
    """Finds faults whenever a conversation is shown, and leads to them; asks the server nothing."""

    findings: tuple[Finding, ...] = ()

    def on_mount(self) -> None:
        """Check whatever comes into view."""
        self.watch(self, "view", self._checked, init=False)

    @property
    def checkable(self) -> bool:
        """Whether a conversation is open."""
        return isinstance(self.view, Opened)

    def _checked(self) -> None:
        view = self.view
        if not isinstance(view, Opened):
            self._found(())
        elif isinstance(view.context, Context) and len(view.context.messages) > MANY:
            self._found(())
            self.check_apart(view)
        else:
            from tui.rules.check import check

            self._found(check(view))

    @work(group="check", exclusive=True, description="check apart")
    async def check_apart(self, view: Opened) -> None:
        """Check a long conversation in a thread once it is shown, so that neither a key nor the paint waits for it."""
        from tui.rules.check import check

        await self.painted()
        found = await asyncio.to_thread(check, view)
        if self.view is view:
            self._found(found)

    def _found(self, findings: tuple[Finding, ...]) -> None:
        from tui.rules.check.finding import worst

        self.findings = findings
        self.header.found = len(findings), worst(findings)
        self.refresh_bindings()

    def action_check(self) -> None:
        """The findings, to go to one of them."""
        from tui.screens.findings import FindingsScreen

        view = self.view
        if isinstance(view, Opened):
            self.app.push_screen(FindingsScreen(title(view.conversation), self.findings), self._jump)

    def _jump(self, finding: Finding | None) -> None:
        """Show the item that a finding is about, with types of messages that were hidden if need be."""
        from tui.rules.check.finding import MODEL_DIFFERS

        if finding is None or not self.checkable:
            return
        self.detail.show_tab(finding.tab)
        if finding.kind in MODEL_DIFFERS:
            self.detail.memory_mode = MemoryMode.COMPILED
        reader = self.detail.reader
        at = _index(reader, finding)
        if at is None and self.scope.hidden:
            self.scope = replace(self.scope, hidden=frozenset())
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
