"""Follow: reload list and conversation every few seconds, and mark what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tui.flows.protocols import Background, KnowsServer, Messages
from tui.model.errors import LettaError, NotThere
from tui.presentation.conversation_info import title

if TYPE_CHECKING:
    from tui.flows.list_conversations import ListConversations
    from tui.flows.open_conversation import OpenConversation
    from tui.model.conversation import Conversation
    from tui.rules.paging import ConversationPages

EVERY = 3.0
"""Seconds between two reloads."""

FIRST_ROWS = 50
"""Rows of the list that are reloaded each time: new ones come first in its order."""

ALL_ROWS_EVERY = 10
"""Every tenth reload reads all loaded rows, since any of them may have been renamed or deleted."""

MOST_ROWS = 1_000
"""Rows that one reload requests at most."""

NOT_FOLLOWED = "Not following"
"""Prefix of a problem that the next reload may clear."""


class FollowPane(Protocol):
    """The detail, as far as following needs it."""

    @property
    def is_at_end(self) -> bool:
        """Whether the end of what is open is in view."""

    def go_to_end(self) -> None:
        """Go to the last message of what is open."""


class FollowScreen(Messages, Background, Protocol):
    """What following asks of the screen."""

    @property
    def is_editing(self) -> bool:
        """Whether a summary is being edited."""

    def show_following(self, following: bool) -> None:
        """Show whether it is on; while it is, `tick` is to be called every few seconds."""


class Follow:
    """Reloads list and conversation; opening a conversation, refreshing or turning it off clears the change marks."""

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
        self._readings = 0

    def toggle(self) -> None:
        """Start or stop following."""
        self.following = not self.following
        self._readings = 0
        self._screen.show_following(self.following)
        if self.following:
            self.tick()
        else:
            self._screen.cancel_workers("follow")
            self._opened.look()

    def tick(self) -> None:
        """Reload, unless a read is in progress, there are no fresh rows yet, or the user is typing."""
        busy = self._screen.is_working("follow", "open", "pages") or self._screen.is_editing
        listed = self._list.agent is not None and self._list.shown.as_of is None
        if self.following and listed and not busy:
            self._screen.start_worker("follow", self._read)

    async def _read(self) -> None:
        """Read the first rows of the list, or all of them, and all of the conversation that is open."""
        feed, view = self._list.feed, self._opened.view
        try:
            listed = await self._list.read_first_rows(self._rows_to_read())
            await self._read_opened(listed)
        except LettaError as error:
            self._server.report(error)
            self._list.show_problem(f"{NOT_FOLLOWED}: {error.what}")
        else:
            self._server.report()
            if self._list.problem.startswith(NOT_FOLLOWED):
                self._list.show_problem("")
            if view is not None and self._list.feed is feed and is_gone(view.conversation, feed):
                # A list without archived conversations does not show which of the two it was.
                gone = "archived or deleted" if view.conversation.was_sent("archived") else "deleted"
                self._screen.show_message(f"“{title(view.conversation)}” was {gone} by somebody else")

    def _rows_to_read(self) -> int:
        """How many rows this reload requests; a complete list may have grown."""
        feed, every = self._list.feed, self._readings % ALL_ROWS_EVERY == 0
        self._readings += 1
        loaded = len(feed) + (FIRST_ROWS if feed.complete else 0)
        return max(FIRST_ROWS, min(loaded, MOST_ROWS)) if every else FIRST_ROWS

    async def _read_opened(self, listed: frozenset[str]) -> None:
        """Read what is open; where it is gone, and not `listed` either, it leaves the list."""
        agent, view = self._list.agent, self._opened.view
        try:
            opened = await self._opened.read_again()
        except NotThere:
            if agent is None or view is None or self._screen.is_editing:
                return
            if view.conversation.is_default or view.conversation.id in listed:
                raise
            self._list.remove(agent.id, view.conversation.id)
            return
        if opened is None or self._screen.is_editing:
            return
        at_end = self._pane.is_at_end
        self._opened.show_read(opened)
        if at_end and self._opened.shown.changes:
            self._pane.go_to_end()


def is_gone(row: Conversation, feed: ConversationPages) -> bool:
    """Return whether a list no longer has this conversation."""
    return not row.is_default and row.id not in feed
