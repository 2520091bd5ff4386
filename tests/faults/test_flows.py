"""Every step of every write, struck before it, instead of its answer and after it: what is claimed is true.

The table says for each flow and step which faults strike and what the flow may claim then. The claim is held
against what the server has afterwards, the request is sent once at most, and the work is done once at most.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.app_helpers import NOW, only_agent, small_server
from tests.cases import case
from tests.faults.striking import (
    DONE_AND_FAILED,
    DONE_AND_LOST,
    FAILED,
    LOST,
    PATIENCE,
    READ,
    READ_BACK,
    REFUSED,
    UNREADABLE,
    UNSENT,
    WRITE,
    Fault,
    Striking,
)
from tests.faults.tally import TALLY
from tui.flows import write
from tui.letta.client import LettaClient
from tui.letta.collect import gather
from tui.letta.open_conversation import open_conversation
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.presentation.changes.create import failure_text
from tui.presentation.changes.delete import refusal_text
from tui.rules.changes import recompile as recompile_rules
from tui.rules.changes.create import Creation, Wanted
from tui.rules.changes.outcome import Conflict, Done, Outcome, Refused, Unknown
from tui.rules.changes.save import SummaryChange
from tui.rules.changes.undo import Entry, replay, step
from tui.rules.message_content import message_text

pytestmark = pytest.mark.anyio

DONE, NOT_DONE, FOUND, UNKNOWN = "done", "not done", "probably done", "unknown"
AT_FIRST = (*UNREADABLE, *REFUSED[1:3])


@dataclass
class World:
    """A server with a conversation without and one with isolated blocks, and a client without pauses."""

    server: Striking
    client: LettaClient
    agent: Agent
    plain: str
    isolated: str

    @classmethod
    def new(cls) -> World:
        """Fresh, with a shared block changed since the plain conversation was compiled."""
        inner = small_server("old")
        store, agent_id = inner.store, only_agent(inner)
        (plain,) = store.conversations
        isolated = store.add_conversation(agent_id, "mine", ("human", "project"))
        human = next(block for block in store.blocks.values() if block.label == "human")
        store.set_block(human.id, "Robin\nmoved")
        server = Striking(inner, archives=True)
        wire = Wire("http://letta.test", transport=server, patience=Patience(backoff=0.0))
        return cls(server, LettaClient(wire), Agent(id=agent_id), plain, isolated)

    def alive(self) -> list[str]:
        """The conversations that the server has."""
        return [row.id for row in self.server.inner.store.conversations.values() if not row.deleted]

    def summary(self) -> str | None:
        """What the server holds as the summary that the flows write."""
        return self.server.inner.store.conversations[self.plain].summary


Flow = Callable[[World, dict[str, Fault]], Awaitable[tuple[str, bool]]]
"""Runs a flow under faults; answers what it claims and whether the server did it."""


async def edit(world: World, at: dict[str, Fault]) -> tuple[str, bool]:
    """Save a summary."""
    world.server.at = at
    outcome = await write.save(world.client, SummaryChange(world.plain, world.agent.id, "old", "new"))
    return _saved(outcome), world.summary() == "new"


async def undo(world: World, at: dict[str, Fault]) -> tuple[str, bool]:
    """Take a saved summary back, as the journal has it."""
    entries = [
        Entry(NOW, "http://letta.test", world.plain, "seen", "older"),
        Entry(NOW, "http://letta.test", world.plain, "written", "old"),
    ]
    wanted = step(replay(entries), "undo")
    assert wanted is not None
    world.server.at = at
    change = SummaryChange(world.plain, world.agent.id, wanted.begun_from, wanted.text)
    outcome = await write.save(world.client, change)
    return _saved(outcome), world.summary() == "older"


def _saved(outcome: Outcome[Conversation]) -> str:
    if isinstance(outcome, Done):
        return DONE
    assert not isinstance(outcome, Conflict), "nobody else writes here"
    return NOT_DONE if isinstance(outcome, Refused) else UNKNOWN


async def create(world: World, at: dict[str, Fault]) -> tuple[str, bool]:
    """Create a conversation with an isolated block."""
    before = world.alive()
    world.server.at = at
    creation = await write.create(world.client, world.agent.id, Wanted("new", ("human",)))
    return _created(world, creation, before)


async def fork(world: World, at: dict[str, Fault]) -> tuple[str, bool]:
    """Fork a conversation."""
    before = world.alive()
    world.server.at = at
    row = Conversation(id=world.plain, agent_id=world.agent.id)
    return _created(world, await write.fork(world.client, row), before)


def _created(world: World, creation: Creation, before: list[str]) -> tuple[str, bool]:
    new = [one for one in world.alive() if one not in before]
    if isinstance(creation, Done):
        assert [creation.value.id] == new
        return DONE, bool(new)
    words = failure_text(creation)
    seen = creation.appeared
    assert [row.id for row in seen or ()] == (new if seen else [])
    if seen:
        assert "created anyway" in words
        assert new[0] in words
        return FOUND, bool(new)
    if isinstance(creation, Refused):
        return NOT_DONE, bool(new)
    assert "probably not" in words or "may have been" in words
    return UNKNOWN, bool(new)


async def delete(world: World, at: dict[str, Fault]) -> tuple[str, bool]:
    """Copy a conversation and delete it."""
    row = Conversation(id=world.isolated, agent_id=world.agent.id)

    async def back_up() -> str:
        await gather(world.client, row, world.agent, NOW)
        return "/copies/one.json"

    world.server.at = at
    removal = await write.delete(world.client, row.id, back_up)
    gone = world.isolated not in world.alive()
    if isinstance(removal, Done):
        return DONE, gone
    if isinstance(removal, Unknown):
        return UNKNOWN, gone
    assert "deleted" in refusal_text(removal)
    return NOT_DONE, gone


async def archive(world: World, at: dict[str, Fault]) -> tuple[str, bool]:
    """Archive a conversation on a server that really does it."""
    world.server.at = at
    outcome = await write.archive(world.client, world.plain, True)
    there = world.plain in world.server.archived
    if isinstance(outcome, Done):
        return DONE, there
    if isinstance(outcome, Unknown):
        return UNKNOWN, there
    return NOT_DONE, there


async def recompile(world: World, at: dict[str, Fault]) -> tuple[str, bool]:
    """Write the system message again, as it was shown."""
    row = Conversation(id=world.plain, agent_id=world.agent.id)
    opened = await open_conversation(world.client, row, world.agent, NOW)
    plan = recompile_rules.plan(opened, await world.client.recompiled_text(world.plain))
    assert isinstance(plan, recompile_rules.Plan)
    world.server.at = at
    outcome = await write.recompile(world.client, plan)
    world.server.at = {}
    (now,) = await world.client.message(plan.message_id)
    there = message_text(now) != plan.before
    if isinstance(outcome, Done):
        return DONE, there
    return (UNKNOWN if isinstance(outcome, Unknown) else NOT_DONE), there


FLOWS: dict[str, Flow] = {one.__name__: one for one in (edit, undo, create, fork, delete, archive, recompile)}
MAKES = ("create", "fork")

Row = tuple[str, str, tuple[Fault, ...], str, str]
"""Flow, step, faults; what may be claimed where the server can be read back afterwards, and where not."""


def table() -> list[Row]:
    """Every flow, step and fault, with the outcome that it has to have."""
    rows: list[Row] = []
    for flow in FLOWS:
        found = FOUND if flow in MAKES else DONE
        rows += [
            (flow, READ, AT_FIRST, NOT_DONE, NOT_DONE),
            (flow, WRITE, UNSENT, NOT_DONE, NOT_DONE),
            (flow, WRITE, (*REFUSED, *PATIENCE), NOT_DONE, NOT_DONE),
            (flow, WRITE, FAILED, NOT_DONE, UNKNOWN),
            (flow, WRITE, LOST, UNKNOWN, UNKNOWN),
            (flow, WRITE, DONE_AND_LOST, found, UNKNOWN),
            (flow, WRITE, DONE_AND_FAILED, found, UNKNOWN),
            (flow, READ_BACK, UNREADABLE, UNKNOWN if flow == "archive" else DONE, ""),
        ]
    return rows


TRUE_OF = {DONE: {True}, FOUND: {True}, NOT_DONE: {False}, UNKNOWN: {True, False}}


def struck(flow: str, step: str) -> Iterator[tuple[dict[str, Fault], str]]:
    """The faults of a flow by the step that they strike, alone and with one that strikes later, and the claim."""
    for *place, faults, claim, blind in table():
        for fault in faults if place == [flow, step] else ():
            yield {step: fault}, claim
            if step != READ_BACK and blind:
                yield from (({step: fault, READ_BACK: late}, blind) for late in UNREADABLE)


@pytest.mark.parametrize("step", [READ, WRITE, READ_BACK])
@pytest.mark.parametrize("flow", FLOWS)
async def test_what_is_claimed_is_true_and_nothing_is_done_twice(flow: str, step: str) -> None:
    for at, wanted in struck(flow, step):
        world = World.new()
        with case(*(f"{fault} at {step}" for step, fault in at.items())):
            with TALLY.trying():
                claimed, done = await FLOWS[flow](world, at)
            assert claimed == wanted
            assert done in TRUE_OF[claimed]
            assert len(world.server.sent) <= 1
            assert len(world.server.done) <= 1


@pytest.mark.parametrize("flow", FLOWS)
async def test_without_a_fault_it_is_done_once(flow: str) -> None:
    world = World.new()
    assert await FLOWS[flow](world, {}) == (DONE, True)
    assert len(world.server.done) == 1


async def test_a_dry_run_that_fails_does_not_take_somebody_elses_recompile_for_its_own() -> None:
    """Nothing was sent in earnest, although the system message is another one by now."""
    world = World.new()
    row = Conversation(id=world.plain, agent_id=world.agent.id)
    opened = await open_conversation(world.client, row, world.agent, NOW)
    plan = recompile_rules.plan(opened, await world.client.recompiled_text(world.plain))
    assert isinstance(plan, recompile_rules.Plan)
    await world.client.recompile(world.plain)
    world.server.strike(read=FAILED[0])
    assert isinstance(await write.recompile(world.client, plan), Refused)
    assert world.server.sent == []
