"""How conversations of Letta Code's local agents read: reminders, calls, usage, memory in files and its commits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.local_store import memory_file
from tests.rules.memory.test_file_states import NEW, NEWER, OLD, human, local, opened
from tui.model.local_memory import MemoryCommit
from tui.model.message import Message
from tui.model.opened import Context
from tui.presentation.item import Item, SideBySide
from tui.presentation.memory_commits import commit_items
from tui.presentation.memory_items import memory_items, memory_text
from tui.presentation.transcript import transcript
from tui.presentation.usage import usage_text
from tui.rules.memory.commits import FileVersion, Standing, standings
from tui.rules.view_state import MemoryMode

NOW = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
REMINDER = "<system-reminder>\nToday is Saturday.\n</system-reminder>"
HOSTILE = "[/foo] \x1b]0;owned\x07"


def items(*sent: dict[str, Any]) -> tuple[Item, ...]:
    messages = tuple(Message.read(message) for message in sent)
    return transcript(Context(tuple(message.id for message in messages), messages), NOW)


def user(*texts: str) -> dict[str, Any]:
    parts = [{"type": "text", "text": text} for text in texts]
    return {"id": "ui-msg-1", "message_type": "user_message", "content": parts}


def call(**fields: Any) -> dict[str, Any]:
    called = {"name": "Bash", "arguments": '{"command": "ls"}', "tool_call_id": "call-1"}
    return {
        "id": "ui-msg-2:tool:call-1:request",
        "message_type": "approval_request_message",
        "tool_calls": [called],
        **fields,
    }


def returned() -> dict[str, Any]:
    result = {"tool_call_id": "call-1", "status": "success", "tool_return": "a file"}
    return {"id": "ui-msg-3", "message_type": "tool_return_message", "tool_returns": [result]}


def test_reminders_of_the_harness_are_items_of_their_own_folded_before_what_was_typed() -> None:
    reminder, typed = items(user(REMINDER, "who am I?"))
    assert (reminder.kind, reminder.folded, reminder.text) == ("reminder", True, REMINDER)
    assert (typed.kind, typed.text) == ("user", "who am I?")
    assert reminder.copy_id == typed.copy_id == "ui-msg-1"
    assert reminder.key != typed.key


def test_a_message_of_nothing_but_reminders_and_one_without_any() -> None:
    (reminder,) = items(user(REMINDER))
    assert reminder.kind == "reminder"
    (typed,) = items(user("<system-reminders> are what I ask about"))
    assert typed.kind == "user"


def test_a_call_stands_beside_its_return_where_no_request_is_ever_answered() -> None:
    (found,) = items(call(), returned())
    assert (found.word, found.title) == ("tool call", "Bash")
    assert "a file" in "\n".join(source for part in found.parts for source in _sources(part))


def test_a_request_that_is_answered_stays_apart_from_its_return() -> None:
    verdict = {"type": "approval", "approve": True, "tool_call_id": "call-1"}
    approved = {"id": "m", "message_type": "approval_response_message", "approvals": [verdict]}
    assert [item.word for item in items(call(), approved, returned())] == [
        "needs approval",
        "approval",
        "tool return",
    ]


@pytest.mark.parametrize(
    ("usage", "text"),
    [
        (
            {"input": 4000, "output": 12, "cacheRead": 100, "cost": {"total": 0.0123}},
            "4.1 k tokens in, 12 out · $0.0123",
        ),
        ({"input": 10, "output": 0, "cost": 0}, "10 tokens in, 0 out"),
        ({"output": 3, "cost": 0.5}, "0 tokens in, 3 out · $0.5000"),
        ({"input": "many", "output": None}, ""),
        ({"input": float("inf"), "output": True}, ""),
        ({"input": 10**400, "output": float("nan")}, ""),
        ("a lot", ""),
        (None, ""),
    ],
)
def test_what_an_answer_took(usage: Any, text: str) -> None:
    told = {"id": "m", "message_type": "assistant_message", "content": "Hi.", "usage": usage}
    assert usage_text(Message.read(told)) == text
    (item,) = items(told)
    assert item.head == text


# memory in files


def item_of(memory: Any, mode: MemoryMode = MemoryMode.VALUE) -> Item:
    return next(item for item in memory_items(opened(memory), mode, NOW) if item.key == "label-human")


def test_a_forgotten_edit_shows_what_the_model_reads_beside_what_is_committed() -> None:
    forgotten = local(OLD, recorded=NEW, committed=NEW)
    item = item_of(forgotten)
    (both,) = [part for part in item.parts if isinstance(part, SideBySide)]
    assert (both.left.source, both.right.source) == (OLD, NEW)
    assert both.captions == ("what the model reads", "committed in git now")
    assert item.head.startswith("✗ forgotten edit")
    assert "in the prompt: another text" in item.text
    assert memory_text(opened(forgotten)) == "memory in files, 1 forgotten edit"
    (marked,) = [
        part for part in item_of(forgotten, MemoryMode.COMPILED).parts if isinstance(part, SideBySide)
    ]
    assert marked.marked


def test_an_edit_that_is_not_committed_shows_the_work_tree() -> None:
    (both,) = [part for part in item_of(local(work_tree=NEW)).parts if isinstance(part, SideBySide)]
    assert (both.left.source, both.right.source) == (OLD, NEW)
    assert both.captions == ("committed in git now", "in the work tree")


def test_where_everything_is_the_same_it_is_said_once() -> None:
    item = item_of(local())
    assert "the same in git, in the prompt's record, in the prompt and in the work tree" in item.text
    assert not any(isinstance(part, SideBySide) for part in item.parts)


# commits


def version(revision: str, value: str | None, age: int, subject: str = "Change it") -> FileVersion:
    at = NOW - timedelta(days=age)
    return FileVersion(
        MemoryCommit(revision=revision * 40, author="Sam", time=at, subject=subject),
        None if value is None else memory_file(value),
    )


VERSIONS = (version("c", NEWER, 1), version("b", NEW, 2), version("a", OLD, 3))


def test_the_prompt_and_its_record_stand_at_the_commits_that_have_their_text() -> None:
    label = human(local(OLD, recorded=NEW, committed=NEWER))
    assert standings(label, VERSIONS) == {Standing.PROMPT: "a" * 40, Standing.RECORD: "b" * 40}


def test_each_commit_is_shown_with_its_difference_and_what_stands_there() -> None:
    label = human(local(OLD, recorded=NEW, committed=NEWER))
    newest, middle, oldest = commit_items(label, VERSIONS, NOW, complete=True)
    assert "the record has this" in middle.head
    assert "the model reads this" in oldest.head
    assert "the first one" in oldest.head
    assert "Change it" in newest.head
    first = newest.parts[0]
    assert isinstance(first, SideBySide)
    assert (first.left.source, first.right.source) == (NEW, NEWER)
    assert newest.copy_id == "c" * 40


def test_what_is_not_committed_and_what_no_commit_has_come_first() -> None:
    label = human(local("Never committed", recorded=NEW, committed=NEWER, work_tree=OLD))
    words = [item.word for item in commit_items(label, VERSIONS[:1], NOW, complete=False)]
    assert words[:2] == ["not committed", "in the prompt"]
    assert words[-1] == "not read"


def test_a_deleted_file_and_a_hostile_subject() -> None:
    label = human(local(OLD, recorded=None, committed=None))
    gone, before = commit_items(
        label, [version("b", None, 1, HOSTILE), version("a", OLD, 2)], NOW, complete=True
    )
    assert "\x1b" not in gone.head
    assert "deleted" in gone.text
    assert "the model reads this" in before.head


def _sources(part: Any) -> Iterable[str]:
    return (part.left.source, part.right.source) if isinstance(part, SideBySide) else (part.source,)
