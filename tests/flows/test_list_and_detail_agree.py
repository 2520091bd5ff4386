"""Whatever happens here and elsewhere, in whatever order: list, heading and detail show the same facts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.flows.reading import NOW, Reading, listed, server_with

pytestmark = pytest.mark.anyio

STEPS = 30


def somewhere(found: Reading, chance: random.Random) -> str | None:
    """The id of a conversation that the server has."""
    ids = [row.id for row in found.transport.store.conversations.values() if not row.deleted]
    return chance.choice(ids) if ids else None


def rename_elsewhere(found: Reading, chance: random.Random) -> None:
    if (conversation_id := somewhere(found, chance)) is not None:
        found.transport.store.set_summary(conversation_id, f"Renamed {chance.randrange(100)}")


def delete_elsewhere(found: Reading, chance: random.Random) -> None:
    if (conversation_id := somewhere(found, chance)) is not None:
        found.transport.store.delete_conversation(conversation_id)


def create_elsewhere(found: Reading, chance: random.Random) -> None:
    found.transport.store.open_conversation(found.agent.id, f"Made {chance.randrange(100)}", NOW)


def save_here(found: Reading, chance: random.Random) -> None:
    row = found.screen.row
    if row is not None and row.id in found.transport.store.conversations:
        found.transport.store.set_summary(row.id, f"Saved {chance.randrange(100)}")
        found.conversations.put(row.changed(summary=found.transport.store.conversations[row.id].summary))


def delete_here(found: Reading, chance: random.Random) -> None:
    row = found.screen.row
    if row is not None and not row.is_default:
        if not found.transport.store.conversations[row.id].deleted:
            found.transport.store.delete_conversation(row.id)
        found.conversations.remove(found.agent.id, row.id)


def move(found: Reading, chance: random.Random) -> None:
    if found.screen.conversations.rows:
        found.screen.cursor = chance.randrange(len(found.screen.conversations.rows))


def follow(found: Reading, chance: random.Random) -> None:
    if found.follow.following:
        found.follow.toggle()
    found.follow.toggle()  # the first reading is of all rows that are loaded


def filter_rows(found: Reading, chance: random.Random) -> None:
    found.screen.is_filtering = True
    found.conversations.filter(chance.choice(["Number", "0", "Saved", "nothing at all", "Renamed", ""]))


def clear_filter(found: Reading, chance: random.Random) -> None:
    found.screen.is_filtering = False
    found.conversations.clear_filter()


def reload(found: Reading, chance: random.Random) -> None:
    found.conversations.reload()


def sort(found: Reading, chance: random.Random) -> None:
    found.conversations.sort()


def reverse(found: Reading, chance: random.Random) -> None:
    found.conversations.reverse()


def next_page(found: Reading, chance: random.Random) -> None:
    found.conversations.near_end()


STEPS_OF_ALL = [
    *(rename_elsewhere, delete_elsewhere, create_elsewhere, save_here, delete_here),
    *(move, move, move, follow, follow, filter_rows, clear_filter),
    *(reload, sort, reverse, next_page),
]


async def follow_cursor(found: Reading) -> None:
    """What the screen does when the cursor is on another conversation than before."""
    await found.screen.settle()
    row, view = found.screen.row, found.screen.opened.view
    if row is not None and (view is None or view.conversation.id != row.id):
        found.open.cursor_moved()
        await found.screen.settle()


def assert_agreement(found: Reading, told: str) -> None:
    """What is shown in two places is the same in both."""
    shown, row, view = found.screen.conversations, found.screen.row, found.screen.opened.view
    if row is None:
        assert view is None, told
    else:
        assert view is not None, told
        assert (view.conversation.id, view.conversation.summary) == (row.id, row.summary), told
    if not shown.filter.strip():
        assert len(shown.rows) == len({row.id for row in shown.rows}) == shown.loaded + 1, told
    counts = (f"{shown.loaded}, all", f"{shown.loaded} loaded, more")
    assert shown.heading.endswith(counts[0] if shown.complete else counts[1]), told
    assert shown.heading.startswith(shown.order.text), told


def assert_true(found: Reading, told: str) -> None:
    """The list is that of the server."""
    there = {row.id: row.summary for row in found.transport.store.conversations.values() if not row.deleted}
    assert {row.id: row.summary for row in found.conversations.loaded()} == there, told


@pytest.mark.parametrize("seed", range(12))
async def test_they_agree_after_each_step(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    titles = [f"Number {number:03}" for number in range(chance.choice([3, 25, 60]))]
    async with listed(tmp_path, transport=server_with(*titles), page_size=chance.choice([10, 200])) as found:
        done: list[str] = []
        for _ in range(STEPS):
            step, complete = chance.choice(STEPS_OF_ALL), found.screen.conversations.complete
            done.append(step.__name__)
            step(found, chance)
            await follow_cursor(found)
            told = f"seed {seed}: {', '.join(done)}"
            assert_agreement(found, told)
            assert found.screen.conversations.complete >= complete, told
            if step in (follow, reload, sort, reverse) and complete:
                assert_true(found, told)
