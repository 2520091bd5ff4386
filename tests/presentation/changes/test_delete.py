"""What is shown before a deletion, and what its copy contains."""

from __future__ import annotations

import json

import pytest

from tests.app_helpers import NOW, only_agent, small_server
from tests.flows.test_write import client_of, first_id, isolated_server, opened_of
from tui.letta.collect import gather
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.presentation.changes import delete

pytestmark = pytest.mark.anyio


async def test_what_is_lost_is_shown() -> None:
    transport = isolated_server()
    opened = await opened_of(client_of(transport), transport)
    shown = delete.consequences(opened, "/state/backups", "half a thought")
    assert "2 isolated blocks are deleted with it, 1 stored nowhere else: human." in shown.text
    assert "/state/backups" in shown.text
    assert "half a thought" in shown.text
    assert [item.title for item in shown.items] == ["human", "project"]


async def test_one_block_is_not_named_as_several() -> None:
    transport = small_server("One")
    made = transport.store.add_conversation(only_agent(transport), "Billing", ("human",))
    opened = await opened_of(client_of(transport), transport, made)
    assert (
        "1 isolated block is deleted with it, the same as its shared block."
        in delete.consequences(opened, "/x", None).text
    )


async def test_the_copy_has_every_text() -> None:
    """Conversation, messages before the context too, isolated and shared values, the agent, the draft."""
    transport = isolated_server()
    store, key = transport.store, first_id(transport)
    for number in range(5):
        store.add_message(key, "assistant", f"said {number} 🎉")
    ids = store.in_context(key)
    store.set_in_context(key, [ids[0], *ids[-2:]])
    whole = await gather(client_of(transport), Conversation(id=key), Agent(id=only_agent(transport)), NOW)
    copy = json.loads(json.dumps(delete.backup_json(whole, "http://letta.test", "a draft")))
    assert [message["id"] for message in copy["messages"]] == ids
    assert copy["in_context_message_ids"] == [ids[0], *ids[-2:]]
    assert copy["conversation"]["summary"] == "mine"
    assert {block["label"]: block["value"] for block in copy["isolated_blocks"]} == {
        "human": "Robin, who moved",
        "project": "ledger",
    }
    assert {block["label"] for block in copy["shared_blocks"]} == {"human", "persona", "project"}
    assert copy["agent"]["id"] == only_agent(transport)
    assert copy["draft"] == "a draft"
