"""`letta-tui recompile`: have the server rebuild the system message of a conversation."""

from __future__ import annotations

import argparse
import asyncio

from tui.commands.arguments import Command, CommandParser, add_json
from tui.commands.exit_codes import CONNECTION, DONE, FOUND, USAGE, UsageError, describe_failure, exit_code_of
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, write, write_json
from tui.commands.selection import find_conversation
from tui.flows import write as changes
from tui.letta.client import LettaClient
from tui.letta.open_conversation import open_conversation
from tui.model.errors import LettaError
from tui.presentation.changes.recompile import consequences
from tui.presentation.not_supported import not_supported
from tui.presentation.plain_text import item_lines
from tui.rules.changes.outcome import Conflict, Done, Outcome, Unknown
from tui.rules.changes.recompile import Plan, plan


def run(invocation: Invocation) -> int:
    """Recompile the conversation that the arguments name; returns the exit code."""
    dry = invocation.arguments["dry_run"]
    if dry and invocation.arguments["force"]:
        raise UsageError("--dry-run changes nothing, so there is nothing to force")
    return invocation.run_on_server(lambda client: _recompile(client, invocation, dry=dry), writes=True)


async def _recompile(client: LettaClient, invocation: Invocation, *, dry: bool) -> int:
    typed = invocation.arguments["conversation_id"]
    row, agent = await find_conversation(
        client, typed, invocation.settings.agent, offline=False, writing=not dry
    )
    owner = agent.id if row.is_default else None
    opened, text = await asyncio.gather(
        open_conversation(client, row, agent, invocation.clock()), _text(client, row.id, owner)
    )
    wanted = plan(opened, text)
    if isinstance(wanted, str):
        print_message(f"letta-tui: not recompiled: {wanted}")
        return USAGE
    would = await asyncio.to_thread(consequences, opened, wanted)
    words = would.text.replace("\n! recompiles it anyway; y does not.", "")
    if dry:
        print_message(words)
        write(
            "".join(f"{line}\n" for item in would.items if item.key != "system" for line in item_lines(item))
        )
        return DONE
    if would.forced and not invocation.arguments["force"]:
        print_message(f"letta-tui: not recompiled.\n{words}\n--force does it anyway")
        return USAGE
    return _report(invocation, wanted, await changes.recompile(client, wanted))


async def _text(client: LettaClient, conversation_id: str, agent_id: str | None) -> str:
    """Return the text that a recompile would write; raises UsageError if the server cannot recompile."""
    try:
        return await client.recompiled_text(conversation_id, agent_id)
    except LettaError:
        if client.supported.lacks("recompile"):
            raise UsageError(not_supported("recompile", client.supported, await client.version())) from None
        raise


def _report(invocation: Invocation, wanted: Plan, outcome: Outcome[str]) -> int:
    """Print the outcome; returns the exit code."""
    if isinstance(outcome, Done):
        print_message("recompiled")
        if invocation.arguments["json"]:
            write_json({"conversation": wanted.conversation_id, "system": outcome.value})
        return DONE
    if isinstance(outcome, Conflict):
        print_message("letta-tui: not recompiled: the shared values have changed meanwhile")
        return FOUND
    assert outcome.error is not None
    if isinstance(outcome, Unknown):
        print_message(f"letta-tui: may or may not be recompiled: {describe_failure(outcome.error)}")
        return CONNECTION
    print_message(f"letta-tui: not recompiled: {describe_failure(outcome.error)}")
    return exit_code_of(outcome.error)


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("conversation_id", metavar="CONVERSATION", help='its id, or "default" with --agent')
    add("--dry-run", action="store_true", help="only print what would change, label by label")
    add("--force", action="store_true", help=argparse.SUPPRESS)  # named by the refusal that it overrules
    add_json(parser)


COMMAND = Command(
    name="recompile",
    usage="CONVERSATION",
    summary="recompile a system message",
    description="""\
Have the server write the system message again, with the agent's blocks as they
are now, so that the model reads them from its next turn on. No model is called
and all messages stay. Refused where blocks are isolated: the server writes the
agent's shared values over them.
""",
    exit_codes="""\
Exit codes: 0 done, 1 not done, since the values changed meanwhile, 2 usage,
refused or not found, 3 connection (it may be done), 4 key refused, 130
interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent of the default conversation",
    writes=True,
)
