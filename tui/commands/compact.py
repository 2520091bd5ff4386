"""`letta-tui compact`: replace messages in context by a summary that a model writes."""

from __future__ import annotations

from dataclasses import replace

from tui.commands.arguments import Command, CommandParser, add_json
from tui.commands.exit_codes import CONNECTION, DONE, USAGE, describe_failure, exit_code_of
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, write_json
from tui.commands.selection import find_conversation
from tui.flows.repair import compact
from tui.letta.client import LettaClient
from tui.model.text import plural
from tui.presentation.not_supported import not_supported
from tui.rules.changes.compact import MODES
from tui.rules.changes.outcome import Done, Refused, Unknown

SUMMARISING = 600.0
"""Seconds that a model may take for a summary, unless the settings allow more."""


def run(invocation: Invocation) -> int:
    """Compact the conversation that the arguments name; returns the exit code."""
    settings = invocation.settings
    patient = replace(settings, read_timeout=max(settings.read_timeout, SUMMARISING))
    invocation = replace(invocation, settings=patient)
    return invocation.run_on_server(lambda client: _compact(client, invocation), writes=True)


async def _compact(client: LettaClient, invocation: Invocation) -> int:
    arguments = invocation.arguments
    row, agent = await find_conversation(
        client, arguments["conversation_id"], invocation.settings.agent, offline=False, writing=True
    )
    outcome = await compact(client, row, agent, arguments["mode"])
    if isinstance(outcome, Done):
        before, after = outcome.value.before, outcome.value.after
        print_message(f"compacted: {plural(after, 'message')} in context, {before} before")
        if arguments["json"]:
            write_json({"conversation": row.id, "before": before, "after": after})
        return DONE
    if isinstance(outcome, Refused):
        reason = outcome.reason or (describe_failure(outcome.error) if outcome.error else "")
        if client.supported.lacks("compact"):
            reason = not_supported("compact", client.supported, await client.version())
        print_message(f"letta-tui: not compacted: {reason}")
        return USAGE if outcome.error is None else exit_code_of(outcome.error)
    assert isinstance(outcome, Unknown), "there is no conflict without an expected value"
    print_message(f"letta-tui: may or may not be compacted: {describe_failure(outcome.error)}")
    return CONNECTION


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("conversation_id", metavar="CONVERSATION", help='its id, or "default" with --agent')
    add(
        "--mode",
        choices=MODES,
        help="what to summarise: all messages, or all but the newest; by default as the agent is set",
    )
    add_json(parser)


COMMAND = Command(
    name="compact",
    usage="CONVERSATION",
    summary="compact a context",
    description="""\
Replace messages in context with a summary. The agent does not run, but a model
is called to write the summary, which costs what that model costs. The messages
stay in the history, and the system message stays as it is.
""",
    exit_codes="""\
Exit codes: 0 done, 2 usage, refused or not found, 3 connection (it may be
done), 4 key refused, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent of the default conversation",
    writes=True,
)
