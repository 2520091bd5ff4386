"""Page down in a list of options that has no size yet crashes the app.

Defect: a list that has just been shown, such as the palette's, knows on which line each option is only after it was
laid out. `:` and page down typed at once raised KeyError.
Upstream: not reported yet.
Versions: 8.2.8.
Switch: LETTA_TUI_STOCK_TEXTUAL=1.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.widgets import OptionList

VERSIONS = frozenset({"8.2.8"})

_STOCK = OptionList.action_page_down, OptionList.action_page_up


def _where_laid_out(stock: Callable[[OptionList], None]) -> Callable[[OptionList], None]:
    def move(self: OptionList) -> None:
        if self.scrollable_content_region:
            stock(self)

    return move


def install() -> None:
    """Move by a page only in a list that has one."""
    down, up = _STOCK
    OptionList.action_page_down = _where_laid_out(down)  # type: ignore[method-assign]
    OptionList.action_page_up = _where_laid_out(up)  # type: ignore[method-assign]
