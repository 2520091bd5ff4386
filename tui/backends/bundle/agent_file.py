"""Letta's own agent file: agents with their blocks and messages, which become default conversations here.

Read in the source of 0.16.8 (`letta/schemas/agent_file.py`): ids are `agent-0`, `message-3`; messages are as
stored, not as lists render them; it has no conversations, only what is in context of each agent.
"""

from __future__ import annotations

from tui.backends.bundle.recording import (
    RecordedConversation,
    Recording,
    UnreadableFile,
    check_count,
    object_list,
    required_id,
    text_field,
    text_list,
)
from tui.backends.bundle.stored_message import render_message
from tui.backends.demo.records import Json

ANSWERS_IN_TEXT = "letta_v1_agent"
"""The type of agent whose text is its answer; every other one answers by `send_message`, and its text is reasoning."""


def is_agent_file(file: Json) -> bool:
    """Return whether the file has the shape of an agent file, of either format."""
    return isinstance(file.get("agents"), list) or "core_memory" in file


def read_agent_file(file: Json) -> Recording:
    """The recording in an agent file; raises UnreadableFile."""
    if "core_memory" in file:
        return _read_old_format(file)
    recording = Recording()
    recording.blocks = {required_id(block, "block"): block for block in object_list(file, "blocks")}
    for agent in object_list(file, "agents"):
        block_ids = dict.fromkeys(text_list(agent.get("block_ids") or [], "block_ids"))
        shared = [recording.blocks[block_id] for block_id in block_ids if block_id in recording.blocks]
        in_context = text_list(agent.get("in_context_message_ids") or [], "in_context_message_ids")
        _add_agent(recording, agent, required_id(agent, "agent"), shared, in_context)
    if not recording.agents:
        raise UnreadableFile("it contains no agent")
    return recording


def _read_old_format(file: Json) -> Recording:
    """The format before 0.10: one agent, its blocks inside, its messages without ids."""
    recording = Recording(version=text_field(file, "version"))
    blocks = [block | {"id": f"block-{n}"} for n, block in enumerate(object_list(file, "core_memory"))]
    messages = [message | {"id": f"message-{n}"} for n, message in enumerate(object_list(file, "messages"))]
    indices = file.get("in_context_message_indices") or []
    if not isinstance(indices, list):
        raise UnreadableFile("its “in_context_message_indices” is not a list")
    in_context = [f"message-{index}" for index in indices if isinstance(index, int)]
    recording.blocks = {block["id"]: block for block in blocks}
    _add_agent(recording, file | {"messages": messages}, "agent-0", blocks, in_context)
    return recording


def _add_agent(
    recording: Recording, agent: Json, agent_id: str, blocks: list[Json], in_context: list[str]
) -> None:
    text_is_answer = text_field(agent, "agent_type") in (None, ANSWERS_IN_TEXT)
    rows = object_list(agent, "messages")
    messages: list[Json] = []
    for row in rows:
        check_count(len(messages) + _part_count(row))  # each part becomes a message
        messages += render_message(row, text_is_answer=text_is_answer)
    config = agent.get("llm_config")
    model = agent.get("model") or (
        config.get("handle") or config.get("model") if isinstance(config, dict) else None
    )
    fields = ("name", "description", "agent_type", "created_at", "updated_at", "tags", "system")
    record = {name: agent[name] for name in fields if name in agent}
    recording.agents[agent_id] = record | {"id": agent_id, "model": model, "message_ids": in_context}
    recording.shared_blocks[agent_id] = blocks
    recording.add(RecordedConversation({"id": "default", "agent_id": agent_id}, messages, in_context))
    for row in rows:
        recording.messages.setdefault(row["id"], [])  # it is stored, and shows nothing


def _part_count(message: Json) -> int:
    content = message.get("content")
    return len(content) if isinstance(content, list) else 1
