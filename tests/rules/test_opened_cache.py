"""What was read last is cached within a budget, until the next write."""

from __future__ import annotations

import gc
import json
import tracemalloc
from datetime import UTC, datetime

import pytest

from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import NotThere
from tui.model.message import Message
from tui.model.opened import Context, Opened
from tui.rules.opened_cache import OVERHEAD, OpenedCache, estimate_size

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
AGENT = Agent(id="agent-1")


def opened(name: str, *texts: object, isolated: tuple[Block, ...] = ()) -> Opened:
    """A conversation with these messages."""
    messages = tuple(Message.read({"id": f"m{n}", "content": text}) for n, text in enumerate(texts))
    return Opened(Conversation(id=name), AGENT, NOW, Context(None, messages), (), isolated)


def test_the_least_recently_seen_make_room() -> None:
    answers = OpenedCache(budget=100)
    told = {name: opened(name) for name in "abc"}
    for name in "ab":
        answers.put(told[name], size=40, writes=0)
    assert answers.get("agent-1", "a", writes=0) is told["a"]
    answers.put(told["c"], size=40, writes=0)
    assert answers.get("agent-1", "b", writes=0) is None
    assert answers.get("agent-1", "a", writes=0) is told["a"]
    assert answers.get("agent-2", "a", writes=0) is None
    assert (len(answers), answers.size) == (2, 80)


def test_one_that_is_too_large_is_not_kept_and_takes_its_older_self_along() -> None:
    answers = OpenedCache(budget=100)
    answers.put(opened("a"), size=40, writes=0)
    answers.put(opened("b"), size=40, writes=0)
    answers.put(opened("a"), size=101, writes=0)
    assert answers.get("agent-1", "a", writes=0) is None
    assert (len(answers), answers.size) == (1, 40)


def test_the_same_again_counts_once() -> None:
    answers = OpenedCache(budget=100)
    for size in (30, 50, 20):
        answers.put(opened("a"), size=size, writes=0)
    assert (len(answers), answers.size) == (1, 20)


def test_a_write_forgets_all_and_what_was_asked_for_before_it_ended() -> None:
    answers = OpenedCache()
    answers.put(opened("a"), size=1, writes=0)
    assert answers.get("agent-1", "a", writes=1) is None
    answers.put(opened("b"), size=1, writes=0)
    assert answers.get("agent-1", "b", writes=1) is None
    answers.put(opened("c"), size=1, writes=2)
    assert answers.get("agent-1", "c", writes=2) is not None
    assert (len(answers), answers.size) == (1, 1)


def test_texts_in_lists_and_images_are_counted_too() -> None:
    image = [{"type": "image", "source": {"data": "A" * 5_000}}, {"type": "text", "text": "x" * 100}]
    size = estimate_size(opened("a", "y" * 300, image))
    assert 2 * OVERHEAD + 5_400 <= size < 2 * OVERHEAD + 5_800
    block = Block(id="block-1", value="z" * 700)
    assert OVERHEAD + 700 <= estimate_size(opened("a", isolated=(block,))) < OVERHEAD + 800
    gone = NotThere("x", server="s", status=404)
    failed = Opened(Conversation(id="a"), AGENT, NOW, gone, gone, None)
    assert estimate_size(failed) == 0


def test_a_text_counts_as_the_bytes_that_it_takes() -> None:
    """A single emoji in it makes every character take four."""
    plain, odd = (estimate_size(opened("a", "x" * 10_000 + end)) for end in ("x", "\N{PILE OF POO}"))
    assert plain - OVERHEAD < 10_200
    assert odd - OVERHEAD > 40_000


@pytest.mark.parametrize(("count", "size"), [(400, 400), (200, 4_000), (20, 100_000)])
def test_what_is_counted_is_what_the_messages_hold_in_memory(count: int, size: int) -> None:
    """Within a third, as a whole page of a real server is decoded."""
    sent = json.dumps([message(number, "y" * size) for number in range(count)])
    assert Message.read(message(0, "")).id  # what is made once is made by now
    gc.collect()
    tracemalloc.start()
    messages = tuple(Message.read(one) for one in json.loads(sent))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    counted = estimate_size(Opened(Conversation(id="a"), AGENT, NOW, Context(None, messages), (), ()))
    assert 0.75 * held < counted < 1.33 * held


def message(number: int, text: str) -> dict[str, object]:
    """One with the fields that Letta 0.16.8 sends."""
    return {
        "id": f"message-{number:036}",
        "message_type": "assistant_message",
        "date": "2026-03-14T09:26:53+00:00",
        "content": f"{number} {text}",
        "otid": f"{number:036}",
        "step_id": f"step-{number:036}",
        "run_id": f"run-{number:036}",
        "seq_id": number,
        "name": None,
        "sender_id": None,
        "is_err": None,
    }
