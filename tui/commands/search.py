"""`letta-tui search`: find a text in all conversations of an agent or of all agents, in context and before it."""

from __future__ import annotations

import asyncio
import re
from argparse import SUPPRESS
from contextlib import aclosing
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from tui.commands.arguments import Command, CommandParser
from tui.commands.exit_codes import DONE, FOUND, UsageError, exit_code_of
from tui.commands.invocation import Invocation
from tui.commands.mistakes import listed
from tui.commands.output import flush, print_message, show_progress, write, write_json
from tui.config.server import server_address
from tui.flows.bounded_regex import BadPattern
from tui.flows.find_by_id import find_agent
from tui.flows.search import Checkpoint, Search
from tui.letta.client import LettaClient
from tui.letta.steering import Steering
from tui.model.errors import LettaError
from tui.model.os_errors import reason_of
from tui.model.text import one_line
from tui.presentation.search_hits import (
    hit_json,
    hit_lines,
    progress_text,
    search_json,
    system_text,
    visible_problem,
)
from tui.presentation.typed_time import parse_time
from tui.rules.folded_memory import is_folded
from tui.rules.search import LONGEST_QUERY, PLACES, ROLE_NAMES, Hit, Place, Query, SearchProgress
from tui.storage.unfinished_run import RunFile, UnfinishedRun, user_run_file

AGO = re.compile(r"(\d{1,5}) ?(min|h|d|w)")
"""A time span before now, in the units that times are shown in."""

SAVE_EVERY = 5.0
"""Seconds between two writes of the position: a search that is killed repeats no more than this when resumed."""

UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def run(invocation: Invocation) -> int:
    """Search the conversations that the arguments name; returns the exit code."""
    flags = invocation.arguments
    if flags["all"] and invocation.flag_value("agent"):
        raise UsageError("search takes either --agent or --all")
    if flags["resume"] and flags["json"]:
        raise UsageError("--resume continues printing where a run was interrupted: use --jsonl with it")
    query = _query(flags, invocation.clock())
    return invocation.run_on_server(SearchCommand(query, invocation))


def _query(flags: Any, now: datetime) -> Query:
    """Return the query of the arguments; raises UsageError."""
    text, since = flags["text"], None
    if len(text) > LONGEST_QUERY:
        raise UsageError(f"search takes a text of at most {LONGEST_QUERY:,} characters")
    if flags["since"] is not None and (since := parse_since(flags["since"], now)) is None:
        raise UsageError(
            "--since takes a time such as 2026-03-14, “2026-03-14 09:30”, 09:30 or 7d, "
            f"not “{one_line(flags['since'], 60)}”"
        )
    query = Query(
        () if flags["regex"] else (text,),
        text if flags["regex"] else "",
        _places(flags["places"]),
        flags["role"],
        since,
    )
    if query.is_empty:
        raise UsageError("search needs a text")
    if query.messages_only and not query.wants_messages:
        raise UsageError("--role and --since are about messages, and memory has neither")
    return query


def parse_since(typed: str, now: datetime) -> datetime | None:
    """Parse a time, or how long ago it was: `7d`, `3 h`; returns None for anything else."""
    ago = AGO.fullmatch(typed.strip())
    if ago is None:
        return parse_time(typed, now)
    try:
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    except OverflowError:
        return None


def _places(names: str | None) -> frozenset[Place]:
    """Return where to search, from names separated by commas; raises UsageError."""
    if names is None:
        return frozenset(PLACES)
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    places = frozenset(place for place in PLACES if place in wanted)
    if not wanted or len(places) < len(set(wanted)):
        unknown = next((name for name in wanted if name not in PLACES), names)
        raise UsageError(f"--in takes {listed(PLACES)}, not “{one_line(unknown, 40)}”")
    return places


def _run_file(invocation: Invocation) -> RunFile | None:
    """Return where this search stores its position; None for a bundle, which is read within seconds."""
    flags, settings = invocation.arguments, invocation.settings
    if settings.bundle is not None:
        return None
    chosen = "" if flags["all"] else settings.agent or ""
    names = ("text", "places", "role", "since", "regex", "with_archived")
    what = [str(flags[name] or "") for name in names]
    return user_run_file("search", server_address(settings), chosen, *what)


