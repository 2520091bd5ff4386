"""Creating a conversation: a dialog asks, and what was sent goes on without it should it be closed."""

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
from tui.presentation.changes.create import failure_text, isolation_text
from tui.rules.changes.create import shares_all
from tui.rules.changes.outcome import Done

if TYPE_CHECKING:
    from tui.flows.protocols import Connection
    from tui.flows.results import Results, Server
    from tui.model.agent import Agent
    from tui.model.block import Block
    from tui.model.errors import LettaError


@dataclass(frozen=True)
class NewConversation:
    """What the user wants created."""

    agent: Agent
    summary: str
    labels: tuple[str, ...]


Created = Conversation | str
"""The new conversation, or why there is none, as text for the user."""


@dataclass(frozen=True)
class AskNewConversation(Question[Conversation]):
    """Which conversation to create; the dialog stays until it is made, and answers it."""

    TAKES_TEXT = True

    agent: Agent
    read_blocks: Callable[[], Awaitable[tuple[Block, ...] | LettaError]]
    create: Callable[[NewConversation], Awaitable[Created]]
    no_isolation: str
    """Why no block can be isolated here, if that is known."""


class CreateScreen(Asks, Workers, Protocol):
    """What shows the dialog of a new conversation."""


class CreateConversation:
    """Creates a conversation once, and updates the list to what the server has then."""

    def __init__(
        self, server: Server, connection: Connection, results: Results, screen: CreateScreen
    ) -> None:
        self._server, self._connection = server, connection
        self._results, self._screen = results, screen

    async def create(self, agent: Agent) -> None:
        """Ask for summary and labels, and go to what was made."""
        no_isolation = ""
        if not self._connection.supports("isolate"):
            no_isolation = self._connection.not_supported("isolate")
        question = AskNewConversation(
            agent,
            lambda: attempt(self._server.client.agent_blocks, agent.id),
            self._make,
            no_isolation,
        )
        made = await self._screen.ask(question)
        if made is not None:
            self._results.select(agent.id, made.id, focus=True)

    async def _make(self, wanted: NewConversation) -> Created:
        return await finish(self._screen, self._create(wanted), self._report_failure)

    def _report_failure(self, created: Created) -> None:
        """The dialog was closed before the creation ended."""
        if isinstance(created, str):
            self._results.message(created, error=True)

    async def _create(self, wanted: NewConversation) -> Created:
        outcome = await create(self._server.client, wanted.agent.id, wanted.summary, wanted.labels)
        if isinstance(outcome, Done):
            self._results.report()
            self._results.add(wanted.agent.id, (outcome.value,))
            self._report_created(outcome.value, len(wanted.labels))
            return outcome.value
        assert outcome.error is not None
        self._results.report(outcome.error)
        self._results.add(wanted.agent.id, outcome.appeared or ())
        return failure_text(outcome)

    def _report_created(self, made: Conversation, wanted: int) -> None:
        """Report what was made, and which isolation is missing: who relies on it would write to shared blocks."""
        unsupported = self._results.not_supported("isolate") if shares_all(made, wanted) else ""
        missing = isolation_text(made, wanted, unsupported)
        if missing:
            self._results.message(f"Created {made.id}, but {missing}", error=True, seconds=LONG)
        else:
            self._results.message(f"Created {made.id}")
