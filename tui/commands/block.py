"""`letta-tui block`: print a memory block of a conversation, or change it as Memory does."""

from __future__ import annotations

from argparse import SUPPRESS
from collections.abc import Awaitable, Callable

from tui.commands.arguments import Command, CommandParser, add_json
from tui.commands.exit_codes import CONNECTION, DONE, FOUND, USAGE, UsageError, describe_failure, exit_code_of
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, write_exact, write_json
from tui.commands.typed_text import read_typed_text
from tui.flows.find_by_id import agent_of, find_agent, find_conversation
from tui.flows.write import save_block
from tui.letta.client import LettaClient
from tui.letta.open_conversation import glance, open_conversation
from tui.model.block import Block
from tui.model.conversation import DEFAULT, Conversation
from tui.model.opened import Opened
from tui.model.text import one_line, why_not_saved
from tui.presentation.changes.block import NOT_SAVED, SAVED, kind
from tui.presentation.not_supported import not_supported
from tui.rules.changes.block import BlockChange, Verb, block_of, change_of
from tui.rules.changes.outcome import Conflict, Done, Outcome, Unknown
from tui.rules.changes.undo import Entry, block_entries
from tui.rules.ids import cleaned
from tui.storage.journal import Journal
from tui.storage.paths import state_dir

VERBS: dict[str, Verb] = {"set": "edit", "reset": "reset", "promote": "promote"}


def run(invocation: Invocation) -> int:
    """Print or change a block; returns the exit code."""
    arguments = invocation.arguments
    act, given = arguments["act"], arguments["text"] is not None or arguments["file"]
    if act != "set" and given:
        raise UsageError(f"block {act} takes no text")
    if act == "get" and arguments["if_was"] is not None:
        raise UsageError("block get takes no --if-was")
    if act in ("reset", "promote") and arguments["shared"]:
        raise UsageError(f"block {act} takes no --shared: it is about both blocks of a label")
    if cleaned(arguments["conversation_id"]) == DEFAULT and not invocation.settings.agent:
        raise UsageError("every agent has a default conversation: choose one with --agent")
    if act == "get":
        return invocation.run_on_server(lambda client: _get(client, invocation))
    text = _text(invocation) if act == "set" else None
    return invocation.run_on_server(lambda client: _change(client, invocation, text), writes=True)


def _text(invocation: Invocation) -> str:
    """Read the text from the arguments, a file or standard input, without the line end that a shell adds."""
    given, file = invocation.arguments["text"], invocation.arguments["file"]
    if (given is None) == (file is None):
        raise UsageError("block set needs either the text, - for standard input, or --file")
    text = str(given) if given is not None and given != "-" else read_typed_text(file or "-")
    problem = why_not_saved(text, "text")
    if problem is not None:
        raise UsageError(problem)
    return text


async def _opened(client: LettaClient, invocation: Invocation, *, writing: bool) -> Opened:
    """Read the conversation with its blocks and its first messages."""
    typed = invocation.arguments["conversation_id"]
    read: Callable[..., Awaitable[Opened]] = glance
    if cleaned(typed) == DEFAULT:
        agent = await find_agent(client, invocation.settings.agent or "")
        row, read = Conversation(id=DEFAULT, agent_id=agent.id), open_conversation
    else:
        row = await find_conversation(client, typed, writing=writing)
        agent = await agent_of(client, row)
    return await read(client, row, agent, invocation.clock())


def _found(
    opened: Opened, invocation: Invocation, verb: Verb = "edit", text: str | None = None
) -> BlockChange:
    """Return the change of the named block, and print whose block it is; raises UsageError."""
    label = invocation.arguments["label"]
    change = change_of(opened, label, verb, text=text, shared=invocation.arguments["shared"])
    if isinstance(change, str):
        raise UsageError(f"“{one_line(label, 60)}”: {change}")
    whose = kind(change) if opened.local is None else "a file of the agent's memory, as committed"
    print_message(f"{one_line(label, 60)}: {whose}, {one_line(change.block_id, 60)}")
    return change


async def _get(client: LettaClient, invocation: Invocation) -> int:
    opened = await _opened(client, invocation, writing=False)
    change = _found(opened, invocation)
    block = block_of(opened, change.block_id)
    if invocation.arguments["json"] and block is not None:
        write_json(_json(opened, change, block))
    elif change.began_from:
        write_exact(change.began_from + "\n")
    else:
        print_message("the block is empty")
    return DONE


