"""Handlers of `/v1/agents/`, `/v1/blocks/` and health."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from tui.backends.demo import blocks as block_handlers
from tui.backends.demo import errors
from tui.backends.demo.cloud import GIT_MEMORY_TAG
from tui.backends.demo.records import DEFAULT_LIMIT, USER_ID, Agent, Block, Json, timestamp
from tui.backends.demo.request import Request, optional_text
from tui.backends.demo.store import Store

EMPTY_LISTS = (
    "tool_rules",
    "tools",
    "sources",
    "tool_exec_environment_variables",
    "secrets",
    "identity_ids",
    "identities",
)
NOT_SET = (
    "response_format", "metadata", "project_id", "template_id", "base_template_id", "deployment_id",
    "entity_id", "pending_approval", "enable_sleeptime", "multi_agent_group", "managed_group",
    "last_run_duration_ms", "last_stop_reason", "hidden",
)  # fmt: skip

SETTINGS: Json = {
    "agent_type": "letta_v1_agent",
    "embedding_config": None,
    "embedding": "openai/text-embedding-3-small",
    "model_settings": {"provider_type": "openai", "max_output_tokens": 16384, "parallel_tool_calls": True},
    "compaction_settings": {"mode": "sliding_window", "sliding_window_percentage": 0.3},
    "message_buffer_autoclear": False,
    "timezone": "UTC",
    "max_files_open": 10,
    "per_file_view_window_char_limit": 25_000,
}
MEMORY: Json = {
    "agent_type": "letta_v1_agent",
    "file_blocks": [],
    "prompt_template": "",
}


def list_agents(request: Request) -> list[Json]:
    """GET /v1/agents/ -> records, newest first; an unknown `after` or `before` is page 1 again (measured)."""
    ascending = request.choice("order", "desc", "asc", "desc") == "asc"
    field = request.choice("order_by", "created_at", "created_at", "updated_at", "last_run_completion")
    limit = request.limit(50)
    chosen = list(request.store.agents.values())
    if (name := request.query.get("name")) is not None:
        chosen = [agent for agent in chosen if agent.name == name]
    if text := request.query.get("query_text"):
        chosen = [agent for agent in chosen if text.lower() in agent.name.lower()]
    if tags := request.query.get_list("tags"):
        chosen = [agent for agent in chosen if set(tags) & set(agent.tags)]
    chosen = _in_order(chosen, field, ascending)
    positions = {
        agent.id: position
        for position, agent in enumerate(_in_order(request.store.agents.values(), field, ascending))
    }
    if (after := request.query.get("after")) in positions:
        chosen = [agent for agent in chosen if positions[agent.id] > positions[after]]
    if (before := request.query.get("before")) in positions:
        chosen = [agent for agent in chosen if positions[agent.id] < positions[before]]
    return [_record(request, agent) for agent in (chosen[:limit] if limit else chosen)]


def _in_order(agents: Any, field: str, ascending: bool) -> list[Agent]:
    def key(agent: Agent) -> tuple[datetime, str]:
        return getattr(agent, field), agent.id

    dated = [agent for agent in agents if getattr(agent, field) is not None]
    undated = [agent for agent in agents if getattr(agent, field) is None]
    undated.sort(key=lambda agent: agent.id, reverse=not ascending)
    return sorted(dated, key=key, reverse=not ascending) + undated


def _related(request: Request) -> bool:
    """Return whether blocks are loaded: not for an SDK unless asked, nor with an empty include_relationships."""
    if "agent.blocks" in request.query.get_list("include"):
        return True
    if request.cloud:
        return False
    if "memory" in request.query.get_list("include_relationships"):
        return True
    if "include_relationships" in request.query or "x-stainless-package-version" in request.headers:
        return False
    return not request.headers.get("user-agent", "letta-client").startswith("letta-client")


def _record(request: Request, agent: Agent) -> Json:
    """Render an agent; on the cloud, its tags and what depends on them are also left out unless requested."""
    record = agent_json(request.store, agent, _related(request))
    if request.cloud and "agent.tags" not in request.query.get_list("include"):
        record["tags"] = []
        record["memory"]["git_enabled"] = False
    return record


def agent_json(store: Store, agent: Agent, related: bool = True) -> Json:
    """Render an agent; without relationships `blocks` and `memory.blocks` are empty lists."""
    blocks = [block.json() for block in store.shared(agent)] if related else []
    model = agent.model.partition("/")[2]
    return {
        "created_by_id": USER_ID,
        "last_updated_by_id": USER_ID,
        "created_at": timestamp(agent.created_at),
        "updated_at": timestamp(agent.updated_at),
        "id": agent.id,
        "name": agent.name,
        **{name: [] for name in EMPTY_LISTS},
        **dict.fromkeys(NOT_SET),
        **SETTINGS,
        "tool_rules": [_approval_rule(name) for name in sorted(agent.need_approval)],
        "message_ids": list(agent.message_ids),
        "system": agent.system,
        "llm_config": {
            "model": model,
            "model_endpoint_type": "openai",
            "context_window": 128_000,
            "handle": agent.model,
        },
        "model": agent.model,
        "description": agent.description,
        "memory": MEMORY | {"git_enabled": GIT_MEMORY_TAG in agent.tags, "blocks": blocks},
        "blocks": blocks,
        "tags": list(agent.tags),
        "last_run_completion": timestamp(agent.last_run_completion),
    }


def _approval_rule(tool_name: str) -> Json:
    return {"tool_name": tool_name, "type": "requires_approval", "prompt_template": None}


def update(request: Request) -> Json:
    """PATCH /v1/agents/{id} -> record; of its fields only the ids in context of the default conversation."""
    body = request.body()
    agent = request.store.agents.get(request.ids["agent_id"])
    if agent is None:
        raise errors.no_record("Agent", request.ids["agent_id"])
    ids = body.get("message_ids")
    if ids is not None:
        if not isinstance(ids, list):
            where = ("body", "message_ids")
            raise errors.wrong_type("list_type", "Input should be a valid list", where, ids)
        agent.message_ids = [str(one) for one in ids]
        agent.updated_at = request.store.now()
    return _record(request, agent)


def set_approval(request: Request) -> Json:
    """PATCH /v1/agents/{id}/tools/approval/{tool} -> record; nobody asks whether it has that tool (measured)."""
    agent, name = request.agent(), request.ids["tool_name"]
    if request.body().get("requires_approval"):
        agent.need_approval.add(name)
    else:
        agent.need_approval.discard(name)
    return agent_json(request.store, agent)


def count(request: Request) -> int:
    """GET /v1/agents/count -> a bare number."""
    return len(request.store.agents)


def retrieve(request: Request) -> Json:
    """GET /v1/agents/{id} -> record, the only source of the default conversation's ids in context."""
    agent = request.store.agents.get(request.ids["agent_id"])
    if agent is None:
        raise errors.plain(404, f"Agent with ID {request.ids['agent_id']} not found")
    return _record(request, agent)


