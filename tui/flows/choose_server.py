"""Choose another agent or another server: the dialogs ask, the app connects."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tui.config.letta_code import found_store
from tui.flows.protocols import Asks, Question
from tui.model.agent import Agent

if TYPE_CHECKING:
    from pathlib import Path

    from tui.config.settings import Settings
    from tui.flows.connect import Connect, ServerStatus
    from tui.letta.api_key import Key
    from tui.letta.client import LettaClient
    from tui.letta.transport import Wire
    from tui.model.errors import LettaError
    from tui.storage.state import State


@dataclass(frozen=True)
class ServerChoice:
    """Where to connect next: another address and API key, the embedded server, local agents, or a profile."""

    base_url: str = ""
    key: Key | None = None
    demo: bool = False
    letta_code: Path | None = None
    """The folder of Letta Code's agents on this machine."""
    settings: Settings | None = None
    """A profile, resolved."""
    profiles: bool = False
    """Whether the list of connections is wanted first."""


@dataclass(frozen=True)
class ChooseAgent(Question[Agent]):
    """Which agent to show; `toggle_pin` pins one to the top of the list, or unpins it."""

    TAKES_TEXT = True

    client: LettaClient
    recent: tuple[str, ...]
    current: str | None
    pinned: tuple[str, ...]
    toggle_pin: Callable[[str], tuple[str, ...]]
    """The answer may be ALL_AGENTS, which is offered on top."""


@dataclass(frozen=True)
class NoConnection(Question[ServerChoice]):
    """What to do about a server that gave no usable response."""

    settings: Settings
    error: LettaError
    store: Path | None = None
    """Where Letta Code stores its agents on this machine, if it does."""


@dataclass(frozen=True)
class ManageConnections(Question[ServerChoice]):
    """Which of the named servers to use."""

    settings: Settings
    wire_for: Callable[[Settings], Wire]
    store: Path | None = None
    """Where Letta Code stores its agents on this machine, if it does."""


class ChooseServerScreen(Asks, Protocol):
    """Shows the choice."""

    def leave_editor(self) -> None:
        """Close the editor; what was typed stays as a draft."""

    def reconnect(self, choice: ServerChoice) -> None:
        """Connect to another server, or again to this one."""


class ChooseServer:
    """Lets the user choose the agent or the server to browse."""

    def __init__(
        self,
        client: LettaClient,
        status: ServerStatus,
        connect: Connect,
        *,
        settings: Settings,
        state: State,
        wire_for: Callable[[Settings], Wire],
        screen: ChooseServerScreen,
    ) -> None:
        self._client = client
        self._status = status
        self._connect = connect
        self._settings = settings
        self._state = state
        self._wire_for = wire_for
        self._screen = screen

    async def choose_agent(self) -> None:
        """Ask which agent to show, and show it."""
        state, server, agent = self._state, self._client.wire.base_url, self._status.connection.agent
        recent = await asyncio.to_thread(state.recent_agents, server)
        pinned = await asyncio.to_thread(state.pinned_agents, server)
        current = None if agent is None else agent.id
        question = ChooseAgent(self._client, recent, current, pinned, partial(state.toggle_pin, server))
        chosen = await self._screen.ask(question)
        if chosen is not None and chosen.id != current:
            self._screen.leave_editor()
            self._connect.open_agent(chosen)

    async def report_no_connection(self, error: LettaError) -> None:
        """Ask what to do about a server that gave no usable response."""
        question = NoConnection(self._settings, error, await self._local_store())
        while (choice := await self._screen.ask(question)) is not None:
            if not choice.profiles:
                self._screen.reconnect(choice)
            elif not await self._connect_to_named():
                continue  # back to the question
            return

    async def manage_connections(self) -> None:
        """Show the named servers, and connect to the one that is chosen."""
        await self._connect_to_named()

    async def _connect_to_named(self) -> bool:
        """Show the named servers, and connect to the one that is chosen; returns whether one was."""
        store = await self._local_store()
        choice = await self._screen.ask(ManageConnections(self._settings, self._wire_for, store))
        if choice is not None:
            self._screen.leave_editor()
            self._screen.reconnect(choice)
        return choice is not None

    async def _local_store(self) -> Path | None:
        """Where Letta Code stores its agents; None for the user of a browser who may name no files."""
        return None if self._settings.is_restricted else await asyncio.to_thread(found_store, os.environ)
