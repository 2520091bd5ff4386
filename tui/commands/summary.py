"""`letta-tui summary`: print the summary of a conversation, or replace it as the editor does."""

from __future__ import annotations

import argparse

from tui.commands.arguments import Command, CommandParser, add_json
from tui.commands.exit_codes import CONNECTION, DONE, FOUND, UsageError, describe_failure, exit_code_of
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, write_exact, write_json
from tui.commands.typed_text import read_typed_text
from tui.flows.find_by_id import find_agent, find_conversation
from tui.flows.write import save
from tui.letta.client import LettaClient
from tui.letta.default_summary import read_default
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import TurnRunning
from tui.model.text import one_line, why_not_saved
from tui.presentation.changes.turn_running import MAY_BE_LOST
from tui.presentation.json_output import listed_json
from tui.rules.changes.outcome import Conflict, Done, Outcome, Refused
from tui.rules.changes.save import SummaryChange
from tui.rules.changes.undo import outcome_entries
from tui.rules.ids import cleaned
from tui.storage.journal import Journal
from tui.storage.paths import state_dir


def run(invocation: Invocation) -> int:
    """Print or replace a summary; returns the exit code."""
    conversation_id = invocation.arguments["conversation_id"] or invocation.flag_value("conversation")
    if not conversation_id:
        raise UsageError("summary needs the id of a conversation")
    if cleaned(conversation_id) == DEFAULT:
        if not invocation.settings.agent:
            raise UsageError("every agent has a default conversation: choose one with --agent")
        conversation_id = DEFAULT
    if invocation.arguments["act"] == "get":
        if (
            invocation.arguments["text"] is not None
            or invocation.arguments["file"]
            or invocation.arguments["if_was"] is not None
            or invocation.arguments["force"]
        ):
            raise UsageError("summary get takes no text")
        return invocation.run_on_server(lambda client: _get(client, invocation, conversation_id))
    text = _text(invocation)
    problem = why_not_saved(text)
    if problem is not None:
        raise UsageError(problem)
    return invocation.run_on_server(
        lambda client: _set(client, invocation, conversation_id, text), writes=True
    )


def _text(invocation: Invocation) -> str:
    """Read the text from the arguments, a file or standard input, without the line end that a shell adds."""
    given, file = invocation.arguments["text"], invocation.arguments["file"]
    if (given is None) == (file is None):
        raise UsageError("summary set needs either the text, - for standard input, or --file")
    if given is not None and given != "-":
        return str(given)
    return read_typed_text(file or "-")


async def _get(client: LettaClient, invocation: Invocation, conversation_id: str) -> int:
    owner = await _owner(client, invocation, conversation_id)
    if owner is None:
        conversation = await find_conversation(client, conversation_id)
    else:
        conversation = await client.conversation(conversation_id, owner)
        _print_other_id(conversation_id, conversation)
    if invocation.arguments["json"]:
        write_json({"conversation": conversation.id, "summary": conversation.summary})
    elif conversation.summary:
        write_exact(conversation.summary + "\n")
    else:
        print_message("no summary")
    return DONE


async def _owner(client: LettaClient, invocation: Invocation, conversation_id: str) -> str | None:
    """Return the id of the agent whose default conversation is meant; None for a named conversation."""
    if conversation_id != DEFAULT:
        return None
    return (await find_agent(client, invocation.settings.agent or "")).id


def _print_other_id(wanted: str, conversation: Conversation) -> None:
    """Print the id that the server gives a default conversation, if it has one."""
    if conversation.id != wanted:
        print_message(f"{one_line(wanted, 60)}: its id on the server is {one_line(conversation.id, 60)}")


async def _set(client: LettaClient, invocation: Invocation, conversation_id: str, text: str) -> int:
    owner = await _owner(client, invocation, conversation_id)
    if owner is None:
        conversation = await find_conversation(client, conversation_id, writing=True)
        change = SummaryChange(conversation.id, conversation.agent_id, conversation.summary, text)
    else:
        conversation = await read_default(client, owner)
        _print_other_id(conversation_id, conversation)
        change = SummaryChange(DEFAULT, owner, conversation.summary, text)
    if invocation.arguments["if_was"] is not None:
        change = change.over(invocation.arguments["if_was"])
    outcome = await save(client, change, force=invocation.arguments["force"])
    _record(client, invocation, change, outcome)
    if isinstance(outcome, Done):
        print_message("nothing to do: the server already has this text" if outcome.already else "saved")
        if invocation.arguments["json"]:
            write_json(listed_json(outcome.value))
        return DONE
    if isinstance(outcome, Conflict):
        message = (
            "saved, then overwritten by somebody else's text"
            if outcome.sent
            else "not saved: the summary is now different"
        )
        print_message(f"{message}: “{one_line(outcome.current.summary or '', 300)}”")
        return FOUND
    assert outcome.error is not None
    print_message(f"letta-tui: {describe_failure(outcome.error)}")
    if isinstance(outcome.error, TurnRunning):
        print_message(f"--force does it anyway: {MAY_BE_LOST}")
    if isinstance(outcome, Refused):
        return exit_code_of(outcome.error)
    print_message("it may or may not have been saved: summary get shows it")
    return CONNECTION


def _record(
    client: LettaClient, invocation: Invocation, change: SummaryChange, outcome: Outcome[Conversation]
) -> None:
    """Record the change in the journal, so that the screen can undo it.

    Not for the demo, which has no journal.
    """
    if invocation.settings.demo:
        return
    journal = Journal(state_dir() / "journal")
    try:
        for entry in outcome_entries(invocation.clock(), client.wire.base_url, change, outcome):
            journal.append(entry)
    except OSError as error:
        print_message(f"letta-tui: not stored for undo: {error.strerror}")


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("act", choices=("get", "set"), metavar="get|set", help="print or replace a summary")
    add("conversation_id", nargs="?", metavar="CONVERSATION", help='its id, or "default" with --agent')
    add("text", nargs="?", metavar="TEXT", help="the new summary, - for standard input")
    add("--file", metavar="FILE", help="read the new summary from this file")
    add("--force", action="store_true", help=argparse.SUPPRESS)  # named by the refusal that it overrules
    add("--if-was", metavar="TEXT", help="save only if this is the current summary")
    add_json(parser)


COMMAND = Command(
    name="summary",
    usage="get CONVERSATION | set CONVERSATION TEXT",
    summary="print or replace a summary",
    description="""\
Print a summary, or replace it: read, compare, write, read back. '' clears it.
""",
    exit_codes="""\
Exit codes: 0 done, 1 not saved, or overwritten since, 2 usage or not
found, 3 connection, 4 key refused, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent of the default conversation",
    writes=True,
)
