"""`letta-tui check`: the context check of one conversation, of an agent's, or of every one on the server."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from textwrap import indent
from typing import Protocol

from tui.commands.arguments import Command, CommandParser, add_conversation, add_json
from tui.commands.exit_codes import DONE, FOUND, UsageError
from tui.commands.invocation import Invocation
from tui.commands.long_run import NOT_OF_ONE, LongRun, Scope, run_file
from tui.commands.output import flush, json_text, print_message, write, write_json
from tui.commands.selection import find_conversation
from tui.config.shell_server import shell_server
from tui.flows.every_conversation import Selected, raise_if_lost
from tui.letta.agent_blocks import AgentBlocks
from tui.letta.client import LettaClient
from tui.letta.open_conversation import ReadBlocks, open_conversation
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NotThere
from tui.model.text import one_line, plural
from tui.presentation.conversation_info import title, title_of
from tui.presentation.json_output import check_json, finding_json
from tui.presentation.plain_text import findings_text
from tui.presentation.ways_out import Explained, explained
from tui.rules.archive_status import ArchiveStatus
from tui.rules.check import check
from tui.rules.check.finding import Finding, Kind, Severity


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
    """Check the conversations that the arguments name; returns the exit code."""
    target = _target(invocation)
    if target is None:
        raise UsageError("check needs either the id of a conversation, --agent, or --all")
    if target.conversation and invocation.arguments["resume"]:
        raise UsageError("--resume continues a check of --all or of an --agent")
    if target.conversation and invocation.arguments["with_archived"]:
        raise UsageError(NOT_OF_ONE)
    return invocation.run_on_server(CheckCommand(target, invocation))


def _target(invocation: Invocation) -> Target | None:
    """Return what the arguments or else the environment name."""
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
        self._target, self._invocation, self._clock = target, invocation, invocation.clock
        self._server = shell_server(invocation.settings)
        self._printer = _printer(invocation)
        self._counts = Counter[str]()

    async def __call__(self, client: LettaClient) -> int:
        """Run on a server; returns the exit code."""
        if self._target.conversation:
            offline = self._invocation.settings.bundle is not None
            selected = await find_conversation(
                client, self._target.conversation, self._target.agent, offline=offline
            )
            self._add(await self._check(client, client.agent_blocks, selected))
            self._printer.end(self._counts["checked"])
        else:
            await self._check_many(client)
        return self._end(client)

    async def _check_many(self, client: LettaClient) -> None:
        with_archived = self._invocation.arguments["with_archived"]
        scope = Scope(self._target.agent, with_archived)
        file = run_file(self._invocation, "check", scope)
        resume = "" if file is None else "to continue, run the same command with --resume"
        run = LongRun(
            self._invocation,
            client,
            scope,
            "checking",
            file=file,
            archive_status=ArchiveStatus.ALL if with_archived else ArchiveStatus.UNARCHIVED,
            how_to_resume=resume,
        )
        if self._invocation.arguments["resume"]:
            run.resume()
        before, self._counts = run.counts["checked"], run.counts
        check_one = partial(self._check, client, AgentBlocks(client).read)
        async with run, aclosing(run.each(check_one)) as results:
            try:
                async for result in results:
                    if result.findings:
                        run.progress.clear()
                    self._add(result)
                self._printer.end(self._counts["checked"] - before)
            except (LettaError, asyncio.CancelledError):
                self._printer.stop(self._counts["checked"] - before)
                raise

    async def _check(self, client: LettaClient, read_blocks: ReadBlocks, selected: Selected) -> Checked:
        row, agent = selected
        try:
            opened = await open_conversation(client, row, agent, self._clock(), read_blocks=read_blocks)
            await raise_if_lost(client, agent, opened.parts)
        except NotThere:
            return Checked(row, title(row), agent, (), gone=True)
        except LettaError as error:
            await raise_if_lost(client, agent, [error])
            text = f"This conversation could not be read: {error.what}"
            unread = Finding(Severity.ERROR, Kind.UNREAD, text)
            return Checked(row, title(row), agent, explained(None, [unread], self._server))
        findings = explained(opened, check(opened), self._server)
        return Checked(opened.conversation, title_of(opened), opened.agent, findings)

    def _add(self, result: Checked) -> None:
        if result.findings:
            self._printer.add(result)
        self._counts["gone" if result.gone else "checked"] += 1
        self._counts["findings"] += len(result.findings)
        self._counts["affected"] += bool(result.findings)

    def _end(self, client: LettaClient) -> int:
        """Print the counts, including those of the interrupted run; returns the exit code."""
        counts = self._counts
        checked = plural(counts["checked"], "conversation")
        where = f"{counts['affected']} of {checked} on {one_line(client.server, 80)}"
        print_message(f"{plural(counts['findings'], 'finding')} in {where}")
        if counts["gone"]:
            print_message(f"{plural(counts['gone'], 'conversation')} deleted meanwhile")
        return FOUND if counts["findings"] else DONE


class Printer(Protocol):
    """Prints findings as they come."""

    def add(self, result: Checked) -> None:
        """Print the findings of a conversation, at once."""

    def end(self, checked: int) -> None:
        """Print what follows the last conversation."""

    def stop(self, checked: int) -> None:
        """Print what is needed to end the output after an interruption or a failure."""


class TextPrinter:
    """Prints a paragraph for each conversation with findings."""

    def add(self, result: Checked) -> None:
        """Print the findings of a conversation."""
        write(findings_text(result.conversation, result.title, result.agent, result.findings))
        flush()

    def end(self, checked: int) -> None:
        """Do nothing: the output is complete."""

    stop = end


class LinesPrinter:
    """Prints each finding as JSON, on a line of its own."""

    def add(self, result: Checked) -> None:
        """Print the findings of a conversation."""
        for finding in result.findings:
            write_json(finding_json(result.conversation, result.agent, finding), indent=None)
        flush()

    def end(self, checked: int) -> None:
        """Do nothing: the output is complete."""

    stop = end


class JsonPrinter:
    """Prints one JSON object, its findings as they come; once begun, it is always completed."""

    def __init__(self) -> None:
        self._begun = False

    def add(self, result: Checked) -> None:
        """Print the findings of a conversation."""
        for finding in result.findings:
            text = json_text(finding_json(result.conversation, result.agent, finding))
            write(",\n" if self._begun else '{\n  "findings": [\n')
            write(indent(text, "    "))
            self._begun = True
        flush()

    def end(self, checked: int) -> None:
        """Print the rest of the object."""
        if self._begun:
            write(f'\n  ],\n  "checked": {checked}\n}}\n')
        else:
            write_json(check_json(checked, ()))

    def stop(self, checked: int) -> None:
        """Print the rest of the object, if any of it was printed."""
        if self._begun:
            self.end(checked)


def _printer(invocation: Invocation) -> Printer:
    if invocation.arguments["jsonl"]:
        return LinesPrinter()
    return JsonPrinter() if invocation.arguments["json"] else TextPrinter()


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add_conversation(parser)
    add_json(parser)
    add = parser.add_argument
    add("--jsonl", action="store_true", help="print JSON, one line per finding, as they come")
    add("--all", action="store_true", help="every conversation of every agent")
    add("--with-archived", action="store_true", help="archived ones and Letta Code's workers too")
    add("--resume", action="store_true", help="continue where --all or --agent was interrupted")


COMMAND = Command(
    name="check",
    usage="CONVERSATION|--agent A|--all",
    summary="find context problems",
    description="""\
Find problems in the model's context, such as calls without a return or memory
that the model does not read as it is stored, and what repairs them here.
""",
    exit_codes="""\
Exit codes: 0 nothing found, 1 findings, even if only notes, 2 usage or not
found, 3 connection, 4 key refused, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="every conversation of this agent",
)
