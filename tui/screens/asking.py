"""The question before an act: opened at once, filled when it is known what the act would do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.getters import query_one
from textual.widgets import Button, Static

from tui.domain.question import Question
from tui.model.text import visible
from tui.screens.dialog import Dialog
from tui.widgets.key_line import KeyLine
from tui.widgets.reader import Reader

Prepare = Callable[[], Awaitable[Question | str]]
"""Finds out what the act would do, or says why it cannot be done."""


class AskScreen(Dialog[bool | None]):
    """Tells what an act would do; answers True only to a key that is not the one that asked."""

    BINDINGS = [
        Binding("y", "yes", "Do it", id="ask.yes", tooltip="Do it"),
        Binding("exclamation_mark", "force", "All the same", id="ask.force", tooltip="Do it all the same"),
        Binding("r", "again", "Try again", id="ask.again", tooltip="Read again what it would do"),
        Binding("space", "fold", "Fold", id="ask.fold", tooltip="Fold or unfold"),
        Binding("escape,n", "no", "No", id="ask.no", tooltip="Leave everything as it is"),
        Binding("shift+tab", "app.focus_previous", "Previous", show=False),
        Binding("tab", "app.focus_next", "Next", show=False),
    ]

    reader = query_one(Reader)

    def __init__(self, title: str, prepare: Prepare) -> None:
        super().__init__()
        self._title, self._prepare = title, prepare
        self._question: Question | None = None
        self._reading = True

    def compose(self) -> ComposeResult:
        """The question, what it touches, and two answers, the harmless one first."""
        with Vertical(classes="dialog wide asking"):
            yield Static(visible(self._title), classes="dialog-title", markup=False)
            yield Static("", id="ask-words", markup=False)
            yield Reader(id="ask-items")
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="no", compact=True, variant="primary")
                yield Button("", id="yes", compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        """Find out what it would do."""
        self.query_one("#yes").display = False
        self.query_one("#no").focus()
        self.fill()

    @work(group="ask", exclusive=True)
    async def fill(self) -> None:
        """Read what the act would do, and show it."""
        words = self.query_one("#ask-words", Static)
        self._reading = True
        words.update("◌ reading what it would do…")
        self.refresh_bindings()
        found = await self._prepare()
        self._reading = False
        if isinstance(found, Question):
            self._question = found
            words.update(visible(found.words))
            self._show(found)
        else:
            words.update(visible(f"✗ {found}"))
        self.refresh_bindings()

    def _show(self, question: Question) -> None:
        button = self.query_one("#yes", Button)
        button.label = question.act
        button.display = True
        if question.items:
            self.query_one(".asking").add_class("-items")
            self.reader.show(question.items, anew=True)
            self.reader.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the key that fits the question answers it, and none before it can be read."""
        question = self._question
        if action in ("yes", "force"):
            return question is not None and question.forced is (action == "force")
        if action == "again":
            return question is None and not self._reading
        if action == "fold":
            return question is not None and bool(question.items)
        return True

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """An answer was pressed."""
        self.dismiss(event.button.id == "yes" and self._question is not None)

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)

    def action_force(self) -> None:
        """Do it all the same."""
        self.dismiss(True)

    def action_again(self) -> None:
        """Read again."""
        self.fill()

    def action_fold(self) -> None:
        """Fold or unfold."""
        self.reader.toggle_fold()

    def action_no(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)
