"""`letta-tui export --all`: a file for each conversation in a folder; what is complete there is not read again."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import aclosing
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

from tui.commands.exit_codes import CONNECTION, DONE, USAGE, UsageError, describe_failure, exit_code_of
from tui.commands.invocation import Invocation
from tui.commands.long_run import LongRun, Scope
from tui.commands.output import flush, print_message, write
from tui.flows.every_conversation import Selected, raise_if_lost
from tui.letta.client import LettaClient
from tui.letta.collect import collect
from tui.model.conversation import Conversation, key_of
from tui.model.errors import LettaError, NotThere, attempt
from tui.model.opened import Evidence
from tui.model.text import one_line, plural
from tui.presentation.bundle_file import FORMAT, incomplete_parts, unread_parts
from tui.rules.archive_status import ArchiveStatus
from tui.storage.atomic_files import create_text, write_text
from tui.storage.paths import create_private
from tui.storage.regular_file import read_regular_file
from tui.storage.safe_paths import follow_links, replaceable

Render = Callable[[Evidence], str]
"""Makes the text of a file."""

AT_ONCE = 4
"""Conversations that are read and written at the same time; each is in memory completely."""

PERMANENT = frozenset({404, 405, 501})
"""Statuses of parts that a server does not have, so that reading them again would not help."""


class Ended(Enum):
    """The outcome of one export."""

    WRITTEN = "written"
    PRESENT = "present"
    GONE = "gone"
    FAILED = "failed"


class ExportMany:
    """Writes all conversations of a scope, archived ones too, and prints the path of each file that it wrote."""

    def __init__(
        self, invocation: Invocation, scope: Scope, folder: Path, file_format: str, *, force: bool
    ) -> None:
        self._invocation, self._scope = invocation, scope
        self._folder, self._format, self._force = folder, file_format, force
        self._counts = Counter[Ended]()
        self._code = DONE

    async def __call__(self, client: LettaClient, render: Render) -> int:
        """Run on a server; returns the worst exit code."""
        resume = "to export the rest, run the same command again"
        if self._force:
            resume = "without --force, " + resume
        run = LongRun(
            self._invocation,
            client,
            self._scope,
            "exporting",
            at_once=AT_ONCE,
            archive_status=ArchiveStatus.ALL,
            how_to_resume=resume,
        )
        async with run, aclosing(run.each(partial(self._export, client, render))) as results:
            async for path, ended, problems in results:
                self._counts[ended] += 1
                for problem in problems:
                    run.progress.clear()
                    print_message(problem)
                if ended is Ended.WRITTEN:
                    run.progress.clear()
                    write(f"{path}\n")
                    flush()
        self._print_counts()
        return self._code

    async def _export(
        self, client: LettaClient, render: Render, selected: Selected
    ) -> tuple[Path, Ended, list[str]]:
        """Export a conversation; returns its file, the outcome, and what to report."""
        row, agent = selected
        name = one_line(row.id, 60) if not row.is_default else f"default of {one_line(agent.id, 60)}"
        path = self._folder / f"{file_name(row)}.{self._format}"
        there = is_there(path)
        if there and not self._force:
            complete = await asyncio.to_thread(is_complete, path, row) if self._format == "json" else True
            if complete:
                return path, Ended.PRESENT, []
            if complete is None:
                self._code = max(self._code, USAGE)
                words = f"{one_line(str(path), 200)} is another file: --force overwrites it"
                return path, Ended.FAILED, [f"letta-tui: {words}"]
        evidence = await attempt(collect, client, row, agent, self._invocation.clock())
        if isinstance(evidence, NotThere):
            return path, Ended.GONE, []
        await raise_if_lost(client, agent, [evidence] if isinstance(evidence, LettaError) else evidence.parts)
        if isinstance(evidence, LettaError):
            self._code = max(self._code, exit_code_of(evidence))
            return path, Ended.FAILED, [f"letta-tui: {name} was not exported: {describe_failure(evidence)}"]
        problems = [f"not in {name}: {one_line(line, 300)}" for line in unread_parts(evidence)]
        if any(is_passing(part) for part in incomplete_parts(evidence)):
            self._code = max(self._code, CONNECTION)
            if self._format == "json":
                problems.append(f"letta-tui: {name} is not complete: run the same command to read it again")
            else:  # nothing in the file would say so
                problems.append(f"letta-tui: {name} was not exported: it is not complete")
                return path, Ended.FAILED, problems
        try:
            await asyncio.to_thread(write_text if there else create_text, path, encoded(render(evidence)))
        except FileExistsError:
            self._code = max(self._code, USAGE)
            words = f"{one_line(str(path), 200)} appeared meanwhile: it was not overwritten"
            return path, Ended.FAILED, [f"letta-tui: {words}"]
        except OSError as error:
            words = f"{one_line(str(path), 200)} cannot be written: {error.strerror}"
            raise UsageError(words) from None
        return path, Ended.WRITTEN, problems

    def _print_counts(self) -> None:
        counts = self._counts
        written = plural(counts[Ended.WRITTEN], "conversation")
        parts = [f"exported {written} to {one_line(str(self._folder), 200)}"]
        if counts[Ended.PRESENT]:
            parts.append(f"{counts[Ended.PRESENT]:,} there already")
        if counts[Ended.GONE]:
            parts.append(f"{counts[Ended.GONE]:,} deleted meanwhile")
        if counts[Ended.FAILED]:
            parts.append(f"{counts[Ended.FAILED]:,} not exported")
        print_message(", ".join(parts))


def check_folder(target: str | None) -> Path:
    """The folder to export to, created if it is missing; raises UsageError for one that cannot be used."""
    if target in (None, "-"):
        raise UsageError("export of several conversations needs a folder, such as -o conversations")
    assert target is not None
    folder = Path(target)
    shown = one_line(target, 200)
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise UsageError(f"{shown} is a file: export of several conversations needs a folder")
    try:
        create_private(follow_links(folder))
        replaceable(folder / "conversation.json")
    except OSError as error:
        raise UsageError(f"{shown} cannot be written: {error.strerror}") from None
    return folder


def file_name(row: Conversation) -> str:
    """Return a name for a conversation's file, without ending, that no other conversation of the server gets."""
    key = key_of(row.id, row.agent_id)
    wanted = f"default-{row.agent_id}" if row.is_default else row.id
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", wanted)[:80]
    if safe == wanted and safe:
        return safe
    return f"{safe[:60] or 'conversation'}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def is_there(path: Path) -> bool:
    """Return whether anything has this name, even a dangling link."""
    return os.path.lexists(path)


def is_complete(path: Path, row: Conversation) -> bool | None:
    """Return whether a bundle has everything that could be read; None if the file is not a bundle of this row."""
    try:
        content = json.loads(read_regular_file(path))
        (entry,) = content["conversations"]
        if content["format"] != FORMAT or entry["conversation"]["id"] != row.id:
            return None
        return not any(is_passing(part) for part in entry["incomplete"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def is_passing(part: Mapping[str, Any]) -> bool:
    """Return whether a part that is missing in a bundle may be readable later."""
    return part["status"] not in PERMANENT


def encoded(text: str) -> str:
    """Return a text that can be written as UTF-8, with lone surrogates spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()
