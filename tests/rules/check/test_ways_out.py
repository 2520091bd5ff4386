"""Which ways out are offered for which finding, by the kind of server and what it has shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from tests.rules.check.test_check import calls, first, said
from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import NoResponse
from tui.model.local_memory import LocalMemory
from tui.model.message import Message
from tui.model.opened import Context, Opened
from tui.model.supported import Feature, Support, Supported
from tui.rules.check.finding import Finding, Kind, Severity
from tui.rules.check.ways_out import (
    LETTA_CODE_HEALS,
    MOST_IDS,
    NOTHING_BROKEN,
    RULES,
    Way,
    WayOut,
    Why,
    ways_out,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NAMED, DEFAULT = Conversation(id="conv-1", agent_id="agent-1"), Conversation(id="default", agent_id="agent-1")
BROKEN = NoResponse("no answer")


def knows(feature: Feature, state: Literal["yes", "no"]) -> Supported:
    """A server known to have, or to lack, one feature."""
    return Supported({feature: Support(state)})


def opened(conversation: Conversation = NAMED, *messages: dict[str, Any], **fields: Any) -> Opened:
    read = tuple(Message.read(one) for one in messages or (first(),))
    context = Context(tuple(dict.fromkeys(one.id for one in read)), read)
    agent = Agent(id="agent-1", message_ids=context.ids)
    whole = Opened(conversation, agent, NOW, context, (), ())
    return replace(whole, **fields)


def finding(kind: Kind, label: str = "", **ids: str) -> Finding:
    return Finding(Severity.ERROR, kind, "A fault.", label=label, ids=ids)


def only(whole: Opened | None, kind: Kind, label: str = "", **ids: str) -> WayOut:
    (way,) = ways_out(whole, finding(kind, label, **ids))
    return way


def test_every_kind_has_a_rule_and_an_answer() -> None:
    assert set(RULES) == set(Kind) - NOTHING_BROKEN
    for kind in Kind:
        for conversation in (NAMED, DEFAULT):
            (way,) = ways_out(opened(conversation), finding(kind))
            assert (way.kind is Way.NONE) == (way.why is not None)
            assert way.kind is Way.NONE or way.words or way.request


@pytest.mark.parametrize("kind", [Kind.STALE, Kind.MISSING, Kind.REMOVED])
def test_memory_is_recompiled_unless_that_would_overwrite_isolated_values(kind: Kind) -> None:
    way = only(opened(), kind)
    assert (way.kind, way.action, way.words) == (
        *(Way.RECOMPILE, "conversation.recompile"),
        ("recompile", "conv-1"),
    )
    assert only(opened(isolated=(Block(id="block-1"),)), kind).why is Why.ISOLATED
    assert only(opened(isolated=(BROKEN,)), kind).why is Why.ISOLATED
    assert only(opened(isolated=None), kind).why is Why.ISOLATION_UNKNOWN
    default = only(opened(DEFAULT), kind)
    assert (default.action, default.words) == ("", ("recompile", "default", "--agent", "agent-1"))


@pytest.mark.parametrize("kind", [Kind.LOST, Kind.LEAKED])
def test_only_a_turn_brings_isolated_values_back(kind: Kind) -> None:
    assert only(opened(isolated=(Block(id="block-1"),)), kind).why is Why.LOST


def test_a_pending_approval_is_denied_and_of_a_default_conversation_its_run_cancelled() -> None:
    request = calls("message-1", "a", kind="approval_request", run_id="run-1")
    assert only(opened(NAMED, first(), request), Kind.APPROVAL).words == ("deny", "conv-1")
    way = only(opened(DEFAULT, first(), request), Kind.APPROVAL)
    assert (way.kind, way.words) == (Way.CANCEL_RUN, ("deny", "default", "--agent", "agent-1"))


def test_a_denial_that_would_run_something_is_not_offered() -> None:
    request = calls("message-2", "a", kind="approval_request")
    beside = opened(NAMED, first(), calls("message-1", "b"), said("reasoning", "message-2"), request)
    assert only(beside, Kind.APPROVAL).why is Why.TOOL_WOULD_RUN
    for field in ({"enable_sleeptime": True}, {"multi_agent_group": {"id": "group-1"}}):
        agent = Agent.read({"id": "agent-1", **field})
        assert only(opened(NAMED, first(), request, agent=agent), Kind.APPROVAL).why is Why.AGENT_WOULD_RUN
    alone = Agent.read({"id": "agent-1", "enable_sleeptime": False, "multi_agent_group": None})
    assert only(opened(NAMED, first(), request, agent=alone), Kind.APPROVAL).kind is Way.DENY


@pytest.mark.parametrize("kind", [Kind.CALL, Kind.RETURN, Kind.DUPLICATE_CALL])
def test_broken_calls_are_compacted_away_where_that_was_seen_to_work(kind: Kind) -> None:
    assert only(opened(), kind).words == ("compact", "conv-1", "--mode", "all")
    assert only(opened(DEFAULT), kind).words == ("compact", "default", "--mode", "all", "--agent", "agent-1")
    for supported in (knows("model", "no"), knows("compact", "no")):
        assert only(opened(supported=supported), kind).why is Why.TOO_OLD
    older = knows("last_message_at", "no")
    assert only(opened(DEFAULT, supported=older), kind).why is Why.TOO_OLD
    assert only(opened(supported=older), kind).kind is Way.COMPACT


def test_a_conversation_without_a_system_message_is_forked_and_the_default_one_never() -> None:
    way = only(opened(), Kind.NO_SYSTEM)
    assert (way.kind, way.action) == (Way.FORK, "conversation.fork")
    assert way.request is not None
    assert (way.request.method, way.request.path) == ("POST", "/v1/conversations/conv-1/fork")
    assert only(opened(DEFAULT), Kind.NO_SYSTEM).why is Why.NOT_SEEN


@pytest.mark.parametrize("feature", ["recompile", "last_message_at"])
def test_servers_before_0_16_7_neither_fork_nor_recompile(feature: Feature) -> None:
    older = knows(feature, "no")
    for kind in (Kind.STALE, Kind.NO_SYSTEM)[: 1 if feature == "recompile" else 2]:
        way = only(opened(supported=older), kind)
        assert way.why is Why.TOO_OLD
        assert way.lacking in ("recompile", "fork")


def test_the_ids_of_a_default_conversation_are_set_without_what_is_wrong() -> None:
    agent = Agent(id="agent-1", message_ids=("message-a", "message-b", "message-a", "message-gone"))
    whole = opened(DEFAULT, agent=agent)
    way = only(whole, Kind.DUPLICATE_ID, message="message-a")
    assert way.request is not None
    assert (way.request.method, way.request.path) == ("PATCH", "/v1/agents/agent-1")
    assert way.request.body == {"message_ids": ["message-a", "message-b", "message-gone"]}
    way = only(whole, Kind.NO_MESSAGE, message="message-gone")
    assert way.request is not None
    assert way.request.body == {"message_ids": ["message-a", "message-b"]}
    assert only(opened(), Kind.DUPLICATE_ID).why is Why.NOT_SEEN  # a named one has no such call
    long = Agent(id="agent-1", message_ids=tuple(map(str, range(MOST_IDS + 1))))
    assert only(opened(DEFAULT, agent=long), Kind.DUPLICATE_ID).why is Why.TOO_LONG


def test_a_limit_is_raised_to_the_characters_that_the_block_has() -> None:
    own, shared = Block(id="block-1", value="four", limit=2), Block(id="block-2", value="seventh", limit=2)
    whole = opened(isolated=(own, BROKEN), shared=(shared,))
    for block, limit in ((own, 4), (shared, 7)):
        way = only(whole, Kind.OVER_LIMIT, block=block.id)
        assert way.request is not None
        assert (way.request.path, way.request.body) == (f"/v1/blocks/{block.id}", {"limit": limit})
        assert way.limit == limit
    assert only(opened(shared=BROKEN), Kind.OVER_LIMIT, block="block-1").why is Why.NOT_SEEN


def test_a_dead_label_gets_an_empty_block() -> None:
    way = only(opened(isolated=(Block(id="block-1"),)), Kind.DEAD, "runbook")
    assert way.request is not None
    assert way.request.body == {"label": "runbook", "value": ""}
    assert way.request.then == "/v1/agents/agent-1/core-memory/blocks/attach/"


def test_an_empty_conversation_is_deleted() -> None:
    way = only(opened(), Kind.EMPTY)
    assert (way.kind, way.action) == (Way.DELETE, "conversation.delete")
    assert only(opened(supported=knows("delete", "no")), Kind.EMPTY).lacking == "delete"


@pytest.mark.parametrize("kind", [Kind.LEFT_OUT, Kind.BLOCK_GONE])
def test_some_have_no_way_out_on_any_server(kind: Kind) -> None:
    assert only(opened(), kind).kind is Way.NONE


@pytest.mark.parametrize("kind", sorted(set(Kind) - NOTHING_BROKEN))
def test_where_nothing_was_measured_nothing_is_offered(kind: Kind) -> None:
    assert only(opened(supported=knows("archive", "yes")), kind).why is Why.NEWER
    (way,) = ways_out(opened(), finding(kind), in_file=True)
    assert way.why is Why.FILE
    local = only(opened(local=LocalMemory(BROKEN, BROKEN)), kind)
    assert local.kind is (Way.IN_LETTA_CODE if kind in LETTA_CODE_HEALS else Way.NONE)
    assert local.why is (
        None if kind in LETTA_CODE_HEALS else Why.LEFT_OUT if kind is Kind.LEFT_OUT else Why.LOCAL
    )
    assert not local.words
    assert local.request is None


@pytest.mark.parametrize("kind", sorted(NOTHING_BROKEN))
def test_what_could_not_be_read_needs_no_repair(kind: Kind) -> None:
    for whole in (None, opened(), opened(local=LocalMemory(BROKEN, BROKEN))):
        assert only(whole, kind).why is Why.NOTHING_BROKEN


def test_ids_of_the_server_cannot_leave_their_collection() -> None:
    hostile = Conversation(id="../agents/agent-1?x=", agent_id="agent-1")
    way = only(opened(hostile), Kind.EMPTY)
    assert way.request is not None
    assert way.request.path == "/v1/conversations/..%2Fagents%2Fagent-1%3Fx%3D"
