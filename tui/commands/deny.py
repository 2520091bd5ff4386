"""`letta-tui deny`: deny the tool call that a conversation waits for, without running the agent."""

from __future__ import annotations

from tui.commands.arguments import Command, CommandParser, add_json
from tui.commands.exit_codes import CONNECTION, DONE, FOUND, USAGE, describe_failure, exit_code_of
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, write_json
from tui.commands.selection import find_conversation
from tui.flows.repair import REASON, deny
from tui.letta.client import LettaClient
from tui.rules.changes.deny import agent_went_on
from tui.rules.changes.outcome import Done, Refused, Unknown

NOTHING = "nothing to do: no approval is pending"
WENT_ON = "the agent has run since the request was answered: somebody else answered it, or sent a message"


def run(invocation: Invocation) -> int:
    """Deny the approval that the conversation waits for; returns the exit code."""
    return invocation.run_on_server(lambda client: _deny(client, invocation), writes=True)


async def _deny(client: LettaClient, invocation: Invocation) -> int:
    arguments, clock = invocation.arguments, invocation.clock
    row, agent = await find_conversation(
        client, arguments["conversation_id"], invocation.settings.agent, offline=False, writing=True
    )
    outcome = await deny(client, row, agent, clock, arguments["reason"] or REASON)
    if isinstance(outcome, Done):
        went_on = agent_went_on(outcome.value)
        print_message(NOTHING if outcome.already else WENT_ON if went_on else "denied")
        if arguments["json"]:
            word = "already" if outcome.already else "done"
            write_json({"conversation": row.id, "outcome": word, "came": list(outcome.value)})
        return FOUND if went_on else DONE
    if isinstance(outcome, Refused):
        reason = outcome.reason or (describe_failure(outcome.error) if outcome.error else "")
        print_message(f"letta-tui: not denied: {reason}")
        return USAGE if outcome.error is None else exit_code_of(outcome.error)
    assert isinstance(outcome, Unknown), "there is no conflict without an expected value"
    print_message(f"letta-tui: may or may not be denied: {describe_failure(outcome.error)}")
    return CONNECTION


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("conversation_id", metavar="CONVERSATION", help='its id, or "default" with --agent')
    add("--reason", metavar="TEXT", help="what the agent reads as the reason")
    add_json(parser)


COMMAND = Command(
    name="deny",
    usage="CONVERSATION",
    summary="deny a pending approval",
    description="""\
Deny the tool call that a conversation waits for, so that it takes messages
again. The call does not run and neither does the agent: it reads the denial at
its next turn. Refused where a denial would run another tool or agent.
""",
    exit_codes="""\
Exit codes: 0 done, or nothing is pending, 1 answered, and the agent has run
since, 2 usage, refused or not found, 3 connection (it may be done), 4 key
refused, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent of the default conversation",
    writes=True,
)
