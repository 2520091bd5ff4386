"""The arguments as a tree of plain facts, for scripts that complete them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any, NamedTuple

PROFILES = "PROFILE"
"""What the value of an option or an argument is called where it is the name of a server of the settings files."""

FILES = ("FILE",)
"""What the value of an option or an argument is called where it is a path."""


class Option(NamedTuple):
    """One option: how it is written, what it does, and what follows it."""

    flags: tuple[str, ...]
    words: str
    value: str
    """Name of the value that follows; empty for a switch."""
    choices: tuple[str, ...] = ()

    @property
    def takes_file(self) -> bool:
        """Whether the value is a path."""
        return self.value in FILES

    @property
    def takes_profile(self) -> bool:
        """Whether the value is the name of a profile."""
        return self.value == PROFILES


class Node(NamedTuple):
    """The program, a command, or an act of a command: what may stand behind it."""

    path: tuple[str, ...]
    words: str
    options: tuple[Option, ...]
    children: tuple[Node, ...]
    choices: tuple[str, ...]
    """Words that an argument can be, where there are only a few."""
    takes_file: bool
    takes_profile: bool = False

    @property
    def name(self) -> str:
        """How it is typed."""
        return self.path[-1] if self.path else ""

    def walk(self) -> Iterator[Node]:
        """This node and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def grammar(parser: argparse.ArgumentParser, path: tuple[str, ...] = (), words: str = "") -> Node:
    """The tree of a parser; what its help hides is left out."""
    options: list[Option] = []
    children: list[Node] = []
    choices: list[str] = []
    takes_file = takes_profile = False
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            told = {choice.dest: choice.help or "" for choice in action._choices_actions}
            children += [grammar(below, (*path, name), told[name]) for name, below in action.choices.items()]
        elif action.help is argparse.SUPPRESS:
            continue
        elif action.option_strings:
            options.append(_option(action))
        else:
            choices += map(str, action.choices or ())
            takes_file |= action.metavar in FILES
            takes_profile |= action.metavar == PROFILES
    return Node(path, words, tuple(options), tuple(children), tuple(choices), takes_file, takes_profile)


def _option(action: Any) -> Option:
    takes = action.nargs != 0
    name = str(action.metavar or action.dest.upper()) if takes else ""
    return Option(
        tuple(action.option_strings), action.help or "", name, tuple(map(str, action.choices or ()))
    )
