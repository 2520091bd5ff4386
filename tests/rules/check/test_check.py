"""The context check: each fault is found once, explained and placed, and healthy conversations give nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.rules.memory.system_messages import Shown, plain, system
from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NoResponse, NotOffered, NotThere, ServerTrouble
from tui.model.message import Message
from tui.model.opened import Context, Opened
from tui.presentation.memory_items import memory_items
from tui.presentation.transcript import transcript
from tui.rules.check import check
from tui.rules.check.finding import Finding, Kind, Severity, worst
from tui.rules.view_state import MemoryMode

MADE = datetime(2026, 11, 22, 0, 20, 25, tzinfo=UTC)
NOW = MADE + timedelta(hours=3)
FIXTURES = Path(__file__).parents[2] / "fixtures"
HUMAN = (Shown("human", "Name: Sam"),)
GONE = NotThere("Reading a message: not found (404)", status=404)
SHARED = (Block(id="block-1", label="human", value="Name: Sam"),)
SILENT = NoResponse("Reading a message: no response within the timeout")


def said(kind: str, message_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": message_id, "message_type": f"{kind}_message", **fields}


def first(text: str | None = None) -> dict[str, Any]:
    return said("system", "message-system", content=system(plain(HUMAN)) if text is None else text)


def calls(message_id: str, *names: str, kind: str = "tool_call", **fields: Any) -> dict[str, Any]:
    asked = [{"name": f"tool-{name}", "arguments": "{}", "tool_call_id": f"call-{name}"} for name in names]
    return said(kind, message_id, tool_calls=asked, tool_call=asked[0], **fields)


def returns(message_id: str, *names: str, **fields: Any) -> dict[str, Any]:
    told = [
        {"tool_call_id": f"call-{name}", "status": "success", "tool_return": "ok", "type": "tool"}
        for name in names
    ]
    return said("tool_return", message_id, tool_returns=told, **fields)


def verdicts(message_id: str, *names: str, **told: Any) -> dict[str, Any]:
    answer = {"type": "approval", "approve": True, **told}
    return said(
        "approval_response",
        message_id,
        approvals=[{**answer, "tool_call_id": f"call-{name}"} for name in names],
    )


USER, BYE = said("user", "message-user", content="hi"), said("assistant", "message-bye", content="done")


def context(*sent: dict[str, Any], ids: Iterable[str] | None = None, **told: Any) -> Context:
    messages = tuple(Message.read(message) for message in sent)
    known = tuple(dict.fromkeys(message.id for message in messages))
    return Context(tuple(dict.fromkeys(ids or known)), messages, **told)


def opened(
    seen: Context | LettaError,
    *,
    told_ids: tuple[str, ...] | None = None,
    shared: tuple[Block, ...] | LettaError = SHARED,
    isolated: tuple[Block | LettaError, ...] = (),
    **conversation: Any,
) -> Opened:
    ids = seen.ids if isinstance(seen, Context) else None
    fields = {
        "id": "conv-1",
        "agent_id": "agent-1",
        "created_at": MADE,
        "last_message_at": None,
        "in_context_message_ids": told_ids or ids,
        "isolated_block_ids": tuple(
            block.id if isinstance(block, Block) else f"block-lost-{at}" for at, block in enumerate(isolated)
        ),
        **conversation,
    }
    return Opened(
        Conversation(id="conv-1").changed(**fields), Agent(id="agent-1"), NOW, seen, shared, isolated
    )


def only(found: tuple[Finding, ...]) -> Finding:
    (finding,) = found
    return finding


def check_of(*sent: dict[str, Any], **told: Any) -> tuple[Finding, ...]:
    return check(opened(context(first(), *sent, **told)))


# healthy


def real(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FIXTURES / f"{name}.json").read_bytes())
    return found


@pytest.mark.parametrize(
    "name", ["conversation_approvals", "conversation_basic", "conversation_reasoning_tools"]
)
def test_conversations_of_a_real_server_have_no_fault_in_their_messages(name: str) -> None:
    assert not [finding for finding in check(opened(context(*real(name)))) if finding.tab == "messages"]


def test_a_compacted_conversation_of_a_real_server_has_no_fault() -> None:
    ids = real("compaction_after")[0]["in_context_message_ids"]
    rows: dict[str, list[dict[str, Any]]] = {}
    for message in real("compaction_after_messages"):
        rows.setdefault(message["id"], []).append(message)
    seen = context(*(part for message_id in ids for part in rows[message_id]), ids=ids)
    assert not [finding for finding in check(opened(seen)) if finding.tab == "messages"]


def test_calls_with_returns_are_sound() -> None:
    assert not check_of(USER, calls("m-1", "a", "b"), returns("m-2", "b", "a"), BYE)


def test_a_result_of_the_client_counts_as_a_return() -> None:
    supplied = verdicts("m-2", "a", type="tool", tool_return="photo", status="success")
    assert not check_of(USER, calls("m-1", "a", kind="approval_request"), supplied, BYE)


def test_a_stored_result_of_the_client_counts_as_a_return() -> None:
    supplied = verdicts("m-2", "a", func_response="photo", status="success")
    assert not check_of(USER, calls("m-1", "a", kind="approval_request"), supplied, BYE)


def test_a_denied_call_with_its_return_is_sound() -> None:
    asked = calls("m-1", "a", kind="approval_request")
    assert not check_of(USER, asked, verdicts("m-2", "a", approve=False), returns("m-3", "a"), BYE)


def send_message(message_id: str, call_id: str) -> dict[str, Any]:
    call = {"name": "send_message", "arguments": "{}", "tool_call_id": f"call-{call_id}"}
    return said("tool_call", message_id, tool_calls=[call])


def test_send_message_has_halves_that_nobody_can_match() -> None:
    """Lists show the call as text and hide its result, which then comes by id alone (measured)."""
    shown = send_message("m-1", "x")
    hidden = returns("m-2", "y", name="send_message")
    assert not check_of(USER, BYE, hidden, shown, USER | {"id": "m-4"}, BYE | {"id": "m-5"})


@pytest.mark.parametrize("name", [None, "the agent", "send_message"])
def test_a_call_of_send_message_is_paired_by_its_id_whatever_its_return_is_called(name: str | None) -> None:
    """Returns of 0.6 bear the agent's name or none."""
    assert not check_of(USER, send_message("m-1", "x"), returns("m-2", "x", name=name), BYE)
    again = check_of(USER, send_message("m-1", "x"), returns("m-2", "x"), returns("m-3", "x", name=name), BYE)
    assert [finding.kind for finding in again] == [Kind.RETURN] * (name != "send_message")


