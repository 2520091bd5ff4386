"""A suggested title in the editor: only Enter saves it, it is never a draft, and discarding it restores nothing."""

from __future__ import annotations

import pytest

from tests.app_helpers import NOW, bodies, writes
from tests.flows.conftest import ADDRESS, Desk
from tui.flows.edit_summary import Pane
from tui.storage.draft_store import Draft

pytestmark = pytest.mark.anyio

SUGGESTED = "Why does the build fail?"


async def begin(desk: Desk) -> None:
    """Clear the first title on the server, and open the editor on it with a suggestion."""
    next(iter(desk.transport.store.conversations.values())).summary = None
    await desk.edit.begin(desk.row(), suggestion=SUGGESTED, note="suggested", queued=True)


async def test_a_suggestion_is_nothing_that_was_typed(desk: Desk) -> None:
    await begin(desk)
    edit = desk.screen.edit
    assert edit is not None
    assert (edit.text, edit.suggestion, edit.note) == ("", SUGGESTED, "suggested")
    assert not edit.changed
    assert await desk.draft() is None


async def test_enter_saves_it(desk: Desk) -> None:
    await begin(desk)
    desk.edit.save(SUGGESTED)
    await desk.screen.settle()
    assert desk.summary() == SUGGESTED
    assert bodies(desk.transport, "PATCH") == [{"summary": SUGGESTED}]
    assert desk.screen.edit is None


async def test_cancelled_it_leaves_nothing(desk: Desk) -> None:
    await begin(desk)
    desk.edit.give_up(SUGGESTED)
    await desk.screen.settle()
    assert desk.screen.edit is None
    assert not desk.edit.discarded
    assert not desk.screen.messages
    assert await desk.draft() is None
    assert not writes(desk.transport)


async def test_leaving_its_row_leaves_nothing(desk: Desk) -> None:
    await begin(desk)
    desk.edit.leave(SUGGESTED)
    await desk.screen.settle()
    assert await desk.draft() is None
    assert not desk.screen.drafts
    assert not writes(desk.transport)


async def test_what_is_typed_over_it_is_a_draft_like_any_other(desk: Desk) -> None:
    await begin(desk)
    desk.edit.typed("Mine")
    assert await desk.draft() == "Mine"
    desk.edit.give_up("Mine")
    await desk.screen.settle()
    assert await desk.draft() is None
    assert list(desk.edit.discarded.values()) == ["Mine"]


async def test_a_draft_counts_more_than_a_suggestion(desk: Desk) -> None:
    desk.drafts.note(Draft(ADDRESS, desk.agent.id, desk.row().id, "Half a ti", None, NOW))
    desk.drafts.flush()
    await begin(desk)
    edit = desk.screen.edit
    assert edit is not None
    assert (edit.text, edit.suggestion) == ("Half a ti", "")
    assert edit.note.startswith("draft stored")


async def test_saving_and_going_on_asks_the_queue_for_the_next(desk: Desk) -> None:
    asked: list[Pane] = []

    async def go_on(return_to: Pane) -> None:
        asked.append(return_to)

    desk.edit.queue = go_on
    await begin(desk)
    desk.edit.save(SUGGESTED, "next")
    await desk.screen.settle()
    assert asked == ["list"]
    assert desk.summary() == SUGGESTED
    assert "No more conversations to edit" not in desk.screen.messages


async def test_outside_the_queue_the_next_row_is_edited(desk: Desk) -> None:
    async def go_on(return_to: Pane) -> None:
        raise AssertionError

    desk.edit.queue = go_on
    desk.screen.next = desk.row(1)
    await desk.edit.begin(desk.row())
    desk.edit.save("Other", "next")
    await desk.screen.settle()
    assert desk.screen.cursor == desk.row(1).id
