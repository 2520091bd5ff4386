"""Every argument of the program, put together from the table of commands."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

from tui import __version__
from tui.commands.command import add_command
from tui.commands.table import COMMANDS

EPILOG = """\
A flag wins over the environment (LETTA_BASE_URL, LETTA_API_KEY, LETTA_TUI_*),
which wins over the settings files and http://localhost:8283: letta-tui info
shows them all. Exit codes: 0 done, 1 findings or differences, 2 usage or
settings, 3 connection, 4 key refused, 130 interrupted.
"""


class _Unsure(argparse.ArgumentParser):
    """Leaves mistakes to the parser that knows all commands."""

    def error(self, message: str) -> NoReturn:
        """Give up."""
        raise ValueError(message)


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


def told(arguments: Sequence[str] | None) -> dict[str, Any]:
    """What the arguments say; the screen, which most starts are for, is told of without building every command."""
    unsure = _Unsure(prog="letta-tui", add_help=False)
    _add_options(unsure)
    with suppress(ValueError):
        said, rest = unsure.parse_known_args(arguments)
        if not rest:
            return {**vars(said), "command": None}
    return vars(parser().parse_args(arguments))


def parser() -> argparse.ArgumentParser:
    """The arguments, each with what it does."""
    found = argparse.ArgumentParser(
        prog="letta-tui",
        description="Browse and edit the conversations of a Letta server.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_options(found)
    commands = found.add_subparsers(
        dest="command", metavar="COMMAND", title="without a screen", parser_class=_Anywhere
    )
    for command in COMMANDS:
        add_command(commands, command)
    return found


def _add_options(found: argparse.ArgumentParser) -> None:
    add = found.add_argument
    add(
        "--demo",
        action="store_true",
        help="browse the embedded demo server: no network",
    )
    add("--base-url", metavar="URL", help="the Letta server, e.g. http://localhost:8283")
    add("--profile", metavar="NAME", help="a server of the settings files: letta-tui profile list")
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
