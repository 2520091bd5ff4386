"""A long timeline is built in steps, and once."""

from __future__ import annotations

from datetime import UTC, datetime

from tui.api.history import History
from tui.api.models import Message
from tui.api.opening import Context, Opened
from tui.api.rows import Agent, Conversation
from tui.presentation.transcript_cache import TranscriptCache
from tui.rules.message_scope import MessageScope, conversation_key

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def opened(count: int) -> Opened:
    """A conversation with so many messages."""
    said = tuple(
        Message.read({"id": f"m{n}", "message_type": "user_message", "content": f"{n}"}) for n in range(count)
    )
    context = Context(tuple(message.id for message in said), said)
    return Opened(Conversation(id="conv-1"), Agent(id="agent-1"), NOW, context, (), ())


def test_it_is_built_in_slices_and_nothing_is_built_twice() -> None:
    long, timelines, scope = opened(1_000), TranscriptCache(), MessageScope()
    assert list(timelines.slices(scope, long, NOW, 300)) == [300, 600, 900, 1_000]
    found = timelines.items(scope, long, NOW)
    assert [item.text for item in found] == [f"{n}" for n in range(1_000)]
    again = timelines.items(scope, long, NOW)
    assert all(one is other for one, other in zip(found, again, strict=True))


def test_what_was_not_built_yet_is_built_when_it_is_asked_for() -> None:
    long, timelines, scope = opened(1_000), TranscriptCache(), MessageScope()
    assert next(timelines.slices(scope, long, NOW, 300)) == 300
    assert len(timelines.items(scope, long, NOW)) == 1_000


def test_what_was_read_anew_is_built_anew_and_so_is_the_whole_history() -> None:
    timelines, scope = TranscriptCache(), MessageScope()
    first, second = opened(3), opened(4)
    assert len(timelines.items(scope, first, NOW)) == 3
    assert len(timelines.items(scope, second, NOW)) == 4
    history = History(second.context.messages if isinstance(second.context, Context) else (), frozenset())
    whole = MessageScope(whole_of=conversation_key(second)).read(second, history, None)
    assert "boundary" in [item.key for item in timelines.items(whole, second, NOW)]


def test_slices_of_a_conversation_that_was_left_disturb_no_other() -> None:
    timelines, scope = TranscriptCache(), MessageScope()
    left, shown = opened(900), opened(5)
    slices = timelines.slices(scope, left, NOW, 300)
    next(slices)
    assert len(timelines.items(scope, shown, NOW)) == 5
    assert list(slices) == [600, 900]
    assert len(timelines.items(scope, shown, NOW)) == 5
