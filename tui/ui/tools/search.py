"""Search everywhere: a field above the hits, which are added while the search runs; each leads to its message."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from textual import events, on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.flows.bounded_regex import BadPattern
from tui.flows.search import Search
from tui.letta.client import LettaClient
from tui.model.agent import Agent
from tui.model.errors import LettaError
from tui.model.text import one_line
from tui.presentation.search_hits import progress_text, system_text, visible_problem
from tui.rules.search import LONGEST_QUERY, PLACES, Hit, Place, Query, SearchProgress
from tui.ui.bindings import bindings
from tui.ui.tools.tool_screen import READING, ToolScreen
from tui.ui.widgets.hit_list import HitList

SHOWN_EVERY = 0.1
"""Seconds between two updates during a search: each lays out the scroll bar again."""

AT_ONCE = 4
"""Conversations read at the same time; few, since the panes need the server too."""

GAP = "  "
"""Between what can be chosen."""

EMPTY = "Type a text and press enter to search messages, in context and before it, summaries and memory"

GoTo = Callable[[Hit], None]


@dataclass(frozen=True)
class SearchChoices:
    """Where to search, and whether the text is a regular expression; remembered after the screen is closed."""

    all_agents: bool = False
    places: frozenset[Place] = frozenset(PLACES)
    regex: bool = False
    system: bool = False
    """Whether system messages are listed one by one."""


class SearchField(Input):
    """The text to search for; enter searches."""

    BINDINGS = bindings("search-field", actions={"search.start": "submit", "search.hits": "to_hits"})

    class HitsAsked(Message):
        """Go to the hits."""

    def action_to_hits(self) -> None:
        """Go to the hits."""
        self.post_message(self.HitsAsked())


class ChoicesLine(Static):
    """The agents and places that are searched, each with the key that toggles it; a click does so too."""

    @dataclass
    class Toggled(Message):
        """A choice was clicked; `name` is what `action_choose` calls it."""

        name: str

    def __init__(self) -> None:
        super().__init__("", id="search-choices", markup=False)
        self._ends: list[tuple[int, int, str]] = []
        """The line and the end of each, with its name."""

    def show(self, choices: SearchChoices, *, agent: bool, narrow: bool) -> None:
        """Show the choices; `agent` says whether there is one agent to search, else all are searched. In a `narrow`
        window they take two rows."""
        pieces = [self._box("f2", "all agents", chosen=choices.all_agents or not agent)]
        for key, place in zip(("f3", "f4", "f5"), PLACES, strict=True):
            pieces.append(self._box(key, place, chosen=place in choices.places))
        pieces.append(self._box("f6", "regex", chosen=choices.regex))
        pieces.append(self._box("f7", "system messages", chosen=choices.system))
        names = ["agents", *PLACES, "regex", "system"]
        rows = [pieces[:4], pieces[4:]] if narrow else [pieces]
        self._ends = []
        for line, row in enumerate(rows):
            end = 0
            for piece in row:
                end += piece.cell_length + len(GAP)
                self._ends.append((line, end, names[len(self._ends)]))
        self.update(Content("\n").join(Content(GAP).join(row) for row in rows))

    def _box(self, key: str, word: str, *, chosen: bool) -> Content:
        box = ("[x]", "$text-success bold") if chosen else ("[ ]", "$text-muted")
        return Content.assemble((f"{key} ", "$text-muted"), box, f" {word}")

    def on_click(self, event: events.Click) -> None:
        """Report the choice that was clicked."""
        name = next((name for line, end, name in self._ends if line == event.y and event.x < end), "")
        if name:
            self.post_message(self.Toggled(name))


class SearchScreen(ToolScreen):
    """Searches on enter; `escape` stops, then closes. `go` is called with the chosen hit after the screen closed."""

    MANUAL = "reading#search-everywhere"
    BINDINGS = bindings(
        "search",
        actions={
            "search.agents": "choose('agents')",
            "search.messages": "choose('messages')",
            "search.summaries": "choose('summaries')",
            "search.memory": "choose('memory')",
            "search.regex": "choose('regex')",
            "search.system": "choose('system')",
        },
    )

    def __init__(
        self,
        client: LettaClient,
        agent: Agent | None,
        clock: Callable[[], datetime],
        go: GoTo,
        remembered: RememberedSearch,
        *,
        hidden: bool = False,
    ) -> None:
        """With `hidden`, a search of all agents includes Letta Code's subagents and workers."""
        super().__init__("Search everywhere")
        self._hidden = hidden
        self._client = client
        self._agent = agent
        self._go = go
        self._remembered = remembered
        self.choices = remembered.choices
        self._progress = SearchProgress()
        self._found: list[Hit] = []
        """Hits that are found but not shown yet."""
        self._search: Search | None = None
        self._searching = False
        self._searched = False
        self._searched_text = ""
        self.field = SearchField(
            remembered.text,
            placeholder="text to find",
            id="search-words",
            compact=True,
            max_length=LONGEST_QUERY,
        )
        self._line = ChoicesLine()
        self.list = HitList(id="hits")
        self.list.now = clock

    def compose_tool(self) -> ComposeResult:
        """The field, the choices, the hits."""
        yield self.field
        yield self._line
        yield self.list

    def on_mount(self) -> None:
        """Show the choices, and begin."""
        self._show_choices()
        self.set_interval(SHOWN_EVERY, self._show_found)
        self.begin()

    def begin(self) -> None:
        """Focus the field; typing replaces the last search text, which is selected."""
        self.field.focus()
        self.field.select_all()
        self.list.clear(EMPTY)
        self.show_status("enter searches")

    def on_resize(self) -> None:
        """Fit the line of choices to the width."""
        self._show_choices()

    def _show_choices(self) -> None:
        self._line.show(self.choices, agent=self._agent is not None, narrow=self.size.width < 104)

    # searching

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._start()

    def _start(self) -> None:
        """Search for the typed text, if there is any and a place to search."""
        query = self.query_now()
        if query.is_empty:
            self.show_status("type a text to search for", trouble=True)
        elif not query.places:
            self.show_status("choose where to search: f3, f4 or f5", trouble=True)
        else:
            self._remembered.text = self.field.value
            self.list.focus()
            self.search_again()

    def query_now(self) -> Query:
        """The query: the typed text and the choices."""
        text, choices = self.field.value, self.choices
        phrases, regex = ((), text) if choices.regex else ((text,), "")
        return Query(phrases, regex, choices.places, system=choices.system)

    def search_again(self) -> None:
        """Search for the typed text with the current choices."""
        self._searched, self._searched_text = True, self.field.value
        self.search(self.query_now())

    @work(group=READING, exclusive=True)
    async def search(self, query: Query) -> None:
        """Search, and show the hits as they are found; they stay, whatever ends the search."""
        agent = None if self.choices.all_agents else self._agent
        self.list.with_agent = agent is None
        self.list.clear("searching…")
        self._found, self._progress, problem = [], SearchProgress(), ""
        self._searching = True
        self._show_found()
        self._search = search = Search(
            self._client,
            query,
            agent,
            at_once=AT_ONCE,
            hidden=self._hidden,
            show_progress=self._note_progress,
        )
        try:
            async with aclosing(search.hits()) as hits:
                async for hit in hits:
                    self._found.append(hit)
                    if not self.list.hits:
                        self._show_found()
        except LettaError as error:
            problem = error.what
        except BadPattern as error:
            problem = str(error)
        self._show_end(search, problem)

    def _note_progress(self, progress: SearchProgress) -> None:
        self._progress = progress

    def _show_found(self) -> None:
        """Show the hits found since the last update, and the progress."""
        found, self._found = self._found, []
        if found:
            self.list.add(found)
        if self._searching:
            self.show_status(f"{progress_text(self._progress)} · escape stops")

    def _show_end(self, search: Search, problem: str) -> None:
        """Show the last hits, the totals, and what could not be read."""
        self._searching = False
        self._show_rest(search)
        words = [progress_text(search.progress)]
        if search.progress.system:
            words.append(f"{system_text(search.progress)}: f7 lists them")
        if problem:
            words.insert(0, problem)
        elif search.problems:
            name, error = search.problems[0]
            words.append(visible_problem(name, error.what))
        if not self.list.hits:
            self.list.clear("nothing was found" if search.progress.done else "")
        self.show_status(one_line(" · ".join(words)), trouble=bool(problem or search.problems))

    def _show_rest(self, search: Search | None) -> None:
        """Show the hits that are not shown yet; of a search that has not ended, those in memory too."""
        rest = [] if search is None or search.progress.done else search.unfinished_hits()
        found, self._found = self._found, []
        self.list.add([*found, *rest])

    def stopped(self) -> None:
        """Show the hits found so far."""
        self._searching = False
        self._show_rest(self._search)
        if not self.list.hits:
            self.list.clear("stopped")
        self.show_status(f"stopped · {progress_text(self._progress)}")

    # keys

    def action_choose(self, name: str) -> None:
        """Toggle a choice, by name; if the text has been searched for, search again."""
        choices = self.choices
        if name == "agents":
            if self._agent is None:
                self.notify("No agent is chosen: all are searched", markup=False, timeout=4)
                return
            choices = replace(choices, all_agents=not choices.all_agents)
        elif name == "regex":
            choices = replace(choices, regex=not choices.regex)
        elif name == "system":
            choices = replace(choices, system=not choices.system)
        else:
            choices = replace(choices, places=choices.places ^ {place for place in PLACES if place == name})
        self.choices = self._remembered.choices = choices
        self._show_choices()
        if self._searched and self.field.value == self._searched_text and choices.places:
            self.search_again()

    @on(ChoicesLine.Toggled)
    def _choice_clicked(self, event: ChoicesLine.Toggled) -> None:
        self.action_choose(event.name)

    @on(SearchField.HitsAsked)
    def _to_hits(self) -> None:
        self.list.focus()

    @on(HitList.TypingAsked)
    def _to_field(self) -> None:
        self.ask_for_text()

    def ask_for_text(self) -> None:
        """Go back to the field."""
        self.field.focus()

    @on(HitList.Opened)
    def _chosen(self, event: HitList.Opened) -> None:
        """Go to a hit; closing this screen stops a running search."""
        event.stop()
        self.dismiss()
        self._go(event.hit)


@dataclass
class RememberedSearch:
    """The last search text of this run, and its choices."""

    text: str = ""
    choices: SearchChoices = SearchChoices()
