"""`letta-tui unarchive`: the opposite of `archive`, which does the work."""

from __future__ import annotations

from tui.commands.archive import EXIT_CODES, add_arguments, run
from tui.commands.arguments import Command

COMMAND = Command(
    name="unarchive",
    usage="CONVERSATION...",
    summary="unarchive conversations",
    description="""\
Unarchive conversations, each read before and after: lists show them again.
letta-tui list --archived lists the archived ones.
""",
    exit_codes=EXIT_CODES,
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent they belong to",
    writes=True,
)
