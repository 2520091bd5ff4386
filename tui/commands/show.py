"""`letta-tui show`: one conversation with its memory three ways, its context and its history."""

from __future__ import annotations

from tui.api.client import LettaClient
from tui.api.evidence import collect
from tui.commands.export import told_whole
from tui.commands.selection import wanted_one
from tui.commands.session import Call, put, put_json
from tui.domain.export import show_json
from tui.domain.plain import show_text


def run(call: Call) -> int:
    """Show the conversation that the arguments name; returns the exit code."""

    async def act(client: LettaClient) -> int:
        row, agent = await wanted_one(client, call, "show")
        now = call.clock()
        found = await collect(client, row, agent, now)
        if call.flags["json"]:
            put_json(show_json(found.opened, found.history))
        else:
            put(show_text(found.opened, found.history, now))
        return told_whole(found)

    return call.served(act)
