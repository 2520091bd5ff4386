"""The flows of reading on an embedded server, with a screen that only keeps what it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tui.backends.demo import DemoTransport, Store
from tui.config.settings import Settings
from tui.flows.check_context import CheckContext
from tui.flows.connect import Connect, Connection, ServerStatus
from tui.flows.follow import Follow
from tui.flows.list_conversations import ConversationList, ListConversations, Viewport
from tui.flows.open_conversation import OpenConversation, OpenedView
from tui.flows.read_history import ReadHistory
from tui.flows.remember_list import RememberList
from tui.letta.client import LettaClient
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.errors import LettaError
from tui.model.opened import Opened
from tui.presentation.find import Match, Pattern
from tui.presentation.item import Item
from tui.storage.draft_store import DraftStore
from tui.storage.draft_writer import DraftWriter
from tui.storage.last_visit import LastVisits
from tui.storage.state import ListPosition, State

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
PATIENT = 30.0
"""Seconds after which a wait is a failure."""


@dataclass
class Screen:
    """Keeps snapshots, has a cursor, and runs workers that nobody cancels: only the flows know what is still wanted."""

    connection: Connection = field(default_factory=Connection)
    conversations: ConversationList = field(default_factory=ConversationList)
    opened: OpenedView = field(default_factory=OpenedView)
    views: list[OpenedView] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    unreachable: LettaError | None = None
    choosing: bool = False
    cursor: int = 0
    is_filtering: bool = False
    is_editing: bool = False
    is_at_end: bool = False
    at_end: int = 0
    following: bool = False
    filter: str = ""
    position: ListPosition | None = None
    viewport: Viewport = field(default_factory=lambda: Viewport("memory", 3))
    seen: list[str] = field(default_factory=list)
    items: Sequence[Item] = ()
    selected_item: int = 0
    matches: list[Match] = field(default_factory=list)
    count: str = ""
    search_words: str = ""
    pattern: Pattern | None = None
    tasks: dict[asyncio.Task[None], str] = field(default_factory=dict)

    @property
    def row(self) -> Conversation | None:
        rows = self.conversations.rows
        return rows[self.cursor] if rows else None

    def show_connection(self, connection: Connection) -> None:
        self.connection = connection

    def show_list(self, conversations: ConversationList) -> None:
        wanted = conversations.cursor or (self.row.id if self.row else None)
        ids = [row.id for row in conversations.rows]
        elsewhere = self.cursor if conversations.lost is None else conversations.lost
        place = ids.index(wanted) if wanted in ids else elsewhere
        self.cursor = max(0, min(place, len(ids) - 1))
        self.conversations = conversations

    def show_opened(self, opened: OpenedView) -> None:
        self.opened = opened
        self.views.append(opened)

    def show_message(self, text: str, *, error: bool = False, seconds: float | None = None) -> None:
        self.messages.append(text)

    def show_filter(self, words: str) -> None:
        self.filter = words

    def clear_filter(self) -> None:
        self.filter = ""

    def begin_list(self, position: ListPosition | None) -> None:
        self.position = position

    def cannot_connect(self, error: LettaError) -> None:
        self.unreachable = error

    def choose_agent(self) -> None:
        self.choosing = True

    def show_following(self, following: bool) -> None:
        self.following = following

    def go_to_end(self) -> None:
        self.at_end += 1

    def go_to_match(self, match: Match) -> None:
        self.matches.append(match)

    def mark_matches(self, pattern: Pattern | None, current: Match | None = None) -> None:
        self.pattern = pattern

    def show_matches(self, state: str) -> None:
        self.count = state

    def focus_reader(self) -> None: ...
    def close_search(self) -> None:
        self.search_words = ""

    def note_seen(self, conversation: Conversation) -> None:
        self.seen.append(conversation.id)

    def focus_list(self) -> None: ...
    def show_position(self) -> None: ...
    async def prepare(self, opened: Opened) -> None: ...
    async def painted(self) -> None: ...

    def start_worker(
        self, group: str, work: Callable[[], Awaitable[None]], *, exclusive: bool = True
    ) -> None:
        async def run() -> None:
            await work()

        self.tasks[asyncio.ensure_future(run())] = group

    def cancel_workers(self, *groups: str) -> None: ...

    def is_working(self, *groups: str) -> bool:
        return any(group in groups and not task.done() for task, group in self.tasks.items())

    async def settle(self, *groups: str) -> None:
        """Wait for what runs in these groups, or for all; what failed is raised here."""
        async with asyncio.timeout(PATIENT):
            while pending := [
                task
                for task, group in self.tasks.items()
                if not task.done() and group in (groups or (group,))
            ]:
                await asyncio.wait(pending)
        for task in self.tasks:
            if task.done():
                task.result()


@dataclass
class Reading:
    """A server, the screen, and the flows between them."""

    transport: DemoTransport
    screen: Screen
    client: LettaClient
    state: State
    visits: LastVisits
    settings: Settings
    server: ServerStatus
    conversations: ListConversations
    open: OpenConversation
    connect: Connect
    history: ReadHistory
    check: CheckContext
    follow: Follow
    drafts: DraftWriter

    @property
    def agent(self) -> Agent:
        """The first agent of the server."""
        return Agent(id=next(iter(self.transport.store.agents)))

    @property
    def titles(self) -> Sequence[str | None]:
        """Summaries of the rows that are shown, without the default conversation."""
        return [row.summary for row in self.screen.conversations.rows if not row.is_default]

    async def go(self, place: int) -> Conversation:
        """Put the cursor on a row, and begin to read it."""
        self.screen.cursor = place
        row = self.screen.conversations.rows[place]
        self.open.read(row)
        return row

    def say(self, conversation_id: str, text: str) -> None:
        """A message that comes into a conversation, past the app."""
        store = self.transport.store
        agent_id = store.conversations[conversation_id].agent_id
        store.write(agent_id, conversation_id, "user", [{"type": "text", "text": text}], at=NOW)

    async def shown(self, holds: Callable[[], bool]) -> None:
        """Wait until the screen shows something."""
        async with asyncio.timeout(PATIENT):
            while not holds():  # noqa: ASYNC110
                await asyncio.sleep(0)


def server_with(*summaries: str | None) -> DemoTransport:
    """A server with one agent and these conversations, the first one the newest."""
    from tests.app_helpers import small_server

    return small_server(*summaries)


@asynccontextmanager
async def reading(transport: DemoTransport, folder: Path, **told: Any) -> AsyncIterator[Reading]:
    """All flows of reading on a server; what they keep on disk is in this folder."""
    settings = Settings(**{"base_url": "http://demo", **told})
    client = LettaClient(Wire("http://demo", transport=transport, patience=Patience(backoff=0.0)))
    screen, state, visits = Screen(), State(folder / "state.json"), LastVisits(folder / "visits")
    server = ServerStatus(screen, client.learner)
    remembered = RememberList("http://demo", settings=settings, state=state, visits=visits, clock=clock)
    drafts = DraftWriter(DraftStore(folder / "drafts"))
    conversations = ListConversations(
        client, server, remembered, settings=settings, drafts=drafts, clock=clock, pane=screen, screen=screen
    )
    opened = OpenConversation(client, server, conversations, screen, clock=clock, pane=screen, screen=screen)
    history = ReadHistory(client, server, opened, screen)
    check = CheckContext(opened, screen)
    follow = Follow(server, conversations, opened, screen, screen)
    connect = Connect(
        client, server, conversations, opened, remembered, settings=settings, state=state, screen=screen
    )
    found = Reading(
        transport,
        screen,
        client,
        state,
        visits,
        settings,
        server,
        conversations,
        opened,
        connect,
        history,
        check,
        follow,
        drafts,
    )
    try:
        yield found
    finally:
        transport.clear()
        await screen.settle()
        drafts.close()
        await client.close()


@asynccontextmanager
async def listed(
    folder: Path, *summaries: str | None, transport: DemoTransport | None = None, **told: Any
) -> AsyncIterator[Reading]:
    """The same with the agent's list shown, and the cursor on the newest conversation."""
    async with reading(transport or server_with(*summaries), folder, **told) as found:
        found.connect.open_agent(found.agent)
        await found.screen.settle()
        yield found


def clock() -> datetime:
    """A time that stands still."""
    return NOW


class Late(DemoTransport):
    """Answers what is asked for, and has the answer arrive when `arrives` is set."""

    path = ""
    """The end of the path of the requests whose answers are late."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, now=NOW)
        self.arrives, self.answered = asyncio.Event(), asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the server is now, and wait."""
        late = bool(self.path) and request.method == "GET" and request.url.path.endswith(self.path)
        response = await super().handle_async_request(request)
        if late:
            self.answered.set()
            await self.arrives.wait()
        return response


def empty_server() -> DemoTransport:
    """A server without a single agent."""
    return DemoTransport(Store.empty(NOW), now=NOW)
