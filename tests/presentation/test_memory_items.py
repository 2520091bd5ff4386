"""The memory pane: labels in order, relations never guessed, and nothing hidden that could not be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.rules.memory.system_messages import Shown, plain, system
from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import DEFAULT, Conversation
from tui.model.errors import LettaError, NoResponse, NotThere
from tui.model.message import Message
from tui.model.opened import Context, Opened
from tui.presentation.item import Item, SideBySide
from tui.presentation.memory_items import memory_items, memory_text
from tui.presentation.plain_text import item_lines
from tui.rules.memory.compare import first_diff
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import Relation
from tui.rules.view_state import MemoryMode

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
LOST = NoResponse("Reading the agent's blocks: nobody there")
GONE = NotThere("Reading a block: not found (404)", status=404)


def block(name: str, label: str | None, value: str | None = "v", **fields: Any) -> Block:
    return Block(id=f"block-{name}", label=label, value=value, **fields)


def opened(
    *, shared: tuple[Block, ...] | LettaError = (), isolated: tuple[Block | LettaError, ...] | None = ()
) -> Opened:
    ids = None if isolated is None else tuple(f"block-{at}" for at in range(len(isolated)))
    conversation = Conversation(id="conv-1", isolated_block_ids=ids)
    return Opened(conversation, Agent(id="agent-1"), NOW, Context((), ()), shared, isolated)


def compiled(value: str, *, now: str) -> Opened:
    """A conversation whose model reads `value` of a shared block that says `now`."""
    text = system(plain([Shown("human", value)]))
    first = Message.read({"id": "message-0", "message_type": "system_message", "content": text})
    return replace(opened(shared=(block("s", "human", now),)), context=Context(("message-0",), (first,)))


def keyed(found: Opened, mode: MemoryMode = MemoryMode.VALUE) -> dict[str, Item]:
    items = memory_items(found, mode, NOW)
    by_key = {item.key: item for item in items}
    assert len(by_key) == len(items)
    return by_key


def test_isolated_labels_come_first_and_each_kind_by_label() -> None:
    found = opened(
        shared=(block("s1", "human"), block("s2", "alpha"), block("s3", "zeta"), block("s4", "beta")),
        isolated=(block("i1", "zeta"), block("i2", "human")),
    )
    names = [(label.name, label.isolated is not None) for label in memory_of(found).labels]
    assert names == [("human", True), ("zeta", True), ("alpha", False), ("beta", False)]


@pytest.mark.parametrize(
    ("own", "shared", "relation"),
    [
        ("a", (block("s", "human", "a"),), Relation.SAME),
        ("a", (block("s", "human", "b"),), Relation.DIFFERS),
        ("a", (block("s", "human", "a "),), Relation.DIFFERS),
        ("", (block("s", "human", ""),), Relation.SAME),
        ("a", (block("s", "persona", "a"),), Relation.ALONE),
        ("a", (), Relation.ALONE),
        ("a", LOST, Relation.UNKNOWN),
        ("a", (block("s", "human", None),), Relation.UNKNOWN),
        (None, (block("s", "human", "a"),), Relation.UNKNOWN),
        (None, (block("s", "human", None),), Relation.UNKNOWN),
    ],
)
def test_an_isolated_block_stands_to_the_shared_one_of_its_label(
    own: str | None, shared: tuple[Block, ...] | LettaError, relation: Relation
) -> None:
    found = opened(shared=shared, isolated=(block("i", "human", own),))
    assert memory_of(found).labels[0].relation is relation


@pytest.mark.parametrize(
    ("found", "key", "text"),
    [
        (
            opened(isolated=None),
            "notice-isolated",
            "This server does not report isolated blocks: it may have none, or hide them "
            "(Letta before 0.16.4 has none).",
        ),
        (
            opened(),
            "notice-none",
            "No isolated blocks: this conversation reads and writes the agent's shared ones.",
        ),
        (
            replace(opened(), conversation=Conversation(id=DEFAULT)),
            "notice-default",
            "The default conversation has no isolated blocks: it reads the agent's shared ones.",
        ),
        (
            opened(shared=LOST),
            "notice-shared",
            "Reading the agent's blocks: nobody there — is the server running? r retries",
        ),
        (
            opened(isolated=(GONE, block("1", "human"))),
            "lost-block-0",
            "block-0\nReading a block: not found (404) — it may have been deleted: r refreshes",
        ),
    ],
)
def test_what_is_not_known_is_said_first(found: Opened, key: str, text: str) -> None:
    assert keyed(found)[key].text == text
    assert next(iter(keyed(found))).startswith(("notice", "lost"))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (opened(), "no isolated blocks"),
        (opened(isolated=None), "isolated blocks not reported"),
        (opened(shared=(block("s", "a"),), isolated=(block("i", "a"),)), "1 isolated"),
        (opened(shared=(block("s", "a", "x"),), isolated=(block("i", "a"),)), "1 isolated, 1 differs"),
        (opened(shared=LOST, isolated=(block("i", "a"), block("j", "b"))), "2 isolated"),
        (opened(isolated=(block("i", "a"),)), "1 isolated, 1 dead"),
    ],
)
def test_the_memory_in_a_few_words(found: Opened, words: str) -> None:
    assert memory_text(found) == words


def test_a_label_shows_value_description_size_limit_and_ids() -> None:
    shared = block("s", "human", "Sam", description="Who it is", limit=2, read_only=True)
    item = keyed(opened(shared=(shared,), isolated=(replace_value(shared, "i", "Sam"),)))["label-human"]
    assert (item.word, item.title, item.copy_id) == ("isolated", "human", "block-i")
    for words in ("= same as shared", "3 / 2 chars, 1 over its limit", "read-only"):
        assert words in item.head
    assert item.text.startswith("cannot tell: the context does not begin with a system message\nSam\n")
    assert item.text.endswith("┄ description: Who it is\n┄ block-i\n┄ block-s (shared)")


def test_as_plain_text_an_id_stands_once() -> None:
    item = keyed(opened(shared=(block("s", "human", "Sam"),)))["label-human"]
    assert "\n".join(item_lines(item)).count("block-s") == 1


def test_sizes_are_exact_so_that_one_compares_them_with_the_limit() -> None:
    item = keyed(opened(shared=(block("s", "human", "x" * 1_234, limit=100_000),)))["label-human"]
    assert "1,234 / 100,000 chars" in item.head


def replace_value(source: Block, name: str, value: str) -> Block:
    return source.changed(id=f"block-{name}", value=value)


def test_two_values_that_differ_stand_side_by_side() -> None:
    found = opened(shared=(block("s", "human", "old"),), isolated=(block("i", "human", "new"),))
    (beside,) = [part for part in keyed(found)["label-human"].parts if isinstance(part, SideBySide)]
    assert (beside.left.source, beside.right.source) == ("old", "new")
    assert beside.captions == ("the agent's shared block", "this conversation's copy")
    assert not beside.marked
    (marked,) = [
        part for part in keyed(found, MemoryMode.SHARED)["label-human"].parts if isinstance(part, SideBySide)
    ]
    assert marked.marked


@pytest.mark.parametrize(
    ("value", "words"),
    [("", "(empty)"), (None, "its value was not reported"), ("[/x]\x1b", "[/x]\x1b")],
)
def test_a_value_is_shown_as_it_is_or_said_not_to_be_there(value: str | None, words: str) -> None:
    assert words in keyed(opened(shared=(block("s", "human", value),)))["label-human"].text


def test_text_that_no_encoding_has_is_shown_raw_too() -> None:
    item = keyed(opened(shared=(block("s", "human", "half \ud800"),)))["label-human"]
    assert isinstance(item.raw, dict)
    assert item.raw["shared"]["value"] == "half \ud800"


def test_what_the_model_reads_stands_left_of_the_block_now() -> None:
    found = compiled("old", now="new")
    (beside,) = [
        part
        for part in keyed(found, MemoryMode.COMPILED)["label-human"].parts
        if isinstance(part, SideBySide)
    ]
    assert (beside.left.source, beside.right.source) == ("old", "new")
    assert beside.captions == ("what the model reads", "the current block")


@pytest.mark.parametrize("first", [MemoryMode.COMPILED, MemoryMode.SHARED])
def test_the_diff_key_goes_round_from_what_differs(first: MemoryMode) -> None:
    modes = [MemoryMode.VALUE]
    for _ in range(3):
        modes.append(modes[-1].next(first))
    other = MemoryMode.SHARED if first is MemoryMode.COMPILED else MemoryMode.COMPILED
    assert modes == [MemoryMode.VALUE, first, other, MemoryMode.VALUE]


def test_a_diff_folds_what_is_equal_and_says_so_if_all_is() -> None:
    found = opened(
        shared=(block("s", "human", "old"), block("t", "persona", "same")),
        isolated=(block("i", "human", "new"), block("j", "persona", "same")),
    )
    assert [keyed(found)[f"label-{name}"].folded for name in ("human", "persona")] == [False, False]
    shown = keyed(found, MemoryMode.SHARED)
    assert [shown[f"label-{name}"].folded for name in ("human", "persona")] == [False, True]
    assert "no differences" not in shown["heading"].head
    live = compiled("same", now="same")
    assert "no differences" in keyed(live, MemoryMode.COMPILED)["heading"].head
    assert "no differences" not in keyed(live)["heading"].head


def test_the_first_diff_is_against_what_the_model_reads_unless_only_isolated_blocks_differ() -> None:
    def first(found: Opened) -> MemoryMode:
        return first_diff(memory_of(found).labels)

    assert first(compiled("old", now="new")) is MemoryMode.COMPILED
    assert first(compiled("same", now="same")) is MemoryMode.COMPILED
    isolated = opened(shared=(block("s", "human", "old"),), isolated=(block("i", "human", "new"),))
    assert first(isolated) is MemoryMode.SHARED


def test_a_copy_of_a_label_is_its_value_alone() -> None:
    item = keyed(opened(shared=(block("s", "human", "Name: Sam\n"),)))["label-human"]
    assert item.copied == "Name: Sam\n"