@pytest.mark.parametrize("name", [None, "the agent"])
def test_a_return_of_a_listed_send_message_is_known_by_its_place_and_its_null(name: str | None) -> None:
    thought = said("reasoning", "m-1", reasoning="hm")
    answer = said("assistant", "m-1", content="hello")
    null = returns("m-2", "x", name=name)
    null["tool_returns"][0]["tool_return"] = "None"
    assert not check_of(USER, thought, answer, null, USER | {"id": "m-3"}, BYE)
    assert only(check_of(answer, USER, null, BYE)).kind is Kind.RETURN
    assert only(check_of(USER, answer, returns("m-2", "x", name=name), BYE)).kind is Kind.RETURN
    called = calls("m-1", "a")
    both = check_of(USER, answer, called, null, returns("m-4", "a"), BYE)
    assert [finding.ids["call"] for finding in both] == ["call-x"]


def test_a_row_that_shows_nothing_is_no_fault() -> None:
    ids = ("message-system", "m-silent")
    assert not check(opened(context(first(), ids=ids, without_message=("m-silent",))))


def test_a_new_conversation_of_an_old_server_is_no_orphan() -> None:
    """Before 0.16.6 the system message comes with the first turn; such servers tell no last message."""
    young = opened(Context((), ()))
    old = Conversation(id="conv-1", agent_id="agent-1", in_context_message_ids=())
    assert not check(Opened(old, young.agent, NOW, young.context, young.shared, ()))


def test_the_default_conversation_may_be_empty() -> None:
    assert not check(opened(Context((), ()), id="default"))


# calls


def test_a_call_without_return_in_the_middle_is_an_error() -> None:
    finding = only(check_of(USER, calls("m-1", "a", run_id="run-1", step_id="step-1"), BYE))
    assert (finding.kind, finding.severity, finding.label) == (Kind.CALL, Severity.ERROR, "tool-a")
    assert finding.ids == {"message": "m-1", "call": "call-a", "run": "run-1", "step": "step-1"}
    assert "never returned" in finding.sentence
    assert finding.key == "m-1#0.0"