def create(request: Request) -> Json:
    """POST /v1/agents/ -> record, of name, model, memory_blocks [{label, value, ...}] and existing block_ids."""
    body = request.body()
    model = optional_text(body, "model")
    if model is None:
        raise errors.plain(400, "INVALID_ARGUMENT: Must specify either model or llm_config in request")
    store = request.store
    blocks = [
        store.add_block(
            block["label"],
            block["value"],
            description=block.get("description"),
            limit=block.get("limit", DEFAULT_LIMIT),
            read_only=block.get("read_only", False),
        )
        for block in body.get("memory_blocks") or []
    ]
    blocks += [store.blocks[block_id] for block_id in body.get("block_ids") or []]
    agent_id = store.add_agent(optional_text(body, "name") or "agent", blocks, model=model)
    return agent_json(store, store.agents[agent_id])


def delete(request: Request) -> Json:
    """DELETE /v1/agents/{id} -> {message}; its conversations are hard-deleted with it, its blocks stay."""
    identifier, store = request.ids["agent_id"], request.store
    if store.agents.pop(identifier, None) is None:
        raise errors.no_record("Agent", identifier)
    store.conversations = {k: c for k, c in store.conversations.items() if c.agent_id != identifier}
    store.rows = {k: row for k, row in store.rows.items() if row.agent_id != identifier}
    return {"message": f"Agent id={identifier} successfully deleted"}


