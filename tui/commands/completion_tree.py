"""The command line as a tree of plain data, from which completion scripts are made."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from tui.commands.arguments import CommandParser

PROFILES = "PROFILE"
"""Name of a value that is a profile of the settings files."""

FILES = ("FILE",)
"""Names of a value that is a path."""


class Option(NamedTuple):
    """One option: its flags, its help, and its value."""

    flags: tuple[str, ...]
    summary: str
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
    """The program, a command, or a subcommand, with what can follow it."""

    path: tuple[str, ...]
    summary: str
    options: tuple[Option, ...]
    children: tuple[Node, ...]
    choices: tuple[str, ...]
    """Words that a positional argument can be, if they are fixed."""
    takes_file: bool
    takes_profile: bool = False

    @property
    def name(self) -> str:
        """The word that is typed."""
        return self.path[-1] if self.path else ""

    def walk(self) -> Iterator[Node]:
        """This node and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def build_tree(parser: CommandParser, path: tuple[str, ...] = (), summary: str = "") -> Node:
    """Build the tree of a parser and its subcommands; arguments that the help hides are left out."""
    shown = [action for action in parser.declared if action.help is not argparse.SUPPRESS]
    positional = [action for action in shown if not action.option_strings]
    return Node(
        path,
        summary,
        options=tuple(_option(action) for action in shown if action.option_strings),
        children=tuple(
            build_tree(below, (*path, name), parser.summaries[name])
            for name, below in parser.subcommands.items()
        ),
        choices=tuple(str(choice) for action in positional for choice in action.choices or ()),
        takes_file=any(action.metavar in FILES for action in positional),
        takes_profile=any(action.metavar == PROFILES for action in positional),
    )


def _option(action: argparse.Action) -> Option:
    takes_value = action.nargs not in (0, "?")  # a value that can be left out may be the next command
    name = str(action.metavar or action.dest.upper()) if takes_value else ""
    choices = tuple(map(str, action.choices or ()))
    # A shell takes `--demo=cloud` for an option and its value, so only `--demo` is offered.
    flags = tuple(flag for flag in action.option_strings if "=" not in flag)
    return Option(flags, action.help or "", name, choices)
