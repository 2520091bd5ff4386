"""The API key: a string that appears nowhere but in the header that carries it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import SupportsIndex
from urllib.parse import quote, quote_plus

HIDDEN = "[key]"

_known: set[str] = set()
"""Every API key of this process."""


class Key(str):
    """An API key that no repr, traceback or log spells out."""

    __slots__ = ()

    def __new__(cls, text: str) -> Key:
        """Note the key, so that the report of a crash can hide it."""
        _known.add(str(text))
        return super().__new__(cls, text)

    def __repr__(self) -> str:
        return "Key('…')"

    def __getitem__(self, index: SupportsIndex | slice) -> Key:
        """A part of a key is a key too, since tracebacks shorten long strings before they print them."""
        return str.__new__(Key, super().__getitem__(index))

    def __add__(self, other: str) -> Key:
        """A key with its line end, as in a file, is still a key."""
        return Key(super().__add__(other))

    def strip(self, chars: str | None = None, /) -> Key:
        """A key is already a key as typed or read, before it is checked."""
        return Key(super().strip(chars))


USED: set[Key] = set()
"""The API keys that this run has used, so that none of them is given to a program that it starts."""


def hiding(key: str | None) -> Callable[[str], str]:
    """Return a function that removes a key from a text, in every form that a URL or JSON body may give it."""
    if not key:
        return unchanged
    urls = (quote(key, errors="replace"), quote(key, "", errors="replace"), quote_plus(key, errors="replace"))
    forms = {key, *urls, json.dumps(key)[1:-1]}
    ordered = sorted(forms, key=len, reverse=True)

    def hide(text: str) -> str:
        for form in ordered:
            text = text.replace(form, HIDDEN)
        return text

    return hide


def without_keys(text: str, *more: str | None) -> str:
    """Return the text without any API key of this process, nor those that are not known as one yet."""
    given = {key.strip() for key in more if key} - {""}
    for key in sorted(_known | given, key=len, reverse=True):
        text = hiding(key)(text)
    return text


def unchanged(text: str) -> str:
    """Return the text unchanged: there is no key to hide."""
    return text
