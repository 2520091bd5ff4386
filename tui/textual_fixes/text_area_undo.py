"""Undoing many lines at once crashes the app.

Defect: a text area that becomes shorter looks for its cursor on a line that no longer exists, if its scroll bar
disappears at the same time.
Upstream: Textualize/textual#6686.
Versions: 8.2.8.
Switch: LETTA_TUI_STOCK_TEXTUAL=1.
"""

from __future__ import annotations

from textual.widgets import TextArea

VERSIONS = frozenset({"8.2.8"})


def _recompute_cursor_offset(self: TextArea) -> None:
    location = self.clamp_visitable(self.cursor_location)
    self._cursor_offset = self.wrapped_document.location_to_offset(location)


def install() -> None:
    """Look for the cursor only in existing lines."""
    TextArea._recompute_cursor_offset = _recompute_cursor_offset  # type: ignore[method-assign]