def _json(opened: Opened, change: BlockChange, block: Block) -> dict[str, object]:
    return {"conversation": opened.conversation.id, "isolated": change.isolated, "block": block.as_json()}


async def _change(client: LettaClient, invocation: Invocation, text: str | None) -> int:
    if client.has_local_memory:
        await client.version()  # says what files of Letta Code do not have
        raise UsageError(not_supported("edit-block", client.supported))
    opened = await _opened(client, invocation, writing=True)
    change = _found(opened, invocation, VERBS[invocation.arguments["act"]], text)
    journal, now, server = _journal(invocation), invocation.clock, client.wire.base_url
    seen = Entry(now(), server, change.block_id, "seen", change.began_from)
    if change.dirty:
        _record(
            journal, (seen,)
        )  # before anything is sent, so that the old text can be restored whatever happens
    if invocation.arguments["if_was"] is not None:
        change = change.over(invocation.arguments["if_was"])
    outcome = await save_block(client, change)
    entries = block_entries(now(), server, change, outcome, opened.conversation.id)
    _record(journal, tuple(one for one in entries if one.kind == "written" or one.text != seen.text))
    return _report(invocation, opened, change, outcome)


def _report(invocation: Invocation, opened: Opened, change: BlockChange, outcome: Outcome[Block]) -> int:
    """Print the outcome; returns the exit code."""
    if isinstance(outcome, Done):
        words = (
            "nothing to do: the block already has this text"
            if outcome.already
            else SAVED[change.verb].lower()
        )
        print_message(words)
        if invocation.arguments["json"]:
            write_json(_json(opened, change, outcome.value))
        return DONE
    if isinstance(outcome, Conflict):
        message = (
            f"{SAVED[change.verb].lower()}, then overwritten by somebody else's text"
            if outcome.sent
            else f"{NOT_SAVED[change.verb]}: the block is now different"
        )
        print_message(f"{message}: “{one_line(outcome.current.value or '', 300)}”")
        return FOUND
    if outcome.error is None:
        print_message(f"letta-tui: {NOT_SAVED[change.verb]}: {outcome.reason}")
        return USAGE
    print_message(f"letta-tui: {describe_failure(outcome.error)}")
    if isinstance(outcome, Unknown):
        print_message("it may or may not have been saved: block get shows it")
        return CONNECTION
    return exit_code_of(outcome.error)


def _journal(invocation: Invocation) -> Journal | None:
    """Return the journal that the screen undoes from; the demo has none."""
    return None if invocation.settings.demo else Journal(state_dir() / "journal")


def _record(journal: Journal | None, entries: tuple[Entry, ...]) -> None:
    try:
        for entry in entries if journal is not None else ():
            assert journal is not None
            journal.append(entry)
    except OSError as error:
        print_message(f"letta-tui: not stored for undo: {error.strerror}")


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add(
        "act",
        choices=("get", "set", "reset", "promote"),
        metavar="get|set|reset|promote",
        help=SUPPRESS,
    )
    add("conversation_id", metavar="CONVERSATION", help=SUPPRESS)
    add("label", metavar="LABEL", help=SUPPRESS)
    add("text", nargs="?", metavar="TEXT", help=SUPPRESS)
    add("--file", metavar="FILE", help="read the new text from this file")
    add("--if-was", metavar="TEXT", help="save only if this is the current text")
    add("--shared", action="store_true", help="the agent's block, even if an isolated one exists")
    add_json(parser)


COMMAND = Command(
    name="block",
    usage="get|set|reset|promote CONVERSATION LABEL",
    summary="print or change memory",
    description="""\
Print a memory block (get) or change it: set replaces its text (- is standard
input), reset writes the shared value into an isolated block, promote writes
the isolated value into the shared one. LABEL is the block that CONVERSATION
(an id, or "default" with --agent) reads: its isolated one if it has one, else
the agent's; standard error says which. The old text is stored for undo.
""",
    exit_codes="""\
Exit codes: 0 done, 1 not saved, or overwritten since, 2 usage, refused or not
found, 3 connection, 4 key, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent of the default conversation",
    writes=True,
)
