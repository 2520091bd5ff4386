"""Every argument of the program, put together from the table of commands."""

from __future__ import annotations

import argparse
from itertools import zip_longest
from typing import Any

from tui import __version__
from tui.commands.arguments import add_command
from tui.commands.registry import COMMANDS

USAGE = "letta-tui [options] [COMMAND ...]"
ABOUT = "Browse and edit the conversations of a Letta server."
MOST_USED = ("--demo", "--base-url", "--profile", "--from", "--agent", "--readonly")
"""Options that the short help tells; `letta-tui help options` tells them all."""

SHORT = """\
usage: letta-tui [options]                  the app, on a screen
       letta-tui COMMAND [options]          an answer, without a screen

{about}

options, the most used ones (letta-tui help options: all of them)
{options}

commands (letta-tui COMMAND --help: its options and exit codes)
{commands}

Settings, paths and where each comes from: letta-tui info. Version: --version.
"""
EPILOG = """\
A flag wins over the environment (LETTA_BASE_URL, LETTA_API_KEY, LETTA_TUI_*),
which wins over the settings files and http://localhost:8283: letta-tui info
shows them all. Exit codes: 0 done, 1 findings or differences, 2 usage or
settings, 3 connection, 4 key refused, 130 interrupted.
"""


class _Anywhere(argparse.ArgumentParser):
    """A command's arguments, whose options may stand between its words: `summary get --demo ID` too."""

    _between = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Options first, wherever they stand, then the words; acts below a command take what is left as it is."""
        acts = any(action.nargs == argparse.PARSER for action in self._actions)
        if self._between or acts:
            return super().parse_known_args(args, namespace)
        self._between = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._between = False


class Program(argparse.ArgumentParser):
    """The whole program, whose help is what fits a screen: every command, and the options that are used most."""

    def __init__(self, **told: Any) -> None:
        super().__init__(prog="letta-tui", usage=USAGE, description=ABOUT, epilog=EPILOG, **told)
        self.commands: dict[str, argparse.ArgumentParser] = {}

    def format_help(self) -> str:
        """Commands stand in two columns, as their words are short."""
        flags = {action.option_strings[-1]: action for action in self._actions if action.option_strings}
        used = [(f"{flag} {flags[flag].metavar or ''}", flags[flag].help) for flag in MOST_USED]
        half = (len(COMMANDS) + 1) // 2
        cells = [f"{command.name:<11} {command.words}" for command in COMMANDS]
        rows = zip_longest(cells[:half], cells[half:], fillvalue="")
        return SHORT.format(
            about=ABOUT,
            options="\n".join(f"  {flag:<17} {words}" for flag, words in used),
            commands="\n".join(f"  {left:<39}{right}".rstrip() for left, right in rows),
        )


def parser() -> Program:
    """The arguments, each with what it does."""
    found = Program()
    _add_options(found)
    made = found.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Anywhere)
    for command in COMMANDS:
        add_command(made, command)
    found.commands.update(made.choices)
    return found


def options_help() -> str:
    """The help of every option of the program, with what counts more than what."""
    shape = argparse.RawDescriptionHelpFormatter
    whole = argparse.ArgumentParser("letta-tui", USAGE, ABOUT, EPILOG, formatter_class=shape)
    _add_options(whole)
    return whole.format_help()


def _add_options(found: argparse.ArgumentParser) -> None:
    add = found.add_argument
    add(
        "--demo",
        action="store_true",
        help="browse the embedded demo server: no network",
    )
    add("--base-url", metavar="URL", help="the Letta server, e.g. http://localhost:8283")
    add("--profile", metavar="PROFILE", help="a server of the settings files: letta-tui profile list")
    add(
        "--from",
        dest="bundle",
        metavar="FILE",
        help="a file of export, or an agent file (.af), offline",
    )
    add("--agent", metavar="ID|NAME", help="start on this agent")
    add("--conversation", metavar="ID", help="start on this conversation")
    add("--readonly", action="store_true", help="make every act that changes the server impossible")
    add("--allow-plain-http", action="store_true", help="let the key go over http to another machine")
    add("--log-file", metavar="FILE", help="append a log of requests (never the key) to FILE")
    add("--version", action="version", version=f"letta-tui {__version__}")
