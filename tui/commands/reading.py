"""The commands that only read: what each is called, takes and ends with."""

from __future__ import annotations

from tui.commands.command import Command, Parser, add_conversation, add_json

CHECK = """\
Find what is broken in what the model gets: calls without return, approvals
that wait, memory that it does not read as it is.
"""
CHECK_CODES = """\
Exit codes: 0 nothing found, 1 anything found (a note too), 2 usage or not
there, 3 connection, 4 key refused, 130 interrupted.
"""
SHOW = """\
Print one conversation: its memory three ways (shared, isolated, as the model
reads it), the messages in context, and all that was said before them.
"""
SHOW_CODES = """\
The JSON has conversation, agent, in_context, history, memory, isolated_blocks,
shared_blocks, and unreadable with the reasons. Exit codes: 0 done, 2 usage or
not there, 3 connection, 4 key refused, 130 interrupted.
"""


def _check(parser: Parser) -> None:
    add_conversation(parser)
    add_json(parser)
    parser.add_argument("--all", action="store_true", help="every conversation of every agent")


def _show(parser: Parser) -> None:
    add_conversation(parser)
    add_json(parser)


COMMANDS = (
    Command(
        "check",
        "CONVERSATION|--agent A|--all",
        "find faults of context and memory",
        CHECK,
        CHECK_CODES,
        "check",
        _check,
        agent="every conversation of this agent",
    ),
    Command(
        "show",
        "CONVERSATION",
        "print one conversation",
        SHOW,
        SHOW_CODES,
        "show",
        _show,
        agent="whose default conversation",
    ),
)