class SearchCommand:
    """Prints hits as they are found; hits already printed remain if it is interrupted."""

    def __init__(self, query: Query, invocation: Invocation) -> None:
        self._query, self._invocation = query, invocation
        self._as_json: bool = invocation.arguments["json"]
        self._as_lines: bool = invocation.arguments["jsonl"]
        self._hits: list[Hit] = []
        self._file = _run_file(invocation)
        self._saved_at = monotonic()
        self._search: Search | None = None
        self._hits_before = 0
        """Hits of the run that is resumed."""

    async def __call__(self, client: LettaClient) -> int:
        """Run on a server; returns the exit code."""
        settings, everything = self._invocation.settings, self._invocation.arguments["all"]
        with Steering().applied():
            named = None if everything or not settings.agent else settings.agent
            agent = None if named is None else await find_agent(client, named)
            self._search = search = Search(
                client,
                self._query,
                agent,
                hidden=self._invocation.arguments["with_archived"],
                begun=self._begun(),
                show_progress=self._show,
            )
            try:
                async with aclosing(search.hits()) as hits:
                    async for hit in hits:
                        self._print(hit, with_agent=agent is None)
            except (LettaError, BadPattern, asyncio.CancelledError) as error:
                self._end(search, client)
                if isinstance(error, BadPattern):
                    raise UsageError(str(error)) from None
                raise
            self._end(search, client)
        if search.problems:
            return max(exit_code_of(error) for _, error in search.problems)
        return DONE if self._all_hits else FOUND

    def _begun(self) -> Checkpoint | None:
        """Return what the run to resume had searched; prints a message if there is none."""
        if not self._invocation.arguments["resume"]:
            return None
        found = None if self._file is None else self._file.find()
        if found is None or not is_folded(found.details.get("folded", {})):
            print_message("letta-tui: nothing to resume: no search for this was interrupted")
            return None
        self._hits_before = found.counts.get("hits", 0)
        how, folded = found.details.get("how"), found.details.get("folded", {})
        return Checkpoint(
            found.position,
            how if how in ("server", "reading") else "",
            found.counts.get("system", 0),
            folded,
        )

    def _show(self, progress: SearchProgress) -> None:
        show_progress(progress_text(progress))
        if monotonic() - self._saved_at >= SAVE_EVERY:
            self._saved_at = monotonic()
            self._save()

    @property
    def _all_hits(self) -> int:
        """The number of hits printed, including those of the resumed run."""
        return self._hits_before + (0 if self._search is None else self._search.progress.hits)

    def _save(self) -> bool:
        """Store the position of the search; returns whether it can be resumed there."""
        search = self._search
        begun = None if search is None else search.checkpoint
        if self._file is None or begun is None or begun == Checkpoint():
            return False
        counts = {"hits": self._all_hits, "system": begun.system}
        details = {"how": begun.how, "folded": begun.folded}
        try:
            self._file.save(UnfinishedRun(begun.position, counts, details))
        except OSError as error:
            show_progress("")
            print_message(f"letta-tui: this search cannot be resumed later: {reason_of(error)}")
            self._file = None
            return False
        return True

    def _print(self, hit: Hit, *, with_agent: bool) -> None:
        """Print a hit at once, or collect it if the output is one JSON list."""
        if self._as_json:
            self._hits.append(hit)
            return
        show_progress("")
        if self._as_lines:
            write_json(hit_json(hit), indent=None)
        else:
            write(hit_lines(hit, self._invocation.clock(), with_agent=with_agent))
        flush()

    def _end(self, search: Search, client: LettaClient) -> None:
        """Print the collected hits, if any, and a line about the search."""
        show_progress("")
        progress = search.progress
        if self._as_json and not progress.done:
            self._hits += search.unfinished_hits()
        if self._as_json and progress.conversations + progress.requests + progress.hits:
            write_json(search_json(progress, [hit_json(hit) for hit in self._hits]))
            flush()
        if progress.refusal:
            print_message(one_line(progress.refusal, 300))
        for name, error in search.problems:
            print_message(visible_problem(name, error.what))
        stopped = "" if progress.done else "stopped: "
        print_message(f"{stopped}{progress_text(progress)} ({one_line(client.server, 80)})")
        if progress.system:
            print_message(f"{system_text(progress)}; --role system lists them")
        if progress.done and self._file is not None:
            self._file.remove()
        elif not progress.done and not self._as_json and self._save():
            print_message("letta-tui: to continue, run the same command with --resume")


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    parser.add_argument("text", metavar="TEXT", help=SUPPRESS)
    parser.add_argument("--all", action="store_true", help="the conversations of all agents")
    parser.add_argument("--with-archived", action="store_true", help="with --all, Letta Code's workers too")
    parser.add_argument(
        "--in",
        dest="places",
        metavar="PLACES",
        help="some of messages,summaries,memory",
    )
    parser.add_argument(
        "--role", choices=ROLE_NAMES, metavar="R", help="only messages of this role, such as user or tool"
    )
    parser.add_argument("--since", metavar="T", help="only messages since then: 2026-03-14, 09:30 or 7d")
    parser.add_argument("--regex", action="store_true", help="TEXT is a Python regular expression")
    parser.add_argument(
        "--resume", action="store_true", help="continue where the same search was interrupted"
    )
    formats = parser.add_mutually_exclusive_group()
    for flag, help_text in (
        ("--json", "print JSON, for other programs"),
        ("--jsonl", "each hit as a line of JSON, as it is found"),
    ):
        parser.declared.append(formats.add_argument(flag, action="store_true", help=help_text))


COMMAND = Command(
    name="search",
    usage="TEXT [--agent A|--all]",
    summary="find a text everywhere",
    description="""\
Find a text, whatever its case, in all messages, summaries and memory.
""",
    exit_codes="""\
Exit codes: 0 hits, 1 none, 2 usage, 3 connection, 4 key refused, 130
interrupted. For the JSON of a hit, see letta-tui manual commands.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the conversations of this agent",
)
