"""The store that the transport serves: the tables, and what "somebody else on the server" does to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tui.backends.demo.tables import Tables, text_part


class Store(Tables):
    """All agents, blocks, conversations and messages; deterministic when `now` is given."""

    @classmethod
    def empty(cls, now: datetime | None = None) -> Store:
        """Make a store without a single agent, for tests that say what is in it."""
        return cls(now)

    def set_summary(self, conv_id: str, text: str | None) -> None:
        """Another client saves a summary."""
        conversation = self.conversations[conv_id]
        conversation.summary, conversation.updated_at = text, self.now()

    def set_block(self, block_id: str, value: str) -> None:
        """Another client, or a turn, changes a block."""
        self.change_block(block_id, value=value)

    def delete_conversation(self, conv_id: str) -> None:
        """Somebody deletes a conversation: soft, but its isolated blocks are gone for good."""
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
