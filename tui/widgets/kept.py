"""Widgets whose lines are kept until they are refreshed: at each change Textual asks for every line of every pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.geometry import Region
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.widget import Widget

    Mixed = Widget
else:
    Mixed = object  # a widget takes its look from its first base that is one


class Kept(Mixed):
    """A widget that gives its lines, of a container those behind its children, as they were unless refreshed."""

    _kept: tuple[Region, list[Strip]] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region."""
        if self._kept is None or self._kept[0] != crop:
            self._kept = crop, self.drawn_anew(crop)
        return self._kept[1]

    def drawn_anew(self, crop: Region) -> list[Strip]:
        """The lines of a region as they look now."""
        return super().render_lines(crop)

    def _set_dirty(self, *regions: Region) -> None:
        self._kept = None
        super()._set_dirty(*regions)


class Panes(Kept, Horizontal):
    """What stands beside each other on a screen."""
