"""Filters: how they are parsed, which rows match, what is reported about them, how they are completed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.model.conversation import DEFAULT, Conversation
from tui.model.text import is_unsafe
from tui.rules.row_filter import (
    NAMES,
    STATES,
    KnownOfRows,
    RowFilter,
    completed_filter,
    parse_filter,
)

NOW = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
KNOWN = KnownOfRows(
    NOW,
    drafts=frozenset({"conv-draft", "agent-1/default"}),
    pinned=frozenset({"conv-pin"}),
    checked={"conv-bad": True, "conv-good": False},
    labels={"block-1": "human", "block-2": "Project X"},
)
ALL = KnownOfRows(NOW, agents={"agent-1": "Ada", "agent-2": "Grace Hopper"})


def row(id: str = "conv-1", **fields: Any) -> Conversation:
    return Conversation(id=id, agent_id="agent-1", **fields)


def fits(text: str, *rows: Conversation, known: KnownOfRows = KNOWN) -> list[str]:
    """Return the ids of the rows that match a filter."""
    query = parse_filter(text, all_agents=known.agents is not None)
    assert not query.problems, query.problems
    return [one.id for one in RowFilter(rows, query, known=known).finish()]


# which rows match


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is:untitled", ["conv-none", "conv-blank", "conv-empty"]),
        ("-is:untitled", [DEFAULT, "conv-titled"]),
        ("is:untitled conv-bl", ["conv-blank"]),
        ("WEEKLY -is:untitled", ["conv-titled"]),
        ("is:untitled -is:untitled", []),
    ],
)
def test_untitled_is_a_named_conversation_without_a_summary(text: str, expected: list[str]) -> None:
    rows = (
        row(DEFAULT),
        row("conv-none"),
        row("conv-blank", summary="  \n"),
        row("conv-empty", summary=""),
        row("conv-titled", summary="Weekly"),
    )
    assert fits(text, *rows) == expected


def test_drafts_and_pins_are_those_of_this_machine() -> None:
    rows = row(DEFAULT), row("conv-draft"), row("conv-pin"), row("conv-x")
    assert fits("is:draft", *rows) == [DEFAULT, "conv-draft"]
    assert fits("is:pinned", *rows) == ["conv-pin"]
    assert fits("-is:draft -is:pinned", *rows) == ["conv-x"]


def test_archived_is_what_the_server_reports() -> None:
    rows = row("a", archived=True), row("b", archived=False), row("c")
    assert fits("is:archived", *rows) == ["a"]
    assert fits("-is:archived", *rows) == ["b"]  # of c it is not known


def test_findings_are_known_of_checked_conversations_alone() -> None:
    rows = row("conv-bad"), row("conv-good"), row("conv-unchecked")
    assert fits("has:findings", *rows) == fits("is:findings", *rows) == ["conv-bad"]
    assert fits("-has:findings", *rows) == ["conv-good"]


def test_isolated_blocks_by_their_label() -> None:
    rows = (
        row("human", isolated_block_ids=("block-1",)),
        row("both", isolated_block_ids=("block-1", "block-2")),
        row("none", isolated_block_ids=()),
        row("unread", isolated_block_ids=("block-9",)),
        row("unreported"),
    )
    assert fits("is:isolated", *rows) == ["human", "both", "unread"]
    assert fits("-is:isolated", *rows) == ["none"]
    assert fits("isolated:HUMAN", *rows) == ["human", "both"]
    assert fits("-isolated:human", *rows) == ["none"]
    assert fits('isolated:"project x"', *rows) == ["both"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("idle:>7d", ["week"]),
        ("idle:7d", ["week"]),
        ("idle:>=1h", ["hour", "week"]),
        ("idle:<1h", ["now"]),
        ("-idle:<1h", ["hour", "week"]),
        ("idle:<2w", ["now", "hour", "week"]),
        ("idle:>60min idle:<1D", ["hour"]),
        ("idle:>99999y", []),
    ],
)
def test_idle_since_the_last_message(text: str, expected: list[str]) -> None:
    ages = {"now": timedelta(), "hour": timedelta(hours=1), "week": timedelta(days=7)}
    rows = [
        row(id, last_message_at=NOW - age, created_at=NOW - timedelta(days=900)) for id, age in ages.items()
    ]
    assert fits(text, *rows, row("unknown")) == expected


def test_idle_without_a_message_since_it_was_made_and_on_old_servers_since_its_update() -> None:
    old, new = NOW - timedelta(days=9), NOW - timedelta(minutes=1)
    sent = {"created_at": old.isoformat(), "updated_at": new.isoformat()}
    without = Conversation.read({"id": "without", "last_message_at": None, **sent})
    before = Conversation.read({"id": "before-0.16.7", **sent})
    assert fits("idle:>7d", without, before) == ["without"]


def test_agents_by_name_or_id_where_all_are_listed() -> None:
    rows = row("a"), Conversation(id="g", agent_id="agent-2")
    assert fits("agent:ada", *rows, known=ALL) == ["a"]
    assert fits('agent:"grace h"', *rows, known=ALL) == ["g"]
    assert fits("-agent:agent-2", *rows, known=ALL) == ["a"]
    assert (
        parse_filter("agent:ada").problem() == "agent: works where the conversations of all agents are listed"
    )


def test_quotes_make_text_of_anything() -> None:
    rows = row("a", summary="says is:untitled here"), row("b", summary="is:untitled")
    assert fits('"is:untitled"', *rows) == ["a", "b"]
    assert fits('"says is"', *rows) == ["a"]
    assert fits("http://x.test fix: 12:30", row("u", summary="fix: http://x.test at 12:30")) == ["u"]


# what is reported


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("is:foo", "“foo”: is: takes untitled, draft, archived, pinned, isolated, findings"),
        ("is:foo more", "“foo”: is: takes untitled, draft, archived, pinned, isolated, findings"),
        ("has:errors", "“errors”: has: takes findings"),
        ("idle:7", "“7”: idle: takes a time in min, h, d, w or y, such as idle:>7d or idle:<1h"),
        ("idle:soon x", "“soon”: idle: takes a time in min, h, d, w or y, such as idle:>7d or idle:<1h"),
        ("isolated: x", "isolated: takes the label of a block, such as isolated:human"),
        ("status:open", "status: is not a filter: searching for the text “status:open”"),
    ],
)
def test_what_cannot_be_used_is_said(text: str, sentence: str) -> None:
    assert parse_filter(text).problem() == sentence


def test_an_unknown_filter_is_searched_as_text_and_a_bad_value_leaves_every_row_in() -> None:
    rows = [row("a", summary="status:open"), row("b", summary="other")]
    query = parse_filter("status:open")
    assert [one.id for one in RowFilter(rows, query).finish()] == ["a"]
    assert not parse_filter("is:foo")
    assert len(RowFilter(rows, parse_filter("is:foo")).finish()) == 2


@pytest.mark.parametrize(
    "text", ["is:", "is:unt", "has:f", "idle:", "idle:>", "idle:>7", "idle:5mi", "isolated:"]
)
def test_what_is_being_typed_is_no_problem_yet(text: str) -> None:
    query = parse_filter(text)
    assert not query.problem(typing=True)
    assert query.problem()
    assert parse_filter(f"{text} ").problem(typing=True)


def test_names_that_nothing_has_are_noted() -> None:
    assert parse_filter("isolated:humam").notes(KNOWN) == ("no isolated block is labelled “humam”",)
    assert parse_filter("isolated:human").notes(KNOWN) == ()
    assert parse_filter("isolated:humam").notes(KnownOfRows()) == ()  # no label was read yet
    assert parse_filter("agent:bob", all_agents=True).notes(ALL) == ("no agent is called “bob”",)
    assert parse_filter("has:findings").notes(KNOWN) == ("findings known of 2 checked conversations",)


def test_hostile_text_is_one_harmless_line() -> None:
    sentence = parse_filter("x:[/foo]\x1b[31m is:\x1b]0;owned\x07").problem()
    assert "[/foo]" in sentence
    assert "\x1b" not in sentence


# narrowing


def test_further_filters_look_only_at_what_matched_and_new_knowledge_starts_over() -> None:
    rows = [row(f"conv-{place}", summary="x" if place % 3 else None) for place in range(300)]
    first = RowFilter(rows, parse_filter("is:untitled"), known=KNOWN)
    assert len(first.finish()) == 100
    assert RowFilter(rows, parse_filter("is:untitled -is:pinned"), first, KNOWN).remaining == 100
    assert RowFilter(rows, parse_filter("-is:untitled"), first, KNOWN).remaining == 300
    later = KnownOfRows(NOW, drafts=frozenset({"conv-1"}))
    assert RowFilter(rows, parse_filter("is:untitled is:draft"), first, later).remaining == 300
    assert first.is_for(parse_filter(" IS:untitled "), KNOWN)
    assert not first.is_for(parse_filter("is:untitled"), later)


# completion


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("is", "is:"),
        ("iso", "isolated:"),
        ("i", ""),
        ("bill", ""),
        ("id", "idle:"),
        ("is:", "is:untitled"),
        ("is:p", "is:pinned"),
        ("billing -is:dr", "billing -is:draft"),
        ("is:untitled", ""),
        ("is:untitled ", ""),
        ("has:", "has:findings"),
        ("idle:", "idle:>7d"),
        ("idle:<", "idle:<1h"),
        ("isolated:hu", "isolated:human"),
        ("isolated:p", 'isolated:"Project X"'),
        ('isolated:"pro', 'isolated:"Project X"'),
        ("ag", ""),
        ('"is:p', ""),
        ("foo:", ""),
    ],
)
def test_completion(typed: str, completed: str) -> None:
    assert completed_filter(typed, KNOWN) == completed


def test_agents_are_completed_where_all_are_listed() -> None:
    assert completed_filter("ag", ALL) == "agent:"
    assert completed_filter("agent:g", ALL) == 'agent:"Grace Hopper"'


# any text

TOKENS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["is:", "-is:", "has:findings", "idle:>7d", "idle:<", '"', 'isolated:"', "agent:a", " "]),
    st.builds(lambda name, value: f"{name}:{value}", st.sampled_from(NAMES), st.text(max_size=6)),
    st.sampled_from([f"is:{state}" for state in STATES]),
)
TEXTS = st.lists(TOKENS, max_size=6).map(" ".join)


@given(TEXTS, st.booleans())
@example('is:"', False)
@example('"', False)
@example("-", True)
def test_any_text_is_read_and_every_part_of_it_is_used_or_reported(text: str, all_agents: bool) -> None:
    query = parse_filter(text, all_agents=all_agents)
    known = ALL if all_agents else KNOWN
    rows = [row(), row("conv-2", summary="One", isolated_block_ids=("block-1",)), row(DEFAULT)]
    found = RowFilter(rows, query, known=known).finish()
    assert set(found) <= set(rows)
    if text.replace('"', "").strip():
        assert query or query.problems
    if not query:
        assert list(found) == rows
    assert not any(map(is_unsafe, query.problem()))
    assert all(word.strip() for word in query.words) or '"' in text


@given(TEXTS)
def test_typing_on_finds_what_a_new_look_at_all_rows_finds(text: str) -> None:
    rows = [row("conv-a"), row("conv-b", summary="is: one 7d"), row("conv-pin", summary="findings")]
    before: RowFilter | None = None
    for end in range(len(text) + 1):
        query = parse_filter(text[:end])
        before = RowFilter(rows, query, before, KNOWN)
        assert before.finish() == RowFilter(rows, query, known=KNOWN).finish()


@given(TEXTS)
def test_a_completion_goes_on_from_what_was_typed(text: str) -> None:
    completed = completed_filter(text, ALL)
    if completed:
        assert len(completed) > len(text) or '"' in completed
        assert completed.replace('"', "").casefold().startswith(text.replace('"', "").casefold())
        assert not parse_filter(completed, all_agents=True).problem(typing=True) or parse_filter(
            text, all_agents=True
        ).problem(typing=True)
