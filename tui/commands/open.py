"""`letta-tui open`: the app on a file instead of a server; `tui.cli` starts the screen with it."""

from __future__ import annotations

import argparse

from tui.commands.arguments import Command, CommandParser


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="the file")
    not_set = argparse.SUPPRESS
    parser.add_argument("--agent", metavar="ID|NAME", default=not_set, help="start on this agent")
    parser.add_argument("--conversation", metavar="ID", default=not_set, help="start on this conversation")


COMMAND = Command(
    name="open",
    usage="FILE",
    summary="browse an exported file",
    description="""\
Browse a file offline: a bundle of `export`, or an agent file of Letta (.af).
Nothing is sent anywhere. Other commands take it as --from FILE.
""",
    exit_codes="""\
Exit codes: 0 done, 2 no such file, or not one that can be browsed.
""",
    add_arguments=add_arguments,
)
