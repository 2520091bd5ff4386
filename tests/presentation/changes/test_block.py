"""What is shown before a memory block is changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.flows.test_write import client_of, isolated_server, opened_of
from tests.servers_known import known
from tui.model.agent import Agent
from tui.model.conversation import DEFAULT
from tui.model.opened import Opened
from tui.presentation.changes.block import (
    CHANGED,
    WRITES_BACK,
    consequences,
    editor_facts,
    editor_title,
    title,
)
from tui.presentation.changes.consequences import Consequences
from tui.presentation.item import SideBySide
from tui.rules.changes.block import BlockChange, Readers, Verb, block_of, change_of

pytestmark = pytest.mark.anyio

ALONE = Readers(0, 0, agents=())


async def opened() -> Opened:
    """`human` and `project` are isolated; the model reads an older `human`."""
    transport = isolated_server("One")
    return await opened_of(client_of(transport), transport)


def shown(
    read: Opened, name: str, verb: Verb = "edit", readers: Readers = ALONE, text: str | None = None
) -> Consequences:
    change = change_of(read, name, verb, text=text)
    assert isinstance(change, BlockChange)
    block = block_of(read, change.block_id)
    assert block is not None
    return consequences(read, change, block, readers)


async def test_an_isolated_block_is_read_by_its_conversation_alone() -> None:
    found = shown(await opened(), "human", text="Robin is back")
    assert found.text.split("\n") == [
        "This conversation's own block, 13 of 100,000 characters.",
        "Only this conversation reads it.",
        "This conversation's model reads an older value, until an automatic compaction.",
    ]
    assert (found.confirm, found.forced) == ("Save it", False)
    (texts,) = found.items[0].parts
    assert isinstance(texts, SideBySide)
    assert (texts.left.source, texts.right.source, texts.marked) == (
        "Robin, who moved",
        "Robin is back",
        True,
    )
    assert found.items[1].text == WRITES_BACK


async def test_a_shared_block_names_who_else_reads_it() -> None:
    agents = tuple(Agent(id=f"agent-{n}", name=f"[/b]{n}\x1b[31m") for n in range(4))
    readers = Readers(1, 2, 3, agents=agents)
    found = shown(await opened(), "persona", readers=readers, text="I ramble.")
    lines = found.text.split("\n")
    assert lines[1] == (
        "Also read by 1 other conversation of this agent and its default one; 2 have blocks of their own; "
        "for 3, this is unknown."
    )
    assert lines[2] == ("! Also read by 4 other agents: [/b]0␛[31m, [/b]1␛[31m, [/b]2␛[31m and 1 more.")
    assert lines[3] == "This conversation's model reads an older value, until an automatic compaction."
    assert lines[4] == "The default conversation reads it at once, the others once they are recompiled."


async def test_what_could_not_be_read_is_no_zero() -> None:
    found = shown(await opened(), "persona", readers=Readers(), text="I ramble.")
    assert "Could not find out which other conversations read it." in found.text
    assert "Could not find out which other agents use it." in found.text
    some = shown(await opened(), "persona", readers=Readers(7, whole=False, agents=()), text="I ramble.")
    assert "Also read by at least 7 other conversations of this agent" in some.text
    many = Readers(0, agents=(Agent(id="agent-1"),) * 20, more_agents=True)
    assert (
        "! Also read by at least 20 other agents"
        in shown(await opened(), "persona", readers=many, text="x").text
    )


async def test_a_reset_to_what_the_model_reads_is_live_at_once() -> None:
    found = shown(await opened(), "human", "reset")
    assert "This conversation's model already reads this text." in found.text
    assert found.items[1].text.startswith("The block stays isolated")


async def test_a_promotion_changes_what_others_read() -> None:
    found = shown(await opened(), "human", "promote")
    assert found.text.startswith("The agent's shared block, 16 of 100,000 characters.")
    assert "This conversation's model reads its own block, as before." in found.text
    assert found.items[1].text.startswith("This conversation keeps its isolated block")
    assert found.items[0].word == "shared"


async def test_the_default_conversation_reads_it_at_once() -> None:
    read = await opened()
    default = replace(read, conversation=read.conversation.changed(id=DEFAULT), isolated=())
    text = shown(default, "persona", text="I ramble.").text
    assert "reads it at once: each edit recompiles the default conversation." in text
    assert "Other conversations read an older value until they are recompiled." in text
    assert "and its default one" not in text
    older = shown(
        replace(default, supported=known(lacks=["last_message_at"])), "persona", text="I ramble."
    ).text
    assert "reads it at once" not in older
    assert "This conversation's model reads an older value, until it is compiled again." in older


async def test_a_change_by_somebody_else_since_is_announced() -> None:
    read = await opened()
    change = change_of(read, "human", text="mine")
    assert isinstance(change, BlockChange)
    block = block_of(read, change.block_id)
    assert block is not None
    assert CHANGED not in consequences(read, change, block, ALONE).text
    assert CHANGED in consequences(read, change.over("what I began from"), block, ALONE).text


async def test_memory_in_git_is_changed_only_if_the_user_insists() -> None:
    read = await opened()
    agent = Agent.read({"id": read.agent.id, "tags": ["git-memory-enabled"]})
    found = shown(replace(read, agent=agent), "human", text="x")
    assert (found.confirm, found.forced) == ("Save it anyway", True)
    assert "! does it anyway; y does not." in found.text


async def test_hidden_isolation_is_said() -> None:
    found = shown(replace(await opened(), isolated=None), "persona", text="x")
    assert "This server does not report isolated blocks" in found.text
    assert "It is unknown what this conversation's model reads: the server does not report" in found.text


async def test_texts_of_a_server_are_one_line() -> None:
    read = await opened()
    change = change_of(read, "human")
    assert isinstance(change, BlockChange)
    hostile = replace(change, label="[/foo]\x1b[2J\nx")
    block = block_of(read, change.block_id)
    assert block is not None
    block = block.changed(description="[/foo]\x07\nbell", limit=None)
    assert title("edit", hostile.label) == "Save “[/foo]␛[2J ⏎ x”?"
    assert title("reset", "human") == "Reset “human” to the agent's shared value?"
    assert title("promote", "human") == "Write this conversation's “human” into the agent's shared block?"
    assert editor_title(hostile) == "▣ [/foo]␛[2J ⏎ x · this conversation's own block"
    limit, described = editor_facts(change, block).split("\n")
    assert limit.startswith("limit not reported · ")
    assert described.startswith("[/foo]␇ ⏎ bell")
