"""The API key: a text that spells itself nowhere but in the header that carries it."""

from __future__ import annotations

from typing import SupportsIndex


class Key(str):
    """An API key that no repr, traceback or log spells out."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Key('…')"

    def __getitem__(self, index: SupportsIndex | slice) -> Key:
        """A part of a key is as secret: tracebacks cut long strings before they print them."""
        return Key(super().__getitem__(index))
