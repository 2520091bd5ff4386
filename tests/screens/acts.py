"""Writes `tui/config/acts.json`, the acts of all screens and the names of all keys: `python -m tests.screens.acts`."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from textual.binding import Binding
from textual.keys import Keys, _character_to_key
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea

from tui import screens, widgets
from tui.config.acts import FILE, key_named
from tui.config.keymap import Act, Context
from tui.screens.asking import AskScreen
from tui.screens.main import MainScreen
from tui.screens.tool import ToolScreen
from tui.widgets.line_view import LineView

KNOWN = sorted({key.value for key in Keys} | {_character_to_key(chr(code)) for code in range(33, 127)})


def as_held(contexts: Sequence[Context]) -> dict[str, dict[str, Any]]:
    """What the file holds of the acts."""
    acts: dict[str, Act] = {}
    for context in contexts:
        for act in context.acts:
            assert acts.setdefault(act.id, act) == act, f"{act.id} is not the same everywhere"
    told = {
        name: {"keys": list(act.keys), "label": act.label, "typing": act.typing}
        for name, act in sorted(acts.items())
    }
    return {"acts": told, "places": {context.name: [act.id for act in context.acts] for context in contexts}}


def as_text(contexts: Sequence[Context]) -> str:
    """The file: an act a line, a place with the ids that are offered there a line, the names of keys."""
    parts = {name: _lines(told) for name, told in as_held(contexts).items()}
    parts["keys"] = json.dumps(KNOWN)
    return "{\n" + ",\n".join(f'"{name}": {text}' for name, text in parts.items()) + "\n}\n"


def _lines(held: Mapping[str, object]) -> str:
    return (
        "{\n"
        + ",\n".join(
            f"  {json.dumps(name)}: {json.dumps(one, ensure_ascii=False)}" for name, one in held.items()
        )
        + "\n}"
    )


def bound() -> list[Context]:
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


if __name__ == "__main__":
    FILE.write_text(as_text(bound()), encoding="utf-8")
