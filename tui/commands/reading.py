"""The commands that only read: what each is called, takes and ends with."""

from __future__ import annotations

from tui.commands.arguments import Command, Parser, add_conversation, add_json, positive

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


LIST = """\
List conversations: id, isolated blocks, a time, the summary. The default one,
which every agent has, comes first.
"""
LIST_CODES = """\
Exit codes: 0 done, 2 usage or not there, 3 connection, 4 key refused,
130 interrupted.
"""
BLOCKS = """\
Print the memory of one conversation: each label with what its model reads of
it: live, stale, isolation lost, shared leaked in, missing, dead, removed.
"""
DIFF = """\
Print where blocks differ: isolated (+) from shared (-), and the block of now
(+) from what the model reads (-), as a unified diff.
"""
DIFF_CODES = """\
Exit codes: 0 no difference, 1 differences, 2 usage or not there, 3 connection,
4 key refused, 130 interrupted.
"""


def _list(parser: Parser) -> None:
    add = parser.add_argument
    add("--all", action="store_true", help="the conversations of every agent")
    add("--agents", action="store_true", help="the agents instead")
    add("--filter", metavar="WORDS", help="only rows that hold every word")
    choices = ("created", "last-message", "last-run")
    words = "newest first by created, last-message or last-run"
    add("--sort", choices=choices, default="created", metavar="FIELD", help=words)
    add("--reverse", action="store_true", help="the oldest first")
    add("--limit", type=positive, metavar="N", help="at most so many rows (all)")
    add_json(parser)
    add("--jsonl", action="store_true", help="as JSON, a line for each row")


def _blocks(parser: Parser) -> None:
    add_conversation(parser)
    parser.add_argument("--label", action="append", metavar="L", help="this block, whole; can be repeated")
    add_json(parser)


def _diff(parser: Parser) -> None:
    add_conversation(parser)
    parser.add_argument("--label", action="append", metavar="L", help="this block only; can be repeated")
    parser.add_argument("--against", choices=("shared", "model"), help="one comparison only")
    add_json(parser)


def _check(parser: Parser) -> None:
    add_conversation(parser)
    add_json(parser)
    parser.add_argument("--all", action="store_true", help="every conversation of every agent")


def _show(parser: Parser) -> None:
    add_conversation(parser)
    add_json(parser)


COMMANDS = (
    Command(
        "list",
        "--agent A|--all|--agents",
        "conversations, or agents",
        LIST,
        LIST_CODES,
        "list",
        _list,
        agent="the conversations of this agent",
    ),
    Command(
        "check",
        "CONVERSATION|--agent A|--all",
        "find what is broken",
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
    Command(
        "blocks",
        "CONVERSATION",
        "what the model reads",
        BLOCKS,
        LIST_CODES,
        "blocks",
        _blocks,
        agent="whose default conversation",
    ),
    Command(
        "diff",
        "CONVERSATION",
        "where blocks differ",
        DIFF,
        DIFF_CODES,
        "diff",
        _diff,
        agent="whose default conversation",
    ),
)
