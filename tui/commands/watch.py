"""`letta-tui watch`: what changes in conversations and memory, as JSON lines, until it is interrupted."""

from __future__ import annotations

import argparse
import asyncio
from math import isfinite

from tui.commands.arguments import Command, CommandParser
from tui.commands.exit_codes import UsageError, describe_failure
from tui.commands.invocation import Invocation
from tui.commands.output import flush, print_message, write_json
from tui.flows.follow import EVERY
from tui.flows.watch import Watch
from tui.letta.client import LettaClient
from tui.letta.retry import LONGEST_COMMAND_WAIT
from tui.letta.steering import Steering
from tui.model.errors import KeyRefused, LettaError, NotAllowed, NotThere
from tui.model.text import one_line, plural
from tui.presentation.json_output import event_json

SHORTEST = 0.1
"""Minimum seconds between two checks."""

PERMANENT = KeyRefused, NotAllowed, NotThere
"""Errors that do not pass by waiting; NotThere means that the only watched agent is gone."""


def run(invocation: Invocation) -> int:
    """Watch the conversations that the arguments name; returns only by an exception."""
    agent = invocation.flag_value("agent")
    if invocation.arguments["all"] and agent:
        raise UsageError("watch takes either --agent or --all")
    if invocation.settings.bundle is not None:
        raise UsageError("watch needs a server: a file does not change")
    if not invocation.arguments["all"]:
        agent = invocation.settings.agent
        if not agent:
            raise UsageError("watch needs either --agent or --all")
    return invocation.run_on_server(WatchCommand(invocation, agent, invocation.arguments["every"]))


class WatchCommand:
    """Polls the server and prints each change on a line of its own."""

    def __init__(self, invocation: Invocation, agent: str | None, every: float) -> None:
        self._invocation, self._agent, self._every = invocation, agent, every

    async def __call__(self, client: LettaClient) -> int:
        """Run on a server until it is interrupted; raises LettaError if it cannot begin, or if the key is refused."""
        with Steering(longest_wait=LONGEST_COMMAND_WAIT).applied():
            watch = Watch(client, self._invocation.clock, self._agent, self._invocation.settings.page_size)
            await watch.begin()
            self._say_begun(client, watch)
            away = False
            while True:
                await asyncio.sleep(self._every)
                try:
                    await self._look(watch)
                except PERMANENT:
                    raise
                except LettaError as error:
                    if not away:
                        print_message(f"letta-tui: {describe_failure(error)}; retrying")
                    away = True
                    continue
                if away:
                    print_message(f"letta-tui: {one_line(client.server, 80)} responds again")
                away = False

    async def _look(self, watch: Watch) -> None:
        async for event in watch.look():
            write_json(event_json(event, self._invocation.clock()), indent=None)
            flush()

    def _say_begun(self, client: LettaClient, watch: Watch) -> None:
        names = [one_line(agent.title, 60) for agent in watch.agents.values()]
        whose = f"of {names[0]}" if self._agent is not None else f"of {plural(len(names), 'agent')}"
        count = plural(watch.count, "conversation")
        where = one_line(client.server, 80)
        print_message(f"watching {count} {whose} on {where} every {self._every:g} s; ctrl+c stops it")


def seconds(text: str) -> float:
    """Parse the time between two looks; argparse names the option in its error."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not (isfinite(number) and number >= SHORTEST):
        raise argparse.ArgumentTypeError(f"must be a number of at least {SHORTEST:g}, not {text!r}")
    return number


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--all", action="store_true", help="the conversations of every agent")
    words = f"seconds between two checks ({EVERY:g})"
    add("--every", type=seconds, default=EVERY, metavar="SECONDS", help=words)


COMMAND = Command(
    name="watch",
    usage="--agent A|--all",
    summary="print changes live",
    description="""\
Print changes as they happen, one JSON object per line: created, deleted or
archived conversations, summaries, memory, new messages.
""",
    exit_codes="""\
Runs until it is interrupted, even while the server does not respond.
Exit codes: 2 usage or not found, 3 connection at the start, 4 key refused,
130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the conversations of this agent",
)
