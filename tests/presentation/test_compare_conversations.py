"""How a comparison reads: what is the same folded, `-` first and `+` second, and where the cursor begins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.rules.histories import NOW, said
from tests.rules.test_compare_conversations import FAILED, compare, evidence, system, view, with_memory
from tui.model.message import Message
from tui.presentation.compare_conversations import (
    BESIDE,
    compared_items,
    compared_text,
    differences_text,
    names_lines,
)
from tui.presentation.item import Item, SideBySide, Text
from tui.rules.compare_conversations import ComparedConversations, compare_conversations


def row(id: str, kind: str, **fields: Any) -> Message:
    return Message.read({"id": id, "message_type": f"{kind}_message", **fields})


def looks(compared: ComparedConversations) -> list[str]:
    return [f"{item.glyph} {item.word}" for item in compared_items(compared, NOW).items]


def sides(item: Item) -> tuple[str, str]:
    """The two texts of an item."""
    (part,) = item.parts
    assert isinstance(part, SideBySide)
    assert part.marked
    return part.left.source, part.right.source


SHARED = said("a", "b")
FORKED = compare((*SHARED, *said("c", start=3)), (*SHARED, *said("x", "y", start=4)))


def test_the_common_beginning_is_a_folded_line_and_the_cursor_is_behind_it() -> None:
    shown = compared_items(FORKED, NOW)
    assert looks(FORKED) == ["= same", "≠ user", "+ user"]
    assert (shown.differences, shown.first) == ((1,), 1)
    same = shown.items[0]
    assert same.weight.folded
    assert (same.head, same.preview) == ("2 messages, until 2026-11-22 03:01", "text of b")
    assert "text of a" in same.text


def test_a_pair_has_the_first_on_the_left_and_one_alone_has_an_empty_side() -> None:
    _, pair, alone = compared_items(FORKED, NOW).items
    assert sides(pair) == ("text of c", "text of x")
    assert sides(alone) == ("", "text of y")
    assert (pair.copy_id, alone.copy_id) == ("c\nx", "y")
    assert (pair.copied, alone.copied) == ("text of c\ntext of x", "text of y")


def test_each_message_is_next_to_one_of_its_kind_in_the_same_turn() -> None:
    first = [row("1", "user", content="a"), row("2", "assistant", content="b"), row("3", "user", content="c")]
    second = [
        row("4", "user", content="d"),
        row("5", "reasoning", reasoning="e"),
        row("6", "assistant", content="f"),
        row("7", "user", content="g"),
    ]
    compared = compare(first, second)
    assert looks(compared)[1:] == ["≠ user", "+ reasoning", "≠ assistant", "≠ user"]


def test_the_state_of_a_tool_and_of_an_approval_is_part_of_what_is_compared() -> None:
    def made(id: str, status: str) -> list[Message]:
        call = {"name": "roll", "arguments": "{}", "tool_call_id": id}
        result = {"tool_call_id": id, "status": status, "tool_return": "x"}
        return [
            row(f"{id}-1", "tool_call", tool_calls=[call]),
            row(f"{id}-2", "approval_response", approvals=[{"approve": status == "success"}]),
            row(f"{id}-3", "tool_return", tool_returns=[result]),
        ]

    compared = compare(made("1", "success"), made("2", "error"))
    texts = [sides(item) for item in compared_items(compared, NOW).items if item.glyph == "≠" and item.parts]
    assert ("✓ approved", "✗ denied") in texts
    assert any("✓ success" in left and "✗ error" in right for left, right in texts)


def test_what_a_fork_did_not_take_is_one_folded_line() -> None:
    compared = compare(said("a", "b", "c"), said("c"))
    shown = compared_items(compared, NOW)
    assert looks(compared) == ["- earlier", "= same"]
    assert shown.items[0].head.endswith("· only in the first")
    assert (shown.differences, shown.first) == ((0,), 0)


def test_without_a_common_beginning_it_says_so() -> None:
    compared = compare(said("a"), said("b"))
    assert looks(compared) == ["≠ beginning", "≠ user"]
    assert compared_items(compared, NOW).first == 1
    assert looks(compare((), ())) == ["· messages"]


def test_memory_and_model_come_first_and_are_differences_too() -> None:
    first = with_memory({"human": "Sam"}, {"human": "Sam"})
    second = with_memory({"human": "old"}, {"human": "Sam"}, {"human": "new"})
    agent = view({"name": "Ada", "model": "a/1"}).agent
    first = replace(first, opened=replace(first.opened, agent=agent))
    second = replace(second, opened=replace(second.opened, agent=replace(agent, model="a/2")))
    compared = compare_conversations(first, second)
    shown = compared_items(compared, NOW)
    assert looks(compared) == ["≠ model", "≠ memory", "≠ memory", "· messages"]
    assert (shown.differences, shown.first) == ((0, 1, 2), 0)
    assert sides(shown.items[0]) == ("a/1", "a/2")
    assert [item.head for item in shown.items[1:3]] == ["shared against isolated", "what the model reads"]
    assert differences_text(compared) == "1 difference in the model, 2 in memory"


def test_a_large_message_is_not_laid_out_as_a_diff() -> None:
    large = "x" * (BESIDE + 1)
    compared = compare([row("1", "user", content=large)], [row("2", "user", content="y")])
    (_, item) = compared_items(compared, NOW).items
    assert [part.source for part in item.parts if isinstance(part, Text)] == ["┄ -", large, "┄ +", "y"]
    assert item.weight.folded


def test_how_much_is_the_same_in_words() -> None:
    same, shared, differ = differences_text(FORKED).split(" · ")
    assert same == "same: 2 messages, until 2026-11-22 03:01"
    assert (shared, differ) == ("2 messages shared", "1 difference in messages")
    assert differences_text(compare(SHARED, SHARED)).endswith("2 messages shared · no differences")


def test_what_could_not_be_read_is_said() -> None:
    first = replace(evidence(SHARED), history=FAILED)
    compared = compare_conversations(first, evidence(SHARED, system_message=system("system-2")))
    notes = [item.text for item in compared_items(compared, NOW).items if item.word == "not read"]
    assert notes == [
        f"- not compared: {FAILED.what}",
        "Only the messages in context are compared, since a history could not be read completely",
    ]


def test_the_text_for_programs_is_a_diff() -> None:
    assert compared_text(compare(SHARED, SHARED), NOW) == ""
    lines = compared_text(FORKED, NOW).splitlines()
    assert [line[:3] for line in lines[:2]] == ["---", "+++"]
    assert "@@ same: 2 messages, until 2026-11-22 03:01 @@" in lines
    assert "-text of c" in lines
    assert lines.index("-text of c") < lines.index("+text of x") < lines.index("+text of y")
    memory = compare_conversations(
        with_memory({"human": "Sam"}, {"human": "Sam"}), with_memory({"human": "Kim"}, {"human": "Kim"})
    )
    assert compared_text(memory, NOW).splitlines()[2:] == [
        "@@ memory human: shared against shared @@",
        "-Sam",
        "+Kim",
    ]


def test_the_names_say_which_is_which() -> None:
    first, second = names_lines(FORKED)
    assert first.startswith("- untitled")
    assert second.startswith("+ untitled")
    assert first.endswith(" · conv-1")
