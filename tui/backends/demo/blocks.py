"""Handlers of `/v1/blocks/`."""

from __future__ import annotations

from collections import Counter

from tui.backends.demo import errors
from tui.backends.demo.records import DEFAULT_LIMIT, Block, Json
from tui.backends.demo.request import Request, optional_text, storable


def list_blocks(request: Request) -> list[Json]:
    """GET /v1/blocks/ -> blocks, oldest first, isolated ones too; `ids` and `agent_id` are ignored.

    Filtered by connected agents, they are in the order of their ids, although cursors go by age (measured).
    """
    ascending = request.choice("order", "asc", "asc", "desc") == "asc"
    limit = request.limit(50)
    counted = "connected_to_agents_count_eq" in request.query
    order = _id if counted else _age
    chosen = sorted(request.store.blocks.values(), key=order, reverse=not ascending)
    chosen = [block for block in chosen if _matches(request, block)]
    known = request.store.blocks
    if (after := request.query.get("after", "")) in known:
        border = _age(known[after])
        chosen = [block for block in chosen if (_age(block) > border if ascending else _age(block) < border)]
    if (before := request.query.get("before", "")) in known:
        border = _age(known[before])
        chosen = [block for block in chosen if (_age(block) < border if ascending else _age(block) > border)]
    return [block.json() for block in chosen[:limit]]


def _id(block: Block) -> tuple[float, str]:
    return 0.0, block.id


def _age(block: Block) -> tuple[float, str]:
    return block.created_at.timestamp(), block.id


def _matches(request: Request, block: Block) -> bool:
    if "label" in request.query and block.label != request.query["label"]:
        return False
    for name, text in (("label_search", block.label), ("value_search", block.value)):
        if request.query.get(name, "").lower() not in text.lower():
            return False
    counts = [int(number) for number in request.query.get_list("connected_to_agents_count_eq")]
    if not counts:
        return True
    uses = Counter(block_id for agent in request.store.agents.values() for block_id in agent.block_ids)
    return uses[block.id] in counts


def create(request: Request) -> Json:
    """POST /v1/blocks/ -> the block, which no agent has yet."""
    body = request.body()
    label = optional_text(body, "label")
    if label is None:
        raise errors.missing("body", "label")
    made = request.store.add_block(
        label,
        optional_text(body, "value") or "",
        description=optional_text(body, "description"),
        limit=body.get("limit") or DEFAULT_LIMIT,
    )
    return made.json()


def retrieve(request: Request) -> Json:
    """GET /v1/blocks/{id} -> the block, shared or isolated."""
    block = request.store.blocks.get(request.ids["block_id"])
    if block is None:
        raise errors.plain(404, f"Block with id '{request.ids['block_id']}' not found")
    return block.json()


def update(request: Request) -> Json:
    """PATCH /v1/blocks/{id} -> the block, which is compiled into the default conversation of each agent that has it."""
    changes = read_changes(request)
    if request.ids["block_id"] not in request.store.blocks:
        raise errors.no_record("Block", request.ids["block_id"])
    return request.store.change_block(request.ids["block_id"], **changes).json()


def read_changes(request: Request) -> Json:
    """The changes of a block in a body: null is none, NUL is cut out, and neither limit nor read-only is enforced."""
    body = request.body()
    changes: Json = {}
    for name in ("value", "description"):
        text = optional_text(body, name)
        if text is not None:
            changes[name] = text.replace("\0", "")
            storable(changes[name])
    return changes | {name: body[name] for name in ("limit", "read_only") if body.get(name) is not None}


def delete(request: Request) -> None:
    """DELETE /v1/blocks/{id} -> null; a conversation it was isolated for no longer reports it."""
    identifier = request.ids["block_id"]
    if request.store.blocks.pop(identifier, None) is None:
        raise errors.no_record("Block", identifier)
    for conversation in request.store.conversations.values():
        if identifier in conversation.isolated:
            conversation.isolated.remove(identifier)
    for agent in request.store.agents.values():
        if identifier in agent.block_ids:
            agent.block_ids.remove(identifier)
            request.store.refresh_default(agent)
