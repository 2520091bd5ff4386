"""What a command declares of itself: name, help, options, exit codes, and the module that does it.

Nothing here, nor in the modules that declare commands, loads more than argparse: `--help` has to be quick.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

Parser = argparse.ArgumentParser


class Command(NamedTuple):
    """One command of the table; `module` is imported when it runs and has `run(call: Call) -> int`."""

    name: str
    usage: str
    """What follows the name, without the options."""
    words: str
    """One line for the list of commands."""
    description: str
    """A sentence or two above the options, wrapped to 79 columns."""
    codes: str
    """Exit codes, below the options; must begin with "Exit codes:" somewhere."""
    module: str
    """The module under `tui.commands` that does it."""
    options: Callable[[Parser], None]
    """Adds the arguments that no other command has."""
    agent: str | None = None
    """What --agent means here; None for a command that talks to no server and takes no connection options."""
    writes: bool = False
    """Whether it can change the server, so that --readonly is worth a line in its help."""
    keyless: bool = False
    """Whether it is about settings alone, so that a key that cannot be had is told, and stops nothing."""


def add_command(commands: Any, command: Command) -> None:
    """Put a command of the table into the parser."""
    usage = f"letta-tui {command.name} {command.usage}".rstrip()
    made: Parser = commands.add_parser(
        command.name,
        help=command.words,
        description=command.description,
        epilog=command.codes,
        usage=f"{usage} [options]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.options(made)
    if command.agent is not None:
        _connection(made, agent=command.agent, writes=command.writes)


def add_json(parser: Parser) -> None:
    """The switch of every command that answers programs too."""
    parser.add_argument("--json", action="store_true", help="as JSON, for other programs")


def add_conversation(parser: Parser) -> None:
    """The conversation that a command is about; where it is left out, the environment may name one."""
    parser.add_argument("wanted", nargs="?", metavar="CONVERSATION", help='its id, or "default" with --agent')


def positive(text: str) -> int:
    """Read a number of rows; argparse says which option it was."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, not {text!r}")
    return number


def _connection(command: Parser, *, agent: str, writes: bool) -> None:
    """The options that stand before or after a command: left out here, they must not undo those before it."""

    def add(*flags: str, **told: Any) -> None:
        command.add_argument(*flags, default=argparse.SUPPRESS, **told)

    add("--agent", metavar="ID|NAME", help=agent)
    add("--demo", action="store_true", help="the embedded demo server: no network")
    add("--base-url", metavar="URL", help="the Letta server, e.g. http://localhost:8283")
    add("--profile", metavar="PROFILE", help="a server of the settings files")
    add("--allow-plain-http", action="store_true", help=argparse.SUPPRESS)
    add("--from", dest="bundle", metavar="FILE", help="a file of export, or an agent file (.af)")
    add("--log-file", metavar="FILE", help=argparse.SUPPRESS)
    add("--conversation", metavar="ID", help=argparse.SUPPRESS)
    readonly = "refuse to change anything" if writes else argparse.SUPPRESS
    add("--readonly", action="store_true", help=readonly)
