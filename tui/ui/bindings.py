"""Textual's bindings, made from the registry of actions, and which of them can be used now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

from textual.app import App
from textual.binding import ActiveBinding, Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from tui.actions import in_scopes, position

NONE: Mapping[str, str] = {}


@runtime_checkable
class SaysWhyNot(Protocol):
    """A screen that knows which of its actions can be done now."""

    def why_not(self, action_id: str) -> str:
        """Return a sentence that says why an action cannot be done now; "" if it can."""


def bindings(*scopes: str, actions: Mapping[str, str] = NONE) -> list[BindingType]:
    """The bindings of these scopes.

    `actions` has Textual's action for the id of ours; one that isn't named there is run by the screen's `action_run`.
    """
    groups: dict[str, Binding.Group] = {}
    return [
        Binding(
            one.keys,
            actions.get(one.id, f"screen.run('{one.id}')"),
            one.label,
            id=one.id,
            tooltip=one.tooltip,
            show=one.show,
            priority=one.priority,
            group=groups.setdefault(one.group, Binding.Group(one.group, compact=True)) if one.group else None,
        )
        for one in in_scopes(*scopes)
    ]


def offered(screen: Screen[Any]) -> list[ActiveBinding]:
    """Return the bindings that work here and now, without actions that cannot be done."""
    reasons = refusals(screen)
    return [one for one in screen.active_bindings.values() if one.binding.id not in reasons]


def refusals(screen: Screen[Any]) -> dict[str, str]:
    """Return why the actions that cannot be done now cannot, by id."""
    if not isinstance(screen, SaysWhyNot):
        return {}
    ids = {one.binding.id for one in screen.active_bindings.values() if one.binding.id}
    return {id: reason for id in ids if (reason := screen.why_not(id))}


def run_binding(app: App[Any], active: ActiveBinding, screen: Screen[Any]) -> None:
    """Run the action of a binding of this screen, after the dialog that it was chosen in has closed."""
    namespaces: dict[str, DOMNode] = {"app": app, "screen": screen}
    app.call_later(app.run_action, active.binding.action, active.node, namespaces)


def in_order(usable: Iterable[ActiveBinding]) -> list[ActiveBinding]:
    """Return the bindings in the order of the registry, whichever widget has them."""
    return sorted(usable, key=lambda one: position(one.binding.id or ""))


def key_rows(usable: Iterable[Binding], shown: Callable[[Binding], str]) -> list[tuple[str, str]]:
    """Return the keys of each action, as `shown`, with its description."""
    keys: dict[str, list[str]] = {}
    first: dict[str, Binding] = {}
    for binding in usable:
        if binding.description and (binding.id or binding.action == "command_palette"):
            keys.setdefault(binding.action, []).append(shown(binding))
            first.setdefault(binding.action, binding)
    return [(" ".join(keys[action]), one.tooltip or one.description) for action, one in first.items()]
