"""Open a conversation: show what is cached of the row under the cursor, read it, then read its neighbours.

Only the row that the cursor is still on is shown, and only the newest read of it. The cache is only for display;
whatever changes the server reads first.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from tui.flows.protocols import Background, KnowsServer
from tui.letta.decoding import apart
from tui.letta.open_conversation import glance, open_conversation
from tui.model.errors import LettaError, attempt
from tui.model.opened import Context, Opened
from tui.presentation.conversation_info import first_user_words
from tui.rules.message_scope import MessageScope, conversation_key
from tui.rules.new_since import NewContent, new_since
from tui.rules.opened_cache import OVERHEAD, OpenedCache, estimate_size
from tui.rules.view_state import Failed, Loading, View, with_fields

if TYPE_CHECKING:
    from tui.flows.list_conversations import ConversationList
    from tui.letta.client import LettaClient
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.rules.check.finding import Finding

REST = 0.12
"""Seconds that the cursor rests on a row before the row is read."""

BETWEEN_KEYS = 0.04
"""Seconds between repeats of a key held down, or a little more."""

NEIGHBOURS = 2
"""Rows next to the cursor of which the first messages are read while it rests."""

NEIGHBOURS_REST = 1.5
"""Seconds of rest before that: a user who rests that long is reading, and moves on to a neighbour."""

MANY = 1_000
"""Messages beyond which what was read is measured only after it was painted."""

ALL, NONE = MessageScope(), NewContent()


@dataclass(frozen=True, eq=False)
class OpenedView:
    """The open conversation as shown, what changed in it since the last look, and its findings."""

    view: View = None
    scope: MessageScope = ALL
    changes: NewContent = NONE
    findings: tuple[Finding, ...] = ()


class Rows(Protocol):
    """The list, as far as opening a conversation needs it."""

    @property
    def shown(self) -> ConversationList:
        """What the list shows."""

    def when_shown(self, call: Callable[[ConversationList], None]) -> None:
        """Have this called with each snapshot of the list, once the cursor has followed it."""

    def put(self, conversation: Conversation, *, stand_in: str = "") -> None:
        """Show a conversation as the server now has it."""

    def agent_for(self, row: Conversation) -> Agent | None:
        """The agent of a row, as far as it is known without a request."""

    async def agent_of(self, row: Conversation) -> Agent:
        """The agent of a row, which may have to be read; raises LettaError."""

    def note_check(self, key: str, found: bool) -> None:
        """Record that a conversation's context was checked, and whether something was `found`."""


class SeenSummaries(Protocol):
    """Records summaries that were read, so that a saved one can be undone later."""

    def note_seen(self, conversation: Conversation) -> None:
        """Record a summary that was read from the server."""


class OpenPane(Protocol):
    """The cursor of the list, and the detail."""

    @property
    def row(self) -> Conversation | None:
        """The conversation under the cursor."""

    @property
    def cursor(self) -> int:
        """The index of the row under the cursor."""

    def show_position(self) -> None:
        """Say which of the rows the cursor rests on."""

    async def prepare(self, opened: Opened) -> None:
        """Lay out a conversation that is shown next, a few messages at a time."""


class OpenScreen(Background, Protocol):
    """What opening asks of the screen."""

    def show_opened(self, opened: OpenedView) -> None:
        """Show another snapshot of the conversation that is open."""

    async def painted(self) -> None:
        """Wait until what was changed is on the screen."""


