"""Follow: read list and conversation again every few seconds while a turn runs, and mark what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tui.flows.protocols import Background, KnowsServer
from tui.model.errors import LettaError

if TYPE_CHECKING:
    from tui.flows.list_conversations import ListConversations
    from tui.flows.open_conversation import OpenConversation

EVERY = 3.0
"""Seconds between two readings."""

FIRST_ROWS = 50
"""Rows of the list that are read each time: what is new stands first in its order."""

NOT_FOLLOWED = "Not followed"
"""How a problem begins that the next reading may take away."""


class FollowPane(Protocol):
    """The detail, as far as following needs it."""

    @property
    def is_at_end(self) -> bool:
        """Whether the end of what is open is in view."""

    def go_to_end(self) -> None:
        """Go to the last message of what is open."""


class FollowScreen(Background, Protocol):
    """What following asks of the screen."""

    @property
    def is_editing(self) -> bool:
        """Whether a summary is being edited."""

    def show_following(self, following: bool) -> None:
        """Show whether it is on; while it is, `tick` is to be called every few seconds."""


class Follow:
    """Keeps list and conversation as the server has them; an opening, a refresh or turning it off is a look."""

    def __init__(
        self,
        server: KnowsServer,
        conversations: ListConversations,
        opened: OpenConversation,
        pane: FollowPane,
        screen: FollowScreen,
        *,
        following: bool = False,
    ) -> None:
        self._server = server
        self._list = conversations
        self._opened = opened
        self._pane = pane
        self._screen = screen
        self.following = following

    def toggle(self) -> None:
        """Begin, or end."""
        self.following = not self.following
        self._screen.show_following(self.following)
        if self.following:
            self.tick()
        else:
            self._screen.cancel_workers("follow")
            self._opened.look()

    def tick(self) -> None:
        """Read once more, unless something is still being read or somebody is typing."""
        busy = self._screen.is_working("follow", "open", "pages")
        if self.following and not busy and not self._screen.is_editing and self._list.agent is not None:
            self._screen.start_worker("follow", self._read)

    async def _read(self) -> None:
        """Read the first rows of the list and all of the conversation that is open."""
        try:
            await self._list.read_first_rows(FIRST_ROWS)
            await self._read_opened()
        except LettaError as error:
            self._server.report(error)
            self._list.show_problem(f"{NOT_FOLLOWED}: {error.what}")
        else:
            self._server.report()
            if self._list.problem.startswith(NOT_FOLLOWED):
                self._list.show_problem("")

    async def _read_opened(self) -> None:
        opened = await self._opened.read_again()
        if opened is None or self._screen.is_editing:
            return
        at_end = self._pane.is_at_end
        self._opened.show_read(opened)
        if at_end and self._opened.shown.changes:
            self._pane.go_to_end()
