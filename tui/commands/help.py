"""`letta-tui help`: every option, or one command; it needs no settings, so that wrong ones do not hide it."""

from __future__ import annotations

from tui.commands.arguments import Command, CommandParser
from tui.commands.exit_codes import DONE
from tui.commands.output import write
from tui.commands.parser import build_parser, options_help
from tui.commands.registry import NAMES

OPTIONS = "options"
"""The topic that is not a command."""


def print_help(topic: str | None) -> int:
    """Print the help of a topic, None being the short help; returns the exit code."""
    if topic == OPTIONS:
        write(options_help())
    elif topic is None:
        write(build_parser().format_help())
    else:
        write(build_parser([topic]).subcommands[topic].format_help())
    return DONE


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    topics = (OPTIONS, *NAMES)
    help_text = "options, or a command; without it, the short help"
    parser.add_argument("topic", nargs="?", choices=topics, metavar="TOPIC", help=help_text)


COMMAND = Command(
    name="help",
    usage="[TOPIC]",
    summary="options, or one command",
    description="""\
Show the help of one command, or every option: letta-tui help options.
""",
    exit_codes="""\
Exit codes: 0 done, 2 usage.
""",
    add_arguments=add_arguments,
)
