"""The parser of the whole command line, put together from the commands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Sequence
from itertools import pairwise, zip_longest
from typing import Any, NoReturn

from tui import __version__
from tui.commands.arguments import (
    SERVER_OPTIONS,
    CommandParser,
    add_command_options,
    add_screen_options,
    with_folders,
)
from tui.commands.registry import NAMES, load

USAGE = "letta-tui [options] [COMMAND ...]"
ABOUT = "Browse and edit the conversations of Letta agents."
MOST_USED = ("--demo", "--base-url", "--letta-code", "--profile", "--from", "--readonly")
"""Options in the short help; `letta-tui help options` lists all of them."""

IN_THE_HEADINGS = ("help", "completion")
"""Commands that the headings of the short help name, so that it fits on a screen of 24 lines."""

SHORT = """\
usage: letta-tui [options]           browse and edit conversations of agents
       letta-tui COMMAND [options]   the same without a screen

options, the most used ones (letta-tui help options: all of them)
{options}

commands (letta-tui COMMAND --help: its options; completion: for your shell)
{commands}
"""
EPILOG = """\
A flag wins over the environment (LETTA_BASE_URL, LETTA_API_KEY, LETTA_TUI_*),
which wins over the settings files and http://localhost:8283: letta-tui info
shows them all. Exit codes: 0 done, 1 findings or differences, 2 usage or
settings, 3 connection, 4 key refused, 70 a crash, 130 interrupted.
"""


def parse(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """The parsed arguments by name, `command` being None for the screen; exits on --help, --version and errors.

    Commands are imported only if the arguments name them, so that the screen starts quickly.
    """
    words = with_folders(sys.argv[1:] if arguments is None else arguments)
    screen = _parse_screen_options(words)
    return vars(build_parser(words).parse_args(words)) if screen is None else screen


def build_parser(names: Collection[str] = NAMES) -> Program:
    """The parser of the whole program, with the arguments of these commands; the others have only their names."""
    program = Program(prog="letta-tui", usage=USAGE, description=ABOUT, epilog=EPILOG)
    add_screen_options(program, __version__)
    group = program.add_subparsers(
        dest="command", metavar="COMMAND", prog=program.prog, parser_class=CommandParser
    )
    for name in NAMES:
        if name not in names:
            program.add_subcommand(group, name, "")
            continue
        command = load(name)
        parser = program.add_subcommand(
            group,
            name,
            command.summary,
            description=command.description,
            epilog=command.exit_codes,
            usage=f"{f'letta-tui {name} {command.usage}'.rstrip()} [options]",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(parser)
        add_command_options(parser, command)
    return program


def options_help() -> str:
    """The help of every option of the screen, with their order of precedence."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("letta-tui", USAGE, ABOUT, EPILOG, formatter_class=formatter)
    add_screen_options(parser, __version__)
    return parser.format_help()


class Program(CommandParser):
    """The parser of the program, with a short help: every command, and the most used options."""

    words: Sequence[str] = ()
    """What is parsed; an error may need more of it than the word that is wrong."""

    def error(self, message: str) -> NoReturn:
        """Exit like any parser; a word after an option whose folder can be left out may have been meant as that."""
        for option, word in pairwise(self.words):
            if option.startswith("--") and option.endswith("=") and f"invalid choice: {word!r}" in message:
                super().error(f"there is no command “{word}”; a folder of that name is {option}{word}")
        super().error(message)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse all arguments; what nothing takes is reported by the command that was named."""
        self.words = args or ()
        parsed, rest = self.parse_known_args(args, namespace)
        if rest:
            command = self.subcommands.get(parsed.command, self)
            command.subcommands.get(getattr(parsed, "act", ""), command).refuse(rest)
        return parsed

    def format_help(self) -> str:
        """The short help; commands are in two columns."""
        options = {option.flag: option for option in SERVER_OPTIONS}
        rows = [(f"{flag} {options[flag].metavar or ''}", options[flag].help) for flag in MOST_USED]
        cells = [f"{name:<11} {load(name).summary}" for name in NAMES if name not in IN_THE_HEADINGS]
        half = (len(cells) + 1) // 2
        pairs = zip_longest(cells[:half], cells[half:], fillvalue="")
        return SHORT.format(
            options="\n".join(f"  {flag:<18} {text}" for flag, text in rows),
            commands="\n".join(f"  {left:<39}{right}".rstrip() for left, right in pairs),
        )


class _NotOnlyOptions(Exception):
    """Raised for arguments that are more than valid options of the screen."""


class _ScreenParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Leave the error to the parser of the whole program."""
        raise _NotOnlyOptions(message)


def _parse_screen_options(words: Sequence[str]) -> dict[str, Any] | None:
    """The parsed arguments if they are options of the screen only, else None."""
    parser = _ScreenParser(prog="letta-tui", usage=USAGE, add_help=False)
    add_screen_options(parser, __version__)
    try:
        options, rest = parser.parse_known_args(words)
    except _NotOnlyOptions:
        return None
    return None if rest else {**vars(options), "command": None}