def core_blocks(request: Request) -> list[Json]:
    """GET /v1/agents/{id}/core-memory/blocks -> the shared blocks, paged by id; conversation_id is ignored.

    The order is that of the ids, and a limit of 0 is none (measured).
    """
    ascending = request.choice("order", "desc", "asc", "desc") == "asc"
    limit = request.limit(100)
    chosen = sorted(_shared(request), key=lambda block: block.id, reverse=not ascending)
    for name, further in (("after", ascending), ("before", not ascending)):
        if border := request.query.get(name):
            chosen = [block for block in chosen if (block.id > border if further else block.id < border)]
    return [block.json() for block in (chosen[:limit] if limit else chosen)]


def core_block(request: Request) -> Json:
    """GET /v1/agents/{id}/core-memory/blocks/{label} -> the shared block of that label."""
    return _shared_block(request).json()


def update_core_block(request: Request) -> Json:
    """PATCH /v1/agents/{id}/core-memory/blocks/{label} -> the shared block; conversation_id is ignored.

    It is compiled into this agent's default conversation alone, whoever else has it (measured).
    """
    changes = block_handlers.read_changes(request)
    store = request.store
    block = store.blocks[_shared_block(request).id]
    store.blocks[block.id] = changed = replace(block, **changes)
    store.refresh_default(store.agents[request.ids["agent_id"]])
    return changed.json()


def of_block(request: Request) -> list[Json]:
    """GET /v1/blocks/{id}/agents -> the agents that have a block, newest first; none of an unknown one (measured)."""
    ascending = request.choice("order", "desc", "asc", "desc") == "asc"
    limit = request.limit(50)
    block_id = request.ids["block_id"]
    having = [agent for agent in request.store.agents.values() if block_id in agent.block_ids]
    chosen = _in_order(having, "created_at", ascending)
    positions = {agent.id: position for position, agent in enumerate(chosen)}
    if (after := request.query.get("after")) in positions:
        chosen = chosen[positions[after] + 1 :]
    return [_record(request, agent) for agent in (chosen[:limit] if limit else chosen)]


def _shared_block(request: Request) -> Block:
    label = request.ids["block_label"]
    found = next((block for block in _shared(request) if block.label == label), None)
    if found is None:
        raise errors.plain(404, f"No block with label '{label}' found for agent '{request.ids['agent_id']}'")
    return found


def _shared(request: Request) -> list[Block]:
    agent = request.store.agents.get(request.ids["agent_id"])
    if agent is None:
        raise errors.no_record("Agent", request.ids["agent_id"])
    return request.store.shared(agent)


def detach(request: Request) -> Json:
    """PATCH /v1/agents/{id}/core-memory/blocks/detach/{block} -> the agent's record."""
    agent = request.agent()
    block = request.store.blocks.get(request.ids["block_id"])
    if block is not None and block.id in agent.block_ids:
        request.store.detach(agent.id, block.label)
    return agent_json(request.store, agent)


def attach(request: Request) -> Json:
    """PATCH /v1/agents/{id}/core-memory/blocks/attach/{block} -> the agent's record; one label twice is a 409."""
    agent, store = request.agent(), request.store
    block = store.blocks.get(request.ids["block_id"])
    if block is None:
        raise errors.no_record("Block", request.ids["block_id"])
    if any(one.label == block.label and one.id != block.id for one in store.shared(agent)):
        raise errors.plain(409, "A unique constraint was violated for Agent. Check your input for duplicates")
    if block.id not in agent.block_ids:
        agent.block_ids.append(block.id)
    return agent_json(store, agent)


def health(request: Request) -> Json:
    """GET /v1/health/ and /v1/ready/ -> {version, status}; the transport fills in the version."""
    return {"version": "", "status": "ok"}
