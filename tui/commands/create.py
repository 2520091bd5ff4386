"""`letta-tui create`: one new conversation, with its own copies of some of the agent's blocks."""

from __future__ import annotations

from tui.commands.arguments import Command, CommandParser, add_json
from tui.commands.exit_codes import CONNECTION, DONE, FOUND, USAGE, UsageError, exit_code_of
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, write, write_json
from tui.commands.typed_text import read_typed_text
from tui.flows.find_by_id import find_agent
from tui.flows.write import create
from tui.letta.client import LettaClient
from tui.model.conversation import Conversation
from tui.model.text import one_line, why_not_saved
from tui.presentation.changes.create import failure_text, missing_text
from tui.presentation.json_output import listed_json
from tui.presentation.not_supported import not_supported
from tui.rules.changes.create import Wanted
from tui.rules.changes.outcome import Done, Refused


def run(invocation: Invocation) -> int:
    """Create a conversation for the agent that the arguments name; returns the exit code."""
    if not invocation.settings.agent:
        raise UsageError("create needs --agent")
    summary = invocation.arguments["summary"] or ""
    if summary == "-":
        summary = read_typed_text("-")
    problem = why_not_saved(summary)
    if problem is not None:
        raise UsageError(problem)
    description = invocation.arguments["description"] or ""
    problem = why_not_saved(description)
    if problem is not None:
        raise UsageError(f"the description: {problem}")
    wanted = Wanted(
        summary,
        tuple(dict.fromkeys(invocation.arguments["isolate"] or ())),
        description,
        invocation.arguments["model"] or "",
        invocation.arguments["hidden"],
    )
    return invocation.run_on_server(lambda client: _create(client, invocation, wanted), writes=True)


async def _create(client: LettaClient, invocation: Invocation, wanted: Wanted) -> int:
    agent = await find_agent(client, invocation.settings.agent or "")
    if wanted.labels:
        # A label that the agent lacks is refused by the server only after an empty conversation was made.
        existing = [block.label or "" for block in await client.agent_blocks(agent.id)]
        unknown = [label for label in wanted.labels if label not in existing]
        if unknown:
            problem = f"{one_line(agent.title, 60)} has no block with the label “{one_line(unknown[0], 60)}”"
            raise UsageError(f"{problem}; it has: {one_line(', '.join(existing), 300) or 'none'}")
    outcome = await create(client, agent.id, wanted)
    if isinstance(outcome, Done):
        if invocation.arguments["json"]:
            write_json(listed_json(outcome.value))
        else:
            write(f"{outcome.value.id}\n")
        print_message(f"created for {one_line(agent.title, 60)}")
        return await _report_missing(client, outcome.value, wanted)
    missing = isinstance(outcome, Refused) and outcome.missing is not None
    version = await client.version() if missing else ""
    print_message(f"letta-tui: {failure_text(outcome, client.supported, version)}")
    if isinstance(outcome, Refused):
        return USAGE if outcome.error is None else exit_code_of(outcome.error)
    return CONNECTION


async def _report_missing(client: LettaClient, created: Conversation, wanted: Wanted) -> int:
    """Print what the new conversation lacks: older servers accept labels and ignore them (measured)."""
    if not missing_text(created, wanted, ""):
        return DONE
    not_isolated = not_supported("isolate", client.supported, await client.version())
    print_message(f"letta-tui: {missing_text(created, wanted, not_isolated)}")
    return FOUND


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--summary", metavar="TEXT", help="its summary, - for standard input")
    add("--isolate", action="append", metavar="LABEL", help="isolate this block; may be repeated")
    add("--description", metavar="TEXT", help="its description, on servers after 0.16.8")
    add("--model", metavar="MODEL", help="its own model, as provider/name")
    add("--hidden", action="store_true", help="hide it from lists, on servers after 0.16.8")
    add_json(parser)


COMMAND = Command(
    name="create",
    usage="--agent A",
    summary="create a conversation",
    description="""\
Create a conversation and print its id. Isolated blocks are its own copies.
If the server is known not to support an option, nothing is created.
""",
    exit_codes="""\
Exit codes: 0 done, 1 created, but not entirely as requested, 2 usage, not
found or refused, 3 connection (it may have been created), 4 key refused, 130
interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="for this agent",
    writes=True,
)
