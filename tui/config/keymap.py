"""The rules of a user's own keys: which ids there are, which keys cannot be taken, what would clash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

RESERVED = {
    "ctrl+c": "a terminal ends programs with it",
    "ctrl+q": "it leaves the program from everywhere",
    "ctrl+p": "it opens the palette from everywhere",
    "ctrl+i": "terminals send tab for it: write tab",
    "ctrl+m": "terminals send enter for it: write enter",
    "ctrl+left_square_bracket": "terminals send escape for it: write escape",
}
"""Keys that nobody can have, and why."""


@dataclass(frozen=True)
class Act:
    """What a key does: its id, the keys it has without a word of the user, what it is called."""

    id: str
    keys: tuple[str, ...]
    label: str
    typing: bool = False
    """Whether it works while text is typed, so that a plain character would be lost to the text."""


@dataclass(frozen=True)
class Context:
    """Acts that are offered at the same time."""

    name: str
    acts: tuple[Act, ...]


Problem = tuple[str, str]
"""The id of an act, and what is wrong with its keys."""


def check_keys(
    wanted: Mapping[str, str], contexts: Sequence[Context], named: Callable[[str], str | None]
) -> list[Problem]:
    """Return everything that is wrong with these keys; `named` gives a key's one name, None for no key at all."""
    acts = {act.id: act for context in contexts for act in context.acts}
    found = [(name, _unknown(name, acts)) for name in wanted if name not in acts]
    taken: dict[str, tuple[str, ...]] = {}
    for name, text in wanted.items():
        if name in acts:
            keys, problems = _keys(text, acts[name], named)
            taken[name] = keys
            found += [(name, problem) for problem in problems]
    for problem in _clashes(taken, contexts):
        if problem not in found:
            found.append(problem)
    return found


def whole_keymap(wanted: Mapping[str, str], contexts: Iterable[Context]) -> dict[str, str]:
    """Return the keys with those of acts that share a key with a changed one, which Textual would take away."""
    found = {name: ",".join(part.strip() for part in text.split(",")) for name, text in wanted.items()}
    groups = [context.acts for context in contexts]
    while True:
        freed = {key for acts in groups for act in acts if act.id in found for key in act.keys}
        sharing = {
            act.id: ",".join(act.keys)
            for acts in groups
            for act in acts
            if act.id not in found
            and any(
                key in freed and key in other.keys for key in act.keys for other in acts if other.id in found
            )
        }
        if not sharing:
            return found
        found |= sharing


def _unknown(name: str, acts: Mapping[str, Act]) -> str:
    close = get_close_matches(name, list(acts), n=1, cutoff=0.4)
    return f"is no act; did you mean {close[0]}?" if close else "is no act"


def _keys(text: str, act: Act, named: Callable[[str], str | None]) -> tuple[tuple[str, ...], list[str]]:
    """The names of the keys in a text, and what is wrong with them."""
    keys: list[str] = []
    problems = []
    for part in (part.strip() for part in text.split(",")):
        name = named(part) if part else None
        if name is None:
            problems.append(f"{part!r} is no key; such as o, ctrl+o, f4 or question_mark")
        elif name in RESERVED:
            problems.append(f"{part} cannot be taken: {RESERVED[name]}")
        elif act.typing and "+" not in name and len(part) == 1:
            problems.append(f"{part} is a character that could no longer be typed there")
        else:
            keys.append(name)
    return tuple(keys), problems


def _clashes(taken: Mapping[str, tuple[str, ...]], contexts: Sequence[Context]) -> Iterable[Problem]:
    """Two acts on one key in the same context, where the user put at least one of them there."""
    for context in contexts:
        owners: dict[str, list[Act]] = {}
        for act in context.acts:
            for key in taken.get(act.id, act.keys):
                owners.setdefault(key, []).append(act)
        for key, acts in owners.items():
            for act in acts:
                others = [other for other in acts if other.id != act.id and not _share(act, other, key)]
                if act.id in taken and others:
                    other = others[0]
                    yield (
                        act.id,
                        f"{key} does {other.id} ({other.label}) in the same place: give that another key",
                    )


def _share(one: Act, other: Act, key: str) -> bool:
    """Whether both have the key anyway: they are never offered at once."""
    return key in one.keys and key in other.keys
