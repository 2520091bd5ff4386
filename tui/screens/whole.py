"""Keys of the whole history: in context or everything, to the boundary, to a moment."""

from __future__ import annotations

from textual import on, work

from tui.api.opening import Opened
from tui.screens.base import MainState
from tui.widgets.message_lines import ScopeLine


class Whole(MainState):
    """In context or everything; to the boundary, to a moment."""

    @on(ScopeLine.Pressed)
    def action_whole(self) -> None:
        """The whole history, or again only what is in context."""
        if isinstance(self.view, Opened) and self.detail.tabs.active != "messages":
            self.detail.show_tab("messages")
        self.read_history.toggle()

    def action_boundary(self) -> None:
        """To where the context starts: its first message where nothing else is shown."""

        from tui.domain.history import BOUNDARY

        reader = self.detail.reader
        at = next((at for at, item in enumerate(reader.items) if item.key == BOUNDARY), None)
        if at is not None:
            reader.show_at_top(at)
        else:
            reader.action_first()

    def action_go_to(self) -> None:
        """Ask for a moment."""
        self.ask_moment()

    @work(group="moment", exclusive=True)
    async def ask_moment(self) -> None:
        """Ask for a moment and select the first message from then on."""

        from tui.domain.moment import first_from
        from tui.screens.go_to import GoToScreen

        when = await self.app.push_screen_wait(GoToScreen(self.now))
        if when is None:
            return
        at = first_from(self.detail.reader.items, when)
        if at is None:
            self.say("No message that is shown is as late as that")
        else:
            self.detail.reader.select(at)
