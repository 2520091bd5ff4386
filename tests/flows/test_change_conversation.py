"""Fork, delete, recompile, archive and create: shown first, done once, and shown again as the server has it then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.app_helpers import NOW, bodies, ids, writes
from tests.flows.conftest import ADDRESS, Desk
from tui.backends.demo.cloud import Cloud
from tui.flows.change_conversation import ConfirmChange
from tui.flows.create_conversation import AskNewConversation
from tui.model.conversation import Conversation
from tui.model.errors import NoResponse
from tui.presentation.changes.consequences import Consequences
from tui.rules.changes.archive import NOT_REPORTED, NOTHING_DONE
from tui.rules.changes.create import Wanted

pytestmark = pytest.mark.anyio


async def yes(question: ConfirmChange) -> bool:
    """Confirm after reading what it would do."""
    assert isinstance(await question.prepare(), Consequences)
    return True


async def test_a_fork_is_shown_and_gets_the_cursor(desk: Desk) -> None:
    desk.screen.answers = [yes]
    await desk.change.fork(desk.row(), desk.agent)
    await desk.screen.settle()
    new = ids(desk.transport)[-1]
    assert [row.id for row in desk.screen.listed] == [new]
    assert desk.screen.cursor == new
    assert desk.screen.messages == [f"Forked as {new} · e edits its summary"]


async def up_to_message(question: ConfirmChange) -> str:
    """Choose the part, after reading that it is offered."""
    shown = await question.prepare()
    assert isinstance(shown, Consequences)
    assert shown.part == "Fork up to the message"
    return "part"


def three_messages(desk: Desk) -> tuple[Conversation, list[str]]:
    """A conversation of a server that forks from a message, and the ids in its context."""
    desk.transport.cloud = Cloud()
    source = desk.row()
    for text in ("first", "second", "third"):
        desk.transport.store.add_message(source.id, "user", text)
    return source, desk.transport.store.in_context(source.id)


async def test_a_fork_may_end_with_the_selected_message(desk: Desk) -> None:
    source, context = three_messages(desk)
    desk.screen.answers = [up_to_message]
    await desk.change.fork(source, desk.agent, context[2])
    await desk.screen.settle()
    new = ids(desk.transport)[-1]
    assert desk.transport.store.in_context(new)[1:] == context[1:3]
    assert desk.screen.messages == [f"Forked as {new} · e edits its summary"]
    assert desk.screen.cursor == new


async def test_a_whole_fork_is_whole_whatever_is_selected(desk: Desk) -> None:
    source, context = three_messages(desk)
    desk.screen.answers = [yes]
    await desk.change.fork(source, desk.agent, context[2])
    await desk.screen.settle()
    assert desk.transport.store.in_context(ids(desk.transport)[-1])[1:] == context[1:]


CHANGES: list[Callable[[Desk], Any]] = [
    lambda desk: desk.change.fork(desk.row(), desk.agent),
    lambda desk: desk.change.delete(desk.row(), desk.agent),
    lambda desk: desk.change.recompile(desk.row(), desk.agent),
    lambda desk: desk.change.archive(desk.row().changed(archived=False)),
]


@pytest.mark.parametrize("change", CHANGES)
async def test_without_an_answer_nothing_is_changed(desk: Desk, change: Callable[[Desk], Any]) -> None:
    await change(desk)
    await desk.screen.settle()
    assert isinstance(desk.screen.asked[0], ConfirmChange)
    assert writes(desk.transport) == []


@pytest.mark.parametrize("change", CHANGES)
async def test_what_cannot_be_read_says_why_instead_of_asking(
    desk: Desk, change: Callable[[Desk], Any]
) -> None:
    found: list[object] = []

    async def read(question: ConfirmChange) -> None:
        found.append(await question.prepare())

    desk.screen.answers = [read]
    desk.transport.fail(httpx.ConnectError)
    await change(desk)
    assert isinstance(found[0], str)


async def test_a_server_without_fork_is_not_asked_again(desk: Desk) -> None:
    desk.screen.answers = [yes]
    desk.transport.fail(httpx.Response(404, json={"detail": "Not Found"}), method="POST", path="/fork$")
    await desk.change.fork(desk.row(), desk.agent)
    await desk.screen.settle()
    assert desk.server.client.supported.lacks("fork")
    assert desk.screen.messages == [
        "This server cannot fork conversations: Letta 0.16.7 is the first version that can"
    ]


async def test_a_deletion_copies_first_and_takes_the_draft_along(desk: Desk) -> None:
    await desk.edit.begin(desk.row())
    desk.edit.typed("half a thought")
    desk.edit.leave("half a thought")
    await desk.screen.settle()
    row = desk.row()
    desk.screen.answers = [yes]
    await desk.change.delete(row, desk.agent)
    await desk.screen.settle()
    assert row.id not in ids(desk.transport)
    assert desk.screen.removed == [row.id]
    (copy,) = (desk.folder / "backups").iterdir()
    assert "half a thought" in copy.read_text(encoding="utf-8")
    assert desk.screen.messages[-1] == f"Deleted “One”\nCopy: {copy}"
    assert await desk.drafts.find(ADDRESS, row.id, row.agent_id) is None
    assert row.id not in desk.screen.drafts


async def test_a_deletion_under_way_ends_when_the_server_is_left_and_touches_no_other_list(
    desk: Desk,
) -> None:
    desk.screen.answers = [yes]
    row = desk.row()
    gate = desk.transport.hold(method="DELETE")
    await desk.change.delete(row, desk.agent)
    await gate.arrived()
    desk.server.left = True
    gate.open()
    await desk.screen.settle()
    assert row.id not in ids(desk.transport)
    assert desk.screen.removed == []
    assert desk.screen.messages[-1].startswith("letta.test: Deleted “One”")


async def test_a_recompile_reads_the_conversation_again(desk: Desk) -> None:
    desk.screen.answers = [yes]
    await desk.change.recompile(desk.row(), desk.agent)
    await desk.screen.settle()
    assert desk.screen.messages == ["Recompiled “One”"]
    assert desk.screen.reloaded == [desk.row().id]


# archive


async def test_a_server_that_reports_archived_of_no_row_is_not_asked(desk: Desk) -> None:
    found: list[object] = []

    async def read(question: ConfirmChange) -> None:
        found.append(await question.prepare())

    desk.screen.answers = [read]
    await desk.change.archive(desk.row())
    await desk.screen.settle()
    assert found == [NOT_REPORTED]
    assert desk.server.client.supported.lacks("archive")
    assert writes(desk.transport) == []


async def test_the_same_key_archives_and_unarchives_in_words_that_fit(cloud_desk: Desk) -> None:
    desk = cloud_desk
    for answer in ("Archive", "Unarchive"):
        desk.screen.answers = [yes]
        row = desk.screen.listed[0] if desk.screen.listed else desk.row()
        await desk.change.archive(row)
        await desk.screen.settle()
        question = desk.screen.asked.pop()
        assert isinstance(question, ConfirmChange)
        assert question.title == f"{answer} “One”?"
        other = "unarchives" if answer == "Archive" else "archives"
        assert desk.screen.messages.pop() == f"{answer}d: One · A {other} it"
        assert desk.screen.listed[0].archived is (answer == "Archive")
    assert desk.screen.removed == []
    assert bodies(desk.transport, "PATCH") == [{"archived": True}, {"archived": False}]


async def test_what_somebody_else_archived_is_not_archived_again(cloud_desk: Desk) -> None:
    desk = cloud_desk
    row = desk.row()
    desk.transport.store.conversations[row.id].archived_at = NOW
    found: list[object] = []

    async def read(question: ConfirmChange) -> None:
        found.append(await question.prepare())

    desk.screen.answers = [read]
    await desk.change.archive(row)
    assert found == ["It is archived already"]
    assert desk.screen.listed[0].archived is True, "so that the next A unarchives it"
    assert writes(desk.transport) == []


async def test_an_archiving_whose_answer_is_lost_is_read_back(cloud_desk: Desk) -> None:
    desk = cloud_desk
    desk.transport.fail(httpx.ReadError, method="PATCH", after_commit=True)
    desk.screen.answers = [yes]
    await desk.change.archive(desk.row())
    await desk.screen.settle()
    assert desk.screen.messages == ["Archived: One · A unarchives it"]


async def test_an_archiving_that_is_refused_says_why_and_leaves_the_row(cloud_desk: Desk) -> None:
    desk = cloud_desk
    desk.transport.fail(httpx.Response(409, json={"detail": "locked"}), method="PATCH")
    desk.screen.answers = [yes]
    await desk.change.archive(desk.row())
    await desk.screen.settle()
    assert desk.screen.messages == ["Not archived: Archiving the conversation: refused (409: locked)"]
    assert desk.screen.listed == []


async def test_a_server_that_only_seems_to_archive_is_not_asked_again(cloud_desk: Desk) -> None:
    desk = cloud_desk
    desk.transport.fail(httpx.Response(200, json={"id": desk.row().id}), method="PATCH")
    desk.screen.answers = [yes]
    await desk.change.archive(desk.row())
    await desk.screen.settle()
    assert desk.screen.messages == [NOTHING_DONE]
    assert desk.server.client.supported.lacks("archive")


# create


def wanted(desk: Desk, *labels: str) -> Callable[[AskNewConversation], Any]:
    """The dialog's answer: what it creates."""

    async def make(question: AskNewConversation) -> Conversation | None:
        made = await question.create(Wanted("Brand new", labels))
        return made if isinstance(made, Conversation) else None

    return make


async def test_what_was_created_is_shown_and_gets_the_cursor(desk: Desk) -> None:
    desk.screen.answers = [wanted(desk, "human")]
    await desk.create.create(desk.agent)
    new = ids(desk.transport)[-1]
    assert [row.id for row in desk.screen.listed] == [new]
    assert desk.screen.cursor == new
    assert desk.screen.messages == [f"Created {new}"]


async def test_a_creation_that_fails_is_said_in_the_dialog(desk: Desk) -> None:
    desk.transport.fail(httpx.ConnectError, method="POST")
    made: list[object] = []

    async def make(question: AskNewConversation) -> None:
        made.append(await question.create(Wanted("Brand new")))

    desk.screen.answers = [make]
    await desk.create.create(desk.agent)
    assert isinstance(made[0], str)
    assert desk.screen.messages == []
    assert isinstance(desk.screen.errors[0], NoResponse)


# what can be done
