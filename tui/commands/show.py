"""`letta-tui show`: one conversation with its memory three ways, its context and its history."""

from __future__ import annotations

from tui.commands.arguments import Command, CommandParser, add_conversation, add_json
from tui.commands.export import report_incomplete
from tui.commands.invocation import Invocation
from tui.commands.output import write, write_json
from tui.commands.selection import select_conversation
from tui.letta.client import LettaClient
from tui.letta.collect import collect
from tui.presentation.json_output import show_json
from tui.presentation.plain_text import show_text


def run(invocation: Invocation) -> int:
    """Show the conversation that the arguments name; returns the exit code."""

    async def show(client: LettaClient) -> int:
        row, agent = await select_conversation(client, invocation, "show")
        now = invocation.clock()
        evidence = await collect(client, row, agent, now)
        if invocation.arguments["json"]:
            write_json(show_json(evidence.opened, evidence.history))
        else:
            write(show_text(evidence.opened, evidence.history, now))
        return report_incomplete(evidence)

    return invocation.run_on_server(show)


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add_conversation(parser)
    add_json(parser)


COMMAND = Command(
    name="show",
    usage="CONVERSATION",
    summary="print one conversation",
    description="""\
Print one conversation: its memory three ways (shared, isolated, as the model
reads it), the messages in context, and the earlier ones.
""",
    exit_codes="""\
The JSON has conversation, agent, in_context, history, memory, isolated_blocks,
shared_blocks, and unreadable with the reasons. Exit codes: 0 done, 2 usage or
not found, 3 connection, 4 key refused, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent of the default conversation",
)
