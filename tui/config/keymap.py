"""The rules of a user's own keys: which ids there are, which keys cannot be taken, what would clash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches

from tui.actions import MAIN_SCREEN, Action, actions_by_place, in_scopes
from tui.config.config_file import Config
from tui.config.key_names import key_named
from tui.config.problems import ConfigProblem

RESERVED = {
    "ctrl+c": "terminals use it to end programs",
    "ctrl+q": "it quits the program from everywhere",
    "ctrl+p": "it opens the palette from everywhere",
    "ctrl+i": "terminals send it as tab: write tab",
    "ctrl+m": "terminals send it as enter: write enter",
    "ctrl+left_square_bracket": "terminals send it as escape: write escape",
}
"""Keys that nobody can have, and why."""


Places = Mapping[str, Sequence[Action]]
"""Actions whose keys work at the same time, by where that is."""

Problem = tuple[str, str]
"""The id of an action, and what is wrong with its keys."""


def key_mistakes(config: Config) -> list[ConfigProblem]:
    """What is wrong with the section [keys]."""
    if not config.keys:
        return []
    problems = check_keys(config.keys, actions_by_place(), key_named)
    return [config.problem("keys", id, problem) for id, problem in problems]


def keymap_of(keys: Mapping[str, str]) -> dict[str, str]:
    """The keymap for Textual: keys by the id of an action."""
    return whole_keymap(keys, [*actions_by_place().values(), in_scopes(*MAIN_SCREEN)]) if keys else {}


def check_keys(keys: Mapping[str, str], places: Places, named: Callable[[str], str | None]) -> list[Problem]:
    """Everything that is wrong with these keys; `named` gives a key's one name, None for no key at all."""
    actions = {one.id: one for every in places.values() for one in every}
    problems = [(id, _unknown(id, actions)) for id in keys if id not in actions]
    new_keys: dict[str, tuple[str, ...]] = {}
    for id, text in keys.items():
        if id in actions:
            new_keys[id], wrong = _keys(text, actions[id], named)
            problems += [(id, problem) for problem in wrong]
    for problem in _clashes(new_keys, places):
        if problem not in problems:
            problems.append(problem)
    return problems


def whole_keymap(keys: Mapping[str, str], bound_together: Iterable[Sequence[Action]]) -> dict[str, str]:
    """These keys, and those of actions that share a key with a changed one, which Textual would take away."""
    keymap = {id: ",".join(part.strip() for part in text.split(",")) for id, text in keys.items()}
    groups = list(bound_together)
    while True:
        sharing = {
            one.id: one.keys
            for actions in groups
            for one in actions
            if one.id not in keymap
            and any(other.id in keymap and set(one.key_names) & set(other.key_names) for other in actions)
        }
        if not sharing:
            return keymap
        keymap |= sharing


def _unknown(id: str, actions: Mapping[str, Action]) -> str:
    close = get_close_matches(id, list(actions), n=1, cutoff=0.4)
    return f"is not an action; did you mean {close[0]}?" if close else "is not an action"


def _keys(text: str, action: Action, named: Callable[[str], str | None]) -> tuple[tuple[str, ...], list[str]]:
    """The names of the keys in a text, and what is wrong with them."""
    keys: list[str] = []
    problems = []
    for part in (part.strip() for part in text.split(",")):
        name = named(part) if part else None
        if name is None:
            problems.append(f"{part!r} is not a key; use one such as o, ctrl+o, f4 or question_mark")
        elif name in RESERVED:
            problems.append(f"{part} cannot be used: {RESERVED[name]}")
        elif action.while_typing and "+" not in name and len(part) == 1:
            problems.append(f"{part} is a character that could no longer be typed there")
        else:
            keys.append(name)
    return tuple(keys), problems


def _clashes(new_keys: Mapping[str, tuple[str, ...]], places: Places) -> Iterable[Problem]:
    """Two actions on one key in the same place, where the user put at least one of them there."""
    for actions in places.values():
        owners: dict[str, list[Action]] = {}
        for one in actions:
            for key in new_keys.get(one.id, one.key_names):
                owners.setdefault(key, []).append(one)
        for key, sharing in owners.items():
            for one in sharing:
                other = next((each for each in sharing if each.id != one.id), None)
                if one.id in new_keys and other is not None:
                    yield (
                        one.id,
                        f"{key} does {other.id} ({other.label}) in the same place: give that another key",
                    )
