"""The command that tells what the short help leaves out: what it is called and takes."""

from __future__ import annotations

from tui.commands.arguments import Command, Parser

HELP = """\
Tell of one command, or of every option of the program: letta-tui help options.
"""
HELP_CODES = """\
Exit codes: 0 done, 2 usage.
"""
OPTIONS = "options"
"""The topic that is no command."""


def _help(parser: Parser) -> None:
    from tui.commands.registry import COMMANDS

    topics = (OPTIONS, *(command.name for command in COMMANDS))
    words = "options, or a command; left out, what letta-tui --help says"
    parser.add_argument("topic", nargs="?", choices=topics, metavar="TOPIC", help=words)


COMMANDS = (Command("help", "[TOPIC]", "options, or one command", HELP, HELP_CODES, "", _help),)
