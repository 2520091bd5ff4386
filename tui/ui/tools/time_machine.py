"""The memory time machine: what the model read of a label at each step that left a trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.letta.client import LettaClient
from tui.letta.history import read_history
from tui.model.errors import LettaError, NoResponse, NotOffered, attempt
from tui.model.opened import Opened
from tui.model.text import one_line, plural
from tui.presentation.conversation_info import title_of
from tui.presentation.not_supported import not_supported
from tui.presentation.traces import MORE, trace_items
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.traces import Step, StepMemory, all_labels, read_trace, steps_of
from tui.rules.trace_cache import TraceCache
from tui.ui.bindings import bindings
from tui.ui.tools.tool_screen import READING, Copy, ReaderTool
from tui.ui.widgets.reader import Reader

AT_ONCE = 4
FIRST = 8
"""Number of steps that are read at first, and each time the end is reached."""


def labels_line(names: tuple[str, ...], chosen: str) -> Content:
    """Return the label names around the chosen one, and its number of how many."""
    number = names.index(chosen) + 1 if chosen in names else 0
    pieces = [Content.assemble((f"label {number} of {len(names)}  ", "$text-muted"))]
    for name in names[max(0, number - 3) :]:
        word = one_line(name, 30) or "(no label)"
        here = name == chosen
        pieces.append(
            Content.assemble((f"‹{word}› " if here else f" {word}  ", "bold" if here else "$text-muted"))
        )
    return Content("").join(pieces)


class TimeMachine(ReaderTool):
    """Reads traces as the user moves back in time; `cache` outlives this screen."""

    MANUAL = "tools#time-machine"
    BINDINGS = bindings(
        "time", actions={"time.next": "label(1)", "time.previous": "label(-1)", "time.all": "all"}
    )

    def __init__(
        self,
        client: LettaClient,
        opened: Opened,
        copy: Copy,
        cache: TraceCache,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(f"Memory time machine · {one_line(title_of(opened), 60)}", copy)
        self._client = client
        self._labels_line = Static("", id="labels-line", markup=False)
        self._opened = opened
        self._cache = cache
        self._clock = clock
        self._now = {
            label.name: label.block.value if label.block else None for label in memory_of(opened).labels
        }
        self._label = next(iter(self._now), "")
        self._steps: tuple[Step, ...] | None = None
        self._memories: dict[str, StepMemory] = {}
        self._problem = ""

    def compose_tool(self) -> ComposeResult:
        """The labels, then the history of the chosen one."""
        yield self._labels_line
        yield self.reader

    def begin(self) -> None:
        """Begin with the newest steps."""
        self.read(FIRST)

    # reading

    @work(group=READING, exclusive=True)
    async def read(self, count: int) -> None:
        """Read `count` more steps, the newest first, a few at once; stops if the server fails."""
        self._problem = ""
        if self._steps is None:
            self.show_status("reading the list of steps…")
            try:
                history = await read_history(self._client, self._opened.conversation, self._opened.agent.id)
            except LettaError as error:
                self.show_status(f"{error.what} · o retries", trouble=True)
                return
            self._steps = steps_of(history.messages)
            known = ((step.id, self._cache.get(step.id)) for step in self._steps)
            self._memories = {step_id: step for step_id, step in known if step is not None}
        todo = [step for step in self._steps if step.id not in self._memories][:count]
        for start in range(0, len(todo), AT_ONCE):
            self._show_state(reading=True)
            if not await self._read_batch(todo[start : start + AT_ONCE]):
                break
            self._show()
        self._show()
        self._show_state()

    async def _read_batch(self, batch: list[Step]) -> bool:
        """Read some traces at once; returns whether it makes sense to continue."""
        traces = await asyncio.gather(*(attempt(self._client.trace, step.id) for step in batch))
        for step, trace in zip(batch, traces, strict=True):
            if isinstance(trace, NoResponse | NotOffered):
                missing = isinstance(trace, NotOffered)
                self._problem = not_supported("traces", self._client.supported) if missing else trace.what
                return False
            self._memories[step.id] = read_trace(trace)
            if self._memories[step.id].memory is not None:
                self._cache.put(step.id, self._memories[step.id])
        return True

    def _show(self) -> None:
        names = all_labels(self._now, self._memories.values())
        if self._label not in names:
            self._label = next(iter(names), "")
        items = trace_items(
            self._label, self._now.get(self._label), self._steps or (), self._memories, self._clock()
        )
        self.reader.show(items)
        self._show_labels(names)

    def _show_labels(self, names: tuple[str, ...]) -> None:
        self._labels_line.update(labels_line(names, self._label))

    def _show_state(self, *, reading: bool = False) -> None:
        known = self._steps or ()
        if not known:
            self.show_status(
                "no message of this conversation has a step: nothing has been sent to a model yet"
            )
            self.refresh_bindings()
            return
        traced = sum(one.memory is not None for one in self._memories.values())
        words = [f"{len(self._memories)} of {plural(len(known), 'step')} read", f"{traced} with a trace"]
        if reading:
            words.append("reading, escape stops")
        elif self._problem:
            words.append(f"{self._problem} · o retries")
        elif len(self._memories) < len(known):
            words.append("o reads all")
        self.show_status(" · ".join(words), trouble=bool(self._problem) and not reading)
        self.refresh_bindings()

    # keys

    @on(Reader.Selected)
    def _reached(self, event: Reader.Selected) -> None:
        if event.item.key == MORE and not self.busy and not self._problem:
            self.read(FIRST)

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done: reading can continue only if steps are left, or not known yet."""
        complete = self._steps is not None and len(self._memories) >= len(self._steps)
        return "All steps have been read" if action_id == "time.all" and complete else ""

    def action_all(self) -> None:
        """Read all remaining steps."""
        if self.can("time.all") and not self.busy:
            self.read(max(FIRST, len(self._steps or ())))

    def action_label(self, step: int) -> None:
        """Show the next or previous label."""
        names = all_labels(self._now, self._memories.values())
        if names:
            here = names.index(self._label) if self._label in names else 0
            self._label = names[(here + step) % len(names)]
            self.reader.show((), reset=True)
            self._show()

    def stopped(self) -> None:
        """Show what was read so far."""
        self._show()
        self._show_state()
