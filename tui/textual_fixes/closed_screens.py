"""Textual keeps in memory what closed screens have drawn.

Defect: two colours of a widget's frame are cached under a key that includes the widget's own cache of drawn lines, so
up to 1,024 of those caches outlive their widgets: some 100 MiB in an hour of use.
Upstream: Textualize/textual#6665.
Versions: 8.2.8.
Switch: LETTA_TUI_STOCK_TEXTUAL=1.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

VERSIONS = frozenset({"8.2.8"})


def install() -> None:
    """Cache the two colours by the colours they are made of alone."""
    from textual._styles_cache import StylesCache

    cached: Any = StylesCache.get_inner_outer
    work_out = getattr(cached, "__wrapped__", None)
    if work_out is not None and not isinstance(work_out, partial):
        by_colours = lru_cache(1024)(partial(work_out, StylesCache))
        StylesCache.get_inner_outer = staticmethod(by_colours)  # type: ignore[method-assign,assignment]
