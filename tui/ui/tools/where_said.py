"""Where is this still said: searches messages, summaries and memory for sentences of a block's earlier values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.flows.earlier_values import EarlierValues
from tui.letta.client import LettaClient
from tui.model.agent import Agent
from tui.model.text import one_line, plural, visible
from tui.rules.memory.label_states import Label
from tui.rules.search import Query, outdated_sentences
from tui.ui.tools.search import GoTo, RememberedSearch, SearchScreen
from tui.ui.tools.tool_screen import READING

SHOWN = 3
"""Number of sentences shown above the hits."""


class WhereSaidScreen(SearchScreen):
    """Reads the earlier values of a label, then searches for their sentences that the current value lacks."""

    MANUAL = "memory#where-is-this-still-said"

    def __init__(
        self,
        client: LettaClient,
        agent: Agent,
        clock: Callable[[], datetime],
        go: GoTo,
        label: Label,
        read: Callable[[], Awaitable[EarlierValues]],
    ) -> None:
        super().__init__(client, agent, clock, go, RememberedSearch())
        self._title = f"Where is this still said · {one_line(label.name, 60)}"
        self._label = label
        self._read = read
        self._phrases: tuple[str, ...] = ()
        self._sentences = Static("", id="search-sentences", markup=False)

    def compose_tool(self) -> ComposeResult:
        """The sentences in place of the field, which `/` brings back."""
        self.field.display = False
        yield self._sentences
        yield from super().compose_tool()

    def begin(self) -> None:
        """Start reading the earlier values."""
        self.list.focus()
        self.list.clear("reading earlier values…")
        self.read_values()

    @work(group=READING, exclusive=True)
    async def read_values(self) -> None:
        """Read the earlier values, and search for their sentences."""
        self.show_status("reading earlier values · escape stops")
        earlier = await self._read()
        block = self._label.block
        self._phrases = outdated_sentences(earlier.values, (block.value if block else "") or "")
        sources = ", ".join(earlier.sources)
        problem = f" ({one_line(earlier.problem, 200)})" if earlier.problem else ""
        if not self._phrases:
            self.list.clear(
                f"Earlier values say nothing that the current one does not (from {sources}){problem}"
            )
            self.show_status("nothing to search for", trouble=bool(earlier.problem))
            return
        self._show_sentences(f"no longer in this block, from {sources}{problem}")
        self.call_later(self.search_again)

    def _show_sentences(self, words: str) -> None:
        shown = [f"  “{visible(one_line(phrase, 100))}”" for phrase in self._phrases[:SHOWN]]
        more = len(self._phrases) - SHOWN
        heading = f"{plural(len(self._phrases), 'sentence')} {words}:"
        lines = [heading, *shown, *([f"  and {more} more"] if more > 0 else [])]
        self._sentences.update(Content("\n".join(lines)))

    def query_now(self) -> Query:
        """The query: the sentences, or the typed text once the field is shown."""
        if self.field.display:
            return super().query_now()
        choices = self.choices
        return Query(self._phrases, places=choices.places, exact=True, system=choices.system)

    def action_choose(self, name: str) -> None:
        """Toggle a choice; sentences are never regular expressions."""
        if name == "regex" and not self.field.display:
            self.notify("Sentences are searched for literally; / searches for something else", timeout=4)
            return
        super().action_choose(name)

    def ask_for_text(self) -> None:
        """Show the field, to search for something else."""
        self.field.display = True
        self._sentences.display = False
        super().ask_for_text()
