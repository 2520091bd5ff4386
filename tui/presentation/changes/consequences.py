"""What a change would do, shown before the user confirms it."""

from __future__ import annotations

from dataclasses import dataclass

from tui.presentation.item import Item


@dataclass(frozen=True)
class Consequences:
    """What a change would do, as text and items, and the label of the button that confirms it.

    A `forced` change is refused unless the user insists with a key of its own. `part` is the label of the button
    that confirms only a part of it, "" where there is no such choice.
    """

    text: str
    confirm: str
    items: tuple[Item, ...] = ()
    forced: bool = False
    part: str = ""
