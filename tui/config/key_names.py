"""The names of keys as Textual has them, known without loading it, so that commands can check a user's keys."""

from __future__ import annotations

import string
import unicodedata

MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "meta", "hyper"})

SHORT = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Characters whose keys have a name other than that of Unicode."""


def key_named(text: str) -> str | None:
    """The one name of a key, such as `question_mark` for `?`; None where no key has that name."""
    if len(text) == 1:
        return _name_of(text)
    *modifiers, last = text.split("+")
    last = _name_of(last) if len(last) == 1 else last
    if not MODIFIERS.issuperset(modifiers) or (last not in NAMES and text not in NAMES):
        return None
    return "+".join([*modifiers, last])


def _name_of(character: str) -> str:
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return SHORT.get(name, name)


NAMES = frozenset(
    {
        *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"),
        *("escape", "enter", "return", "tab", "space", "backspace"),
        *(f"f{number}" for number in range(1, 25)),
        *map(_name_of, string.ascii_letters + string.digits + string.punctuation),
        *("ctrl-at", "<any>", "<ignore>", "<scroll-up>", "<scroll-down>"),
    }
)
"""Every key without its modifiers."""
