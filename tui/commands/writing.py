"""The commands that write a file or change the server: what each is called, takes and ends with."""

from __future__ import annotations

import argparse

from tui.commands.arguments import Command, Parser, add_conversation, add_json

EXPORT = """\
Write one conversation: json is a bundle with all evidence, which `open` reads;
jsonl has a message in each line; md is for people.
"""
EXPORT_CODES = """\
What could not be read is said, and noted in the bundle. Exit codes: 0 done,
2 usage or not there, 3 connection, 4 key refused, 130 interrupted.
"""
SUMMARY = """\
Print a summary, or replace it: read, compare, write, read back. '' clears it.
"""
SUMMARY_CODES = """\
Exit codes: 0 done, 1 not saved or overtaken: it is another, 2 usage or not
there, 3 connection, 4 key refused, 130 interrupted.
"""
CREATE = """\
Create a conversation and print its id. Isolated blocks are its own copies.
"""
CREATE_CODES = """\
Exit codes: 0 done, 1 created, but not all of it is isolated, 2 usage, not
there or refused, 3 connection (it may have been created), 4 key refused, 130
interrupted.
"""
OPEN = """\
Browse a file offline: a bundle of `export`, or an agent file of Letta (.af).
Nothing is sent anywhere. Other commands take it as --from FILE.
"""
OPEN_CODES = """\
Exit codes: 0 done, 2 no such file, or not one that can be browsed.
"""


def _export(parser: Parser) -> None:
    add_conversation(parser)
    add = parser.add_argument
    add("-o", "--output", metavar="FILE", help="this file, mode 0600; - is standard output")
    add("--format", choices=("json", "jsonl", "md"), help="else by the name of FILE, else json")
    add("--force", action="store_true", help="overwrite FILE")


def _summary(parser: Parser) -> None:
    add = parser.add_argument
    add("act", choices=("get", "set"), metavar="get|set", help="print it, or replace it")
    add("wanted", nargs="?", metavar="CONVERSATION", help="its id")
    add("text", nargs="?", metavar="TEXT", help="the new summary, - for standard input")
    add("--file", metavar="FILE", help="the new summary stands in this file")
    add("--if-was", metavar="TEXT", help="only if the summary is this one now")
    add_json(parser)


def _create(parser: Parser) -> None:
    add = parser.add_argument
    add("--summary", metavar="TEXT", help="its summary, - for standard input")
    add("--isolate", action="append", metavar="LABEL", help="a block of its own; can be repeated")
    add_json(parser)


def _open(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the file")
    left_out = argparse.SUPPRESS
    parser.add_argument("--agent", metavar="ID|NAME", default=left_out, help="start on this agent")
    parser.add_argument("--conversation", metavar="ID", default=left_out, help="start on this conversation")


COMMANDS = (
    Command(
        "export",
        "CONVERSATION",
        "write one as a file",
        EXPORT,
        EXPORT_CODES,
        "export",
        _export,
        agent="whose default conversation",
    ),
    Command(
        "summary",
        "get CONVERSATION | set CONVERSATION TEXT",
        "print or replace it",
        SUMMARY,
        SUMMARY_CODES,
        "summary",
        _summary,
        agent="whose it is",
        writes=True,
    ),
    Command(
        "create",
        "--agent A",
        "make a conversation",
        CREATE,
        CREATE_CODES,
        "create",
        _create,
        agent="for this agent",
        writes=True,
    ),
    Command("open", "FILE", "browse an exported file", OPEN, OPEN_CODES, "", _open),
)
