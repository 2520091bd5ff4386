"""`letta-tui show`: one conversation with its memory three ways, its context and its history."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tui.api.client import LettaClient
from tui.api.errors import LettaError, NotOffered, NotThere
from tui.api.history import read_history
from tui.api.opening import attempt, open_conversation
from tui.commands.choosing import one_conversation
from tui.commands.session import DONE, Call, NotChosen, code_of, explained, put, say
from tui.domain.export import show_json
from tui.domain.plain import show_text


def run(call: Call) -> int:
    """Show the conversation that the arguments name; returns the exit code."""
    if not call.wanted:
        raise NotChosen('show needs the id of a conversation, or "default" with --agent')
    return call.served(ShowCommand(call.wanted, call.settings.agent, call.flags["json"], call.clock))


@dataclass(frozen=True)
class ShowCommand:
    """Reads one conversation whole and prints it."""

    conversation: str
    agent: str | None
    as_json: bool
    clock: Callable[[], datetime]

    async def __call__(self, client: LettaClient) -> int:
        """Run on a server; returns the exit code."""
        row, agent = await one_conversation(client, self.conversation, self.agent)
        now = self.clock()
        opened = await open_conversation(client, row, agent, now)
        history = await attempt(read_history(client, opened.conversation, agent.id))
        if self.as_json:
            put(json.dumps(show_json(opened, history), indent=2) + "\n")
        else:
            put(show_text(opened, history, now))
        return _code([opened.context, opened.shared, *(opened.isolated or ()), history])


def _code(parts: list[object]) -> int:
    """0 where nothing failed that may go better next time, else the code of the first such failure."""
    failures = [part for part in parts if isinstance(part, LettaError)]
    for failure in failures:
        say(f"letta-tui: {explained(failure)}")
    passing = (code_of(failure) for failure in failures if not isinstance(failure, NotOffered | NotThere))
    return next(passing, DONE)
