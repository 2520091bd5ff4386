"""`letta-tui export`: a conversation as a file, for people, for programs, or whole with its evidence."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tui.commands.arguments import Command, CommandParser, add_conversation
from tui.commands.exit_codes import UsageError, report_failures
from tui.commands.export_many import ExportMany, check_folder
from tui.commands.invocation import Invocation
from tui.commands.long_run import Scope, scope_of
from tui.commands.output import is_terminal, print_message, write
from tui.commands.selection import select_conversation
from tui.config.server import server_origin
from tui.letta.client import LettaClient
from tui.letta.collect import collect
from tui.model.opened import Evidence
from tui.model.text import one_line, plural
from tui.presentation.bundle_file import bundle, jsonl, unread_parts
from tui.presentation.plain_text import show_text
from tui.storage.atomic_files import create_text, write_text
from tui.storage.safe_paths import follow_links, replaceable

FORMATS = ("json", "jsonl", "md")


def run(invocation: Invocation) -> int:
    """Export the conversations that the arguments name; returns the exit code."""
    scope = scope_of(invocation)
    if scope is not None:
        return _export_many(invocation, scope)
    target, force = invocation.arguments["output"], invocation.arguments["force"]
    path = None if target in (None, "-") else Path(target)
    if target is None and is_terminal():
        raise UsageError("export needs a file, such as -o conversation.json; -o - prints it here")
    file_format = invocation.arguments["format"] or _format_of(path)
    if path is not None:
        _check_target(path, force=force)

    async def export(client: LettaClient) -> int:
        row, agent = await select_conversation(client, invocation, "export")
        evidence = await collect(client, row, agent, invocation.clock())
        text = await render(client, invocation, evidence, file_format)
        count = plural(len(text.encode("utf-8", "backslashreplace")), "byte")
        if path is None:
            write(text)
        else:
            _write_file(path, text, force=force)
        print_message(f"exported {one_line(evidence.opened.conversation.id, 60)} as {file_format}, {count}")
        return report_incomplete(evidence)

    return invocation.run_on_server(export)


def _export_many(invocation: Invocation, scope: Scope) -> int:
    arguments = invocation.arguments
    file_format = arguments["format"] or "json"
    folder = check_folder(arguments["output"])

    async def export(client: LettaClient) -> int:
        version = await client.version() or None if file_format == "json" else None
        many = ExportMany(invocation, scope, folder, file_format, force=arguments["force"])
        return await many(client, lambda evidence: _text(invocation, evidence, file_format, version))

    return invocation.run_on_server(export)


def report_incomplete(evidence: Evidence) -> int:
    """Print which parts could not be read and are missing from the output; returns the exit code."""
    for line in unread_parts(evidence):
        print_message(f"could not be read: {one_line(line, 300)}")
    return report_failures(evidence.parts)


async def render(client: LettaClient, invocation: Invocation, evidence: Evidence, file_format: str) -> str:
    """Return the text of the file."""
    version = await client.version() or None if file_format == "json" else None
    return _text(invocation, evidence, file_format, version)


def _text(invocation: Invocation, evidence: Evidence, file_format: str, version: str | None) -> str:
    if file_format == "md":
        return show_text(evidence.opened, evidence.history, evidence.opened.at)
    if file_format == "jsonl":
        return jsonl(evidence)
    content = bundle(
        [evidence], base_url=server_origin(invocation.settings), letta=version, at=evidence.opened.at
    )
    return json.dumps(content, indent=1) + "\n"


def _format_of(path: Path | None) -> str:
    """Return the format that the ending of the file name stands for."""
    ending = "" if path is None else path.suffix.lower().removeprefix(".")
    if ending in ("", *FORMATS):
        return ending or "json"
    raise UsageError(f"export does not know the format .{one_line(ending, 20)}: choose one with --format")


def _check_target(path: Path, *, force: bool) -> None:
    """Refuse a file that cannot be written, before anything is read."""
    if os.path.isdir(path) or not os.path.isdir(path.parent):
        raise UsageError(f"{one_line(str(path), 200)} must be a file in an existing folder")
    if os.path.lexists(path) and not force:
        raise _exists(path)
    try:
        if force:
            replaceable(path)
        else:
            follow_links(path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from None


def _write_file(path: Path, text: str, *, force: bool) -> None:
    """Write the file; without `force` one that appeared while the conversation was read stays as it is."""
    write_file = write_text if force else create_text
    try:
        write_file(path, text.encode("utf-8", "backslashreplace").decode())
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise _cannot_write(path, error) from None


def _exists(path: Path) -> UsageError:
    return UsageError(f"{one_line(str(path), 200)} already exists: --force overwrites it")


def _cannot_write(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{one_line(str(path), 200)} cannot be written: {error.strerror}")


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add_conversation(parser)
    add = parser.add_argument
    add("-o", "--output", metavar="FILE", help="write to this file, mode 0600; - is standard output")
    add("--all", action="store_true", help="every conversation, into the folder FILE")
    add("--with-archived", action="store_true", help="with --all, Letta Code's workers too")
    words = "json (for open), jsonl or md (to read)"
    add("--format", choices=FORMATS, metavar="FORMAT", help=words)
    add("--force", action="store_true", help="overwrite FILE, or what is in the folder")


COMMAND = Command(
    name="export",
    usage="CONVERSATION|--agent A|--all",
    summary="save one or many to files",
    description="""\
Write one conversation, or several into a folder, skipping its complete files.
""",
    exit_codes="""\
Exit codes: 0 done, 2 usage or not found, 3 connection, 4 key, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="every conversation of this agent, or only its default one",
)
