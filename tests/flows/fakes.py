"""A screen for flows, without a terminal: it answers questions from a list and notes what it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.flows.edit_summary import Edit, Pane
from tui.flows.pending_writes import PendingWrites
from tui.flows.protocols import Answer, Question
from tui.model.conversation import Conversation
from tui.model.errors import LettaError
from tui.rules.marks import Marks


@dataclass
class FakeScreen:
    """Fulfils the protocols of all flows that write; `answers` are given in turn, then None."""

    answers: list[Any] = field(default_factory=list)
    asked: list[Question[Any]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    progress: list[str] = field(default_factory=list)
    edits: list[Edit | None] = field(default_factory=list)
    marks: Marks = field(default_factory=Marks)
    drafts: set[str] = field(default_factory=set)
    cursor: str = ""
    focused: bool = True
    outside: str | None = None
    next: Conversation | None = None
    version: str = ""
    listed: list[Conversation] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    reloaded: list[str] = field(default_factory=list)
    errors: list[LettaError | None] = field(default_factory=list)
    stand_ins: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self.flows: list[asyncio.Task[None]] = []
        self.writes = PendingWrites(self._run)

    def _run(self, run: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        task = asyncio.create_task(run())
        self._tasks.add(task)
        return task

    async def settle(self) -> None:
        """Wait until nothing runs any more."""
        while running := {task for task in self._tasks if not task.done()}:
            await asyncio.wait(running)
        for task in self._tasks:
            if not task.cancelled():
                task.result()

    def start_flow(self, flow: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.flows.append(self._run(flow))

    def start_write(self, write: Coroutine[Any, Any, None]) -> None:
        self.writes.start(write)

    def show_message(self, text: str, *, error: bool = False, seconds: float | None = None) -> None:
        self.messages.append(text)

    async def ask(self, question: Question[Answer]) -> Answer | None:
        self.asked.append(question)
        answer = self.answers.pop(0) if self.answers else None
        return await answer(question) if callable(answer) else answer

    def stand_in(self, conversation_id: str) -> str:
        return self.stand_ins.get(conversation_id, "")

    def show_progress(self, text: str) -> None:
        self.progress.append(text)

    @property
    def row(self) -> Conversation | None:
        return next((row for row in self.listed if row.id == self.cursor), None)

    def move(self, step: int) -> None: ...

    def show_marks(self, marks: Marks) -> None:
        self.marks = marks

    # the editor

    @property
    def edit(self) -> Edit | None:
        """The edit as it was shown last."""
        return self.edits[-1] if self.edits else None

    def open_editor(self, edit: Edit, discarded: str | None = None) -> None:
        self.edits.append(edit)

    def show_edit(self, edit: Edit | None, *, focus: bool = True) -> None:
        self.edits.append(edit)

    def show_typed(self, edit: Edit) -> None:
        self.edits.append(edit)

    def edit_outside(self, text: str) -> str | None:
        if self.outside == "no such program":
            raise OSError(self.outside)
        return self.outside

    def is_selected(self, key: str) -> bool:
        return self.cursor in ("", key)

    def is_editor_focused(self) -> bool:
        return self.focused

    def mark_draft(self, key: str, *, has_draft: bool) -> None:
        (self.drafts.add if has_draft else self.drafts.discard)(key)

    def editable_neighbour(self, step: int) -> Conversation | None:
        return self.next if step else None

    def edit_row(self, row: Conversation, *, return_to: Pane) -> None:
        self.cursor = row.id

    def begin_edit(self, begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.start_flow(begin)

    # list, opened conversation and connection

    def loaded(self) -> Iterable[Conversation]:
        return self.listed

    def put(self, conversation: Conversation) -> None:
        self.listed = [conversation, *(row for row in self.listed if row.id != conversation.id)]

    def add(self, agent_id: str, rows: Sequence[Conversation]) -> None:
        self.listed = [*rows, *self.listed]

    def remove(self, agent_id: str, conversation_id: str) -> None:
        self.removed.append(conversation_id)

    def select(self, agent_id: str, conversation_id: str, *, focus: bool = False) -> None:
        self.cursor = conversation_id

    def reload(self, conversation: Conversation) -> None:
        self.reloaded.append(conversation.id)

    def report(self, error: LettaError | None = None) -> None:
        self.errors.append(error)
