"""Opening what the cursor rests on: at once from what is known, then as it is now, then what stands beside it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from tui.api.decoding import apart
from tui.api.errors import LettaError
from tui.api.garbage import set_aside, settle, unsought
from tui.api.opening import Context, Opened, attempt, glance, open_conversation
from tui.presentation.conversation_info import first_user_words
from tui.rules.opened_cache import OVERHEAD, OpenedCache, estimate_size
from tui.rules.view_state import Failed, Loading
from tui.screens.base import Desk
from tui.screens.remembering import Remembering

if TYPE_CHECKING:
    from tui.api.rows import Agent, Conversation

BESIDE = 2
"""Rows next to the cursor of which the first messages are read while it rests."""

MANY = 1_000
"""Messages beyond which an opening leaves much behind it to look through."""

LONG_ONES = 8
"""So many of those later, while somebody reads, garbage is looked for in everything: it takes a tenth of a second."""

REST_BESIDE = 1.5
"""Seconds of rest before that: whoever rests so long reads, and goes on to a neighbour."""


class Opening(Remembering):
    """Reads conversations, and keeps what it read for the eyes: every act reads anew."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.answers = OpenedCache()
        self._long_ones = 0
        self._hasty = False

    def forget(self) -> None:
        """What was read of one server is no earlier reading of another."""
        super().forget()
        self.answers = OpenedCache()

    def give_up_reading(self) -> None:
        """The cursor moved on."""
        self.workers.cancel_group(self, "open")
        self.workers.cancel_group(self, "beside")

    def _is_wanted(self, opened: Opened) -> bool:
        """Whether this is what the cursor is on."""
        row = self.list.row
        if row is None or self.agent is None:
            return False
        return row.id == opened.conversation.id and opened.agent.id == self.agent.id

    async def show_known(self) -> None:
        """Show what was read of this row earlier, until it is read anew."""
        row = self.list.row
        known = self._known(row)
        if row is None or known is None or (self.view is not None and self.view.conversation.id == row.id):
            return
        await self.detail.prepare(known)
        if self._is_wanted(known):
            self.view = Loading(row, known, earlier=True)

    def _known(self, row: Conversation | None) -> Opened | None:
        if row is None or self.agent is None:
            return None
        return self.answers.get(self.agent.id, row.id, writes=self.desk.client.wire.writes)

    @work(group="open", exclusive=True, description="read")
    async def read(self, row: Conversation) -> None:
        """Open a conversation."""
        agent = self.agent
        if agent is None:
            return
        shown = self.view
        if shown is None or shown.conversation.id != row.id or isinstance(shown, Failed):
            self.view = Loading(row)
        try:
            opened, writes = await self.open_now(row, agent)
        except LettaError as error:
            self.heard(error)
            if self.list.row is not None and self.list.row.id == row.id:
                self.view = Failed(row, error)
            return
        self.heard()
        self.note_seen(opened.conversation)
        with unsought():
            await self.detail.prepare(opened)
            self._opened(opened)
            if _is_long(opened):
                set_aside()
                self._long_ones += 1
        await self._keep(opened, writes)
        self.read_beside()

    async def open_now(self, row: Conversation, agent: Agent) -> tuple[Opened, int]:
        """A conversation, and the count of writes that it was asked for at; raises LettaError.

        Where something was written meanwhile it is asked for once more: the first answer may be older than that.
        """
        wire = self.desk.wire
        first = writes = wire.writes
        opened = await open_conversation(self.desk.client, row, agent, self.now, on_part=self._show_part)
        if wire.writes != first:
            writes = wire.writes
            opened = await open_conversation(self.desk.client, row, agent, self.now)
        return opened, writes

    async def _show_part(self, part: Opened) -> None:
        """Show the first messages before the others are asked for, unless there is more to see already."""
        view = self.view
        if self._is_wanted(part) and isinstance(view, Loading) and view.known is None:
            self._hasty = True
            self.view = Loading(part.conversation, part)
            await self.painted()

    def on_idle(self) -> None:
        """Paint what was read at once: Textual waits until the sixtieth of a second is over that it is in."""
        if self._hasty and self._dirty_widgets:
            self._hasty = False
            self._on_timer_update()

    def _opened(self, opened: Opened) -> None:
        """Show what was read, if it is still what the cursor rests on."""
        row = self.list.row
        if row is None or not self._is_wanted(opened):
            return
        words = first_user_words(opened)
        if words:
            self.list.stand_ins = {**self.list.stand_ins, row.id: words}
        if not row.is_default:
            self.feed.put(opened.conversation)
            self.list.update_row(opened.conversation)
        self._hasty = True
        self.view = opened

    async def _keep(self, opened: Opened, writes: int) -> None:
        """Keep an answer that was asked for at this count of writes."""
        if _is_long(opened):
            await self.painted()
        count = len(opened.context.messages) if isinstance(opened.context, Context) else 0
        size = await apart(count * OVERHEAD, lambda: estimate_size(opened))
        self.answers.put(opened, size=size, writes=writes)

    @work(group="beside", exclusive=True)
    async def read_beside(self) -> None:
        """Read the first messages of the neighbours while the cursor rests; a failure shows when it gets there."""
        agent = self.agent
        await asyncio.sleep(REST_BESIDE)
        if self._long_ones >= LONG_ONES:
            self._long_ones = 0
            settle()
        place = self.list.cursor
        beside = [at for at in (place + 1, place - 1) if 0 <= at < len(self.list.rows)]
        for row in [self.list.rows[at] for at in beside[:BESIDE]]:
            if agent is None or row.is_default or self._known(row) is not None:
                continue
            writes = self.desk.client.wire.writes
            found = await attempt(glance, self.desk.client, row, agent, self.now)
            if isinstance(found, Opened):
                await self._keep(found, writes)


def _is_long(opened: Opened) -> bool:
    """Whether much was read."""
    return isinstance(opened.context, Context) and len(opened.context.messages) > MANY
