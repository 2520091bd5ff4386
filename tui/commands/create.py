"""`letta-tui create`: one new conversation, with its own copies of some of the agent's blocks."""

from __future__ import annotations

import sys

from tui.api.client import LettaClient
from tui.commands.selection import named_agent
from tui.commands.session import (
    CONNECTION,
    DONE,
    FOUND,
    Call,
    NotChosen,
    code_of,
    put,
    put_json,
    say,
)
from tui.domain.creating import Created, NotCreated, create, words_for, words_for_isolation
from tui.domain.lacking import cannot
from tui.domain.listing import listed_json
from tui.domain.text import one_line, visible, why_not_saved


def run(call: Call) -> int:
    """Create a conversation for the agent that the arguments name; returns the exit code."""
    if not call.settings.agent:
        raise NotChosen("create needs --agent")
    summary = call.flags["summary"] or ""
    if summary == "-":
        summary = sys.stdin.read().removesuffix("\n")
    problem = why_not_saved(summary)
    if problem is not None:
        raise NotChosen(problem)
    labels = tuple(dict.fromkeys(call.flags["isolate"] or ()))
    return call.served(lambda client: _create(client, call, summary, labels), writes=True)


async def _create(client: LettaClient, call: Call, summary: str, labels: tuple[str, ...]) -> int:
    agent = await named_agent(client, call.settings.agent or "")
    if labels:
        # A label that the agent lacks is refused by the server only after an empty conversation was made.
        there = [block.label or "" for block in await client.agent_blocks(agent.id)]
        strange = [label for label in labels if label not in there]
        if strange:
            words = f"{one_line(agent.title, 60)} has no block of the label “{one_line(strange[0], 60)}”"
            raise NotChosen(f"{words}; it has: {one_line(', '.join(there), 300) or 'none'}")
    outcome = await create(client, agent.id, summary, labels)
    if isinstance(outcome, Created):
        if call.flags["json"]:
            put_json(listed_json(outcome.conversation))
        else:
            put(f"{visible(outcome.conversation.id)}\n")
        say(f"created for {one_line(agent.title, 60)}")
        return await _isolated(client, outcome)
    say(f"letta-tui: {visible(words_for(outcome))}")
    return code_of(outcome.error) if isinstance(outcome, NotCreated) else CONNECTION


async def _isolated(client: LettaClient, created: Created) -> int:
    """Say what of the isolation did not come about: an older server takes the labels and ignores them (measured)."""
    if not words_for_isolation(created, ""):
        return DONE
    say(f"letta-tui: {words_for_isolation(created, cannot('isolate', await client.version()))}")
    return FOUND
