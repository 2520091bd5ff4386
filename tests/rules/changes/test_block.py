"""Changes of a memory block: which block a label means, what the comparisons mean, who else reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.flows.test_write import client_of, isolated_server, opened_of
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NoResponse, NotThere, OutcomeUnknown, Rejected, ServerTrouble
from tui.model.opened import Opened
from tui.rules.changes.block import (
    NO_BLOCK,
    NO_SHARED,
    NO_VALUE,
    NOT_ISOLATED,
    NOT_READ,
    READ_ONLY_BLOCK,
    SOURCE_CHANGED,
    BlockChange,
    Readers,
    Stored,
    Verb,
    before,
    change_of,
    count_readers,
    label_of,
    outcome,
    why_not_changed,
    with_change,
)
from tui.rules.changes.outcome import Conflict, Done, Outcome, Refused, Unknown
from tui.rules.memory.label_states import LabelState

SILENT = OutcomeUnknown("Saving: silent")
BROKEN = ServerTrouble("Saving: broken", status=500)
REJECTED = Rejected("Saving: no", status=422)
UNREAD = NoResponse("Reading: nobody there")
GONE = NotThere("Reading: gone", status=404)


def block(value: str | None = "old", **fields: object) -> Block:
    return Block.read({"id": "block-1", "label": "human", "value": value, "limit": 9, **fields})


def source(value: str) -> Block:
    return Block.read({"id": "block-2", "label": "human", "value": value})


EDIT = BlockChange("block-1", "human", True, "old", "new")
RESET = replace(EDIT, verb="reset", source_id="block-2")


@pytest.mark.parametrize(
    ("change", "stored", "expected"),
    [
        (EDIT, Stored(block("old")), None),
        (EDIT, Stored(block("new")), Done(block("new"), already=True)),
        (EDIT, Stored(block("theirs")), Conflict(block("theirs"), sent=False)),
        (EDIT, Stored(block("")), Conflict(block(""), sent=False)),
        (EDIT, Stored(block(None)), Refused(None, NO_VALUE)),
        (EDIT, Stored(block("old", read_only=True)), Refused(None, READ_ONLY_BLOCK)),
        (EDIT, Stored(block("new", read_only=True)), Done(block("new", read_only=True), already=True)),
        (
            replace(EDIT, text="0123456789"),
            Stored(block("old")),
            Refused(None, "10 characters are 1 over the block's limit of 9"),
        ),
        (replace(EDIT, text="012345678"), Stored(block("old")), None),
        (replace(EDIT, text="0" * 5_000), Stored(block("old", limit=None)), None),
        (replace(EDIT, text=""), Stored(block("old")), None),
        (RESET, Stored(block("old"), source("new")), None),
        (RESET, Stored(block("new"), source("new")), Done(block("new"), already=True)),
        (RESET, Stored(block("theirs"), source("new")), Conflict(block("theirs"), sent=False)),
        (RESET, Stored(block("old"), source("newer")), Refused(None, SOURCE_CHANGED["reset"])),
    ],
)
def test_before_it_is_sent(change: BlockChange, stored: Stored, expected: Outcome[Block] | None) -> None:
    assert before(change, stored) == expected


@pytest.mark.parametrize(
    ("answer", "now", "expected"),
    [
        (block("new"), block("new"), Done(block("new"))),
        (block("old"), block("new"), Done(block("new"))),
        (block("new"), block("theirs"), Conflict(block("theirs"), sent=True)),
        (block("new"), UNREAD, Done(block("new"))),
        (block("theirs"), UNREAD, Unknown(UNREAD)),
        (block("new"), GONE, Unknown(GONE)),
        (REJECTED, None, Refused(REJECTED)),
        (SILENT, block("new"), Done(block("new"))),
        (SILENT, block("old"), Unknown(SILENT)),
        (SILENT, UNREAD, Unknown(SILENT)),
        (BROKEN, block("old"), Refused(BROKEN)),
        (BROKEN, block("theirs"), Conflict(block("theirs"), sent=True)),
        (BROKEN, UNREAD, Unknown(BROKEN)),
    ],
)
def test_after_it_was_sent(
    answer: Block | LettaError, now: Block | LettaError | None, expected: Outcome[Block]
) -> None:
    assert outcome(EDIT, Stored(block("old")), answer, now) == expected


def test_a_text_is_refused_in_words() -> None:
    assert why_not_changed("1,000 times " * 1_000, block(limit=5_000)) == (
        "12,000 characters are 7,000 over the block's limit of 5,000"
    )
    assert why_not_changed("x", block(read_only=True)) == READ_ONLY_BLOCK
    assert why_not_changed("x" * 9, block()) == why_not_changed("x", block(limit=None)) == ""


def test_mine_is_begun_from_theirs() -> None:
    assert EDIT.over("theirs") == replace(EDIT, began_from="theirs")
    assert EDIT.over(None).began_from == ""
    assert not replace(EDIT, text="old").dirty


# which block a label means; `human` and `project` are isolated, `persona` is not


async def opened() -> Opened:
    transport = isolated_server("One")
    return await opened_of(client_of(transport), transport)


def changed(read: Opened, name: str, verb: Verb = "edit", **more: object) -> BlockChange:
    change = change_of(read, name, verb, **more)  # type: ignore[arg-type]
    assert isinstance(change, BlockChange)
    return change


@pytest.mark.anyio
async def test_an_edit_is_of_the_block_that_the_conversation_reads() -> None:
    read = await opened()
    label = label_of(read, "human")
    assert label is not None
    assert label.isolated is not None
    assert label.shared is not None
    own = changed(read, "human", text="new")
    assert own == BlockChange(label.isolated.id, "human", True, "Robin, who moved", "new")
    shared = changed(read, "human", text="new", shared=True)
    assert shared == BlockChange(label.shared.id, "human", False, label.shared.value or "", "new")
    assert not changed(read, "persona").isolated
    assert changed(read, "human").text == "Robin, who moved"


@pytest.mark.anyio
async def test_a_reset_and_a_promotion_copy_one_block_over_the_other() -> None:
    read = await opened()
    label = label_of(read, "human")
    assert label is not None
    assert label.isolated is not None
    assert label.shared is not None
    own, shared = label.isolated, label.shared
    assert changed(read, "human", "reset") == BlockChange(
        own.id, "human", True, own.value or "", shared.value or "", "reset", shared.id
    )
    assert changed(read, "human", "promote") == BlockChange(
        shared.id, "human", False, shared.value or "", own.value or "", "promote", own.id
    )


@pytest.mark.anyio
async def test_what_has_no_block_to_change_says_why() -> None:
    read = await opened()
    assert change_of(read, "nonsense") == NO_BLOCK
    assert change_of(read, "persona", "reset") == NOT_ISOLATED
    assert change_of(read, "persona", "promote") == NOT_ISOLATED
    dead = replace(read, shared=())
    assert change_of(dead, "human", "reset") == change_of(dead, "human", shared=True) == NO_SHARED
    assert changed(dead, "human").isolated
    unread = replace(read, isolated=(UNREAD,))
    assert change_of(unread, "human") == change_of(unread, "nonsense") == NOT_READ
    assert not changed(unread, "human", shared=True).isolated
    assert change_of(replace(read, shared=UNREAD), "persona") == NOT_READ
    assert isinstance(read.shared, tuple)
    silent = tuple(one.changed(value=None) for one in read.shared)
    assert change_of(replace(read, shared=silent), "persona") == NO_VALUE
    assert change_of(replace(read, shared=silent), "human", "reset") == NO_VALUE


@pytest.mark.anyio
async def test_the_state_after_a_change_is_known_before_it() -> None:
    read = await opened()
    stale = label_of(read, "human")
    assert stale is not None
    assert stale.state is LabelState.STALE
    after = label_of(with_change(read, changed(read, "human", "reset")), "human")
    assert after is not None
    assert after.state is LabelState.LIVE
    persona = label_of(with_change(read, changed(read, "persona", text="I ramble.")), "persona")
    assert persona is not None
    assert persona.state is LabelState.STALE
    assert with_change(replace(read, shared=UNREAD, isolated=None), EDIT).shared is UNREAD


def row(name: str, *ids: str) -> Conversation:
    return Conversation(id=f"conv-{name}", agent_id="agent-1", isolated_block_ids=ids or None)


@pytest.mark.anyio
async def test_readers_are_counted_by_what_they_read() -> None:
    read = await opened()
    rows = (
        read.conversation,
        Conversation(id="default", agent_id="agent-1"),
        row("shares"),
        row("shares-too", "block-of-another-label"),
        row("own", "block-own", "block-of-another-label"),
    )
    own = frozenset({"block-own"})
    assert count_readers(rows, read, own, known=True, whole=True) == Readers(2, 1, 0)
    assert count_readers(rows, read, own, known=False, whole=False) == Readers(1, 1, 1, whole=False)
