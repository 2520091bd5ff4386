"""The request log: every request of this run, newest first, each with a curl command."""

from __future__ import annotations

from datetime import UTC, datetime

from textual import on
from textual.app import ComposeResult

from tui.letta.request_log import Entry, RequestLog
from tui.model.json_text import parse_json, pretty_json
from tui.model.text import one_line, plural, size
from tui.presentation.item import Item, Text
from tui.presentation.times import absolute, clock
from tui.ui.bindings import bindings
from tui.ui.tools.tool_screen import Copy, ReaderTool, ToolScreen
from tui.ui.widgets.virtual_table import Cell, Column, Row, Table

LOOK = 0.5
"""Seconds between two updates of the table."""

COLUMNS = (
    Column("", 1),
    Column("status", 7),
    Column("ms", 7, right=True),
    Column("bytes", 7, right=True),
    Column("try", 3, right=True),
    Column("method", 6),
    Column("path"),
)


class RequestsScreen(ToolScreen):
    """A table of requests; the cursor follows the newest one while it is on the first row."""

    MANUAL = "tools#requests"
    BINDINGS = bindings("requests", actions={"requests.copy": "copy"})

    def __init__(self, log: RequestLog, copy: Copy) -> None:
        super().__init__("Requests of this run")
        self._log = log
        self._copy = copy
        self._table = Table(id="requests")
        self._version = -1

    def compose_tool(self) -> ComposeResult:
        """The table; the totals are above it."""
        yield self._table

    def on_mount(self) -> None:
        """Fill the table, and keep it up to date."""
        self._refresh_table()
        self._table.focus()
        self.set_interval(LOOK, self._refresh_table)

    def _refresh_table(self) -> None:
        if self._version == self._log.version:
            return
        self._version = self._log.version
        table = self._table
        newest = table.cursor == 0
        table.show(columns(), [row_of(entry) for entry in self._log])
        if newest:
            table.move_to(0)
        self.show_status(totals(self._log))

    def _entry(self) -> Entry | None:
        row = self._table.row
        return next((one for one in self._log if row is not None and str(one.number) == row.key), None)

    @on(Table.Chosen)
    def _chosen(self) -> None:
        entry = self._entry()
        if entry is not None:
            self.app.push_screen(ReaderTool("Request", self._copy, entry_items(entry)))

    def action_copy(self) -> None:
        """Copy the request under the cursor as a shell command."""
        entry = self._entry()
        if entry is not None:
            self._copy(entry.curl, f"{entry.method} {one_line(entry.path, 40)} as curl")


def columns() -> tuple[Column, ...]:
    """The columns of the table; a 12-hour clock needs a wider time."""
    return (COLUMNS[0], Column("time", len(clock(datetime.now(UTC)))), *COLUMNS[1:])


def row_of(entry: Entry) -> Row:
    """One request as a row of the table; a failure is shown after its path."""
    role = "error" if entry.failed else "muted" if entry.pending else ""
    status = "…" if entry.pending else str(entry.status or "none")
    glyph = "…" if entry.pending else "✗" if entry.failed else "✓"
    path = one_line(entry.path, 400) + (f"  {one_line(entry.failure, 200)}" if entry.failure else "")
    spent = entry.seconds * 1000
    timing = "" if entry.pending else f"{spent:.1f}" if spent < 10 else f"{spent:.0f}"
    return Row(
        str(entry.number),
        (
            Cell(glyph, role),
            Cell(clock(entry.started), "muted"),
            Cell(status, role),
            Cell(timing),
            Cell(size(entry.size) if entry.status is not None else ""),
            Cell(str(entry.attempt) if entry.attempt > 1 else "", "warning"),
            Cell(entry.method, "strong" if entry.method != "GET" else ""),
            Cell(path, role if entry.failed else ""),
        ),
    )


def entry_items(entry: Entry) -> tuple[Item, ...]:
    """One request in full: its path, start, result, body and curl command."""
    ended = "pending" if entry.pending else entry.failure or f"status {entry.status}"
    head = f"{ended} · {entry.seconds * 1000:.0f} ms · {size(entry.size)} bytes · attempt {entry.attempt}"
    glyph, tone = ("✗", "error") if entry.failed else ("✓", "accent")
    items = [
        Item("call", glyph, entry.method, tone, "", head, parts=(Text(entry.path),), copy_id=entry.path),
        Item("started", "·", "started", "muted", parts=(Text(absolute(entry.started)),)),
    ]
    if entry.body is not None:
        items.append(
            Item("body", "{}", "body", "muted", parts=(Text(pretty_json(parse_json(entry.body)), "code"),))
        )
    elif entry.body_size:
        items.append(Item("body", "{}", "body", "muted", "", f"{size(entry.body_size)} bytes, not stored"))
    return (*items, Item("curl", "$", "curl", "muted", parts=(Text(entry.curl, "code"),), copy_id=entry.curl))


def totals(log: RequestLog) -> str:
    """ "214 calls · 2 failures · 1.2 M bytes · slowest 812 ms GET /v1/agents/ · 1 pending"."""
    sums = log.totals
    words = [plural(sums.calls, "call"), plural(sums.failures, "failure"), f"{size(sums.size)} bytes"]
    if sums.slowest is not None:
        slowest = sums.slowest
        words.append(f"slowest {slowest.seconds * 1000:.0f} ms {slowest.method} {one_line(slowest.path, 60)}")
    if sums.pending:
        words.append(f"{sums.pending} pending")
    if sums.calls + sums.pending > len(log):
        words.append(f"showing the last {len(log)}")
    return " · ".join(words)
