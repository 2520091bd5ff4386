"""A run of a command over many conversations: as many requests as the server takes, progress, and resuming."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing, suppress
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

from tui.commands.exit_codes import UsageError
from tui.commands.invocation import Invocation
from tui.commands.output import flush, is_watched, print_message, show_progress
from tui.config.server import server_address
from tui.flows.every_conversation import AT_ONCE, Selected, each_in_order, every_conversation
from tui.flows.find_by_id import all_agents, find_agent
from tui.letta.client import LettaClient
from tui.letta.refusals import wait_text
from tui.letta.steering import Steering
from tui.model.agent import Agent
from tui.model.errors import (
    LettaError,
)
from tui.model.os_errors import reason_of
from tui.model.text import plural
from tui.presentation.progress_line import Advance, progress_line
from tui.rules.archive_status import ArchiveStatus
from tui.rules.row_walk import Position
from tui.storage.unfinished_run import RunFile, UnfinishedRun, user_run_file

Result = TypeVar("Result")

NOT_OF_ONE = "--with-archived is about --all or an --agent, not about one conversation"

SAVE_EVERY = 5.0
"""Seconds between two writes of the position: a run that is killed repeats no more than this when resumed."""


@dataclass(frozen=True)
class Scope:
    """The conversations of a run: those of one agent, or of all agents if it is None.

    With `with_archived`, archived ones too, and of all agents Letta Code's subagents and workers.
    """

    agent: str | None = None
    with_archived: bool = False

    async def agents(self, client: LettaClient) -> AsyncIterator[Agent]:
        """Yield the agents; raises LettaError."""
        if self.agent is not None:
            yield await find_agent(client, self.agent)
        else:
            async for agent in all_agents(client, hidden=self.with_archived):
                yield agent


class Progress:
    """A progress line on standard error; silent if that is not a terminal."""

    def __init__(self, verb: str) -> None:
        self.total = 0
        self.counted = False
        self.wait = ""
        self._verb = verb
        self._before = self._here = 0
        self._began = monotonic()

    @property
    def done(self) -> int:
        """How many are done, including those of the interrupted run."""
        return self._before + self._here

    def start(self, before: int = 0) -> None:
        """Begin, with the number that an earlier run has done."""
        self._before, self._began = before, monotonic()

    def step(self) -> None:
        """Count one as done."""
        self._here += 1
        self.show()

    def clear(self) -> None:
        """Clear the line before other output, or at the end."""
        show_progress("")

    def show(self) -> None:
        """Show the current line."""
        seconds = monotonic() - self._began
        advance = Advance(self.done, self.total, self.counted, self._here, seconds)
        show_progress(progress_line(self._verb, advance, self.wait))


class LongRun:
    """Goes through the conversations of a scope, and reports how to resume if interrupted or failed.

    Use it as a context manager around `each`. Inside it, the server's responses decide how many reads are sent at the
    same time, and its pauses are waited for as long as there is progress. `counts` are what the command counts, and are
    stored with the position. Without a `file`, nothing is stored.
    """

    def __init__(
        self,
        invocation: Invocation,
        client: LettaClient,
        scope: Scope,
        verb: str,
        *,
        file: RunFile | None = None,
        at_once: int = AT_ONCE,
        archive_status: ArchiveStatus = ArchiveStatus.UNARCHIVED,
        how_to_resume: str = "",
    ) -> None:
        self.progress = Progress(verb)
        self.counts: Counter[str] = Counter()
        self.steering = Steering()
        self._client, self._scope, self._file = client, scope, file
        self._at_once, self._how_to_resume = at_once, how_to_resume
        self._archive_status = archive_status
        self._page_size = invocation.settings.page_size
        self._offline = invocation.settings.bundle is not None
        self._position = Position()
        self._saved_at = monotonic()
        self._steered: AbstractContextManager[None] = self.steering.applied()
        self._counting: asyncio.Task[None] | None = None
        self._said_wait = False

    @property
    def resumed(self) -> bool:
        """Whether it continues an earlier run."""
        return self._position != Position()

    def resume(self) -> None:
        """Continue the run that was interrupted; prints a message if there is none."""
        found = None if self._file is None else self._file.find()
        if found is None:
            print_message("letta-tui: nothing to resume: no run of this selection was interrupted")
            return
        self._position = found.position
        self.counts.update(found.counts)

    async def __aenter__(self) -> Self:
        self._steered.__enter__()
        self._client.wire.pause.changed = self._say_wait
        self.progress.start(self.counts["done"])
        if is_watched():
            self._counting = asyncio.create_task(self._count())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._counting is not None:
            self._counting.cancel()
            await asyncio.gather(self._counting, return_exceptions=True)
        self._steered.__exit__(kind, error, trace)
        self.progress.clear()
        if error is None:
            if self._file is not None:
                self._file.remove()
        elif isinstance(error, asyncio.CancelledError | LettaError) and self.resumed:
            resumable = self._how_to_resume and (self._file is None or self._save())
            done = f"letta-tui: stopped after {plural(self.counts['done'], 'conversation')}"
            print_message(f"{done}: {self._how_to_resume}" if resumable else done)

    async def each(self, work: Callable[[Selected], Awaitable[Result]]) -> AsyncGenerator[Result, None]:
        """Yield the result of each conversation in the order of the lists; a few are read at the same time.

        When the next result is requested, the last one counts as done. Raises LettaError.
        """

        async def do(one: Selected) -> tuple[Selected, Result]:
            return one, await work(one)

        async with aclosing(
            each_in_order(self._selected(self._position), do, at_once=self._at_once)
        ) as results:
            async for (row, agent), result in results:
                yield result
                self._position = self._position.moved(row, agent.id)
                self.counts["done"] += 1
                self.progress.step()
                if self._file is not None and monotonic() - self._saved_at >= SAVE_EVERY:
                    self._save()

    def _selected(self, position: Position | None = None) -> AsyncIterator[Selected]:
        return every_conversation(
            self._client,
            self._scope.agents(self._client),
            page_size=self._page_size,
            archive_status=self._archive_status,
            offline=self._offline,
            position=position,
        )

    def _save(self) -> bool:
        """Store the position, up to which everything was printed; returns whether that worked."""
        assert self._file is not None
        flush()
        self._saved_at = monotonic()
        try:
            self._file.save(UnfinishedRun(self._position, self.counts))
        except OSError as error:
            self.progress.clear()
            print_message(f"letta-tui: this run cannot be resumed later: {reason_of(error)}")
            self._file = None
            return False
        return True

    async def _count(self) -> None:
        """Read the lists to their end in the background, to estimate the time left; if that fails, none is shown."""
        with suppress(LettaError):
            async for _ in self._selected():
                self.progress.total += 1
            self.progress.counted = True
            self.progress.show()

    def _say_wait(self) -> None:
        """Report that the server asks to wait: in the progress line, or once if there is none."""
        left = self._client.wire.pause.left
        words = f"{self._client.server} asks to wait {wait_text(left)}" if left else ""
        self.progress.wait = words
        if is_watched():
            self.progress.show()
        elif words and not self._said_wait:
            self._said_wait = True
            print_message(f"letta-tui: {words}; requests are sent more slowly")


def scope_of(invocation: Invocation) -> Scope | None:
    """Return what --all, or --agent without a conversation, names; None if one is named. Raises UsageError."""
    conversation = invocation.arguments["conversation_id"] or invocation.flag_value("conversation")
    agent, with_archived = invocation.flag_value("agent"), invocation.arguments["with_archived"]
    if invocation.arguments["all"]:
        if conversation or agent:
            raise UsageError("--all is about every agent: leave out --agent and the conversation")
        return Scope(with_archived=with_archived)
    if agent and not conversation:
        return Scope(agent, with_archived)
    if with_archived:
        raise UsageError(NOT_OF_ONE)
    return None


def run_file(invocation: Invocation, command: str, scope: Scope) -> RunFile | None:
    """Return where a run of a command stores its position; None for a bundle, which is read within seconds."""
    if invocation.settings.bundle is not None:
        return None
    also = ["with-archived"] if scope.with_archived else []
    return user_run_file(command, server_address(invocation.settings), scope.agent or "", *also)
