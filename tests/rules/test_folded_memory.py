"""Matches in the memory of many conversations are one hit for each label of an agent."""

from __future__ import annotations

import json

import pytest

from tui.model.agent import Agent
from tui.rules.folded_memory import FoldedMemory, InMemory
from tui.rules.search import Excerpt

ADA = Agent(id="agent-1", name="Ada")


def match(label: str, text: str = "[/foo]") -> InMemory:
    return InMemory(label, Excerpt("", text, " and on", starts=True, ends=False), 2)


def test_a_block_as_it_is_stored_counts_the_conversations_that_read_it() -> None:
    folded = FoldedMemory()
    folded.add_stored(ADA.id, [match("human")])
    for number in range(3):
        folded.add_read(ADA.id, f"conv-{number}", f"Number {number}", [match("human", "older")])
    (hit,) = folded.take(ADA, counted=True)
    assert (hit.place, hit.conversation, hit.label, hit.stored, hit.readers) == (
        "memory",
        None,
        "human",
        True,
        3,
    )
    assert hit.excerpt.match == "[/foo]", "as it is stored"
    assert folded.take(ADA, counted=True) == []


def test_what_is_only_read_names_a_conversation_that_does() -> None:
    folded = FoldedMemory()
    folded.add_read(ADA.id, "conv-1", "One", [match("human")])
    folded.add_read(ADA.id, "conv-2", "Two", [match("human"), match("persona")])
    folded.add_stored(ADA.id, [match("project")])
    hits = folded.hits(ADA, counted=True)
    assert [(hit.label, hit.stored, hit.conversation, hit.readers) for hit in hits] == [
        ("project", True, None, 0),
        ("human", False, "conv-1", 2),
        ("persona", False, "conv-2", 1),
    ]


def test_where_no_message_was_read_the_readers_are_unknown() -> None:
    folded = FoldedMemory()
    folded.add_stored(ADA.id, [match("human")])
    assert [hit.readers for hit in folded.hits(ADA, counted=False)] == [None]


def test_it_is_the_same_after_it_was_stored() -> None:
    folded = FoldedMemory()
    folded.add_stored(ADA.id, [match("human")])
    folded.add_read(ADA.id, "conv-1", "One", [match("human"), match("persona")])
    again = FoldedMemory.from_json(json.loads(json.dumps(folded.to_json())))
    assert again.hits(ADA, counted=True) == folded.hits(ADA, counted=True)


@pytest.mark.parametrize("content", [None, [], {"a": 1}, {"a": [1]}, {"a": [["x"] * 11]}, {"a": [[1, 2]]}])
def test_what_is_damaged_is_refused(content: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        FoldedMemory.from_json(content)
