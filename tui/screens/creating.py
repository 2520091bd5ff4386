"""Creating a conversation from the main screen: the dialog asks, the work outlives it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from tui.api.opening import attempt
from tui.presentation.not_supported import not_supported
from tui.screens.base import MainState

if TYPE_CHECKING:
    from tui.api.errors import LettaError
    from tui.api.models import Block
    from tui.api.rows import Agent, Conversation
    from tui.domain.creating import Created
    from tui.screens.new_conversation import Made, Wish


class Creating(MainState):
    """The creation flow of the main screen."""

    @work(group="new", description="ask new")
    async def ask_new(self, agent: Agent) -> None:
        """Ask for summary and labels, and go to what was made."""

        from tui.screens.new_conversation import NewConversationScreen

        async def blocks() -> tuple[Block, ...] | LettaError:
            return await attempt(self.desk.client.agent_blocks, agent.id)

        async def make(wish: Wish) -> Made:
            # A future of its own: awaiting the worker would cancel the write with the dialog.
            answer: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
            self.create(wish, answer)
            return await answer

        lacking = not_supported("isolate", self.header.version) if "isolate" in self.lacking else ""
        screen = NewConversationScreen(agent, blocks, make, no_isolation=lacking)
        made = await self.ask(screen)
        if made is not None and self.agent is agent:
            self.show_rows(keep=made.id)
            self.list.focus()

    @work(group="create")
    async def create(self, wish: Wish, answer: asyncio.Future[Made]) -> None:
        """Create it once and bring the list up to what the server now has."""

        from tui.domain.creating import Created, NotCreated, create, words_for

        creation = await create(self.desk.client, wish.agent.id, wish.summary, wish.labels)
        if isinstance(creation, Created):
            self.heard()
            self._add(wish.agent, (creation.conversation,))
            self._say_created(creation)
            if not answer.done():
                answer.set_result(creation.conversation)
            return
        self.heard(creation.error)
        self._add(wish.agent, creation.left if isinstance(creation, NotCreated) else creation.seen or ())
        words = words_for(creation)
        if answer.done():  # the dialog was closed meanwhile
            self.say(words, trouble=True)
        else:
            answer.set_result(words)

    def _say_created(self, creation: Created) -> None:
        """Say what was made, and what of it did not come about: isolation that is only believed in leaks."""

        from tui.domain.creating import shares_all, words_for_isolation

        not_supported = self.lacks_for_certain("isolate") if shares_all(creation) else ""
        missing = words_for_isolation(creation, not_supported)
        if missing:
            self.tell(f"Created {creation.conversation.id}, but {missing}", trouble=True)
        else:
            self.say(f"Created {creation.conversation.id}")

    def _add(self, agent: Agent, rows: tuple[Conversation, ...]) -> None:
        """Put new rows on top, if the list still shows that agent."""
        if self.agent is None or self.agent.id != agent.id:
            return
        for row in reversed(rows):
            self.feed.put(row, first=True)
        if rows and self.filter_words:
            self.filter_line.action_cancel()  # a filter would hide what was just made
        self.show_rows()
