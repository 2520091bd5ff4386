"""Repairs available only as commands: deny a pending approval, compact. Checked first, sent once, read back.

The outcomes are those of every change; see `tui.flows.write`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from tui.flows.write import write
from tui.letta.open_conversation import open_conversation
from tui.model.errors import LettaError, attempt
from tui.rules.changes import compact as compact_rules
from tui.rules.changes import deny as deny_rules

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.model.opened import Opened
    from tui.rules.changes.compact import Compacted, Mode
    from tui.rules.changes.outcome import Outcome

REASON = "denied with letta-tui"
"""The reason of a denial, which the agent reads in the result of each call."""


def reads_again(
    client: LettaClient, row: Conversation, agent: Agent, clock: Callable[[], datetime]
) -> Callable[[], Awaitable[Opened]]:
    """Return a call that reads a conversation again; of a default one also its agent, which has its ids."""

    async def read() -> Opened:
        owner = await client.agent(agent.id) if row.is_default else agent
        return await open_conversation(client, row, owner, clock())

    return read


async def deny(
    client: LettaClient, row: Conversation, agent: Agent, clock: Callable[[], datetime], reason: str = REASON
) -> Outcome[tuple[str, ...]]:
    """Deny the approval that a conversation waits for, without running the agent; returns the new messages' types.

    Reads the conversation, POST /v1/conversations/{id}/messages with a limit of one step, reads it again; of a default
    conversation POST /v1/agents/{id}/messages/cancel of the run that waits. A request that was answered meanwhile is
    not answered again, since that would run the agent.
    """
    read = reads_again(client, row, agent, clock)
    waiting: list[Opened] = []

    async def look() -> Opened:
        waiting.append(await read())
        return waiting[-1]

    async def send() -> None:
        request = deny_rules.request_of(waiting[-1])
        assert request is not None, "checked before"
        if row.is_default:
            await client.cancel_run(agent.id, request.run_id)
        else:
            await client.deny(row.id, request.message_id, request.call_ids, reason)

    return await write(
        check=look,
        may_send=deny_rules.before,
        send=send,
        read_back=read,
        outcome=deny_rules.outcome,
        always_read_back=True,
    )


async def compact(
    client: LettaClient, row: Conversation, agent: Agent, mode: Mode | None = None
) -> Outcome[Compacted]:
    """Have a model summarise what is in context; the agent itself does not run.

    GET of the ids in context, POST /v1/conversations/{id}/compact, GET again. With the `mode` None, the agent's
    settings decide. Of a single id, GET /v1/messages/{id} shows whether it is the system message.
    """
    only_system = False

    async def look() -> tuple[str, ...] | None:
        nonlocal only_system
        found = await ids()
        if found is not None and len(found) == 1:
            read = await attempt(client.message, found[0])
            types = () if isinstance(read, LettaError) else [one.message_type for one in read]
            only_system = "system_message" in types
        return found

    async def ids() -> tuple[str, ...] | None:
        if row.is_default:
            return (await client.agent(agent.id)).message_ids
        return (await client.conversation(row.id)).in_context_message_ids

    return await write(
        check=look,
        may_send=lambda found: compact_rules.before(found, only_system=only_system),
        send=partial(client.compact, row.id, agent.id, mode=mode),
        read_back=ids,
        outcome=compact_rules.outcome,
        always_read_back=True,
    )
