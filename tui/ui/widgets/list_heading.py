"""The line above the list: order and how much is loaded, the cursor's place, or what went wrong."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class ListHeading(Widget):
    """One line, or as many as a problem needs to be told to its end."""

    words = reactive("")
    place = reactive("")
    marked = reactive("")
    progress = reactive("")
    problem = reactive("", layout=True)

    def render(self) -> Content:
        """Words left, the cursor's place right."""
        if self.problem:
            return Content.assemble((f"✗ {self.problem}", "$text-error"))
        place = Content.assemble((self.place, "$text-muted"), " ")
        room = max(1, self.size.width - place.cell_length)
        words = Content.assemble(*self._pieces()).truncate(max(1, room - 1), ellipsis=True)
        return words.pad_right(max(0, room - words.cell_length)) + place

    def _pieces(self) -> list[tuple[str, str]]:
        """What is under way, or how many are marked before the order of all."""
        if self.progress:
            return [(f" ◌ {self.progress}", "$text-accent")]
        marked = [(f" ● {self.marked} ·", "$text-accent")] if self.marked else []
        return [*marked, (f" {self.words}", "$text-muted")]
