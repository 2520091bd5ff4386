"""Show the first words of untitled conversations in view, which no response of a list has (measured, 0.16.8).

They are read while the list rests, a few rows at a time and each once. What was read is stored on this machine, so that
the next run shows it without a request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from tui.flows.protocols import Background
from tui.letta.first_words import first_messages
from tui.model.errors import LettaError, attempt
from tui.presentation.conversation_info import first_words
from tui.rules.row_filter import is_untitled

if TYPE_CHECKING:
    from tui.flows.list_conversations import ConversationList, ListConversations
    from tui.flows.remember_list import RememberList
    from tui.letta.client import LettaClient
    from tui.model.conversation import Conversation

REST = 0.8
"""Seconds that the list rests before anything is read for its rows."""

MOST = 10
"""Conversations whose first messages are read in one rest."""

AT_ONCE = 2


class PreviewPane(Protocol):
    """The rows that can be seen."""

    @property
    def rows_in_view(self) -> Sequence[Conversation]:
        """The rows of the list that are on the screen."""


class PreviewUntitled:
    """Shows the first words of the untitled rows in view, from disk or by one small request each."""

    def __init__(
        self,
        client: LettaClient,
        conversations: ListConversations,
        remembered: RememberList,
        pane: PreviewPane,
        screen: Background,
    ) -> None:
        self._client, self._list, self._remembered = client, conversations, remembered
        self._pane, self._screen = pane, screen
        self._looked_at: set[str] = set()
        """Conversations that need no further look, since their first words are known, or known to be missing."""
        self._loaded = False
        conversations.when_shown(self._follow)

    def _follow(self, shown: ConversationList) -> None:
        if shown.updated is None and not self._screen.is_working("previews"):
            self.moved()

    def moved(self) -> None:
        """Wait until the rows in view rest, then continue to read for them."""
        if self._list.shown.as_of is None and self._wanted():
            self._screen.start_worker("previews", self._read)

    def _wanted(self) -> list[Conversation]:
        """Return the untitled rows in view that show nothing else and were not looked at yet."""
        return [
            row
            for row in (self._pane.rows_in_view if MOST else ())
            if is_untitled(row)
            and not (row.description or "").strip()
            and not self._list.stand_in(row.id)
            and row.id not in self._looked_at
        ][:MOST]

    async def _read(self) -> None:
        """Read them once the list rests; a failure is reported when the conversation is opened."""
        if not self._loaded:
            self._loaded = True
            self._list.show_first_words(await asyncio.to_thread(self._remembered.first_words))
        await asyncio.sleep(REST)
        gate = asyncio.Semaphore(AT_ONCE)
        found: dict[str, str] = {}

        async def one(row: Conversation) -> None:
            async with gate:
                messages = await attempt(first_messages, self._client, row)
            self._looked_at.add(row.id)
            if not isinstance(messages, LettaError) and (words := first_words(messages)):
                found[row.id] = words

        await asyncio.gather(*map(one, self._wanted()))
        if found:
            self._list.show_first_words(found)
            await asyncio.to_thread(self._remembered.store_first_words, found)
        self.moved()
