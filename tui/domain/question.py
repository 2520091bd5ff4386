"""What the user is told before an act on the server: words, the things it touches, and the name of the act."""

from __future__ import annotations

from dataclasses import dataclass

from tui.presentation.item import Item


@dataclass(frozen=True)
class Question:
    """What an act would do; a `forced` one is refused unless the user insists with a key of its own."""

    words: str
    act: str
    items: tuple[Item, ...] = ()
    forced: bool = False
