"""`letta-tui context`: what fills the context window of a conversation, and how its size changed."""

from __future__ import annotations

from tui.commands.arguments import Command, CommandParser, add_conversation, add_json
from tui.commands.exit_codes import report_failures
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, terminal_width, write, write_json
from tui.commands.selection import open_selected
from tui.flows.read_context_window import read_context_window
from tui.letta.client import LettaClient
from tui.presentation.context_window import reading_json, reading_status, reading_text


def run(invocation: Invocation) -> int:
    """Print what fills the context of the conversation that the arguments name; returns the exit code."""

    async def print_context(client: LettaClient) -> int:
        opened = await open_selected(client, invocation, "context")
        reading = await read_context_window(client, opened)
        if invocation.arguments["json"]:
            write_json(reading_json(reading))
        else:
            write(reading_text(reading, terminal_width()))
        print_message(reading_status(reading)[0])
        return report_failures((opened.context, reading.history, reading.not_counted))

    return invocation.run_on_server(print_context)


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add_conversation(parser)
    add_json(parser)


COMMAND = Command(
    name="context",
    usage="CONVERSATION",
    summary="what fills the context",
    description="""\
Print what fills the context window of one conversation: system prompt, each
memory label, summary, messages by type, tools, each with a bar, its tokens and
its share; the size of the context over time, its compactions; the longest gaps
and the slowest tools. Tokens are the server's count where it has one, else
estimated.
""",
    exit_codes="""\
The JSON has conversation, agent, limit, used, free, counted_by (server, model,
estimate), parts, life and waits. Exit codes: 0 done, 2 usage or not found,
3 connection, 4 key refused, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent of the default conversation",
)