class OpenConversation:
    """Reads and caches the open conversation; the only one that writes `OpenedView`."""

    def __init__(
        self,
        client: LettaClient,
        server: KnowsServer,
        rows: Rows,
        seen: SeenSummaries,
        *,
        clock: Callable[[], datetime],
        pane: OpenPane,
        screen: OpenScreen,
        preload: Sequence[str] = (),
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        """`preload` are modules that are loaded while the cursor begins to rest; `hidden` types of message."""
        self._client = client
        self._server = server
        self._rows = rows
        self._seen = seen
        self._clock = clock
        self._pane = pane
        self._screen = screen
        self._preload = preload
        self._closed = False
        self._moved_at = 0.0
        self._reading = object()
        """The newest read of the row under the cursor; only it may be shown."""
        self._last_seen: Opened | None = None
        """The baseline for change marks."""
        self._when_shown: list[Callable[[View], None]] = []
        self.cache = OpenedCache()
        self.shown = OpenedView(scope=MessageScope(hidden=hidden))
        rows.when_shown(self._follow_list)

    def close(self) -> None:
        """Show nothing from now on: another server is browsed."""
        self._closed = True

    def when_shown(self, call: Callable[[View], None]) -> None:
        """Call this with each view shown from now on."""
        self._when_shown.append(call)

    @property
    def view(self) -> View:
        """What is open."""
        return self.shown.view

    # the cursor

    def cursor_moved(self) -> None:
        """Drop what is being read; read what the cursor rests on."""
        self._moved_at = monotonic()
        if not self._screen.is_working("travel"):
            self._give_up()
            self._screen.start_worker("travel", self._travel)

    def keep_moving(self) -> None:
        """Keep waiting: a key that waits at the end for more rows does not count as a rest."""
        self._moved_at = monotonic()

    def _give_up(self) -> None:
        self._reading = object()
        self._screen.cancel_workers("open", "neighbours")

    async def _travel(self) -> None:
        """Wait until the cursor rests, then read where it is."""
        await self._show_cached()
        await self._load_modules()
        until = 0.0
        while until < self._moved_at + REST:
            until = self._moved_at + REST
            await asyncio.sleep(until - monotonic())
        self._pane.show_position()
        row = self._pane.row
        if row is not None and self._rows.shown.as_of is None:
            self.read(row)

    async def _show_cached(self) -> None:
        """Show the cached row until it is read again."""
        row = self._pane.row
        known = None if row is None else self.cached(row)
        if row is None or known is None or (self.view is not None and self.view.conversation.id == row.id):
            return
        await self._pane.prepare(known)
        if self._is_under_cursor(known):
            self._show_view(Loading(row, known, earlier=True))

    def cached(self, row: Conversation) -> Opened | None:
        """A conversation as it was read before, None if it is not cached or anything was written since."""
        agent = self._rows.agent_for(row)
        return None if agent is None else self.cache.get(agent.id, row.id, writes=self._client.wire.writes)

    async def _load_modules(self) -> None:
        """Load what reads and shows a conversation while the cursor begins to rest, in steps between keys.

        Not before fresh rows are shown: those of the last visit wait for them.
        """
        left = [name for name in self._preload if self._rows.shown.as_of is None and name not in sys.modules]
        if left:
            await self._screen.painted()
        while left:
            moving = monotonic() - self._moved_at < BETWEEN_KEYS
            await asyncio.sleep(BETWEEN_KEYS if moving else 0)
            if not moving:
                import_module(left.pop(0))

    # reading

    def read(self, row: Conversation) -> None:
        """Begin to read the conversation under the cursor."""
        agent = self._rows.shown.agent
        if agent is not None:
            self._reading = reading = object()
            self._screen.start_worker("open", partial(self._read, reading, row, agent))

    async def _read(self, reading: object, row: Conversation, agent: Agent) -> None:
        shown = self.view
        if shown is None or shown.conversation.id != row.id or isinstance(shown, Failed):
            self._show_view(Loading(row))
        answer = await attempt(self._fetch, row, agent, partial(self._show_part, reading))
        if isinstance(answer, LettaError):
            self._server.report(answer)
            if self._reading is reading and self._pane.row is not None and self._pane.row.id == row.id:
                self._show_view(Failed(row, answer))
            return
        opened, writes = answer
        self._server.report()
        self._seen.note_seen(opened.conversation)
        await self._pane.prepare(opened)
        if self._reading is reading:
            self.show_read(opened)
        await self._put_in_cache(opened, writes)
        self._screen.start_worker("neighbours", self._read_neighbours)

    async def _fetch(
        self, row: Conversation, agent: Agent, on_part: Callable[[Opened], Any] | None = None
    ) -> tuple[Opened, int]:
        """A conversation, and the count of writes when it was requested; raises LettaError.

        If something was written meanwhile, it is read again: the first response may be older.
        """
        wire = self._client.wire
        if agent.is_all:
            agent = await self._rows.agent_of(row)
        first = writes = wire.writes
        opened = await open_conversation(self._client, row, agent, self._clock(), on_part=on_part)
        if wire.writes != first:
            writes = wire.writes
            opened = await open_conversation(self._client, row, agent, self._clock())
        return opened, writes

    async def _show_part(self, reading: object, part: Opened) -> None:
        """Show the first messages before the others are read, unless there is more to see already."""
        view = self.view
        if (
            self._reading is reading
            and self._is_under_cursor(part)
            and isinstance(view, Loading)
            and view.known is None
        ):
            self._show_view(Loading(part.conversation, part))
            await self._screen.painted()

    def _is_under_cursor(self, opened: Opened) -> bool:
        row = self._pane.row
        agent = None if row is None else self._rows.agent_for(row)
        if row is None or agent is None:
            return False
        return row.id == opened.conversation.id and opened.agent.id == agent.id

    def show_read(self, opened: Opened) -> None:
        """Show what was read, if it is still what the cursor is on."""
        if self._is_under_cursor(opened):
            self._show_view(opened)
            self._rows.put(opened.conversation, stand_in=first_user_words(opened))

    async def read_again(self) -> Opened | None:
        """Read what is open once more; None if it is no longer open by then. Raises LettaError."""
        view, agent, row = self.view, self._rows.shown.agent, self._pane.row
        if not isinstance(view, Opened) or agent is None or row is None or row.id != view.conversation.id:
            return None
        opened, _ = await self._fetch(row, agent)
        self._seen.note_seen(opened.conversation)
        await self._pane.prepare(opened)
        return opened if self.view is view else None

    # neighbours

    async def _put_in_cache(self, opened: Opened, writes: int) -> None:
        """Cache what was requested at this count of writes."""
        count = len(opened.context.messages) if isinstance(opened.context, Context) else 0
        if count > MANY:
            await self._screen.painted()
        size = await apart(count * OVERHEAD, lambda: estimate_size(opened))
        self.cache.put(opened, size=size, writes=writes)

    async def _read_neighbours(self) -> None:
        """Cache the first messages of the neighbours while the cursor rests; a failure shows when it gets there."""
        listed = self._rows.shown.agent
        await asyncio.sleep(NEIGHBOURS_REST)
        rows, cursor = self._rows.shown.rows, self._pane.cursor
        indexes = [index for index in (cursor + 1, cursor - 1) if 0 <= index < len(rows)]
        for row in [rows[index] for index in indexes[:NEIGHBOURS]]:
            if listed is None or row.is_default or self.cached(row) is not None:
                continue
            writes = self._client.wire.writes
            agent = await attempt(self._rows.agent_of, row)
            if isinstance(agent, LettaError):
                continue
            opened = await attempt(glance, self._client, row, agent, self._clock())
            if isinstance(opened, Opened):
                await self._put_in_cache(opened, writes)

    # what is shown

    def clear(self) -> None:
        """Close what is open: another agent's list begins, or the list is empty."""
        self._give_up()
        self._show_view(None)

    def _follow_list(self, shown: ConversationList) -> None:
        """Update the title and the fields of the open conversation from its row."""
        view, row = self.view, self._pane.row
        if row is None:
            self._give_up()
            if view is not None:
                self._show_view(None)
        elif view is None:
            return
        elif row.id == view.conversation.id:
            if row.merged_over(view.conversation) != view.conversation:
                self._show_view(with_fields(view, row))
        elif all(one.id != view.conversation.id for one in shown.rows):
            self._show_view(Loading(row))  # until the cursor rests there

    def show_row(self, row: Conversation) -> None:
        """Show no more than the title of a row, unless it is open already."""
        if self.view is None or self.view.conversation.id != row.id:
            self._show_view(Loading(row))

    def reload(self, conversation: Conversation) -> None:
        """Read a conversation again, if the cursor is on it."""
        row = self._pane.row
        if row is not None and row.id == conversation.id:
            self.read(conversation)

    def set_scope(self, scope: MessageScope) -> None:
        """Show more or less of the same messages."""
        self._show(replace(self.shown, scope=scope))

    def hide_types(self, hidden: frozenset[str]) -> None:
        """Show the messages without those of these types."""
        self.set_scope(replace(self.shown.scope, hidden=hidden))

    def set_findings(self, view: View, findings: tuple[Finding, ...]) -> None:
        """Show the findings of a check of this view, if it is still what is open."""
        if isinstance(view, Opened):
            self._rows.note_check(view.conversation.key, bool(findings))
        if self.view is view and findings != self.shown.findings:
            self._show(replace(self.shown, findings=findings))

    def look(self) -> None:
        """Treat what is shown as seen, so that only later changes are marked."""
        self._last_seen = self.view if isinstance(self.view, Opened) else None
        self._show(replace(self.shown, changes=NewContent()))

    def _show_view(self, view: View) -> None:
        self._show(replace(self.shown, view=view, changes=self._changes_in(view)))
        for call in self._when_shown:
            call(view)

    def _changes_in(self, view: View) -> NewContent:
        """What changed since the user last saw this conversation; its first complete view counts as seen."""
        seen, complete = self._last_seen, _complete(view)
        known = self.shown.changes
        if seen is not None and (view is None or view.conversation.id != seen.conversation.id):
            seen, known = None, NewContent()
        if complete is not None and (seen is None or conversation_key(seen) != conversation_key(complete)):
            seen, known = complete, NewContent()
        elif seen is not None and isinstance(view, Opened):
            known = new_since(seen, view)
        self._last_seen = seen
        return known

    def _show(self, opened: OpenedView) -> None:
        self.shown = opened
        if not self._closed:
            self._screen.show_opened(opened)


def _complete(view: View) -> Opened | None:
    """The shown conversation if it is complete, even from an earlier read."""
    shown = view.known if isinstance(view, Loading) and view.earlier else view
    if not isinstance(shown, Opened) or (isinstance(shown.context, Context) and shown.context.partial):
        return None
    return shown
