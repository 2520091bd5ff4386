"""`letta-tui show`: one conversation with its memory three ways, its context and its history."""

from __future__ import annotations

from tui.commands.export import report_incomplete
from tui.commands.invocation import Invocation
from tui.commands.output import write, write_json
from tui.commands.selection import select_conversation
from tui.letta.client import LettaClient
from tui.letta.collect import collect
from tui.presentation.json_output import show_json
from tui.presentation.plain_text import show_text


def run(invocation: Invocation) -> int:
    """Show the conversation that the arguments name; returns the exit code."""

    async def act(client: LettaClient) -> int:
        row, agent = await select_conversation(client, invocation, "show")
        now = invocation.clock()
        found = await collect(client, row, agent, now)
        if invocation.arguments["json"]:
            write_json(show_json(found.opened, found.history))
        else:
            write(show_text(found.opened, found.history, now))
        return report_incomplete(found)

    return invocation.run_on_server(act)
