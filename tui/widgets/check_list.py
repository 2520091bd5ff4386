"""A list of things to check, each with a box that reads without colour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class CheckList(OptionList):
    """Options with a box in front; space checks the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "check", "Check", id="check.toggle", tooltip="Check or uncheck this one"),
        Binding("j", "cursor_down", "Down", show=False, id="check.down", tooltip="Next one"),
        Binding("k", "cursor_up", "Up", show=False, id="check.up", tooltip="Previous one"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, compact=True, markup=False)
        self._prompts: dict[str, Content] = {}
        self._checked: set[str] = set()

    def fill(self, rows: Iterable[tuple[str, Content]], *, checked: Iterable[str] = ()) -> None:
        """Show these names with their prompts, with these checked."""
        self._prompts = dict(rows)
        self._checked = set(checked)
        self.set_options(Option(self._boxed(name)) for name in self._prompts)
        if self._prompts:
            self.highlighted = 0

    @property
    def checked(self) -> tuple[str, ...]:
        """The checked names, in their order."""
        return tuple(name for name in self._prompts if name in self._checked)

    def _boxed(self, name: str) -> Content:
        box = ("[x] ", "$text-success bold") if name in self._checked else ("[ ] ", "$text-muted")
        return Content.assemble(box, self._prompts[name])

    def action_check(self) -> None:
        """Check or uncheck the highlighted one."""
        if self.highlighted is not None:
            name = list(self._prompts)[self.highlighted]
            self._checked ^= {name}
            self.replace_option_prompt_at_index(self.highlighted, self._boxed(name))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click checks as space does."""
        event.stop()
        self.action_check()
