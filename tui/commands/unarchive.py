"""`letta-tui unarchive`: the opposite of `archive`, which does the work."""

from __future__ import annotations

from tui.commands.archive import EXIT_CODES, add_arguments, run
from tui.commands.arguments import Command

COMMAND = Command(
    name="unarchive",
    usage="CONVERSATION...",
    summary="unarchive conversations",
    description="""\
Unarchive conversations, each read before and after: lists have them again.
letta-tui list --archived shows which there are.
""",
    exit_codes=EXIT_CODES,
    add_arguments=add_arguments,
    run=run,
    agent_help="whose they are",
    writes=True,
)
