"""Undo, redo and putting back, on the embedded server."""

from __future__ import annotations

import httpx
import pytest

from tests.flows.conftest import Desk
from tui.flows.change_conversation import ConfirmChange
from tui.flows.edit_summary import ClearSummary, SummaryConflict
from tui.flows.undo_summary import ChooseSummary

pytestmark = pytest.mark.anyio


async def edited(desk: Desk, *texts: str) -> None:
    """Save these texts one after the other."""
    for text in texts:
        await desk.edit.begin(desk.row())
        desk.edit.save(text)
        await desk.screen.settle()
    desk.screen.messages.clear()


async def test_undo_and_redo_go_through_the_same_save(desk: Desk) -> None:
    await edited(desk, "Second", "Third")
    for by, stored in (("undo", "Second"), ("undo", "One"), ("redo", "Second")):
        await desk.undo.step(desk.row(), "undo" if by == "undo" else "redo")
        assert desk.summary() == stored
    assert desk.screen.messages[-1] == "Redone: “Second” · u undoes it"
    assert desk.screen.listed[0].summary == "Second"


async def test_there_may_be_nothing_to_undo(desk: Desk) -> None:
    await desk.undo.step(desk.row(), "undo")
    assert desk.screen.messages[0].startswith("Nothing to undo")


async def test_a_summary_that_is_being_saved_is_not_undone_beside_it(desk: Desk) -> None:
    await desk.edit.begin(desk.row())
    gate = desk.transport.hold(method="PATCH")
    desk.edit.save("new")
    await gate.arrived()
    await desk.undo.step(desk.row(), "undo")
    assert desk.screen.messages == ["This summary is still being saved"]
    gate.open()
    await desk.screen.settle()


@pytest.mark.parametrize("answer", [True, None])
async def test_somebody_elses_text_is_not_replaced_unasked(desk: Desk, answer: bool | None) -> None:
    await edited(desk, "Second")
    desk.transport.store.set_summary(desk.row().id, "Theirs")
    desk.screen.answers = [answer]
    await desk.undo.step(desk.row(), "undo")
    assert isinstance(desk.screen.asked[-1], ConfirmChange)
    assert desk.summary() == ("Second" if answer else "Theirs")


async def test_an_undo_to_nothing_is_asked_about(desk: Desk) -> None:
    desk.transport.store.set_summary(desk.row().id, "")
    await edited(desk, "Second")
    await desk.undo.step(desk.row(), "undo")
    assert desk.screen.asked == [ClearSummary("Second")]
    assert desk.summary() == "Second"


@pytest.mark.parametrize(("answer", "stored"), [("mine", "One"), (None, "Theirs")])
async def test_a_conflict_in_between_is_asked_about(desk: Desk, answer: str | None, stored: str) -> None:
    await edited(desk, "Second")
    row = desk.row()
    reads = 0

    async def conversation(conversation_id: str, agent_id: str | None = None) -> object:
        nonlocal reads
        reads += 1
        if reads == 2:  # after the undo has read it, before the save does
            desk.transport.store.set_summary(row.id, "Theirs")
        return await type(desk.server.client).conversation(desk.server.client, conversation_id, agent_id)

    desk.server.client.conversation = conversation  # type: ignore[method-assign, assignment]
    desk.screen.answers = [answer]
    await desk.undo.step(row, "undo")
    assert desk.screen.asked == [SummaryConflict("One", "Theirs", written=False)]
    assert desk.summary() == stored


async def test_a_chosen_text_is_put_back(desk: Desk) -> None:
    await edited(desk, "Second")

    async def choose(question: ChooseSummary) -> object:
        assert [line.entry.text for line in question.lines] == ["Second", "One"]
        return question.lines[-1].entry

    desk.screen.answers = [choose]
    await desk.undo.history(desk.row())
    assert desk.summary() == "One"
    assert desk.screen.messages == ["Restored: “One” · u undoes it"]


async def test_an_undo_whose_outcome_is_unknown_says_so(desk: Desk) -> None:
    await edited(desk, "Second")
    desk.transport.fail(httpx.ReadError, method="PATCH")
    await desk.undo.step(desk.row(), "undo")
    assert desk.screen.messages[0].startswith("May not have been saved")
