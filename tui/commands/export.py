"""`letta-tui export`: a conversation as a file, for people, for programs, or whole with its evidence."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tui.api.client import LettaClient
from tui.api.evidence import Evidence, collect
from tui.commands.arguments import Command, CommandParser, add_conversation
from tui.commands.exit_codes import UsageError, report_failures
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, write
from tui.commands.selection import select_conversation
from tui.config.server import server_origin
from tui.domain.bundle import bundle, jsonl, lacking
from tui.domain.plain import show_text
from tui.domain.text import one_line, plural
from tui.storage.atomic_files import write_text

FORMATS = ("json", "jsonl", "md")


def run(invocation: Invocation) -> int:
    """Export the conversation that the arguments name; returns the exit code."""
    target = invocation.arguments["output"]
    path = None if target in (None, "-") else Path(target)
    form = invocation.arguments["format"] or _by_name(path)
    if path is not None:
        _free(path, force=invocation.arguments["force"])

    async def act(client: LettaClient) -> int:
        row, agent = await select_conversation(client, invocation, "export")
        found = await collect(client, row, agent, invocation.clock())
        text = await render(client, invocation, found, form)
        count = plural(len(text.encode("utf-8", "backslashreplace")), "byte")
        if path is None:
            write(text)
        else:
            _keep(path, text)
        print_message(f"exported {one_line(found.opened.conversation.id, 60)} as {form}, {count}")
        return report_incomplete(found)

    return invocation.run_on_server(act)


def report_incomplete(found: Evidence) -> int:
    """Say what is not in an answer, whatever its form; the exit code that this ends with."""
    for line in lacking(found):
        print_message(f"not in it: {one_line(line, 300)}")
    return report_failures(found.parts)


async def render(client: LettaClient, invocation: Invocation, found: Evidence, form: str) -> str:
    """The text of the file."""
    if form == "md":
        return show_text(found.opened, found.history, found.opened.at)
    if form == "jsonl":
        return jsonl(found)
    version = await client.version() or None
    held = bundle([found], base_url=server_origin(invocation.settings), letta=version, at=found.opened.at)
    return json.dumps(held, indent=1) + "\n"


def _by_name(path: Path | None) -> str:
    """The format that the name of the file asks for."""
    ending = "" if path is None else path.suffix.lower().removeprefix(".")
    if ending in ("", *FORMATS):
        return ending or "json"
    raise UsageError(f"export does not know the format .{one_line(ending, 20)}: --format says which")


def _free(path: Path, *, force: bool) -> None:
    """Refuse before anything is read what could not be written in the end."""
    shown = one_line(str(path), 200)
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"{shown} must be a file in an existing folder")
    if os.path.lexists(path) and not force:
        raise UsageError(f"{shown} is there already: --force overwrites it")


def _keep(path: Path, text: str) -> None:
    try:
        write_text(path, text.encode("utf-8", "backslashreplace").decode())
    except OSError as problem:
        raise UsageError(f"{one_line(str(path), 200)} cannot be written: {problem.strerror}") from None


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add_conversation(parser)
    add = parser.add_argument
    add("-o", "--output", metavar="FILE", help="this file, mode 0600; - is standard output")
    add("--format", choices=("json", "jsonl", "md"), help="else by the name of FILE, else json")
    add("--force", action="store_true", help="overwrite FILE")


COMMAND = Command(
    name="export",
    usage="CONVERSATION",
    summary="write one as a file",
    description="""\
Write one conversation: json is a bundle with all evidence, which `open` reads;
jsonl has a message in each line; md is for people.
""",
    exit_codes="""\
What could not be read is said, and noted in the bundle. Exit codes: 0 done,
2 usage or not there, 3 connection, 4 key refused, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="whose default conversation",
)
