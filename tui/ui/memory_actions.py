"""The actions that edit and undo: on the block selected in Memory, else on the summary."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from tui.flows.change_memory import ChangeMemory
    from tui.flows.undo_summary import UndoSummary
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.rules.changes.undo import By
    from tui.ui.widgets.panes import Panes


class Flows(Protocol):
    """The flows that these actions start."""

    @property
    def memory(self) -> ChangeMemory:
        """The flow that changes memory blocks."""

    @property
    def undo(self) -> UndoSummary:
        """The flow that undoes changes of summaries."""


Change = Callable[[Flows, "Conversation", "Agent"], Coroutine[None, None, None]]
"""Starts a flow about the conversation under the cursor."""


class MemoryActions:
    """The actions on the label that was selected when the key was pressed."""

    def __init__(self, panes: Panes, on_row: Callable[..., Callable[[], None]]) -> None:
        """`on_row` makes a handler from a change; `asks` is for one that begins with a dialog."""
        self._panes = panes
        self._on_row = on_row

    @property
    def _label(self) -> str:
        return self._panes.selected_label[0]

    def _run(self, change: Change, *, asks: bool = False) -> None:
        self._on_row(change, asks=asks)()

    def edit(self, *, outside: bool = False) -> bool:
        """Edit the selected block; returns False if none is selected."""
        name = self._label
        if name:
            self._run(
                lambda flows, row, agent: flows.memory.edit(row, agent, name, outside=outside), asks=True
            )
        return bool(name)

    def step(self, by: By) -> None:
        """Undo or redo the last change of the selected block, or of the summary."""
        name = self._label

        def change(flows: Flows, row: Conversation, agent: Agent) -> Coroutine[Any, Any, None]:
            return flows.memory.step(row, agent, name, by) if name else flows.undo.step(row, by)

        self._run(change)

    def history(self) -> None:
        """Show the earlier values of the selected block, or the earlier summaries."""
        name = self._label

        def change(flows: Flows, row: Conversation, agent: Agent) -> Coroutine[Any, Any, None]:
            return flows.memory.history(row, agent, name) if name else flows.undo.history(row)

        self._run(change, asks=True)

    def reset(self) -> None:
        """Reset the selected isolated block to the shared value."""
        name = self._label
        self._run(lambda flows, row, agent: flows.memory.reset(row, agent, name), asks=True)

    def promote(self) -> None:
        """Write the value of the selected isolated block into the shared one."""
        name = self._label
        self._run(lambda flows, row, agent: flows.memory.promote(row, agent, name), asks=True)
