"""Connect: reach the server, find the agent to start on, and record what is known of the server.

The agent that was asked for by id, or used last, is read together with the first page of its conversations. Without
one, or where it is gone, the server's agents decide: one that was named, the only one, else the user chooses.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from tui.config.server import first_agent, remembers_server
from tui.flows.find_by_id import find_agent, find_conversation
from tui.flows.protocols import Background, Messages
from tui.model.agent import ALL_AGENTS, Agent
from tui.model.conversation import DEFAULT, Page
from tui.model.errors import (
    LettaError,
    NoResponse,
    NothingFits,
    NotOffered,
    NotThere,
    Rejected,
    WebPage,
    attempt,
)
from tui.model.os_errors import reason_of
from tui.model.supported import NOTHING_KNOWN, Supported
from tui.rules.ids import cleaned

if TYPE_CHECKING:
    from tui.config.settings import Settings
    from tui.flows.list_conversations import ListConversations
    from tui.flows.open_conversation import OpenConversation
    from tui.flows.remember_list import RememberList
    from tui.letta.client import LettaClient
    from tui.letta.supported import SupportLearner
    from tui.model.conversation import Conversation
    from tui.storage.state import ListPosition, State

FIRST_AGENTS = 50
"""Agents that are read to see whether there is only one."""

ConnectionState = Literal["connecting", "connected", "failing"]


@dataclass(frozen=True, eq=False)
class Connection:
    """The server that is browsed, and what its responses have shown.

    `server` is its address as the header names it, `file` the name of the file that is browsed instead of one.
    """

    server: str = ""
    file: str = ""
    state: ConnectionState = "connecting"
    version: str = ""
    agent: Agent | None = None
    supported: Supported = NOTHING_KNOWN
    waiting: int = 0
    """Seconds that the server asks to wait before the next request; 0 where it asks for no wait."""


class ShowsConnection(Protocol):
    """Shows how the connection is."""

    def show_connection(self, connection: Connection) -> None:
        """Show another snapshot of the connection."""


class ConnectScreen(Messages, Background, Protocol):
    """What connecting asks of the screen."""

    def cannot_connect(self, error: LettaError) -> None:
        """Let the user decide what to do about a server that gave no usable response."""

    def choose_agent(self) -> None:
        """Let the user choose one of several agents."""


class ServerStatus:
    """The state of the connection; every flow reports the outcome of its requests to it.

    What the server supports comes from the client's learner.
    """

    def __init__(self, screen: ShowsConnection, learner: SupportLearner) -> None:
        self._screen = screen
        self._closed = False
        self.connection = Connection(supported=learner.current)
        learner.when_changed(self._set_supported)

    def close(self) -> None:
        """Show nothing from now on: another server is browsed."""
        self._closed = True

    @property
    def version(self) -> str:
        """The server's version, "" if it's unknown."""
        return self.connection.version

    def report(self, error: LettaError | None = None) -> None:
        """Record how a request ended; a refusal is a response too."""
        self.set_state("failing" if isinstance(error, NoResponse | WebPage) else "connected")

    def begin(self, server: str, file: str) -> None:
        """Show that a server, or a file in place of one, is being reached."""
        self._show(replace(self.connection, server=server, file=file, state="connecting"))

    def set_state(self, state: ConnectionState) -> None:
        """Set whether the server is being reached, responds, or doesn't."""
        if self.connection.state != state:
            self._show(replace(self.connection, state=state))

    def set_waiting(self, seconds: int) -> None:
        """Set how long the server asks to wait."""
        self._show(replace(self.connection, waiting=seconds))

    def set_version(self, version: str) -> None:
        """Set the version that the server reports, "" if it reports none."""
        self._show(replace(self.connection, version=version))

    def set_agent(self, agent: Agent | None) -> None:
        """Set the agent whose conversations are shown."""
        self._show(replace(self.connection, agent=agent))

    def _set_supported(self, supported: Supported) -> None:
        """Take over what a response has shown about what the server supports."""
        self._show(replace(self.connection, supported=supported))

    def _show(self, connection: Connection) -> None:
        self.connection = connection
        if not self._closed:
            self._screen.show_connection(connection)


