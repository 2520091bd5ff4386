"""Choose an agent by typing a part of its name; pinned and recently used ones come first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.letta.client import LettaClient
from tui.model.agent import ALL_AGENTS, Agent
from tui.model.errors import LettaError, attempt
from tui.model.os_errors import reason_of
from tui.model.text import one_line, plural
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.footer import KeyLine

PAGE = 50
TYPING = 0.2
ALL = "all-agents"
"""The id of the entry for all agents."""
MOST_ROWS = 20
"""Maximum number of rows of the list, if the window has room for them."""


class QueryLine(Input):
    """The field of the picker; Enter chooses, once everything typed before it has narrowed the list."""

    BINDINGS = bindings("picker-field", actions={"picker.choose": "submit"})


class AgentPicker(Dialog[Agent | None]):
    """A field over a list; typed words narrow the loaded agents at once and search the server for more."""

    MANUAL = "reading#agents"
    BINDINGS = bindings(
        "picker",
        actions={
            "picker.down": "move('cursor_down')",
            "picker.up": "move('cursor_up')",
            "picker.page-down": "move('page_down')",
            "picker.page-up": "move('page_up')",
            "picker.pin": "pin",
            "picker.close": "close",
        },
    )

    def __init__(
        self,
        client: LettaClient,
        recent: tuple[str, ...],
        current: str | None,
        pinned: tuple[str, ...] = (),
        toggle_pin: Callable[[str], tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__()
        self._client = client
        self._pinned = pinned
        self._toggle_pin = toggle_pin
        self._recent = recent
        self._current = current
        self._agents: dict[str, Agent] = {}
        self._complete: set[str] = set()
        self._cursors: dict[str, str] = {}
        self._paged: dict[str, set[str]] = {}
        self._problem = ""
        self._rows = 1
        # No queries: a response may still arrive while the dialog closes, when they would find nothing.
        self._query = QueryLine(placeholder="type part of a name", id="query", compact=True)
        self._options = OptionList(id="agents", compact=True, markup=False)
        self._options.can_focus = False
        self._state = Static("reading…", id="picker-state", markup=False)

    def compose(self) -> ComposeResult:
        """The field, the list and a status line."""
        with Vertical(classes="dialog wide", id="picker"):
            yield Static("Agents", classes="dialog-title", markup=False)
            yield self._query
            yield self._state
            yield self._options
        yield KeyLine()

    def on_mount(self) -> None:
        """Start with the newest agents and the recent ones."""
        self.load("")
        self.load_recent()

    def on_resize(self) -> None:
        """Use no more lines than the window leaves."""
        self.call_after_refresh(self.fit, self._options)

    @property
    def query_text(self) -> str:
        """The text in the field."""
        return self._query.value.strip()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(first=True)
        if "" not in self._complete and event.value.strip() not in self._complete:
            self.load(event.value.strip(), pause=TYPING)

    @work(group="agents", exclusive=True)
    async def load(self, query: str, *, pause: float = 0) -> None:
        """Read one more page of the agents whose name contains the query."""
        await asyncio.sleep(pause)
        page = await attempt(self._client.agents, query=query, after=self._cursors.get(query), limit=PAGE)
        if isinstance(page, LettaError):
            self._problem = page.what
            self._show()
            return
        self._problem = ""
        # An unknown cursor returns page 1 again with 200 (measured): a row that was read before ends the paging.
        paged = self._paged.setdefault(query, set())
        repeated = bool(page.rows) and page.rows[0].id in paged
        paged |= {agent.id for agent in page.rows}
        if page.rows:
            self._cursors[query] = page.rows[-1].id
        if page.sent < PAGE or repeated:
            self._complete.add(query)
        self._agents |= {agent.id: agent for agent in page.rows}
        self._show()

    @work(group="recent", exclusive=True)
    async def load_recent(self) -> None:
        """Read the pinned and recent agents that are not among the loaded pages."""
        wanted = dict.fromkeys((*self._pinned[:20], *self._recent[:5]))
        results = await asyncio.gather(*(attempt(self._client.agent, agent_id) for agent_id in wanted))
        self._agents |= {agent.id: agent for agent in results if isinstance(agent, Agent)}
        self._show()

    def _matches(self) -> list[Agent]:
        words = self.query_text.casefold().split()
        first = dict.fromkeys((*self._pinned, *self._recent))
        ranks = {agent_id: rank for rank, agent_id in enumerate(first)}
        rows = [
            agent for agent in self._agents.values() if all(word in agent.title.casefold() for word in words)
        ]
        return sorted(rows, key=lambda agent: ranks.get(agent.id, len(ranks)))

    def _show(self, *, first: bool = False) -> None:
        options = self._options
        selected_id = (
            None
            if first or options.highlighted is None
            else options.get_option_at_index(options.highlighted).id
        )
        matches = self._matches()
        entries = [ALL_AGENTS, *matches] if self._offers_all else matches
        self._rows = max(self._rows, min(len(entries), MOST_ROWS))
        options.styles.height = self._rows  # never smaller: the dialog would jump while a name is typed
        options.set_options(Option(self._prompt(agent), id=agent.id or ALL) for agent in entries)
        wanted = (ALL if self._current == "" else self._current) if selected_id is None else selected_id
        indexes = [index for index, agent in enumerate(entries) if (agent.id or ALL) == wanted]
        if indexes and not (first and self.query_text):
            options.highlighted = indexes[0]
        elif matches or self.query_text or "" in self._complete:  # not before the first agents are read
            options.highlighted = (1 if self._offers_all and matches else 0) if entries else None
        more = "" if "" in self._complete or self.query_text in self._complete else ", more below"
        words = f"{plural(len(matches), 'agent')}{more}" if matches else "no agent with that name"
        self._show_state(f"✗ {self._problem}" if self._problem else words)

    @property
    def _offers_all(self) -> bool:
        """Whether the entry for all agents is offered: if nothing, or the beginning of its title, is typed."""
        return ALL_AGENTS.title.startswith(self.query_text.casefold())

    def _prompt(self, agent: Agent) -> Content:
        if agent.is_all:
            mark = "● " if self._current == "" else "  "
            words = "  the conversations of every agent in one list"
            return Content.assemble((mark, "$text-accent"), ("All agents", "bold"), (words, "$text-muted"))
        mark = "● " if agent.id == self._current else "↺ " if agent.id in self._recent else "  "
        mark += "⚲ " if agent.id in self._pinned else ""
        name = one_line(agent.title, 50)
        return Content.assemble(
            (mark, "$text-accent"), (name, "bold"), (f"  {one_line(agent.model or '', 40)}", "$text-muted")
        )

    def _show_state(self, words: str) -> None:
        self._state.update(Content(one_line(words, 200)))

    def action_move(self, motion: str) -> None:
        """Move the highlight while the field keeps the focus; at the end of the list, request the next page."""
        options = self._options
        getattr(options, f"action_{motion}")()
        near = options.highlighted is not None and options.highlighted >= options.option_count - 5
        if near and self.query_text not in self._complete and "" not in self._complete:
            self.load(self.query_text)

    @work(group="pin")
    async def action_pin(self) -> None:
        """Pin or unpin the highlighted agent; the cursor stays on it."""
        options = self._options
        if options.highlighted is None or self._toggle_pin is None:
            return
        agent_id = options.get_option_at_index(options.highlighted).id
        if agent_id == ALL:
            self._show_state("The entry for all agents is always on top")
        elif agent_id is not None:
            try:
                self._pinned = await asyncio.to_thread(self._toggle_pin, agent_id)
            except OSError as trouble:
                self._problem = f"cannot be saved: {reason_of(trouble)}"
            self._show()

    def action_choose(self) -> None:
        """Choose the highlighted agent."""
        options = self._options
        if options.highlighted is not None:
            self._choose(options.get_option_at_index(options.highlighted).id)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_choose()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._choose(event.option.id)

    def _choose(self, agent_id: str | None) -> None:
        if agent_id == ALL:
            self.dismiss(ALL_AGENTS)
        elif agent_id in self._agents:
            self.dismiss(self._agents[agent_id])

    def action_close(self) -> None:
        """Close without choosing an agent."""
        self.dismiss(None)
