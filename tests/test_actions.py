"""The registry of actions: each one is whole, has keys of its own where it works, and somebody who does it."""

from __future__ import annotations

import pkgutil
from collections import Counter
from collections.abc import Iterator
from importlib import import_module

import pytest
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from tests.app_helpers import main_screen, started
from tui import ui
from tui.actions import ACTIONS, EVERYWHERE, MAIN_SCREEN, PLACES, actions_by_place, in_scopes
from tui.app import LettaApp
from tui.flows.availability import RULES
from tui.ui.dialogs.modal import Modal


def bindings() -> Iterator[tuple[type[DOMNode], Binding]]:
    """Every binding that the app, or a widget or screen of ours, declares itself."""
    yield from ((LettaApp, one) for one in LettaApp.__dict__["BINDINGS"])
    for module in pkgutil.walk_packages(ui.__path__, "tui.ui."):
        loaded = import_module(module.name)
        for kind in vars(loaded).values():
            if isinstance(kind, type) and issubclass(kind, Widget) and kind.__module__ == loaded.__name__:
                yield from ((kind, one) for one in kind.__dict__.get("BINDINGS", ()))


def test_every_action_has_an_id_of_its_own_and_all_that_is_shown_of_it() -> None:
    assert [id for id, count in Counter(one.id for one in ACTIONS).items() if count > 1] == []
    for one in ACTIONS:
        assert all((one.id, one.keys, one.label, one.tooltip)), one


def test_every_scope_is_of_a_place() -> None:
    placed = {scope for scopes in PLACES.values() for scope in scopes}
    assert {one.scope for one in ACTIONS} == placed | {EVERYWHERE}


@pytest.mark.parametrize("place", PLACES)
def test_no_two_actions_have_one_key_in_one_place(place: str) -> None:
    keys = Counter(key for one in actions_by_place()[place] for key in one.key_names)
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_binding_is_an_action_of_the_registry_that_its_owner_does() -> None:
    bound = set()
    for kind, binding in bindings():
        assert isinstance(binding, Binding)
        assert binding.id, (kind, binding)
        bound.add(binding.id)
        target, _, name = binding.action.partition("(")[0].rpartition(".")
        if target != "screen":
            owners = (LettaApp,) if target == "app" else (kind, *kind.__subclasses__())
            assert any(hasattr(owner, f"action_{name}") for owner in owners), (kind, binding)
    assert bound == {one.id for one in ACTIONS}


def test_no_screen_redefines_an_action_that_textual_binds_to_a_key() -> None:
    """ctrl+c is bound to `screen.copy_text`: an action of that name would be done instead, whatever is selected."""
    textuals = {
        (one if isinstance(one, Binding) else Binding(*one)).action.partition("(")[0].rpartition(".")[2]
        for one in (*Screen.BINDINGS, *App.BINDINGS)
    }
    for kind in {kind for kind, _ in bindings() if issubclass(kind, Screen)}:
        ours = (base for base in kind.__mro__ if base.__module__.startswith("tui.") and base is not Modal)
        own = {name for base in ours for name in vars(base)}
        assert not {f"action_{name}" for name in textuals} & own, kind


@pytest.mark.anyio
async def test_every_action_of_the_main_screen_has_a_handler() -> None:
    async with started() as (app, _):
        handlers = main_screen(app).handlers
        assert set(handlers) == {one.id for one in in_scopes(*MAIN_SCREEN)}
        assert set(RULES) <= set(handlers)
