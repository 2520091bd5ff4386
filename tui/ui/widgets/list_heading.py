"""The line above the list: order and number of rows, the cursor's position, or a problem."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class ListHeading(Widget):
    """One line, or as many as a problem needs; a click changes the sort order, as the key does."""

    words = reactive("")
    short_words = reactive("")
    place = reactive("")
    marked = reactive("")
    progress = reactive("")
    problem = reactive("")

    def render(self) -> Content:
        """The words on the left, in short form if they do not fit, and the cursor's position on the right."""
        if self.problem:
            return Content.assemble((f"✗ {self.problem}", "$text-error"))
        place = Content.assemble((self.place, "$text-muted"), " ")
        room = max(1, self.size.width - place.cell_length)
        words = Content.assemble(*self._pieces(self.words))
        if words.cell_length > room - 1 and self.short_words:
            words = Content.assemble(*self._pieces(self.short_words))
        words = words.truncate(max(1, room - 1), ellipsis=True)
        return words.pad_right(max(0, room - words.cell_length)) + place

    def watch_problem(self) -> None:
        """Use more lines for a problem only: what is padded to the width must not wrap while that changes."""
        self.set_class(bool(self.problem), "-problem")

    def _pieces(self, words: str) -> list[tuple[str, str]]:
        """The progress, or the number of marked rows and the words."""
        if self.progress:
            return [(f" ◌ {self.progress}", "$text-accent")]
        marked = [(f" ● {self.marked} ·", "$text-accent")] if self.marked else []
        return [*marked, (f" {words}", "$text-muted")]

    async def on_click(self) -> None:
        """Sort by the next time, unless a problem is shown."""
        if not self.problem:
            await self.run_action("screen.run('list.sort')")
