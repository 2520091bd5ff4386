"""Which acts a user can give keys to, and which keys there are: read from a file, so that no screen has to be loaded.

The file is made from the screens by `python -m tests.screens.acts`; a test holds it to them.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tui.config.config_file import Config
from tui.config.keymap import Act, Context, check_keys, whole_keymap
from tui.config.problems import ConfigProblem

FILE = Path(__file__).with_name("acts.json")
MODIFIERS = {"ctrl", "shift", "alt", "super", "meta", "hyper"}
SHORT = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Characters whose keys go by another name than that of Unicode."""


@cache
def _held() -> dict[str, Any]:
    held: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return held


def contexts() -> list[Context]:
    """Acts that are offered at the same time, place by place."""
    held = _held()
    acts = {
        name: Act(name, tuple(told["keys"]), told["label"], typing=told["typing"])
        for name, told in held["acts"].items()
    }
    return [Context(name, tuple(acts[one] for one in names)) for name, names in held["places"].items()]


def key_named(text: str) -> str | None:
    """The one name of a key; None where no key is called so."""
    if len(text) == 1:
        return _named(text)
    *modifiers, last = text.split("+")
    last = _named(last) if len(last) == 1 else last
    known = set(_held()["keys"])
    if not set(modifiers) <= MODIFIERS or (last not in known and text not in known):
        return None
    return "+".join([*modifiers, last])


def keymap_of(wanted: Mapping[str, str]) -> dict[str, str]:
    """The keymap for the screen."""
    return whole_keymap(wanted, contexts()) if wanted else {}


def key_mistakes(config: Config) -> list[ConfigProblem]:
    """What is wrong with the section [keys]."""
    if not config.keys:
        return []
    problems = check_keys(config.keys, contexts(), key_named)
    return [config.problem("keys", name, problem) for name, problem in problems]


def _named(character: str) -> str:
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return SHORT.get(name, name)
