"""Go to a hit: open its conversation, of another agent if need be, and select the message or the block.

A message before the context is shown in the whole history. Each step waits for what it needs to be read: whenever the
detail shows more, `filled` takes the next step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tui.flows.protocols import Background, KnowsServer, Messages
from tui.model.conversation import DEFAULT
from tui.model.errors import LettaError, attempt
from tui.model.opened import Opened

if TYPE_CHECKING:
    from tui.flows.connect import Connect
    from tui.flows.list_conversations import ListConversations
    from tui.flows.open_conversation import OpenConversation
    from tui.flows.read_history import ReadHistory
    from tui.letta.client import LettaClient
    from tui.rules.search import Hit

NOT_LISTED = "The server no longer lists this message"


class FoundPane(Protocol):
    """The detail, as far as a hit is shown in it."""

    def open_detail(self) -> None:
        """Go to the detail."""

    def show_tab(self, tab: str) -> None:
        """Show Messages, Memory or Info."""

    def select_message(self, message_id: str, words: str) -> bool:
        """Select a message, with these words of it in view; returns whether it is shown."""

    def select_label(self, label: str) -> bool:
        """Select a block by its label; returns whether it is shown."""


class GoToScreen(Messages, Background, Protocol):
    """What going to a hit asks of the screen."""

    def leave_editor(self) -> None:
        """Close the editor; what was typed stays as a draft."""


@dataclass(frozen=True)
class Target:
    """Where to go: a message of a conversation, a block, or with neither, the conversation itself."""

    agent: str
    conversation: str
    message: str | None
    label: str | None
    words: str

    @property
    def tab(self) -> str:
        """The tab that shows it."""
        return "messages" if self.label is None else "memory"


class GoToMessage:
    """Goes to one hit at a time; stops if the user opens another conversation meanwhile."""

    def __init__(
        self,
        client: LettaClient,
        server: KnowsServer,
        connect: Connect,
        conversations: ListConversations,
        opened: OpenConversation,
        history: ReadHistory,
        *,
        pane: FoundPane,
        screen: GoToScreen,
    ) -> None:
        self._client = client
        self._server = server
        self._connect = connect
        self._list = conversations
        self._opened = opened
        self._history = history
        self._pane = pane
        self._screen = screen
        self._target: Target | None = None
        self._left: object = None
        """The view that was shown when it began."""

    def go(self, hit: Hit) -> None:
        """Begin to go to a hit."""
        if hit.conversation is None and hit.place != "memory":
            self._screen.show_message(
                "The server does not report the conversation of this message", error=True
            )
            return
        words = " ".join(hit.excerpt.match.split())
        self._begin(Target(hit.agent, hit.conversation or DEFAULT, hit.message, hit.label, words))

    def go_to_message(self, opened: Opened, message_id: str) -> None:
        """Begin to go to a message of a conversation that was opened."""
        self._begin(Target(opened.agent.id, opened.conversation.id, message_id, None, ""))

    def _begin(self, target: Target) -> None:
        self._screen.leave_editor()
        self._target, self._left = target, self._opened.view
        self._screen.start_worker("go-to", partial(self._go, target))

    async def _go(self, target: Target) -> None:
        """Open the conversation, and its agent if that is another one."""
        current = self._list.agent
        if current is None or current.id != target.agent:
            agent = await attempt(self._client.agent, target.agent)
            if self._target is not target:
                return
            self._server.report(agent if isinstance(agent, LettaError) else None)
            if isinstance(agent, LettaError):
                self._target = None
                self._screen.show_message(f"The agent could not be opened: {agent.what}", error=True)
                return
            self._connect.open_agent(agent, wanted=target.conversation)
        else:
            self._list.go_to(target.conversation)
        self._pane.show_tab(target.tab)
        self.filled()

    def filled(self) -> None:
        """Take the next step after the detail changed: select the target, or read what is needed to show it."""
        target, view = self._target, self._opened.view
        if target is None or not isinstance(view, Opened):
            return
        if (view.agent.id, view.conversation.id) != (target.agent, target.conversation):
            if view is not self._left:
                self._target = None  # the user went elsewhere
            return
        if self._is_shown(target):
            self._target = None
            self._pane.open_detail()
        elif target.label is not None:
            self._end(f"The block {target.label} no longer exists")
        else:
            self._show_more(view)

    def _is_shown(self, target: Target) -> bool:
        """Select the target, if it is shown."""
        if target.label is not None:
            return self._pane.select_label(target.label)
        return target.message is None or self._pane.select_message(target.message, target.words)

    def _show_more(self, view: Opened) -> None:
        """Show hidden message types, then the whole history; a message that is not even there is gone."""
        scope = self._opened.shown.scope
        if scope.hidden:
            self._opened.hide_types(frozenset())
        elif not scope.is_whole(view):
            self._history.toggle()
        elif isinstance(known := scope.history_of(view), LettaError):
            self._end(f"Messages before the context could not be read: {known.what}")
        elif known is not None:
            self._end(NOT_LISTED)

    def _end(self, why: str) -> None:
        self._target = None
        self._pane.open_detail()
        self._screen.show_message(why, error=True)
