"""`letta-tui archive` and `unarchive`: one conversation or several, each with its outcome."""

from __future__ import annotations

import argparse
from typing import Any

from tui.commands.arguments import Command, CommandParser, add_json
from tui.commands.exit_codes import CONNECTION, DONE, USAGE, UsageError, describe_failure, exit_code_of
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, write_json
from tui.flows import write
from tui.flows.find_by_id import find_id
from tui.letta.client import LettaClient
from tui.model.conversation import DEFAULT
from tui.model.errors import LettaError, TurnRunning, attempt
from tui.model.text import one_line
from tui.presentation.changes.archive import already_text, verb
from tui.presentation.changes.turn_running import MAY_BE_LOST
from tui.presentation.table_rows import ID_CHARS
from tui.rules.changes.archive import Archiving
from tui.rules.changes.bulk_delete import ENDS_ALL
from tui.rules.changes.outcome import Done, Refused, Unknown
from tui.rules.ids import cleaned

NOT_TRIED = "not tried, since it would fail in the same way"


def run(invocation: Invocation) -> int:
    """Archive or unarchive the conversations that the arguments name; returns the exit code."""
    ids = tuple(dict.fromkeys(invocation.arguments["conversation_ids"]))
    if DEFAULT in map(cleaned, ids):
        raise UsageError("the default conversation can't be archived")
    archived = invocation.arguments["command"] == "archive"
    return invocation.run_on_server(lambda client: _change(client, invocation, ids, archived), writes=True)


async def _change(client: LettaClient, invocation: Invocation, ids: tuple[str, ...], archived: bool) -> int:
    """Change one after the other, until the next would fail too; returns the worst exit code."""
    codes, results = [DONE], list[dict[str, Any]]()
    ended, force = False, invocation.arguments["force"]
    for typed in ids:
        conversation_id, outcome = (typed, None) if ended else await _archive(client, typed, archived, force)
        word, text, code = _described(archived, outcome)
        print_message(f"{one_line(conversation_id, ID_CHARS)}: {text}")
        results.append({"conversation": conversation_id, "outcome": word, "sentence": text})
        codes.append(code)
        ended = ended or _ends_all(outcome)
    if invocation.arguments["json"]:
        write_json(results)
    return max(codes)


async def _archive(
    client: LettaClient, typed: str, archived: bool, force: bool
) -> tuple[str, Archiving | None]:
    """Change one conversation; returns its id as far as it is known, and the outcome."""
    found = await attempt(find_id, client, typed)
    if isinstance(found, LettaError):
        return typed, Refused(found)
    return found, await write.archive(client, found, archived, force=force)


def _described(archived: bool, outcome: Archiving | None) -> tuple[str, str, int]:
    """Return a word for programs, a sentence, and the exit code of an outcome; None was not tried."""
    done = f"{verb(archived).lower()}d"
    if outcome is None:
        return "not tried", NOT_TRIED, DONE
    if isinstance(outcome, Done):
        if outcome.already:
            text = already_text(archived)
            return "already", text[:1].lower() + text[1:], DONE
        return "done", done, DONE
    if isinstance(outcome, Unknown):
        return "unknown", f"may or may not be {done}: {describe_failure(outcome.error)}", CONNECTION
    if outcome.error is None:
        return "refused", outcome.reason, USAGE
    reason = outcome.reason or describe_failure(outcome.error)
    if isinstance(outcome.error, TurnRunning):
        reason += f"; --force does it anyway: {MAY_BE_LOST}"
    return "refused", f"not {done}: {reason}", exit_code_of(outcome.error)


def _ends_all(outcome: Archiving | None) -> bool:
    """Return whether to stop: the next one would fail in the same way, or the outcome of this one is unknown."""
    if isinstance(outcome, Refused):
        return outcome.error is None or isinstance(outcome.error, ENDS_ALL)
    return isinstance(outcome, Unknown)


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("conversation_ids", nargs="+", metavar="CONVERSATION", help="its id; may be repeated")
    add("--force", action="store_true", help=argparse.SUPPRESS)  # named by the refusal that it overrules
    add_json(parser)


EXIT_CODES = """\
The JSON has the conversation, outcome (done, already, refused, unknown, not
tried) and sentence of each. The worst outcome sets the exit code.
Exit codes: 0 done, 2 usage, refused or not found, 3 connection (it may be
done), 4 key refused, 130 interrupted.
"""

COMMAND = Command(
    name="archive",
    usage="CONVERSATION...",
    summary="archive conversations",
    description="""\
Archive conversations, reading each before and after. Lists leave them out, but
nothing is lost: letta-tui unarchive brings them back.
""",
    exit_codes=EXIT_CODES,
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent they belong to",
    writes=True,
)