class Connect:
    """Reaches the server and opens the agent to begin with; an agent that the user chooses meanwhile wins."""

    def __init__(
        self,
        client: LettaClient,
        status: ServerStatus,
        conversations: ListConversations,
        opened: OpenConversation,
        remembered: RememberList,
        *,
        settings: Settings,
        state: State,
        screen: ConnectScreen,
    ) -> None:
        self._client = client
        self._status = status
        self._list = conversations
        self._opened = opened
        self._remembered = remembered
        self._settings = settings
        self._state = state
        self._screen = screen
        self._wanted = object()
        """Which attempt may still decide what is shown; the user's own choice ends it."""
        self._disk_trouble_shown = False

    def begin_with_rows(self) -> None:
        """Show the rows of the last visit in the first frame; files may be read, as nothing waits for a key yet."""
        self._show_server()
        known = first_agent(self._settings, self._state)
        if known is not None:
            self._show_last_visit(known, self._remembered.position_of(known))

    def start(self) -> None:
        """Begin to reach the server."""
        self._wanted = wanted = object()
        self._screen.start_worker("connect", partial(self._connect, wanted))

    async def _connect(self, wanted: object) -> None:
        """Open the agent that was asked for or used last, else list the agents; without a response, ask what to do."""
        self._show_server()
        known = await asyncio.to_thread(first_agent, self._settings, self._state)
        position = None if known is None else await asyncio.to_thread(self._remembered.position_of, known)
        if known is not None:
            self._show_last_visit(known, position)
        self._screen.start_worker("version", self._read_version)
        if known is not None and await self._open_known(wanted, known, position):
            return
        await self._open_or_choose(wanted, known)

    async def _open_known(self, wanted: object, agent_id: str, position: ListPosition | None) -> bool:
        """Read an agent and its first rows at once; False where there is no such agent, or no such call."""
        agent, page = await asyncio.gather(
            attempt(self._agent, agent_id), attempt(self._list.first_page, agent_id, position)
        )
        if self._wanted is not wanted:
            return True
        if isinstance(agent, NotThere | Rejected | NotOffered):
            return False
        if isinstance(agent, LettaError):  # it may well exist
            self._fail(agent)
            return True
        self._status.report()
        first = None if isinstance(page, LettaError) else page
        self.open_agent(agent, wanted=self._conversation, position=position, first=first)
        return True

    async def _agent(self, agent_id: str) -> Agent:
        """The agent of an id, or all of them for the id "", of which nothing is read; raises LettaError."""
        return await self._client.agent(agent_id) if agent_id else ALL_AGENTS

    async def _open_or_choose(self, wanted: object, known: str | None) -> None:
        """Open the agent that was named or is the only one, else let the user choose; `known` is the one used last."""
        first = await attempt(self._client.agents, limit=FIRST_AGENTS)
        agent: Agent | LettaError | None
        if isinstance(first, NotOffered):
            agent = await attempt(self._agent_by_id_alone, known, first)
            first = agent if isinstance(agent, LettaError) else Page((agent,), 1)
        if self._wanted is not wanted:
            return
        if isinstance(first, LettaError):
            self._fail(first)
            return
        self._status.report()
        agent = await attempt(self._first_agent, first.rows)
        position = None
        if agent is not None and not isinstance(agent, LettaError):
            position = await asyncio.to_thread(self._remembered.position_of, agent.id)
        if self._wanted is not wanted:
            return
        if isinstance(agent, LettaError):
            self._fail(agent)
        elif agent is not None:
            self.open_agent(agent, wanted=self._conversation, position=position)
        else:
            self._let_choose(any_agents=bool(first.rows))

    def _let_choose(self, *, any_agents: bool) -> None:
        """Let the user choose an agent, since none is given; the agent of the last visit's rows is gone."""
        if self._list.shown.as_of is not None:
            self._status.set_agent(None)
        self._list.show_no_agent(any_agents=any_agents)
        if any_agents:
            self._screen.choose_agent()

    async def _first_agent(self, first: tuple[Agent, ...]) -> Agent | None:
        """The agent asked for by name, else the only one; a demo or a file begins with its first. Raises LettaError."""
        settings = self._settings
        if settings.agent:
            try:
                return await find_agent(self._client, settings.agent)
            except NothingFits as error:
                self._screen.show_message(f"{error.what[:1].upper()}{error.what[1:]}", error=True)
                return None
        if settings.demo or settings.bundle is not None:
            return next(iter(first), None)
        return first[0] if len(first) == 1 else None

    async def _agent_by_id_alone(self, known: str | None, error: LettaError) -> Agent:
        """The agent that is named, that of the named conversation, or the one used last, where the server lists none.

        Raises the error where there is none of these.
        """
        agent_id, conversation = self._settings.agent, self._conversation
        if agent_id is None and conversation is not None and conversation != DEFAULT:
            agent_id = (await find_conversation(self._client, conversation)).agent_id
        if not (agent_id := agent_id or known):
            raise error
        return Agent(id=cleaned(agent_id))

    @property
    def _conversation(self) -> str | None:
        """The conversation that was asked for, if any."""
        return None if self._settings.conversation is None else cleaned(self._settings.conversation)

    def open_agent(
        self,
        agent: Agent,
        *,
        wanted: str | None = None,
        position: ListPosition | None = None,
        first: Page[Conversation] | None = None,
    ) -> None:
        """Show an agent's conversations, the wanted one under the cursor, or at the position where it was left.

        `first` is their first page; rows of the last visit stay until fresh ones are here.
        """
        self._wanted = object()
        if not self._list.has_old_rows_of(agent):
            self._opened.clear()
        self._status.set_agent(agent)
        self._list.open(agent, wanted=wanted, position=position, first=first)
        self._screen.start_worker("state", partial(self._remember, agent), exclusive=False)

    def _show_last_visit(self, agent_id: str, position: ListPosition | None) -> None:
        """Show the rows that are stored of this agent, marked as old, unless an agent is shown already."""
        if self._status.connection.agent is None:
            agent = self._list.show_last_visit(agent_id, position)
            if agent is not None:
                self._status.set_agent(agent)

    def _show_server(self) -> None:
        bundle = self._settings.bundle
        self._status.begin(self._client.wire.server, "" if bundle is None else bundle.name)

    async def _read_version(self) -> None:
        """Read the server's version, which nothing waits for."""
        self._status.set_version(await self._client.version())

    def _fail(self, error: LettaError) -> None:
        self._status.set_state("failing")
        self._list.show_problem(error.what)
        self._screen.cannot_connect(error)

    async def _remember(self, agent: Agent) -> None:
        """Store server and agent as those used last, and the positions; a full disk is ignored."""
        settings, server = self._settings, self._client.wire.base_url
        try:
            await asyncio.to_thread(self._state.remember_agent, server, agent.id)
            if remembers_server(settings):
                await asyncio.to_thread(
                    self._state.remember_server, profile=settings.profile, base_url=server
                )
            await asyncio.to_thread(self._state.close)
        except OSError as error:
            if not self._disk_trouble_shown:
                text = f"Recent agents and positions cannot be stored on this machine: {reason_of(error)}"
                self._screen.show_message(text, error=True)
            self._disk_trouble_shown = True
