"""`letta-tui check`: the context check of one conversation, of an agent's, or of every one on the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from tui.commands.arguments import Command, CommandParser, add_conversation, add_json
from tui.commands.exit_codes import DONE, FOUND, UsageError
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, show_progress, write, write_json
from tui.commands.selection import (
    Selected,
    all_conversations,
    find_conversation,
    recorded_conversations,
)
from tui.config.shell_server import shell_server
from tui.flows.find_by_id import all_agents, find_agent
from tui.letta.client import LettaClient
from tui.letta.open_conversation import open_conversation
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.errors import (
    KeyRefused,
    LettaError,
    NoAnswer,
    NotAllowed,
    NotThere,
    RateLimited,
    Refused,
    WebPage,
)
from tui.model.text import one_line, plural
from tui.presentation.conversation_info import title, title_of
from tui.presentation.json_output import check_json, finding_json
from tui.presentation.plain_text import findings_text
from tui.presentation.ways_out import Explained, explained
from tui.rules.check import check
from tui.rules.check.finding import Finding, Kind, Severity

CONCERNS_ALL = KeyRefused, NoAnswer, NotAllowed, RateLimited, WebPage
"""Errors that are not about one conversation, since the next one would fail in the same way."""

CONCURRENCY = 4
"""Conversations read at the same time: a Letta server is one process, more would only queue there."""


@dataclass(frozen=True)
class Target:
    """What to check: one conversation (`agent` says whose default one), all of an agent's, or everything."""

    conversation: str | None = None
    agent: str | None = None


@dataclass(frozen=True)
class Checked:
    """A conversation and its findings; `gone` if it was deleted while the check ran."""

    conversation: Conversation
    title: str
    agent: Agent
    findings: tuple[Explained, ...]
    gone: bool = False


def run(invocation: Invocation) -> int:
    """Check what the arguments name; returns the exit code."""
    target = _target(invocation)
    if target is None:
        raise UsageError("check needs either the id of a conversation, --agent, or --all")
    return invocation.run_on_server(CheckCommand(target, invocation))


def _target(invocation: Invocation) -> Target | None:
    """What the arguments name, else what the environment names."""
    settings = invocation.settings
    conversation_id = invocation.arguments["conversation_id"] or invocation.flag_value("conversation")
    agent = invocation.flag_value("agent")
    if invocation.arguments["all"]:
        return None if conversation_id or agent else Target()
    if conversation_id:
        return Target(conversation_id, settings.agent)
    if agent:
        return Target(agent=agent)
    if settings.conversation:
        return Target(settings.conversation, settings.agent)
    if settings.agent:
        return Target(agent=settings.agent)
    return None if settings.bundle is None else Target()


class CheckCommand:
    """Checks conversations, prints the findings in the order of the list as they come, and counts them."""

    def __init__(self, target: Target, invocation: Invocation) -> None:
        self._target, self._clock, self._server = target, invocation.clock, shell_server(invocation.settings)
        self._as_json, self._page_size = invocation.arguments["json"], invocation.settings.page_size
        self._offline = invocation.settings.bundle is not None
        self._results: list[Checked] = []

    async def __call__(self, client: LettaClient) -> int:
        """Run on a server; returns the exit code."""
        progress = Progress()
        try:
            async for selected in self._selected(client):
                progress.more(len(selected))
                async for result in self._checked(client, selected):
                    progress.step()
                    self._add(result, progress)
        finally:
            progress.clear()
        return self._end(client)

    async def _selected(self, client: LettaClient) -> AsyncIterator[Sequence[Selected]]:
        """What to check, one agent's at a time."""
        target = self._target
        if target.conversation:
            yield [await find_conversation(client, target.conversation, target.agent, offline=self._offline)]
        elif target.agent:
            yield await self._conversations(client, await find_agent(client, target.agent))
        else:
            async for agent in all_agents(client):
                yield await self._conversations(client, agent)

    async def _conversations(self, client: LettaClient, agent: Agent) -> list[Selected]:
        if self._offline:
            return await recorded_conversations(client, agent)
        return await all_conversations(client, agent, self._page_size)

    async def _checked(self, client: LettaClient, selected: Sequence[Selected]) -> AsyncIterator[Checked]:
        """Results in the order of the list; a few conversations are read concurrently."""
        gate = asyncio.Semaphore(CONCURRENCY)

        async def check_one(row: Conversation, agent: Agent) -> Checked:
            async with gate:
                return await self._check(client, row, agent)

        tasks = [asyncio.create_task(check_one(row, agent)) for row, agent in selected]
        try:
            for task in tasks:
                yield await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _check(self, client: LettaClient, row: Conversation, agent: Agent) -> Checked:
        try:
            opened = await open_conversation(client, row, agent, self._clock())
        except NotThere:
            return Checked(row, title(row), agent, (), gone=True)
        except LettaError as error:
            if isinstance(error, CONCERNS_ALL) or (isinstance(error, Refused) and error.retry_after):
                raise
            text = f"This conversation could not be read: {error.what}"
            unread = Finding(Severity.ERROR, Kind.UNREAD, text)
            return Checked(row, title(row), agent, explained(None, [unread], self._server))
        findings = explained(opened, check(opened), self._server)
        return Checked(opened.conversation, title_of(opened), opened.agent, findings)

    def _add(self, result: Checked, progress: Progress) -> None:
        self._results.append(result)
        if result.findings and not self._as_json:
            progress.clear()
            write(findings_text(result.conversation, result.title, result.agent, result.findings))

    def _end(self, client: LettaClient) -> int:
        checked = [result for result in self._results if not result.gone]
        count = sum(len(result.findings) for result in checked)
        if self._as_json:
            findings = [
                finding_json(result.conversation, result.agent, one)
                for result in checked
                for one in result.findings
            ]
            write_json(check_json(len(checked), findings))
        affected = sum(bool(result.findings) for result in checked)
        where = f"{affected} of {plural(len(checked), 'conversation')} on {one_line(client.server, 80)}"
        print_message(f"{plural(count, 'finding')} in {where}")
        if len(checked) < len(self._results):
            print_message(f"{plural(len(self._results) - len(checked), 'conversation')} deleted meanwhile")
        return FOUND if count else DONE


class Progress:
    """A progress line on standard error; silent if that is not a terminal."""

    def __init__(self) -> None:
        self._done = self._all = 0

    def more(self, count: int) -> None:
        """Add to the number of conversations to check."""
        self._all += count
        self._show()

    def step(self) -> None:
        """Count one as done."""
        self._done += 1
        self._show()

    def clear(self) -> None:
        """Clear the line."""
        show_progress("")

    def _show(self) -> None:
        show_progress(f"checking… {self._done} of {self._all}")


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add_conversation(parser)
    add_json(parser)
    parser.add_argument("--all", action="store_true", help="every conversation of every agent")


COMMAND = Command(
    name="check",
    usage="CONVERSATION|--agent A|--all",
    summary="find context problems",
    description="""\
Find problems in the model's context: calls without a return, pending
approvals, memory that the model does not read as it is stored. Each comes with
what repairs it on this server, as a command to copy, or says that nothing does.
""",
    exit_codes="""\
Exit codes: 0 nothing found, 1 anything found (a note too), 2 usage or not
there, 3 connection, 4 key refused, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="every conversation of this agent",
)