def test_one_of_parallel_calls_without_return_is_found() -> None:
    finding = only(check_of(USER, calls("m-1", "a", "b"), returns("m-2", "a"), BYE))
    assert (finding.ids["call"], finding.key) == ("call-b", "m-1#0.1")


def test_a_call_at_the_very_end_may_still_be_running() -> None:
    finding = only(check_of(USER, calls("m-1", "a")))
    assert (finding.kind, finding.severity) == (Kind.CALL, Severity.WARNING)
    assert "may still be running" in finding.sentence


def test_an_approved_call_at_the_very_end_may_still_be_running() -> None:
    asked = calls("m-1", "a", kind="approval_request")
    finding = only(check_of(USER, asked, verdicts("m-2", "a")))
    assert (finding.kind, finding.severity) == (Kind.CALL, Severity.WARNING)


def test_a_return_without_call_is_an_error() -> None:
    finding = only(check_of(USER, returns("m-1", "a"), BYE))
    assert (finding.kind, finding.severity) == (Kind.RETURN, Severity.ERROR)
    assert finding.key == "m-1#return0"


def test_a_second_return_and_one_before_its_call_are_errors() -> None:
    twice = check_of(USER, calls("m-1", "a"), returns("m-2", "a"), returns("m-3", "a"), BYE)
    assert only(twice).kind is Kind.RETURN
    early = check_of(USER, returns("m-1", "a"), calls("m-2", "a"), BYE)
    assert [finding.kind for finding in early] == [Kind.RETURN, Kind.CALL]


def test_a_call_id_used_twice_is_a_warning() -> None:
    again = (calls("m-3", "a"), returns("m-4", "a"), BYE)
    finding = only(check_of(USER, calls("m-1", "a"), returns("m-2", "a"), *again))
    assert (finding.kind, finding.severity) == (Kind.DUPLICATE_CALL, Severity.WARNING)
    assert finding.ids["message"] == "m-3"


# approvals


def test_a_pending_approval_names_its_run() -> None:
    pending = real("conversation_approval_pending")
    finding = only(tuple(found for found in check(opened(context(*pending))) if found.tab == "messages"))
    assert (finding.kind, finding.severity, finding.label) == (Kind.APPROVAL, Severity.WARNING, "risky")
    assert finding.ids["run"] == pending[-1]["run_id"]
    assert "409" in finding.sentence


def test_the_servers_own_calls_wait_with_the_approval() -> None:
    """Called in parallel they stand in a message of their own before the request (measured)."""
    asked = calls("m-2", "b", kind="approval_request")
    thought = said("reasoning", "m-2", reasoning="hm")
    assert only(check_of(USER, calls("m-1", "a"), thought, asked)).kind is Kind.APPROVAL


def test_an_approval_that_nobody_gave_before_the_conversation_went_on_is_an_error() -> None:
    finding = only(check_of(USER, calls("m-1", "a", kind="approval_request"), BYE))
    assert (finding.kind, finding.severity) == (Kind.CALL, Severity.ERROR)
    assert "got no answer" in finding.sentence


def test_older_verdicts_that_name_the_request_are_understood() -> None:
    asked = calls("m-1", "a", kind="approval_request")
    verdict = said("approval_response", "m-2", approval_request_id="m-1", approve=True)
    finding = only(check_of(USER, asked, verdict, BYE))
    assert "never returned" in finding.sentence


def test_a_verdict_that_names_nothing_known_is_on_the_request_before_it() -> None:
    """Agent files give messages other ids and leave the id in the verdict as it was."""
    asked = calls("m-1", "a", kind="approval_request")
    verdict = said("approval_response", "m-2", approval_request_id="message-of-the-server", approve=True)
    assert "never returned" in only(check_of(USER, asked, verdict, BYE)).sentence
    other = said("approval_response", "m-2", approvals=[{"tool_call_id": "call-b", "tool_return": "x"}])
    assert "got no answer" in only(check_of(USER, asked, other, BYE)).sentence


# ids and the first message


def test_an_id_without_message_is_an_error() -> None:
    ids = ("message-system", "m-gone", "message-bye")
    finding = only(check_of(BYE, ids=ids, without_message=("m-gone",), failed={"m-gone": GONE}))
    assert (finding.kind, finding.severity) == (Kind.NO_MESSAGE, Severity.ERROR)
    assert finding.ids == {"message": "m-gone"}


