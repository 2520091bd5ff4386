"""Marks, and what delete and export do with what is marked."""

from __future__ import annotations

import asyncio

import pytest

from tests.app_helpers import ids
from tests.flows.conftest import Desk
from tui.flows.change_conversation import ConfirmChange
from tui.model.conversation import DEFAULT, Conversation
from tui.presentation.changes.consequences import Consequences
from tui.rules.marks import NOT_THE_DEFAULT

pytestmark = pytest.mark.anyio


async def yes(question: ConfirmChange) -> bool:
    """Confirm after reading what it would do."""
    assert isinstance(await question.prepare(), Consequences)
    return True


def marked(desk: Desk) -> list[Conversation]:
    """Mark both rows."""
    rows = [desk.row(0), desk.row(1)]
    desk.marks.add(rows)
    return rows


def test_marks_are_shown_as_they_change(desk: Desk) -> None:
    one, two = desk.row(0), desk.row(1)
    desk.marks.mark(one)
    desk.marks.toggle(two)
    assert list(desk.screen.marks.rows) == [one.id, two.id]
    desk.marks.toggle(one)
    assert not desk.marks.is_marked(one.id)
    desk.marks.invert([one, two])
    assert list(desk.screen.marks.rows) == [one.id]
    desk.marks.settle({two.id}, complete=False)
    assert desk.marks.is_marked(one.id)
    desk.marks.settle({two.id}, complete=True)
    assert not desk.screen.marks
    desk.marks.add([one, two])
    desk.marks.clear()
    assert not desk.screen.marks


def test_the_default_conversation_says_why_it_cannot_be_marked(desk: Desk) -> None:
    desk.marks.toggle(Conversation(id=DEFAULT, agent_id=desk.agent.id))
    assert desk.screen.messages == [NOT_THE_DEFAULT]
    assert not desk.marks.marks


async def test_what_is_marked_is_deleted_one_after_the_other(desk: Desk) -> None:
    rows = marked(desk)
    desk.screen.answers = [yes]
    await desk.delete_marked.delete(rows, desk.agent)
    await desk.screen.settle()
    assert ids(desk.transport) == []
    assert desk.screen.removed == [row.id for row in rows]
    assert not desk.screen.marks
    assert desk.screen.progress == ["Deleting 1 of 2 · escape stops", "Deleting 2 of 2 · escape stops", ""]
    assert desk.screen.messages[-1].startswith("Deleted 2 of 2 conversations\nCopies: ")
    assert desk.delete_marked.running is None


async def test_a_stop_lets_the_one_under_way_end(desk: Desk) -> None:
    rows = marked(desk)
    desk.screen.answers = [yes]
    gate = desk.transport.hold(method="DELETE")
    await desk.delete_marked.delete(rows, desk.agent)
    await gate.arrived()
    assert desk.delete_marked.is_busy()
    desk.delete_marked.stop()
    gate.open()
    await desk.screen.settle()
    assert ids(desk.transport) == [rows[1].id]
    assert "Stopping after 1 of 2…" in desk.screen.progress
    assert "1 not tried: stopped" in desk.screen.messages[-1]


async def test_a_server_that_is_left_keeps_the_marks_of_the_next_one(desk: Desk) -> None:
    rows = marked(desk)
    desk.screen.answers = [yes]
    gate = desk.transport.hold(method="DELETE")
    await desk.delete_marked.delete(rows, desk.agent)
    await gate.arrived()
    desk.delete_marked.stop()
    desk.server.left = True
    gate.open()
    await desk.screen.settle()
    assert desk.marks.is_marked(rows[0].id)
    assert desk.screen.removed == []
    assert desk.screen.messages[-1].startswith("letta.test: Deleted 1 of 2 conversations")


async def test_without_an_answer_nothing_is_deleted(desk: Desk) -> None:
    await desk.delete_marked.delete(marked(desk), desk.agent)
    assert len(ids(desk.transport)) == 2
    assert desk.delete_marked.running is None


async def test_what_is_marked_is_exported_into_one_file(desk: Desk) -> None:
    await desk.export.export_all(marked(desk), desk.agent)
    (path,) = (desk.folder / "exports").iterdir()
    assert desk.screen.messages == [f"Exported 2 conversations to {path}"]
    assert desk.screen.progress[-1] == ""


async def test_a_cancelled_export_writes_nothing(desk: Desk) -> None:
    rows = marked(desk)
    gate = desk.transport.hold(method="GET", path="/conv-[^/]+$")
    task = asyncio.create_task(desk.export.export_all(rows, desk.agent))
    await gate.arrived()
    assert desk.delete_marked.is_busy()
    task.cancel()
    await asyncio.wait([task])
    assert not (desk.folder / "exports").exists()
    assert desk.screen.messages[-1] == "Export stopped at 1 of 2: nothing was written"
    assert not desk.export.running
    gate.open()


async def test_one_conversation_is_exported(desk: Desk) -> None:
    await desk.export.export(desk.row(), desk.agent)
    (path,) = (desk.folder / "exports").iterdir()
    assert desk.screen.messages == [f"Exported “One” to {path}"]


async def test_a_conversation_that_cannot_be_read_is_not_exported(desk: Desk) -> None:
    desk.transport.fail(500, path="/conv-[^/]+$")
    await desk.export.export(desk.row(), desk.agent)
    assert desk.screen.messages[0].startswith("Not exported: ")
    assert not (desk.folder / "exports").exists()
