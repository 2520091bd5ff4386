"""What the flows of the main screen share: its state and its panes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from textual.reactive import var
from textual.screen import Screen

from tui.api.errors import LettaError, NoAnswer, NotOffered
from tui.domain.feed import Feed, Order
from tui.domain.lacking import cannot
from tui.domain.marking import Marks
from tui.domain.scope import Scope
from tui.domain.text import one_line, plural
from tui.domain.times import since
from tui.screens.key_gate import KeyGate
from tui.widgets.conversation_list import ConversationList
from tui.widgets.detail_pane import DetailPane
from tui.widgets.filter_line import FilterLine
from tui.widgets.foremost import Foremost
from tui.widgets.header_bar import HeaderBar
from tui.widgets.list_heading import ListHeading
from tui.widgets.list_pane import ListPane

if TYPE_CHECKING:
    from tui.api.client import LettaClient
    from tui.api.rows import Agent, Conversation
    from tui.api.wire import Wire
    from tui.config.settings import Settings
    from tui.domain.view import View
    from tui.storage.backups import Backups
    from tui.storage.draft_writer import DraftWriter
    from tui.storage.journal_writer import JournalWriter
    from tui.storage.last_visit import LastVisits
    from tui.storage.state import State

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Desk:
    """What the main screen is given to work with: a server, files on this machine, a clock, the settings."""

    wire: Wire
    drafts: DraftWriter
    state: State
    settings: Settings
    clock: Callable[[], datetime]
    journal: JournalWriter
    backups: Backups
    visits: LastVisits
    wire_for: Callable[[Settings], Wire]
    keys: KeyGate = field(default_factory=KeyGate)

    @cached_property
    def client(self) -> LettaClient:
        """The calls to the server; they and their models are loaded after the first paint, when first needed."""
        from tui.api.client import LettaClient

        return LettaClient(self.wire)

    @property
    def server(self) -> str:
        """The server's address as drafts and state know it."""
        return self.wire.base_url

    @property
    def origin(self) -> str | None:
        """Where a bundle says that it is from: of a file, the server that the file is of."""
        from tui.config.server import server_origin

        return server_origin(self.settings)


