"""One timeline: evicted rows in true order, the boundary, the context in its own order; nothing twice, nothing lost."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.rules.histories import NOW, context, history, opened, read, said
from tui.model.errors import LettaError, ServerTrouble
from tui.model.opened import Context, History
from tui.presentation.history import BOUNDARY, conversation_items, history_items
from tui.presentation.item import Item
from tui.rules.history import count_messages, is_compacted
from tui.rules.message_scope import MessageScope

FIXTURES = Path(__file__).parents[1] / "fixtures"
TROUBLE = ServerTrouble("Reading the history: the server failed", server="x", status=500)


def shown(context: Context, told: History | LettaError, now: datetime) -> tuple[Item, ...]:
    """The whole timeline at once."""
    return tuple(history_items(context, told, now))


def real(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FIXTURES / f"{name}.json").read_bytes())
    return found


def ids_of(items: tuple[Item, ...]) -> list[str]:
    return list(dict.fromkeys(dict(item.ids)["id"] for item in items if item.ids))


COMPACTIONS = [
    ("compaction_after", "compaction_after_messages", "compaction_before_messages"),
    ("compaction_after", "compaction_after_messages_2", "compaction_before_messages"),
    ("compaction_all_after", "compaction_all_messages", "compaction_before_messages"),
    ("auto_compaction_conversation", "auto_compaction_messages", None),
]


@pytest.mark.parametrize(("conversation", "listed", "before"), COMPACTIONS)
def test_a_real_compaction_is_one_timeline(conversation: str, listed: str, before: str | None) -> None:
    """The list of a real server is scrambled; order, boundary and counts equal what it says is in context."""
    wanted = list(real(conversation)[0]["in_context_message_ids"])
    sent = read(real(listed))
    if listed.endswith("_2"):  # one more turn than the conversation was read with
        wanted += [message.id for message in sent[-2:]]
    first = [message.id for message in read(real(before))] if before else []
    place = {name: at for at, name in enumerate(first)}
    told = sorted(sent, key=lambda one: (place.get(one.id, len(place)), one.date or NOW))
    held = context(wanted, sent)
    items = shown(held, history(tuple(told)), NOW)

    at = next(index for index, item in enumerate(items) if item.key == BOUNDARY)
    assert ids_of(items[at + 1 :]) == wanted
    above = items[:at]
    assert ids_of(above) == [name for name in dict.fromkeys(one.id for one in told) if name not in wanted]
    assert all(item.dimmed for item in above)
    assert not any(item.dimmed for item in items[at:])
    total = len({message.id for message in sent} | set(wanted))
    assert items[at].head == f"context starts here: {len(wanted)} of {total} messages"
    assert len({item.key for item in items}) == len(items)
    dates = [item.date for item in above if item.date]
    assert dates == sorted(dates)
    assert is_compacted(held)


def test_a_summary_that_was_compacted_away_itself_is_a_summary_before_the_boundary() -> None:
    wanted = list(real("compaction_all_after")[0]["in_context_message_ids"])
    sent = read(real("compaction_all_messages"))
    items = shown(context(wanted, sent), history(sent), NOW)
    summaries = [item for item in items if item.word == "summary"]
    assert [item.dimmed for item in summaries] == [True, False]
    assert all("summary of the previous messages" in item.text for item in summaries)


def test_a_call_and_its_return_on_two_sides_of_the_boundary_are_not_put_together() -> None:
    """The model sees a return without a call; so does the reader."""
    call = {"name": "roll", "arguments": "{}", "tool_call_id": "x"}
    rows = read(
        [
            {"id": "a", "message_type": "tool_call_message", "tool_calls": [call]},
            {"id": "b", "message_type": "tool_return_message", "tool_call_id": "x", "tool_return": "4"},
        ]
    )
    items = shown(context(["b"], rows), history(rows), NOW)
    assert [item.word for item in items] == ["tool call", "context", "tool return"]
    assert "4" not in items[0].text


def test_nothing_evicted_is_a_boundary_at_the_top() -> None:
    rows = said("a", "b")
    items = shown(context(["a", "b"], rows), history(rows), NOW)
    assert items[0].key == BOUNDARY
    assert items[0].head == "context starts here: 2 of 2 messages"


def test_an_id_that_no_message_answers_keeps_its_place_and_counts() -> None:
    rows = said("a", "c")
    items = shown(context(["b", "c"], rows), history(rows), NOW)
    assert [item.word for item in items] == ["user", "context", "no message", "user"]
    assert items[1].head == "context starts here: 2 of 3 messages"


def test_rows_that_a_fork_shares_are_counted_and_named() -> None:
    """The list by conversation lacks them: they come from the other list, before the own ones."""
    rows = (*said("old", "kept"), *said("new", start=9))
    items = shown(context(["kept", "new"], rows), history(rows, own=frozenset({"new"})), NOW)
    assert items[0].word == "gap"
    assert "2 messages are shared with the conversation this one was forked from" in items[0].text
    assert ids_of(items) == ["old", "kept", "new"]


def test_a_list_without_the_system_message_is_no_fork() -> None:
    """Servers before 0.16.7 leave it out of the list by conversation."""
    system = said("s", kind="system")
    rows = said("a", "b", start=1)
    held = Context(("s", "a", "b"), (*system, *rows))
    told = History((*system, *rows), frozenset({"a", "b"}))
    assert [item.word for item in shown(held, told, NOW)] == ["context", "system", "user", "user"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (history((), own=frozenset()), "lists only what is in context"),
        (history(said("z"), whole=False), "Not everything was read"),
        (history(said("z"), problem=TROUBLE), "shared with a source conversation: Reading the history"),
    ],
)
def test_what_is_missing_is_said_where_it_would_stand(told: History, words: str) -> None:
    items = shown(context(["a"], said("a")), told, NOW)
    assert words in "\n".join(item.text for item in items[: [item.key for item in items].index(BOUNDARY)])


def test_a_history_that_could_not_be_read_leaves_the_context_whole() -> None:
    rows = said("a", "b")
    items = shown(context(["a", "b"], rows), TROUBLE, NOW)
    assert "the server failed" in items[0].text
    assert ids_of(items) == ["a", "b"]


def test_a_server_that_does_not_name_the_context_gets_no_boundary() -> None:
    rows = said("a", "b", "c")
    items = shown(Context(None, rows[1:]), history(rows), NOW)
    assert ids_of(items) == ["a", "b", "c"]
    assert BOUNDARY not in [item.key for item in items]
    assert count_messages(Context(None, rows[1:]), history(rows)).evicted == 0


def test_a_history_is_shown_with_its_own_conversation_only() -> None:
    view = opened(context(["c"], said("a", "b", "c")))
    scope = MessageScope(whole_of="agent-1/conv-2", of="agent-1/conv-2", history=history(said("x")))
    assert ids_of(tuple(conversation_items(scope, view, NOW))) == ["c"]
    assert not scope.is_stale(view)
