"""Every call that the app makes, by name: what reads and what writes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tui.letta.client import LettaClient

AGENT = "agent-7a21dcf7-194c-424a-9a2a-990fe670c795"
CONVERSATION = "conv-276a42a0-b504-4e15-8a19-d57cfd5ba9c4"
BLOCK = "block-4c7447aa-ec74-4612-8e88-e3d519d2ce37"
MESSAGE = "message-4c7447aa-ec74-4612-8e88-e3d519d2ce37"

Call = Callable[[LettaClient], Awaitable[Any]]

LISTS: Mapping[str, Call] = {
    "agents": lambda client: client.agents(),
    "conversations": lambda client: client.conversations(AGENT),
    "messages": lambda client: client.conversation_messages(CONVERSATION, limit=200),
    "messages of the default": lambda client: client.agent_messages(AGENT, limit=200),
    "history": lambda client: client.own_messages(CONVERSATION),
    "blocks of the agent": lambda client: client.agent_blocks(AGENT),
    "blocks": lambda client: client.blocks(limit=50),
}
READS: Mapping[str, Call] = {
    **LISTS,
    "health": lambda client: client.health(),
    "agent": lambda client: client.agent(AGENT),
    "conversation": lambda client: client.conversation(CONVERSATION),
    "block": lambda client: client.block(BLOCK),
    "message": lambda client: client.message(MESSAGE),
    "tokens": lambda client: client.context_size(AGENT, CONVERSATION),
    "trace": lambda client: client.trace("step-1"),
    "payload": lambda client: client.preview(AGENT),
}
WRITES: Mapping[str, Call] = {
    "create": lambda client: client.create_conversation(AGENT, summary="s", isolated_block_labels=["human"]),
    "summary": lambda client: client.update_summary(CONVERSATION, "s"),
    "fork": lambda client: client.fork(CONVERSATION),
    "archive": lambda client: client.archive(CONVERSATION, True),
    "delete": lambda client: client.delete_conversation(CONVERSATION),
    "recompile": lambda client: client.recompile(CONVERSATION),
}
