"""The tables of keys in the manual, made from the registry of actions.

`python -m tests.manual_keys` writes them into `tui/manual/keys.md`, below what is written there by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from tui.actions import EVERYWHERE, MAIN_SCREEN, PLACES, Action, in_scopes
from tui.manual import FOLDER

PAGE = FOLDER / "keys.md"

CHARACTERS = {
    "slash": "/",
    "question_mark": "?",
    "exclamation_mark": "!",
    "at": "@",
    "percent_sign": "%",
    "ampersand": "&",
    "colon": ":",
    "full_stop": ".",
    "comma": ",",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "apostrophe": "'",
    "asterisk": "*",
    "vertical_line": "\\|",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "equals_sign": "=",
}
"""Names of keys, and the characters that are printed on them."""

SHARED: Mapping[str, tuple[str, ...]] = {
    "On the main screen": (MAIN_SCREEN[0], EVERYWHERE),
    "In the list": ("list",),
    "In the detail": ("reader",),
    "In an editor": ("editor",),
    "Moving": ("view",),
    "In every dialog": ("dialog",),
    "In tables": ("table",),
    "In checklists": ("checklist",),
    "In every tool": ("tool", "reader-tool"),
    "In the search": ("search",),
}
"""Headings of the scopes that several places share, or that the main screen is made of."""

FIRST = "## On the main screen"
"""Where the tables begin."""


def keys_of(action: Action) -> str:
    """The keys of an action as the manual has them."""
    return " ".join(f"`{CHARACTERS.get(name, name)}`" for name in action.key_names)


def tables() -> dict[str, tuple[Action, ...]]:
    """Every action under the heading of its table, each once."""
    found = {heading: in_scopes(*scopes) for heading, scopes in SHARED.items()}
    shared = {scope for scopes in SHARED.values() for scope in scopes}
    for place, scopes in PLACES.items():
        own = in_scopes(*(scope for scope in scopes if scope not in shared))
        if own:
            found[place[:1].upper() + place[1:]] = own
    return found


def lines() -> Iterator[str]:
    """The tables as Markdown."""
    for heading, actions in tables().items():
        yield from (f"## {heading}", "", "| Keys | What they do | Id |", "|---|---|---|")
        yield from (f"| {keys_of(one)} | {one.tooltip} | `{one.id}` |" for one in actions)
        yield ""


def whole_page() -> str:
    """The page with the tables of now."""
    written = PAGE.read_text(encoding="utf-8").partition(FIRST)[0].rstrip()
    return "\n".join([written, "", *lines()]).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(PAGE.write_text(whole_page(), encoding="utf-8") < 0)