class MainState(Screen[None]):
    """The main screen's data and panes, without any flow."""

    view: var[View] = var(None, always_update=True)
    scope: var[Scope] = var(Scope(), always_update=True)
    agent: var[Agent | None] = var(None)
    marks: var[Marks] = var(Marks())
    """The conversations that the next export or deletion is about."""
    as_of: datetime | None = None
    """When the shown rows were read, if they are those of the last visit."""

    read_at: datetime | None = None
    """When the shown rows were read from their server, if they were in this run."""

    _problem: str = ""
    _filter_line: FilterLine | None = None

    def __init_subclass__(cls, *, whole: bool = False, **told: Any) -> None:
        """A flow is a part of the screen: Textual gathers keys and reactives once, of the whole of them."""
        if whole:
            super().__init_subclass__(**told)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._compositor = Foremost()
        self.desk = desk
        # Held rather than looked up: an answer may come when the program ends and the panes are gone already.
        self.header = HeaderBar(id="header")
        self.heading = ListHeading()
        self.list = ConversationList(id="list")
        self.detail = DetailPane()
        self.detail.now = desk.clock
        self.lacking: set[str] = set()
        self.feed = self.first_feed()

    def forget(self) -> None:
        """Nothing of a server is true of the next one, not even of the same ids; each flow adds what it knows."""
        self.lacking = set()
        self.agent, self.view = None, None
        self.scope = Scope(hidden=self.scope.hidden)
        self.header.agent = self.header.model = self.header.version = ""
        self.as_of = self.read_at = None
        self.filter_by("")
        self.list.drafts = frozenset()
        self.list.stand_ins = {}

    @property
    def filter_line(self) -> FilterLine:
        """The line to filter the list by, which the first frame does without: made when it is first asked for."""
        if self._filter_line is None:
            self._filter_line = FilterLine()
            self.query_one(ListPane).mount(self._filter_line, after=self.heading)
        return self._filter_line

    @property
    def filter_words(self) -> str:
        """What the list is filtered by."""
        return "" if self._filter_line is None else self._filter_line.value

    @property
    def filtering(self) -> bool:
        """Whether the filter is typed into."""
        return self._filter_line is not None and self._filter_line.has_focus

    def filter_by(self, words: str) -> None:
        """Filter the list by these words, none for all of it."""
        if words or self._filter_line is not None:
            self.filter_line.value = words
            self.filter_line.display = bool(words)

    def first_feed(self) -> Feed:
        """An empty list in the order of the settings."""
        settings = self.desk.settings
        return Feed(Order.named(settings.sort, settings.oldest_first), settings.page_size)

    @property
    def now(self) -> datetime:
        """The time, from the clock that the tests freeze."""
        return self.desk.clock()

    async def painted(self) -> None:
        """Wait until what was changed is on the screen."""
        done = asyncio.Event()
        self.call_after_refresh(done.set)
        await done.wait()

    def show_rows(self, keep: str | None = None, *, lost: int | None = None) -> None:
        """Fill the list from the feed and the filter, the default conversation first.

        While somebody types into the filter, a cursor whose row is left out goes to the first match, as `enter` does.
        """
        words = self.filter_words
        rows = self.feed.shown(words)
        if self.agent is not None and all(
            word in "default conversation" for word in words.casefold().split()
        ):
            from tui.api.rows import DEFAULT, Conversation

            rows = (Conversation(id=DEFAULT, agent_id=self.agent.id), *rows)
        self.list.sort = self.feed.order.sort
        self.list.now = self.now
        self.list.empty = f"nothing matches “{one_line(words, 40)}” · escape clears" if words else ""
        if words and lost is None and self.filtering:
            lost = next((place for place, row in enumerate(rows) if not row.is_default), 0)
        self.list.show(rows, keep=keep, lost=lost)
        self.show_heading()

    def show_heading(self, problem: str = "") -> None:
        """The line above the list: order, how much is loaded, the filter's count."""
        words = f"{self.feed.words} · {self.feed.state}"
        self._problem = problem
        if self.as_of is not None:
            age = f"as of {since(self.as_of, self.now)}"
            words = f"{self.feed.words} · {age}, reading…"
            problem = f"{problem} · these rows are {age}" if problem else ""
        if self.filter_words:
            words = f"{plural(len(self.list.rows), 'match', 'matches')} · {self.feed.state}"
        self.heading.words = words
        self.heading.problem = one_line(problem)
        self.show_place()

    def show_place(self) -> None:
        """Which of the rows the cursor is on."""
        rows = self.list.rows
        default = bool(rows) and rows[0].is_default
        place = self.list.cursor + 1 - default
        self.heading.place = f"{place} of {len(rows) - default}" if place else "default" if rows else ""

    def heard(self, error: LettaError | None = None) -> None:
        """Show in the header whether the server answers; a refusal is an answer too."""
        self.tell_connection("failing" if isinstance(error, NoAnswer) else "connected")

    def tell_connection(self, state: Literal["connecting", "connected", "failing"]) -> None:
        """Say in the header how the connection is; other keys are worth naming where it fails."""
        if self.header.connection != state:
            self.header.connection = state
            self.refresh_bindings()

    def lacks(self, act: str, error: LettaError | None) -> str:
        """Note what an answer shows the server not to have; words for it, or none where it is another error."""
        return self.lacks_for_certain(act) if isinstance(error, NotOffered) else ""

    def lacks_for_certain(self, act: str) -> str:
        """The same where no error but what was read back showed it; it is not offered again."""
        self.lacking.add(act)
        self.refresh_bindings()
        return cannot(act, self.header.version)

    def say(self, words: str, *, trouble: bool = False) -> None:
        """A passing remark; what it quotes is never markup."""
        self.notify(
            words, severity="error" if trouble else "information", markup=False, timeout=8 if trouble else 4
        )

    def tell(self, words: str, *, trouble: bool = False) -> None:
        """A remark that stays long enough to take a path down; what it quotes is never markup."""
        self.notify(words, severity="error" if trouble else "information", markup=False, timeout=30)

    async def ask(self, screen: Screen[Answer]) -> Answer | None:
        """Open a dialog that takes the keys kept for it, and wait for its answer."""
        self.call_later(self.desk.keys.open_to, screen)  # which is after it was pushed
        return await self.app.push_screen_wait(screen)

    def changeable(self) -> Conversation | None:
        """The row under the cursor, for an act that changes the server; read-only, there is none."""
        if self.desk.settings.readonly:
            self.say("Read-only: --readonly makes every change impossible", trouble=True)
            return None
        return self.list.row

    def name_of(self, conversation: Conversation) -> str:
        """A conversation's title, cut for a remark."""

        from tui.domain.facts import title

        return one_line(title(conversation), 60)
