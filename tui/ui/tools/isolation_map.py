"""The isolation map: labels by conversations of an agent; each cell opens the difference."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.flows.read_isolation_map import ReadIsolationMap
from tui.letta.client import LettaClient
from tui.model.agent import Agent
from tui.model.text import one_line
from tui.presentation.conversation_info import title
from tui.presentation.isolation_map import CELL_STYLES, cell_items, map_text, pair_items
from tui.rules.memory.isolation_map import LabelMap, MapRow
from tui.ui.bindings import bindings
from tui.ui.tools.tool_screen import READING, Copy, ReaderTool, ToolScreen
from tui.ui.widgets.virtual_table import Cell, Column, Row, Table

Spot = tuple[str, str]
"""A cell of the map: a conversation's id and a label."""

NARROWEST, WIDEST, TITLES = 11, 16, 64


class IsolationMap(ToolScreen):
    """A table of cells, filled while it is read; escape stops, `o` continues."""

    MANUAL = "tools#isolation-map"
    BINDINGS = bindings(
        "map",
        actions={
            "map.mark": "mark",
            "map.compare": "compare",
            "map.toggle": "show_all",
            "map.go-on": "go_on",
            "map.refresh": "refresh",
        },
    )

    def __init__(self, client: LettaClient, agent: Agent, copy: Copy, clock: Callable[[], datetime]) -> None:
        super().__init__(f"Isolation map · {one_line(agent.title, 60)}")
        self._client = client
        self._agent = agent
        self._copy = copy
        self._clock = clock
        self.table = Table(id="map", by_cell=True)
        self._reader = ReadIsolationMap(client, agent.id)
        self._map = self._reader.map
        self._everything = False
        self._marked: Spot | None = None

    def compose_tool(self) -> ComposeResult:
        """The cells, and what their glyphs mean."""
        yield self.table
        legend = "  ".join(
            f"{style.glyph} {style.word}" for style in CELL_STYLES.values() if style.glyph.strip()
        )
        yield Static(legend, id="legend", markup=False)

    def on_mount(self) -> None:
        """Start reading."""
        self.table.focus()
        self.read()

    @work(group=READING, exclusive=True)
    async def read(self) -> None:
        """Read more of the map, and show the progress."""
        await self._reader.read(self._show_progress)
        self._show()
        self.stopped()

    def _show_progress(self, progress: str) -> None:
        self._show()
        self.show_status(f"{progress} · escape stops")

    def stopped(self) -> None:
        """Show what the map contains, and whether there is more."""
        parts = [map_text(self._map)]
        if self._reader.error is not None:
            parts = [str(self._reader.error), "o retries", *parts]
        elif not self._reader.complete:
            left = len(self._reader.missing)
            more = [f"{left} blocks not read"] if left else []
            more += [] if self._reader.feed.complete else ["more conversations"]
            parts.append(f"{', '.join(more)}: o loads more")
        elif self._reader.feed.limited:
            parts.append("no more conversations can be read")
        self.show_status(" · ".join(parts), trouble=self._reader.error is not None)
        self.refresh_bindings()

    # showing

    def _lines(self) -> list[MapRow]:
        return [line for line in self._map.rows if self._everything or line.isolates]

    def _show(self) -> None:
        self._map = self._reader.map
        columns = [Column("conversation", most=TITLES), *(_column(label) for label in self._map.labels)]
        self.table.show(columns, [self._row(self._map, line) for line in self._lines()])

    def _row(self, map: LabelMap, line: MapRow) -> Row:
        key = line.conversation.id
        here = self._marked is not None and self._marked[0] == key
        cells = [
            Cell(("● " if here else "") + one_line(title(line.conversation), 100), "strong" if here else "")
        ]
        for label in map.labels:
            style = CELL_STYLES[line.cells[label].state]
            marked = self._marked == (key, label)
            cells.append(Cell(f"{style.glyph} {style.word}", style.tone, marked))
        return Row(key, tuple(cells))

    # keys

    def _selected_cell(self) -> tuple[MapRow, str] | None:
        row = self.table.row
        labels = self._map.labels
        index = self.table.column - 1
        line = self._map_row(None if row is None else row.key)
        return None if line is None or not 0 <= index < len(labels) else (line, labels[index])

    @on(Table.Chosen)
    def _open_cell(self) -> None:
        """Compare the isolated block of this cell with the shared one."""
        cell = self._selected_cell()
        if cell is not None:
            line, label = cell
            name = one_line(title(line.conversation), 60)
            items = cell_items(line.cells[label])
            self.app.push_screen(ReaderTool(f"{one_line(label, 40)} in {name}", self._copy, items))

    def action_mark(self) -> None:
        """Mark the first conversation of a comparison, or compare it with this one."""
        cell = self._selected_cell()
        if cell is None:
            return
        line, label = cell
        key = line.conversation.id
        first = self._marked_row()
        if first is None or first.conversation.id == key:
            same = self._marked == (key, label)
            self._marked = None if same else (key, label)
            self._show()
            self.show_status(
                "mark removed"
                if same
                else "marked; press space on another conversation to compare this label, = to compare all"
            )
            return
        pair = first.cells[label], line.cells[label]
        names = one_line(title(first.conversation), 40), one_line(title(line.conversation), 40)
        items = pair_items(one_line(label, 40), names, pair)
        heading = f"{one_line(label, 40)}: {names[0]} against {names[1]}"
        self.app.push_screen(ReaderTool(heading, self._copy, items))

    def _marked_row(self) -> MapRow | None:
        """The row of the marked cell."""
        return self._map_row(None if self._marked is None else self._marked[0])

    def _map_row(self, conversation_id: str | None) -> MapRow | None:
        return next((one for one in self._map.rows if one.conversation.id == conversation_id), None)

    def action_compare(self) -> None:
        """Compare the marked conversation as a whole with the one under the cursor."""
        from tui.flows.compare_conversations import CompareConversations
        from tui.ui.tools.compare import CompareScreen

        row = self.table.row
        first, here = self._marked_row(), self._map_row(None if row is None else row.key)
        if first is None or here is None or first is here:
            words = "To compare two conversations, mark one with space and go to another"
            self.notify(words, markup=False, timeout=4)
            return
        flow = CompareConversations(self._client, self._clock, self._agent)
        pair = first.conversation, here.conversation
        self.app.push_screen(CompareScreen(flow, pair, self._copy, self._clock))

    def action_show_all(self) -> None:
        """Show every conversation, or only those with isolated blocks."""
        self._everything = not self._everything
        self._show()

    def action_go_on(self) -> None:
        """Read the next pages and blocks."""
        if self.can("map.go-on") and not self.busy and not self._reader.complete:
            self.read()

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done: reading can continue only if there is more, or if an error stopped it."""
        complete = self._reader.complete and self._reader.error is None
        return "Everything has been read" if action_id == "map.go-on" and complete else ""

    def action_refresh(self) -> None:
        """Read everything again."""
        self._reader = ReadIsolationMap(self._client, self._agent.id)
        self.read()


def _column(label: str) -> Column:
    name = one_line(label, WIDEST) or "(no label)"
    return Column(name, max(NARROWEST, min(WIDEST, Content(name).cell_length + 1)), pinned=False)
