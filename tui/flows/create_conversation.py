"""Creating a conversation: a dialog asks; once sent, the request continues even if the dialog is closed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tui.flows.pending_writes import finish
from tui.flows.protocols import Asks, Question, Workers
from tui.flows.results import LONG
from tui.flows.write import create
from tui.model.conversation import Conversation
from tui.model.errors import attempt
from tui.presentation.changes.create import failure_text, missing_text
from tui.rules.changes.create import Wanted
from tui.rules.changes.outcome import Done

if TYPE_CHECKING:
    from tui.flows.results import Results, Server
    from tui.model.agent import Agent
    from tui.model.block import Block
    from tui.model.errors import LettaError
    from tui.model.supported import Supported


Created = Conversation | str
"""The new conversation, or why there is none, as text for the user."""


@dataclass(frozen=True)
class AskNewConversation(Question[Conversation]):
    """Which conversation to create; the dialog stays open until it is created, and returns it."""

    TAKES_TEXT = True

    agent: Agent
    read_blocks: Callable[[], Awaitable[tuple[Block, ...] | LettaError]]
    create: Callable[[Wanted], Awaitable[Created]]
    supported: Supported
    """What the server is known to support; of the fields other than the summary, only these are offered."""
    no_isolation: str
    """Why no block can be isolated here, if that is known."""


class CreateScreen(Asks, Workers, Protocol):
    """Shows the dialog of a new conversation."""


class CreateConversation:
    """Creates a conversation once, and updates the list to what the server has then."""

    def __init__(self, server: Server, results: Results, screen: CreateScreen) -> None:
        self._server, self._results, self._screen = server, results, screen

    async def create(self, agent: Agent) -> None:
        """Ask for summary, labels and what else the server stores, create the conversation, and go to it."""
        client = self._server.client
        lacks = client.supported.lacks("isolate")

        async def make(wanted: Wanted) -> Created:
            return await finish(self._screen, self._create(agent, wanted), self._report_failure)

        question = AskNewConversation(
            agent,
            lambda: attempt(client.agent_blocks, agent.id),
            make,
            client.supported,
            self._results.not_supported("isolate") if lacks else "",
        )
        made = await self._screen.ask(question)
        if made is not None:
            self._results.select(agent.id, made.id, focus=True)

    def _report_failure(self, created: Created) -> None:
        """The dialog was closed before the creation ended."""
        if isinstance(created, str):
            self._results.message(created, error=True)

    async def _create(self, agent: Agent, wanted: Wanted) -> Created:
        client = self._server.client
        outcome = await create(client, agent.id, wanted)
        if isinstance(outcome, Done):
            self._results.report()
            self._results.add(agent.id, (outcome.value,))
            self._report_created(outcome.value, wanted)
            return outcome.value
        self._results.report(outcome.error)
        self._results.add(agent.id, outcome.appeared or ())
        return failure_text(outcome, client.supported, self._results.version)

    def _report_created(self, made: Conversation, wanted: Wanted) -> None:
        """Report what was created, and what is missing: a user who relies on isolation would write to shared blocks."""
        missing = missing_text(made, wanted, self._results.not_supported("isolate"))
        if missing:
            self._results.message(f"Created {made.id}, but {missing}", error=True, seconds=LONG)
        else:
            self._results.message(f"Created {made.id}")
