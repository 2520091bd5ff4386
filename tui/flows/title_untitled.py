"""The queue of untitled conversations: go to the next one, and edit a summary suggested from its first message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tui.letta.first_words import first_messages
from tui.model.errors import LettaError, attempt
from tui.model.opened import Context, Opened
from tui.rules.row_filter import is_untitled
from tui.rules.title_suggestion import first_user_text, suggested_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.flows.edit_summary import EditSummary, Pane
    from tui.flows.list_conversations import ListConversations
    from tui.flows.open_conversation import OpenConversation
    from tui.flows.results import Results
    from tui.letta.client import LettaClient
    from tui.model.conversation import Conversation
    from tui.model.message import Message

PAGES = 10
"""Most pages of the list that are loaded to find an untitled conversation; another `o` continues."""

NOTE = "from the first message: Enter saves it, ctrl+down saves and continues, escape skips it"
NO_WORDS = "no message to suggest a title from"
NONE_LEFT = "No untitled conversation below"
NOT_READ = "No untitled conversation among the {loaded} loaded: o loads more"


class QueuePane(Protocol):
    """The list, with its cursor."""

    @property
    def cursor(self) -> int:
        """The index of the row under the cursor."""


class QueueScreen(Protocol):
    """The screen that runs the queue."""

    def return_focus(self, pane: Pane) -> None:
        """Return the focus to where it was before the editor opened."""


class TitleUntitled:
    """Goes from one untitled conversation to the next; each suggestion is saved or skipped by the user."""

    def __init__(
        self,
        client: LettaClient,
        conversations: ListConversations,
        opened: OpenConversation,
        edit: EditSummary,
        results: Results,
        pane: QueuePane,
        screen: QueueScreen,
    ) -> None:
        self._client, self._list, self._opened = client, conversations, opened
        self._edit, self._results = edit, results
        self._pane, self._screen = pane, screen
        self._offered = ""
        """The key of the conversation for which a title was suggested last."""
        edit.queue = self.go_on

    async def begin(self) -> None:
        """Title the conversation under the cursor if it has none and was not skipped, else the next one below."""
        here = self._list.shown.rows[self._pane.cursor : self._pane.cursor + 1]
        if any(row.key != self._offered for row in here):
            self._offered = ""  # the user went elsewhere since
        await self._edit_from(self._pane.cursor)

    async def go_on(self, return_to: Pane) -> None:
        """Title the next one below; if there is none, the focus returns to where it was."""
        await self._edit_from(self._pane.cursor + 1, return_to)
        if self._edit.edit is None:
            self._screen.return_focus(return_to)

    async def _edit_from(self, start: int, return_to: Pane = "list") -> None:
        row = await self._next(start)
        if row is None:
            self._results.message(self._none_text())
            return
        self._list.select(row.agent_id, row.id)
        self._offered = row.key
        text = await attempt(self._first_text, row)
        if isinstance(text, LettaError):
            self._results.report(text)
            await self._edit.begin(row, return_to=return_to, queued=True, note=f"no suggestion: {text.what}")
            return
        title = suggested_title(text)
        note = NOTE if title else NO_WORDS
        await self._edit.begin(row, return_to=return_to, queued=True, suggestion=title, note=note)

    async def _next(self, start: int) -> Conversation | None:
        """Find the first untitled row from this one on, loading further pages; None if there is none."""
        for _ in range(PAGES):
            if (row := self._first_untitled(self._list.shown.rows[start:])) is not None:
                return row
            if not await self._list.load_more():
                return self._first_untitled(self._list.shown.rows[start:])
        return None

    def _first_untitled(self, rows: Iterable[Conversation]) -> Conversation | None:
        """Return the first row without a summary that is neither being saved nor was just skipped."""
        taken = {*self._edit.pending, self._offered}
        return next((row for row in rows if is_untitled(row) and row.key not in taken), None)

    def _none_text(self) -> str:
        feed, rows = self._list.feed, self._list.shown.rows
        if not feed.complete and not feed.limited:
            return NOT_READ.format(loaded=len(feed))
        above = sum(is_untitled(row) for row in rows[: self._pane.cursor])
        return f"{NONE_LEFT}: {above} above (g, then o)" if above else NONE_LEFT

    async def _first_text(self, row: Conversation) -> str:
        """Return what the user wrote first: of what is read already, else of the first messages; raises LettaError."""
        view = self._opened.view
        opened = view if isinstance(view, Opened) and view.conversation.key == row.key else None
        opened = opened or self._opened.cached(row)
        if opened is not None and isinstance(opened.context, Context):
            return first_user_text(opened.context.messages)
        messages: tuple[Message, ...] = await first_messages(self._client, row)
        return first_user_text(messages)
