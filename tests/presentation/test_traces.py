"""The time machine's story of a label: differences, and what is unread or unknown."""

from __future__ import annotations

from tests.rules.memory.test_traces import NOW, step, trace
from tui.presentation.item import SideBySide
from tui.presentation.traces import MORE, trace_items
from tui.rules.memory.traces import read_trace


def test_the_story_of_a_label_has_differences_and_says_what_is_unread() -> None:
    order = (step("c", 1), step("b", 2), step("a", 3), step("z", 9))
    read = {
        "c": read_trace(trace(1, human="Kim")),
        "b": read_trace(trace(2, human="Sam")),
        "a": read_trace(None),
    }
    items = trace_items("human", "Ola", order, read, NOW)
    assert [item.key for item in items] == ["now", "span-c", "span-b", "unknown-no trace", MORE]
    now, newest, oldest, untraced, more = items
    assert isinstance(now.parts[0], SideBySide)
    assert (now.parts[0].left.source, now.parts[0].right.source) == ("Kim", "Ola")
    assert isinstance(newest.parts[0], SideBySide)
    assert (newest.parts[0].left.source, newest.parts[0].right.source) == ("Sam", "Kim")
    assert "the oldest one read" in oldest.head
    assert oldest.text == "Sam"
    assert "1 step without a trace on the server" in untraced.head
    assert "1 older step not read yet" in more.text


def test_a_label_that_is_gone_and_one_that_is_as_read() -> None:
    order = (step("a", 1),)
    read = {"a": read_trace(trace(1, human="Sam"))}
    assert trace_items("human", None, order, read, NOW)[0].word == "no block"
    same = trace_items("human", "Sam", order, read, NOW)[0]
    assert "as the model last read it" in same.head
