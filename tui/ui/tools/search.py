"""Search everywhere: a field over hits that come while the search runs; one of them leads to its message."""

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
"""Seconds between two updates while hits come: each lays the scroll bar out again."""

AT_ONCE = 4
"""Conversations read at the same time: the panes need the server too."""

GAP = "  "
"""Between what can be chosen."""

EMPTY = "Type what to find, then enter: messages in context and before it, summaries, memory"

GoTo = Callable[[Hit], None]


@dataclass(frozen=True)
class SearchChoices:
    """Where to search, and how the text is read; they outlive the screen."""

    all_agents: bool = False
    places: frozenset[Place] = frozenset(PLACES)
    regex: bool = False
    system: bool = False
    """Whether system messages are listed one by one."""


class SearchField(Input):
    """What is searched for; enter searches."""

    BINDINGS = bindings("search-field", actions={"search.start": "submit", "search.hits": "to_hits"})

    class HitsAsked(Message):
        """Go to the hits."""

    def action_to_hits(self) -> None:
        """Go to the hits."""
        self.post_message(self.HitsAsked())


class ChoicesLine(Static):
    """Which agents and which places are searched, each with its key; a click toggles it too."""

    @dataclass
    class Toggled(Message):
        """One of them was clicked, by the name of its action."""

        name: str

    def __init__(self) -> None:
        super().__init__("", id="search-choices", markup=False)
        self._ends: list[tuple[int, int, str]] = []
        """The line and the end of each, with its name."""

    def show(self, choices: SearchChoices, *, agent: bool, narrow: bool) -> None:
        """Show what is chosen; without an `agent`, all are searched. What a `narrow` window has no room for wraps."""
        pieces = [Content.assemble(("f2 ", "$text-muted"), self._agents(choices, agent=agent))]
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

    def _agents(self, choices: SearchChoices, *, agent: bool) -> Content:
        words = "all agents" if choices.all_agents or not agent else "this agent"
        return Content.assemble((words, "bold"))

    def _box(self, key: str, word: str, *, chosen: bool) -> Content:
        box = ("[x]", "$text-success bold") if chosen else ("[ ]", "$text-muted")
        return Content.assemble((f"{key} ", "$text-muted"), box, word)

    def on_click(self, event: events.Click) -> None:
        """Toggle what was clicked."""
        name = next((name for line, end, name in self._ends if line == event.y and event.x < end), "")
        if name:
            self.post_message(self.Toggled(name))


class SearchScreen(ToolScreen):
    """Searches when asked to; `escape` stops, then closes. `go` is called with the hit to go to, once it is closed."""

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
        """Hits that are not shown yet."""
        self._search: Search | None = None
        self._searching = False
        self._searched = False
        self._searched_text = ""
        self.field = SearchField(
            remembered.text,
            placeholder="text to find in all conversations",
            id="search-words",
            compact=True,
            max_length=LONGEST_QUERY,
        )
        self._line = ChoicesLine()
        self.list = HitList(id="hits")
        self.list.now = clock

    def compose_tool(self) -> ComposeResult:
        """The field, what is chosen, the hits."""
        yield self.field
        yield self._line
        yield self.list

    def on_mount(self) -> None:
        """Show what is chosen, and begin."""
        self._show_choices()
        self.set_interval(SHOWN_EVERY, self._show_found)
        self.begin()

    def begin(self) -> None:
        """Give the keys to the field; what was searched for last can be typed over."""
        self.field.focus()
        self.field.select_all()
        self.list.clear(EMPTY)
        self.show_status("enter searches")

    def on_resize(self) -> None:
        """Fit the line of choices."""
        self._show_choices()

    def _show_choices(self) -> None:
        self._line.show(self.choices, agent=self._agent is not None, narrow=self.size.width < 104)

    # searching

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._start()

    def _start(self) -> None:
        """Search for what is typed."""
        query = self.query_now()
        if query.is_empty:
            self.show_status("there is no text to search for", trouble=True)
        elif not query.places:
            self.show_status("choose where to search: f3, f4 or f5", trouble=True)
        else:
            self._remembered.text = self.field.value
            self.list.focus()
            self.search_again()

    def query_now(self) -> Query:
        """What is typed, with what is chosen."""
        text, choices = self.field.value, self.choices
        phrases, regex = ((), text) if choices.regex else ((text,), "")
        return Query(phrases, regex, choices.places, system=choices.system)

    def search_again(self) -> None:
        """Search for what is typed, with what is chosen now."""
        self._searched, self._searched_text = True, self.field.value
        self.search(self.query_now())

    @work(group=READING, exclusive=True)
    async def search(self, query: Query) -> None:
        """Search, and show the hits as they come; whatever ends it, what was found stays."""
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
        """Show what was found since the last time, and how far the search is."""
        found, self._found = self._found, []
        if found:
            self.list.add(found)
        if self._searching:
            self.show_status(f"{progress_text(self._progress)} · escape stops")

    def _show_end(self, search: Search, problem: str) -> None:
        """Show what was found in all, and what could not be read."""
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
        """Show what was found until now."""
        self._searching = False
        self._show_rest(self._search)
        if not self.list.hits:
            self.list.clear("stopped")
        self.show_status(f"stopped · {progress_text(self._progress)}")

    # keys

    def action_choose(self, name: str) -> None:
        """Search other agents or places, or otherwise; a search that was made is made again."""
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
        """Go to a hit; what still runs ends with this screen."""
        event.stop()
        self.dismiss()
        self._go(event.hit)


@dataclass
class RememberedSearch:
    """What was searched for last in this run, and where."""

    text: str = ""
    choices: SearchChoices = SearchChoices()
