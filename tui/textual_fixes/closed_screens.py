"""Textual keeps what closed screens have drawn.

Defect: two colours of a widget's frame are kept by what they are made of and by the widget's own store of drawn lines,
so up to 1,024 of those stores stay when their widgets are gone: some 100 MiB in an hour of use.
Upstream: Textualize/textual#6665.
Versions: 8.2.8.
Switch: LETTA_TUI_STOCK_TEXTUAL=1.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

VERSIONS = frozenset({"8.2.8"})


def install() -> None:
    """Keep the two colours by what they are made of alone."""
    from textual._styles_cache import StylesCache

    cached: Any = StylesCache.get_inner_outer
    work_out = getattr(cached, "__wrapped__", None)
    if work_out is not None and not isinstance(work_out, partial):
        by_colours = lru_cache(1024)(partial(work_out, StylesCache))
        StylesCache.get_inner_outer = staticmethod(by_colours)  # type: ignore[method-assign,assignment]
