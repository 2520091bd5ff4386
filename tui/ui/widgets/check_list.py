"""A list of options with check boxes that can be read without colour."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.ui.bindings import bindings


class CheckList(OptionList):
    """Options with a box in front; space checks the one under the cursor."""

    BINDINGS = bindings(
        "checklist", actions={"check.toggle": "check", "check.down": "cursor_down", "check.up": "cursor_up"}
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, compact=True, markup=False)
        self._prompts: dict[str, Content] = {}
        self._checked: set[str] = set()

    def fill(self, rows: Iterable[tuple[str, Content]], *, checked: Iterable[str] = ()) -> None:
        """Show these names with their prompts, some of them checked."""
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
        """Check or uncheck the highlighted option."""
        if self.highlighted is not None:
            name = list(self._prompts)[self.highlighted]
            self._checked ^= {name}
            self.replace_option_prompt_at_index(self.highlighted, self._boxed(name))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click checks as space does."""
        event.stop()
        self.action_check()
