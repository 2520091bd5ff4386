"""The database of the embedded server: agents, blocks, conversations, messages, and changes by other clients."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tui.backends.demo.records import (
    DEFAULT_LIMIT,
    Agent,
    Block,
    Conversation,
    Json,
    Link,
    MessageRow,
    StepTrace,
    text_part,
)
from tui.backends.demo.system_message import compile_system

INSTRUCTIONS = (
    "<base_instructions>\nYou are an engineer's assistant. You live in a terminal and you remember.\n"
    "Facts that will matter tomorrow go into your memory blocks. "
    "Everything else may be forgotten with grace.\n"
    "Say what you know, say what you guess, and never mix the two.\n</base_instructions>"
)
OWN_DESCRIPTIONS = {
    "human": "What is known about the person on the other side of the terminal.",
    "persona": "Who this agent is and how it speaks.",
}


class Store:
    """All agents, blocks, conversations and messages; with `now` given, the same calls give the same ids.

    With `isolates` off, no conversation gets blocks of its own, as on servers after 0.16.8.
    """

    def __init__(self, now: datetime | None = None, *, isolates: bool = True) -> None:
        self.isolates = isolates
        self.agents: dict[str, Agent] = {}
        self.blocks: dict[str, Block] = {}
        self.conversations: dict[str, Conversation] = {}
        self.rows: dict[str, MessageRow] = {}
        self.traces: dict[str, StepTrace] = {}
        self.tracing = True
        self._links: dict[str, list[Link]] = {}
        self._fixed = now
        self._ticks = 0
        self._sequences: dict[str, int] = {}
        self._random = random.Random(16_8)  # noqa: S311

    @classmethod
    def empty(cls, now: datetime | None = None, *, isolates: bool = True) -> Store:
        """Make a store without agents, for tests that add what they need."""
        return cls(now, isolates=isolates)

    def now(self) -> datetime:
        """The clock of the server, aware UTC: the real one, or one that advances a millisecond each time it is read."""
        if self._fixed is None:
            return datetime.now(UTC)
        self._ticks += 1
        return self._fixed.astimezone(UTC) + timedelta(milliseconds=self._ticks)

    def new_uuid(self, dice: random.Random | None = None) -> str:
        """Roll a version 4 uuid; with `dice` of their own, lazy stories are deterministic."""
        return str(uuid.UUID(int=(dice or self._random).getrandbits(128), version=4))

    def new_id(self, prefix: str, dice: random.Random | None = None) -> str:
        """Roll an id such as `conv-<uuid4>`."""
        return f"{prefix}-{self.new_uuid(dice)}"

    def next_sequence(self, home: str, created_at: datetime) -> int:
        """A sequence number that follows the clock and never repeats within one conversation."""
        wanted = int(created_at.timestamp() * 1_000_000)
        self._sequences[home] = max(wanted, self._sequences.get(home, 0) + 1)
        return self._sequences[home]

    # blocks and agents

    def add_block(
        self,
        label: str,
        value: str,
        *,
        description: str | None = None,
        limit: int = DEFAULT_LIMIT,
        read_only: bool = False,
        at: datetime | None = None,
    ) -> Block:
        """Store a block that no agent has yet."""
        text = OWN_DESCRIPTIONS.get(label) if description is None else description
        block = Block(self.new_id("block"), label, value, text, limit, read_only, at or self.now())
        self.blocks[block.id] = block
        return block

    def add_agent(
        self,
        name: str,
        blocks: Mapping[str, str] | Iterable[Block] = (),
        *,
        model: str = "openai/gpt-4o-mini",
        at: datetime | None = None,
        description: str | None = None,
        tags: Iterable[str] = (),
        system: str = INSTRUCTIONS,
    ) -> str:
        """Store an agent with its blocks and its first system message; answers the id."""
        born = at or self.now()
        if isinstance(blocks, Mapping):
            blocks = [self.add_block(label, value, at=born) for label, value in blocks.items()]
        agent = Agent(self.new_id("agent"), name, model, system, born, born, description, list(tags))
        agent.block_ids = [block.id for block in blocks]
        self.agents[agent.id] = agent
        agent.compiled_at = born
        text = self.compile(agent, self.shared(agent), "default", at=born)
        self.write(agent.id, None, "system", [text_part(text)], at=born)
        return agent.id

    def shared(self, agent: Agent) -> list[Block]:
        """The blocks that are attached to an agent."""
        return [self.blocks[block_id] for block_id in agent.block_ids if block_id in self.blocks]

    def effective(self, conversation: Conversation) -> list[Block]:
        """The blocks a turn of this conversation works on: isolated ones instead of shared ones."""
        isolated = {self.blocks[i].label: self.blocks[i] for i in conversation.isolated if i in self.blocks}
        return [isolated.get(block.label, block) for block in self.shared(self.agents[conversation.agent_id])]

    def change_block(self, block_id: str, **changes: Any) -> Block:
        """Replace fields of a block and recompile the default conversation of every agent that has it."""
        block = self.blocks[block_id] = replace(self.blocks[block_id], **changes)
        for agent in self.agents.values():
            if block_id in agent.block_ids:
                self.refresh_default(agent)
        return block

    def compile(
        self,
        agent: Agent,
        blocks: Iterable[Block],
        conversation_id: str,
        *,
        at: datetime,
        earlier: int | None = None,
    ) -> str:
        """Compile the system message of one of an agent's conversations."""
        known = (
            sum(1 for row in self.rows.values() if row.agent_id == agent.id) if earlier is None else earlier
        )
        return compile_system(
            agent.system, blocks, agent_id=agent.id, conversation_id=conversation_id, at=at, earlier=known
        )

    def refresh_default(self, agent: Agent) -> None:
        """Rewrite the system message of the default conversation, as every edit of a shared block does."""
        first = self.rows[agent.message_ids[0]]
        at = agent.compiled_at or agent.created_at
        first.parts = [text_part(self.compile(agent, self.shared(agent), "default", at=at))]

    # conversations and messages

    def open_conversation(
        self, agent_id: str, summary: str | None = None, at: datetime | None = None
    ) -> Conversation:
        """Store a conversation without a message, as the server does before anything can go wrong."""
        born = at or self.now()
        conversation = Conversation(self.new_id("conv"), agent_id, summary, born, born)
        self.conversations[conversation.id] = conversation
        self._links[conversation.id] = []
        return conversation

    def isolate(self, conversation: Conversation, label: str) -> Block | None:
        """Copy the agent's block of that label for one conversation; None without one, or where nothing is isolated."""
        source = next((b for b in self.shared(self.agents[conversation.agent_id]) if b.label == label), None)
        if source is None:
            return None
        identifier = self.new_id("block")  # rolled in either case, so that both flavours give the same ids
        if not self.isolates:
            return None
        copy = replace(source, id=identifier, created_at=conversation.created_at)
        self.blocks[copy.id] = copy
        conversation.isolated.append(copy.id)
        return copy

    def add_system(self, conversation: Conversation) -> None:
        """Write the system message that a new or forked conversation starts with: shared values."""
        agent = self.agents[conversation.agent_id]
        at = self.now()
        text = self.compile(agent, self.shared(agent), conversation.id, at=at)
        self.write(agent.id, conversation.id, "system", [text_part(text)], at=at, position=0)

    def write(
        self,
        agent_id: str,
        conversation_id: str | None,
        role: str,
        parts: list[Json],
        *,
        at: datetime | None = None,
        dice: random.Random | None = None,
        position: int | None = None,
        **fields: Any,
    ) -> MessageRow:
        """Store a message and append it to its conversation (None: the default one), in context."""
        at = at or self.now()
        identifier, sequence = (
            self.new_id("message", dice),
            self.next_sequence(conversation_id or agent_id, at),
        )
        row = MessageRow(identifier, agent_id, conversation_id, role, parts, at, sequence, **fields)
        if self.tracing and row.step_id and role in ("assistant", "approval"):
            self._record_trace(row, row.step_id)
        self.rows[row.id] = row
        if conversation_id is None:
            self.agents[agent_id].message_ids.append(row.id)
            return row
        links = self._links[conversation_id]
        if position is None:
            position = max((link.position for link in links), default=-1) + 1
        links.append(Link(row.id, position))
        return row

    def _record_trace(self, row: MessageRow, step_id: str) -> None:
        """Record what the model was sent before this response."""
        home = row.conversation_id
        ids = self.in_context(home) if home else self.agents[row.agent_id].message_ids
        first = self.rows[ids[0]].parts[0] if ids else {}
        text = str(first.get("text", ""))
        self.traces.setdefault(
            step_id, StepTrace(row.agent_id, row.run_id, row.created_at, text, tuple(ids[1:]))
        )

    def links(self, conversation_id: str) -> list[Link]:
        """The links to all messages of a named conversation, written now if they were not read before."""
        conversation = self.conversations.get(conversation_id)
        if conversation is not None and conversation.story is not None:
            story, conversation.story = conversation.story, None
            story()
        return self._links.get(conversation_id, [])

    def link_existing(self, conversation_id: str, message_ids: Iterable[str]) -> None:
        """Share messages with another conversation, from position 1 on, as a fork does."""
        self._links[conversation_id] += [Link(m, n) for n, m in enumerate(message_ids, start=1)]

    def in_context(self, conversation_id: str) -> list[str]:
        """The ids in context of a named conversation, in order of position."""
        places = [link for link in self.links(conversation_id) if link.in_context and not link.deleted]
        return [link.message_id for link in sorted(places, key=_position)]

    def set_in_context(self, conversation_id: str, ids: list[str]) -> None:
        """Number the given messages from 0; the rest keep their positions, which then collide."""
        wanted = {message_id: place for place, message_id in enumerate(ids)}
        for link in self.links(conversation_id):
            link.in_context = link.message_id in wanted
            link.position = wanted.get(link.message_id, link.position)

    def write_all(self, matching: Callable[[Conversation], bool] = lambda _: True) -> None:
        """Write the stories that were not read yet, for answers that look at every message."""
        for conversation in list(self.conversations.values()):
            if matching(conversation):
                self.links(conversation.id)

    # what other clients of the server do

    def set_summary(self, conv_id: str, text: str | None) -> None:
        """Another client saves a summary."""
        conversation = self.conversations[conv_id]
        conversation.summary, conversation.updated_at = text, self.now()

    def archive(self, conv_id: str, archived: bool = True) -> None:
        """Another client archives a conversation, or takes it back."""
        conversation = self.conversations[conv_id]
        conversation.updated_at = self.now()
        conversation.archived_at = conversation.updated_at if archived else None

    def set_block(self, block_id: str, value: str) -> None:
        """Another client, or a turn, changes a block."""
        self.change_block(block_id, value=value)

    def delete_conversation(self, conv_id: str) -> None:
        """Somebody deletes a conversation: softly, but its isolated blocks permanently."""
        conversation = self.conversations[conv_id]
        links = self.links(conv_id)
        conversation.deleted = True
        for block_id in conversation.isolated:
            self.blocks.pop(block_id, None)
        conversation.isolated = []
        for link in links:
            link.deleted = True
        shared = {link.message_id for c in self._links.values() for link in c if not link.deleted}
        for row in self.rows.values():
            if row.conversation_id == conv_id and row.id not in shared:
                row.deleted = True

    def add_message(self, conv_id: str, role: str, text: str) -> str:
        """A message arrives in a conversation, or by an agent's id in its default one; answers its id."""
        self.links(conv_id)
        at = self.now()
        conversation = self.conversations.get(conv_id)
        agent_id = conversation.agent_id if conversation else conv_id
        if conversation:
            conversation.last_message_at = conversation.updated_at = at
        home = conversation.id if conversation else None
        otid = self.new_uuid() if role == "user" else None
        return self.write(agent_id, home, role, [text_part(text)], at=at, otid=otid).id

    def add_conversation(self, agent_id: str, summary: str | None = None, labels: Iterable[str] = ()) -> str:
        """Somebody makes a conversation, with isolated blocks for the labels; answers its id."""
        conversation = self.open_conversation(agent_id, summary)
        for label in labels:
            if self.isolate(conversation, label) is None:
                raise KeyError(label)
        self.add_system(conversation)
        return conversation.id

    def detach(self, agent_id: str, label: str) -> None:
        """Somebody detaches a block from an agent; isolated copies of it become dead letters."""
        agent = self.agents[agent_id]
        agent.block_ids = [i for i in agent.block_ids if self.blocks[i].label != label]
        self.refresh_default(agent)


def _position(link: Link) -> int:
    return link.position
