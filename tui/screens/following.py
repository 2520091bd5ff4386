"""Following: read anew every few seconds while a turn runs, and mark what changed since the last look."""

from __future__ import annotations

from textual import work
from textual.reactive import var
from textual.timer import Timer

from tui.api.errors import LettaError
from tui.api.opening import Context, Opened
from tui.rules.message_scope import conversation_key
from tui.rules.new_since import NewContent, new_since
from tui.rules.view_state import Loading, View
from tui.screens.changing import Changing

EVERY = 3.0
"""Seconds between two readings."""

FIRST_ROWS = 50
"""Rows of the list that are read each time: what is new stands first in its order."""


NOT_FOLLOWED = "Not followed"
"""How a trouble begins that the next reading may take away."""


class Following(Changing):
    """Keeps list and conversation as the server has them; a look is an opening, a refresh, or turning it off."""

    changed: var[NewContent] = var(NewContent())
    _looked: Opened | None = None
    """What changes are told against."""
    _clock: Timer | None = None

    def on_mount(self) -> None:
        """Hold whatever comes into view against the last look."""
        self.watch(self, "view", self._compare, init=False)

    @property
    def following(self) -> bool:
        """Whether it is on."""
        return self._clock is not None

    def action_follow(self) -> None:
        """Begin, or end."""
        if self._clock is None:
            self._clock = self.set_interval(EVERY, self._follow_on)
            self._follow_on()
        else:
            self._clock.stop()
            self._clock = None
            self.workers.cancel_group(self, "follow")
            self.look()
        self.header.following = self.following
        self.refresh_bindings()

    def look(self) -> None:
        """What is shown now has been seen: only what differs from it is marked from here on."""
        self._looked = self.view if isinstance(self.view, Opened) else None
        self.changed = NewContent()

    def _compare(self, view: View) -> None:
        looked, known = self._looked, _complete(view)
        if looked is not None and (view is None or view.conversation.id != looked.conversation.id):
            looked, self.changed = None, NewContent()
        if known is not None and (looked is None or conversation_key(looked) != conversation_key(known)):
            looked, self.changed = known, NewContent()
        elif looked is not None and isinstance(view, Opened):
            self.changed = new_since(looked, view)
        self._looked = looked

    def _follow_on(self) -> None:
        """Read once more, unless the last reading still runs or somebody is typing."""
        busy = any(one.group in ("follow", "open", "pages") and one.is_running for one in self.workers)
        if not busy and self.edit is None and self.agent is not None:
            self.follow()

    @work(group="follow", exclusive=True)
    async def follow(self) -> None:
        """GET the first rows of the list and all of the conversation under the cursor."""
        try:
            await self._follow_rows()
            await self._follow_open()
        except LettaError as error:
            self.heard(error)
            self.show_heading(f"{NOT_FOLLOWED}: {error.what}")
        else:
            self.heard()
            if self._problem.startswith(NOT_FOLLOWED):
                self.show_heading()

    async def _follow_rows(self) -> None:
        feed, agent = self.feed, self.agent
        assert agent is not None
        page = await self.desk.client.conversations(
            agent.id, limit=FIRST_ROWS, order=feed.order.direction, order_by=feed.order.sort.order_by
        )
        if self.feed is not feed or self.agent is not agent:
            return
        differ = False
        for row in page.rows:
            known = feed.get(row.id)
            feed.put(row, first=not feed.order.oldest_first)
            differ = differ or feed.get(row.id) != known
        if differ:
            self.show_rows()

    async def _follow_open(self) -> None:
        view, agent = self.view, self.agent
        row = self.list.row
        if not isinstance(view, Opened) or agent is None or row is None or row.id != view.conversation.id:
            return
        opened, _ = await self.open_now(row, agent)
        self.note_seen(opened.conversation)
        await self.detail.prepare(opened)
        if self.view is not view or self.edit is not None:
            return
        reader = self.detail.reader
        at_end = reader.at_end
        self._opened(opened)
        if at_end and self.changed:
            self.call_after_refresh(reader.action_last)


def _complete(view: View) -> Opened | None:
    """What is shown of a conversation if it is all of it, be it from an earlier reading."""
    shown = view.known if isinstance(view, Loading) and view.earlier else view
    if not isinstance(shown, Opened) or (isinstance(shown.context, Context) and shown.context.coming):
        return None
    return shown
