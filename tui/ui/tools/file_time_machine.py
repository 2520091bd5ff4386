"""The time machine of memory in files: each commit of a label, and which one this conversation's prompt is at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Static

from tui.flows.read_commits import ReadCommits
from tui.letta.client import LettaClient
from tui.model.opened import Opened
from tui.model.text import one_line, plural
from tui.presentation.conversation_info import title_of
from tui.presentation.memory_commits import commit_items
from tui.presentation.traces import MORE
from tui.rules.memory.isolation import memory_of
from tui.ui.bindings import bindings
from tui.ui.tools.time_machine import labels_line
from tui.ui.tools.tool_screen import READING, Copy, ReaderTool
from tui.ui.widgets.reader import Reader


class FileTimeMachine(ReaderTool):
    """Reads the commits of a file as the user moves back in time."""

    MANUAL = "tools#time-machine"
    BINDINGS = bindings(
        "time", actions={"time.next": "label(1)", "time.previous": "label(-1)", "time.all": "all"}
    )

    def __init__(
        self, client: LettaClient, opened: Opened, copy: Copy, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(f"Memory time machine · {one_line(title_of(opened), 60)}", copy)
        self._labels_line = Static("", id="labels-line", markup=False)
        self._commits = ReadCommits(client, opened.agent.id)
        self._clock = clock
        self._labels = {label.name: label for label in memory_of(opened).labels if label.file is not None}
        self._label = next(
            (name for name, label in self._labels.items() if not label.state.is_in_sync),
            next(iter(self._labels), ""),
        )

    def compose_tool(self) -> ComposeResult:
        """The labels, then the commits of the chosen one."""
        yield self._labels_line
        yield self.reader

    @property
    def _path(self) -> str:
        label = self._labels.get(self._label)
        return label.file.path if label is not None and label.file is not None else ""

    def begin(self) -> None:
        """Begin with the newest commits of the first label that is out of sync."""
        self._show()
        if self._labels:
            self.read()

    @work(group=READING, exclusive=True)
    async def read(self, *, everything: bool = False) -> None:
        """Read older commits of the label that is shown."""
        path = self._path
        self.show_status("reading commits, escape stops")
        await self._commits.read(path, everything=everything)
        if path == self._path:
            self._show()

    def _show(self) -> None:
        self._labels_line.update(labels_line(tuple(self._labels), self._label))
        label = self._labels.get(self._label)
        if label is None:
            self.show_status("no memory files: nothing was committed, or they could not be read")
            return
        history = self._commits.of(self._path)
        complete = history.complete or history.error is not None
        self.reader.show(commit_items(label, history.versions, self._clock(), complete=complete))
        words = [plural(len(history.versions), "commit")]
        if history.error is not None:
            words = [f"{history.error.what} · o retries"]
        elif not history.complete:
            words.append("o reads all")
        words.append(f"{label.state.value}: {label.why}")
        self.show_status(" · ".join(words), trouble=history.error is not None)
        self.refresh_bindings()

    @on(Reader.Selected)
    def _reached(self, event: Reader.Selected) -> None:
        if event.item.key == MORE and not self.busy:
            self.read()

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done: reading can continue only if there are older commits."""
        complete = not self._labels or self._commits.of(self._path).complete
        return "All commits have been read" if action_id == "time.all" and complete else ""

    def action_all(self) -> None:
        """Read all remaining commits."""
        if self.can("time.all") and not self.busy:
            self.read(everything=True)

    def action_label(self, step: int) -> None:
        """Show the next or previous label."""
        names = tuple(self._labels)
        if names:
            self._label = names[(names.index(self._label) + step) % len(names)]
            self.reader.show((), reset=True)
            self._show()
            history = self._commits.of(self._path)
            if not history.versions and not history.complete:
                self.read()

    def stopped(self) -> None:
        """Show what was read so far."""
        self._show()
