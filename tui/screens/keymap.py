"""Which acts there are, taken from the bindings of every screen and widget, for the user's own keys and themes."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module

from textual.binding import Binding
from textual.keys import Keys, _character_to_key
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES
from textual.widget import Widget
from textual.widgets import Input, TextArea

from tui import screens, widgets
from tui.local.config import Config
from tui.local.keymap import Act, Context, check_keys, whole_keymap
from tui.local.mistakes import Mistake
from tui.local.rules import nearest
from tui.screens.asking import AskScreen
from tui.screens.main import MainScreen
from tui.screens.tool import ToolScreen
from tui.widgets.line_view import LineView

MODIFIERS = {"ctrl", "shift", "alt", "super", "meta", "hyper"}
KNOWN = {key.value for key in Keys} | {_character_to_key(chr(code)) for code in range(33, 127)}


def contexts() -> list[Context]:
    """Every screen and widget with keys of its own; the main screen and the tools with those of their views."""
    motions = tuple(_own(LineView))
    found = []
    for kind in _classes():
        acts = tuple(_acts(kind))
        if acts:
            viewed = motions if issubclass(kind, MainScreen | ToolScreen) else ()
            found.append(Context(kind.__name__, (*acts, *viewed)))
    asking = [act for act in _acts(MainScreen) if act.id.startswith("conversation.")]
    found.append(Context("asked", (*asking, *_own(AskScreen))))  # the key that asked must not do it
    return found


def key_named(text: str) -> str | None:
    """The one name of a key, as Textual has it; None where no key is called so."""
    if len(text) == 1:
        return _character_to_key(text)
    *modifiers, last = text.split("+")
    last = _character_to_key(last) if len(last) == 1 else last
    if not set(modifiers) <= MODIFIERS or (last not in KNOWN and text not in KNOWN):
        return None
    return "+".join([*modifiers, last])


def keymap_of(wanted: Mapping[str, str]) -> dict[str, str]:
    """The keymap for `App.set_keymap`."""
    return whole_keymap(wanted, contexts()) if wanted else {}


def screen_mistakes(config: Config) -> list[Mistake]:
    """What is wrong with keys and theme, which only those who know the screens can tell."""
    found = []
    if config.keys:
        problems = check_keys(config.keys, contexts(), key_named)
        found += [config.mistake("keys", name, problem) for name, problem in problems]
    theme = config.values.get("theme")
    if theme is not None and theme not in BUILTIN_THEMES:
        found.append(config.mistake("", "theme", unknown_theme(theme)))
    return found


def unknown_theme(name: str) -> str:
    """Words for a theme that there is not."""
    hint = nearest(name, list(BUILTIN_THEMES)) or f"known are {', '.join(BUILTIN_THEMES)}"
    return f"{name!r} is no theme; {hint}"


def _classes() -> Iterator[type[Widget]]:
    """Every screen and widget of ours, in an order that does not change."""
    for package in (screens, widgets):
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda one: one.name):
            loaded = import_module(f"{package.__name__}.{module.name}")
            for kind in vars(loaded).values():
                if isinstance(kind, type) and issubclass(kind, Widget) and kind.__module__ == loaded.__name__:
                    yield kind


def _acts(kind: type[Widget]) -> Iterator[Act]:
    """The acts of a class and of those of ours that it inherits from."""
    seen: set[str] = set()
    for base in kind.__mro__:
        if base.__module__.startswith("tui.") and issubclass(base, Widget):
            for act in _own(base):
                if act.id not in seen:
                    seen.add(act.id)
                    yield act


def _own(kind: type[Widget]) -> Iterable[Act]:
    typed = issubclass(kind, Input | TextArea)
    for binding in kind.__dict__.get("BINDINGS", ()):
        if isinstance(binding, Binding) and binding.id:
            keys = tuple(key_named(key.strip()) or key for key in binding.key.split(","))
            priority = binding.priority and issubclass(kind, Screen)
            yield Act(binding.id, keys, binding.description, typing=typed or priority)
