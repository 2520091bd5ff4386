"""`letta-tui export`: a conversation as a file, for people, for programs, or whole with its evidence."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tui.api.client import LettaClient
from tui.api.evidence import Evidence, collect
from tui.commands.selection import wanted_one
from tui.commands.session import Call, NotChosen, code_for, put, say
from tui.config.server import server_origin
from tui.domain.bundle import bundle, jsonl, lacking
from tui.domain.plain import show_text
from tui.domain.text import one_line, plural
from tui.storage.atomic_files import write_text

FORMATS = ("json", "jsonl", "md")


def run(call: Call) -> int:
    """Export the conversation that the arguments name; returns the exit code."""
    target = call.flags["output"]
    path = None if target in (None, "-") else Path(target)
    form = call.flags["format"] or _by_name(path)
    if path is not None:
        _free(path, force=call.flags["force"])

    async def act(client: LettaClient) -> int:
        row, agent = await wanted_one(client, call, "export")
        found = await collect(client, row, agent, call.clock())
        text = await written(client, call, found, form)
        count = plural(len(text.encode("utf-8", "backslashreplace")), "byte")
        if path is None:
            put(text)
        else:
            _keep(path, text)
        say(f"exported {one_line(found.opened.conversation.id, 60)} as {form}, {count}")
        return told_whole(found)

    return call.served(act)


def told_whole(found: Evidence) -> int:
    """Say what is not in an answer, whatever its form; the exit code that this ends with."""
    for line in lacking(found):
        say(f"not in it: {one_line(line, 300)}")
    return code_for(found.parts)


async def written(client: LettaClient, call: Call, found: Evidence, form: str) -> str:
    """The text of the file."""
    if form == "md":
        return show_text(found.opened, found.history, found.opened.at)
    if form == "jsonl":
        return jsonl(found)
    version = await client.version() or None
    held = bundle([found], base_url=server_origin(call.settings), letta=version, at=found.opened.at)
    return json.dumps(held, indent=1) + "\n"


def _by_name(path: Path | None) -> str:
    """The format that the name of the file asks for."""
    ending = "" if path is None else path.suffix.lower().removeprefix(".")
    if ending in ("", *FORMATS):
        return ending or "json"
    raise NotChosen(f"export does not know the format .{one_line(ending, 20)}: --format says which")


def _free(path: Path, *, force: bool) -> None:
    """Refuse before anything is read what could not be written in the end."""
    shown = one_line(str(path), 200)
    if path.is_dir() or not path.parent.is_dir():
        raise NotChosen(f"{shown} must be a file in an existing folder")
    if os.path.lexists(path) and not force:
        raise NotChosen(f"{shown} is there already: --force overwrites it")


def _keep(path: Path, text: str) -> None:
    try:
        write_text(path, text.encode("utf-8", "backslashreplace").decode())
    except OSError as problem:
        raise NotChosen(f"{one_line(str(path), 200)} cannot be written: {problem.strerror}") from None