def test_rows_that_could_not_be_read_make_no_false_call_without_return() -> None:
    ids = ("message-system", "m-1", "m-2", "message-bye")
    sent = (calls("m-1", "a"), BYE)
    finding = only(check_of(*sent, ids=ids, without_message=("m-2",), failed={"m-2": SILENT}))
    assert (finding.kind, finding.severity) == (Kind.UNREAD, Severity.WARNING)
    untold = {"m-2": NotOffered("Reading a message: not offered", status=404)}
    assert only(check_of(*sent, ids=ids, without_message=("m-2",), failed=untold)).severity is Severity.NOTE


def test_a_duplicate_id_is_an_error() -> None:
    told = ("message-system", "message-user", "message-user")
    finding = only(check(opened(context(first(), USER), told_ids=told)))
    assert (finding.kind, finding.severity) == (Kind.DUPLICATE_ID, Severity.ERROR)
    assert finding.ids == {"message": "message-user"}


def test_a_context_that_begins_with_something_else_is_an_error() -> None:
    finding = only(check(opened(context(USER, BYE), shared=())))
    assert (finding.kind, finding.severity) == (Kind.NO_SYSTEM, Severity.ERROR)


def test_a_second_system_message_is_no_fault() -> None:
    assert not check_of(USER, said("system", "m-told", content="be brief"), BYE)


def test_messages_that_fell_out_of_context_are_a_warning() -> None:
    seen = context(first(), USER, BYE, left_out=("m-1", "m-2"))
    finding = only(check(opened(seen)))
    assert (finding.kind, finding.severity) == (Kind.LEFT_OUT, Severity.WARNING)
    assert finding.sentence.startswith("2 earlier messages are not in context")
    assert finding.ids == {"message": "m-1"}
    one = only(check(opened(context(first(), USER, BYE, left_out=("m-1",)))))
    assert "1 earlier message is not in context" in one.sentence


def test_messages_out_of_context_are_normal_after_a_compaction_and_where_it_cannot_be_told() -> None:
    left = ("m-1", "m-2")
    summary = said("summary", "m-0", summary="what was said before")
    assert not check(opened(context(first(), summary, USER, BYE, left_out=left)))
    envelope = said(
        "user", "m-0", content='{"type": "system_alert", "message": "prior messages were hidden"}'
    )
    assert not check(opened(context(first(), envelope, USER, BYE, left_out=left)))
    silent = context(
        first(), USER, BYE, ids=("message-system", "m-silent", "message-user", "message-bye"), left_out=left
    )
    assert not check(opened(replace(silent, without_message=("m-silent",))))
    assert not check(opened(context(first(), USER, BYE, left_out=left), id="default"))
    forgetful = replace(
        opened(context(first(), USER, BYE, left_out=left)),
        agent=Agent.read({"id": "agent-1", "message_buffer_autoclear": True}),
    )
    assert not check(forgetful)


def test_an_orphan_of_a_refused_creation_is_noted() -> None:
    finding = only(check(opened(Context((), ()))))
    assert (finding.kind, finding.severity) == (Kind.EMPTY, Severity.NOTE)


def test_what_could_not_be_read_is_said() -> None:
    trouble = ServerTrouble("Reading the messages: the server failed (500)", status=500)
    assert only(check(opened(trouble))).kind is Kind.UNREAD
    assert only(check(opened(Context(None, ())))).kind is Kind.CONTEXT_UNKNOWN
    assert only(check(opened(context(first()), shared=trouble))).kind is Kind.UNREAD


# memory

MINE = Block(id="block-2", label="human", value="mine")
RECOMPILED = "2026-11-22 02:00:00 AM UTC+0000"


@pytest.mark.parametrize(
    ("kind", "text", "shared", "isolated"),
    [
        (Kind.STALE, system(plain(HUMAN)), {"human": "Name: Samuel"}, ()),
        (Kind.STALE, system(plain(HUMAN)), {"human": "other"}, (MINE,)),
        (Kind.LOST, system(plain(HUMAN), conversation_id="default"), {"human": "Name: Sam"}, (MINE,)),
        (Kind.LEAKED, system(plain(HUMAN), at=RECOMPILED), {"human": "Name: Sam"}, (MINE,)),
        (Kind.MISSING, system(plain(HUMAN)), {"human": "Name: Sam", "new": ""}, ()),
        (Kind.DEAD, system(plain([Shown("human", "mine")])), {}, (MINE,)),
        (Kind.REMOVED, system(plain(HUMAN)), {}, ()),
    ],
)
def test_every_memory_state_is_found_with_its_word_label_and_block(
    kind: Kind, text: str, shared: dict[str, str], isolated: tuple[Block, ...]
) -> None:
    blocks = tuple(Block(id=f"block-{name}", label=name, value=value) for name, value in shared.items())
    finding = only(check(opened(context(first(text)), shared=blocks, isolated=isolated)))
    assert finding.kind is kind
    assert finding.state.replace(" ", "-") == kind.value
    assert finding.label == ("new" if kind is Kind.MISSING else "human")
    assert finding.severity is (Severity.ERROR if kind in (Kind.LOST, Kind.LEAKED) else Severity.WARNING)
    assert ("block" in finding.ids) is (kind is not Kind.REMOVED)


def test_no_recompile_is_advised_where_it_would_lose_an_isolation() -> None:
    stale = (Block(id="block-1", label="human", value="Name: Samuel"),)
    assert "recompile" in only(check(opened(context(first()), shared=stale))).sentence
    both = plain([Shown("human", "Name: Sam"), Shown("own", "mine")])
    own = Block(id="block-2", label="own", value="mine")
    shared = (*stale, Block(id="block-3", label="own", value="mine"))
    finding = only(check(opened(context(first(system(both))), shared=shared, isolated=(own,))))
    assert "recompile" not in finding.sentence


def test_a_block_over_its_limit_is_noted() -> None:
    large = Block(id="block-1", label="human", value="Name: Sam", limit=4)
    finding = only(check(opened(context(first()), shared=(large,))))
    assert (finding.kind, finding.severity) == (Kind.OVER_LIMIT, Severity.NOTE)
    assert "5 characters over" in finding.sentence
    assert "no server" not in finding.sentence, "0.16.6 checks the limit when the block is changed"


def test_an_isolated_block_that_is_gone_is_an_error_and_one_unread_a_warning() -> None:
    lost = only(check(opened(context(first()), isolated=(GONE,))))
    assert (lost.kind, lost.severity, lost.ids) == (
        Kind.BLOCK_GONE,
        Severity.ERROR,
        {"block": "block-lost-0"},
    )
    unread = only(check(opened(context(first()), isolated=(SILENT,))))
    assert (unread.kind, unread.severity) == (Kind.UNREAD, Severity.WARNING)


# all together


def test_the_worst_comes_first() -> None:
    large = Block(id="block-1", label="human", value="Name: Sam", limit=4)
    seen = context(first(), calls("m-1", "a"), BYE, calls("m-2", "b"))
    found = check(opened(seen, shared=(large,)))
    assert [finding.severity for finding in found] == list(Severity)
    assert worst(found) is Severity.ERROR
    assert worst(()) is None


def test_every_finding_leads_to_an_item_that_is_shown() -> None:
    ids = ("message-system", "m-1", "m-2", "m-gone", "m-3")
    told = (*ids, "m-1")
    sent = (calls("m-1", "a", "a"), returns("m-2", "b"), calls("m-3", "c"))
    seen = context(first(), *sent, ids=ids, without_message=("m-gone",), failed={"m-gone": GONE})
    blocks = (Block(id="block-1", label="human", value="new", limit=1),)
    whole = opened(seen, told_ids=told, shared=blocks, isolated=(GONE,))
    items = {"messages": transcript(seen, NOW), "memory": memory_items(whole, MemoryMode.VALUE, NOW)}
    found = check(whole)
    assert len({finding.kind for finding in found}) == 7
    for finding in found:
        keys = [item.key for item in items[finding.tab]]
        message = finding.ids.get("message", "")
        assert finding.key in keys or (message and [key for key in keys if key.startswith(f"{message}#")])


def test_names_of_tools_are_cut_and_shown() -> None:
    asked = said("tool_call", "m-1", tool_calls=[{"name": "\x1b[31m[/foo]" * 40, "tool_call_id": "c"}])
    finding = only(check_of(USER, asked, BYE))
    assert "\x1b" not in finding.sentence
    assert len(finding.sentence) < 250
