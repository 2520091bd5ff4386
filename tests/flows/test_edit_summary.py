"""Editing a summary: the state of the editor, and the flow from the first key to the server's confirmation."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.app_helpers import NOW, writes
from tests.flows.conftest import ADDRESS, Desk
from tui.flows.edit_summary import ClearSummary, Edit, SummaryConflict
from tui.model.conversation import DEFAULT, Conversation
from tui.storage.draft_store import Draft

ROW = Conversation(id="conv-1", agent_id="agent-1", summary="old")


def edit(text: str = "old") -> Edit:
    """An edit of `old`."""
    return Edit.begin(ROW, None, NOW).typed(text)


def draft(text: str, began_from: str | None) -> Draft:
    """A draft of an hour ago."""
    return Draft("http://letta.test", "agent-1", "conv-1", text, began_from, NOW - timedelta(hours=1))


def test_an_edit_begins_with_the_text_of_the_server() -> None:
    began = Edit.begin(ROW, None, NOW, "detail")
    assert (began.text, began.server_text, began.note, began.return_to) == ("old", "old", "", "detail")
    assert not began.changed
    assert not began.needs_save


def test_an_edit_goes_on_with_a_draft_and_says_so() -> None:
    began = Edit.begin(ROW, draft("mine", "old"), NOW)
    assert (began.text, began.change.began_from) == ("mine", "old")
    assert began.note.startswith("draft stored")
    assert "changed since" not in began.note
    assert began.changed


def test_a_draft_of_an_older_text_says_that_the_servers_has_changed() -> None:
    began = Edit.begin(ROW, draft("older", "older"), NOW)
    assert "the server's text has changed since" in began.note
    assert not began.change.dirty
    assert began.needs_save


def test_a_draft_that_is_what_the_server_has_now_still_needs_the_comparison() -> None:
    began = Edit.begin(ROW, draft("old", "older"), NOW)
    assert not began.changed
    assert began.needs_save


def test_typing_takes_a_problem_away_and_keeps_what_the_edit_began_from() -> None:
    after = edit("new").refused("not saved: why").typed("newer")
    assert (after.text, after.problem, after.change.began_from) == ("newer", "", "old")


def test_saving_a_refusal_and_a_question() -> None:
    saving = edit("new").save()
    assert saving.saving
    assert not saving.asking().saving
    refused = saving.refused("not saved: why")
    assert (refused.saving, refused.problem, refused.text) == (False, "not saved: why", "new")


def test_after_a_conflict_editing_goes_on_from_their_text() -> None:
    after = edit("mine").save().over("theirs")
    assert (after.text, after.server_text, after.change.began_from) == ("mine", "theirs", "theirs")
    assert after.note
    assert not after.saving


pytestmark = pytest.mark.anyio


async def begun(desk: Desk, text: str | None = None) -> None:
    """Open the editor on the first row, and type."""
    await desk.edit.begin(desk.row())
    if text is not None:
        desk.edit.typed(text)


async def test_a_text_is_kept_as_a_draft_until_it_is_saved(desk: Desk) -> None:
    await begun(desk, "new")
    assert desk.screen.drafts == {desk.row().id}
    assert await desk.drafts.is_stored(ADDRESS, desk.row().id, desk.agent.id)
    assert await desk.draft() == "new"
    desk.edit.save("new")
    assert desk.screen.edit is not None
    assert desk.screen.edit.saving
    await desk.screen.settle()
    assert desk.summary() == "new"
    assert desk.screen.edit is None
    assert desk.screen.messages == ["Saved: new"]
    assert desk.screen.drafts == set()
    assert await desk.draft() is None
    assert desk.edit.pending == []


async def test_what_is_unchanged_is_not_sent(desk: Desk) -> None:
    await begun(desk)
    desk.edit.save("One")
    await desk.screen.settle()
    assert desk.screen.edit is None
    assert writes(desk.transport) == []


async def test_a_text_that_cannot_be_saved_stays_in_the_editor(desk: Desk) -> None:
    await begun(desk)
    desk.edit.save("\ud800")
    assert desk.screen.edit is not None
    assert desk.screen.edit.problem
    assert not desk.screen.edit.saving
    assert writes(desk.transport) == []


async def test_save_and_next_goes_on_while_the_save_is_under_way(desk: Desk) -> None:
    await begun(desk, "new")
    desk.screen.next = desk.row(1)
    gate = desk.transport.hold(method="PATCH")
    desk.edit.save("new", "next")
    assert desk.screen.edit is None
    assert desk.screen.cursor == desk.row(1).id
    await gate.arrived()
    await desk.edit.begin(desk.row(1))
    gate.open()
    await desk.screen.settle()
    assert desk.summary() == "new"
    assert desk.edit.edit is not None
    assert desk.edit.edit.key == desk.row(1).key


async def test_a_summary_that_is_being_saved_is_not_edited_beside_it(desk: Desk) -> None:
    await begun(desk, "new")
    desk.screen.next = desk.row(1)
    gate = desk.transport.hold(method="PATCH")
    desk.edit.save("new", "next")
    await gate.arrived()
    desk.screen.cursor = ""
    await desk.edit.begin(desk.row())
    assert "still being saved" in desk.screen.messages[-1]
    assert desk.edit.edit is None
    gate.open()
    await desk.screen.settle()


async def test_no_further_row_is_said(desk: Desk) -> None:
    await begun(desk)
    desk.edit.save("One", "next")
    assert desk.screen.messages == ["No more conversations to edit"]


async def test_giving_up_keeps_the_text_for_undo_in_the_editor(desk: Desk) -> None:
    await begun(desk, "new")
    desk.edit.give_up("new")
    await desk.screen.settle()
    assert desk.edit.discarded == {desk.row().id: "new"}
    assert desk.screen.edit is None
    assert await desk.draft() is None


async def test_a_save_under_way_is_not_given_up(desk: Desk) -> None:
    await begun(desk, "new")
    desk.edit.save("new")
    desk.edit.give_up("new")
    assert desk.edit.edit is not None
    await desk.screen.settle()
    assert desk.summary() == "new"


async def test_leaving_with_the_cursor_keeps_the_draft_even_of_the_last_key(desk: Desk) -> None:
    await begun(desk, "ne")
    desk.edit.leave("new")
    await desk.screen.settle()
    assert desk.screen.edit is None
    assert await desk.draft() == "new"
    assert desk.screen.messages == ["Draft stored: e on the row marked ✎ continues it"]


async def test_an_edit_whose_row_the_cursor_left_does_not_open(desk: Desk) -> None:
    desk.screen.cursor = desk.row(1).id
    await desk.edit.begin(desk.row())
    assert desk.edit.edit is None


async def test_what_comes_back_from_an_external_editor_is_saved(desk: Desk) -> None:
    desk.screen.outside = "from outside"
    await desk.edit.begin(desk.row(), outside=True)
    await desk.screen.settle()
    assert desk.summary() == "from outside"


@pytest.mark.parametrize(
    ("outside", "words"), [("no such program", "no external editor"), (None, "ended with an error")]
)
async def test_an_external_editor_that_fails_changes_nothing(
    desk: Desk, outside: str | None, words: str
) -> None:
    desk.screen.outside = outside
    await desk.edit.begin(desk.row(), outside=True)
    assert desk.screen.edit is not None
    assert words in desk.screen.edit.problem
    assert writes(desk.transport) == []


async def test_an_empty_text_is_asked_about(desk: Desk) -> None:
    await begun(desk, "")
    desk.edit.save("")
    await desk.screen.settle()
    assert desk.screen.asked == [ClearSummary("One")]
    assert desk.summary() == "One"
    desk.screen.answers = [True]
    desk.edit.save("")
    await desk.screen.settle()
    assert desk.summary() == ""


@pytest.mark.parametrize(("answer", "stored"), [("mine", "mine"), ("theirs", "theirs"), (None, "theirs")])
async def test_a_conflict_is_asked_about(desk: Desk, answer: str | None, stored: str) -> None:
    await begun(desk, "mine")
    desk.transport.store.set_summary(desk.row().id, "theirs")
    desk.screen.answers = [answer]
    desk.edit.save("mine")
    await desk.screen.settle()
    assert desk.screen.asked == [SummaryConflict("mine", "theirs", written=False)]
    assert desk.summary() == stored
    assert (desk.screen.edit is None) is (answer is not None)
    assert await desk.draft() == (None if answer else "mine")
    if answer is None:
        desk.edit.save("mine")
        await desk.screen.settle()
        assert desk.summary() == "mine"


async def test_a_conflict_is_not_asked_about_where_the_user_is_elsewhere(desk: Desk) -> None:
    await begun(desk, "mine")
    desk.transport.store.set_summary(desk.row().id, "theirs")
    desk.screen.focused = False
    desk.edit.save("mine")
    await desk.screen.settle()
    assert desk.screen.asked == []
    assert desk.screen.edit is None
    assert "stored as a draft" in desk.screen.messages[-1]
    assert desk.screen.listed[0].summary == "theirs"
    assert await desk.draft() == "mine"


@pytest.mark.parametrize(
    ("fault", "words"), [(500, "not saved: "), (httpx.ReadError, "may or may not be saved")]
)
async def test_a_save_that_fails_keeps_the_text_in_the_editor(
    desk: Desk, fault: int | type[httpx.ReadError], words: str
) -> None:
    await begun(desk, "new")
    desk.transport.fail(fault, method="PATCH")
    desk.edit.save("new")
    await desk.screen.settle()
    assert desk.screen.edit is not None
    assert words in desk.screen.edit.problem
    assert not desk.screen.edit.saving
    assert await desk.draft() == "new"


async def test_a_save_that_fails_when_the_cursor_is_elsewhere_is_said(desk: Desk) -> None:
    await begun(desk, "new")
    desk.transport.fail(500, method="PATCH")
    gate = desk.transport.hold(method="PATCH")
    desk.edit.save("new")
    await gate.arrived()
    desk.screen.cursor = desk.row(1).id
    gate.open()
    await desk.screen.settle()
    assert desk.screen.edit is None
    assert "your text is stored as a draft" in desk.screen.messages[-1]


async def test_a_save_outlives_its_flow_and_names_the_server_that_was_left(desk: Desk) -> None:
    """The list belongs to another server by then."""
    await begun(desk, "new")
    gate = desk.transport.hold(method="PATCH")
    desk.edit.save("new")
    await gate.arrived()
    desk.edit.leave_server()
    desk.server.left = True
    for flow in desk.screen.flows:
        flow.cancel()
    gate.open()
    await desk.screen.settle()
    assert desk.summary() == "new"
    assert desk.screen.messages == ["letta.test: Saved: new"]
    assert desk.screen.listed == []
    assert await desk.draft() is None


async def test_a_conflict_on_a_server_that_was_left_is_said_and_the_text_is_a_draft(desk: Desk) -> None:
    await begun(desk, "mine")
    desk.transport.store.set_summary(desk.row().id, "theirs")
    gate = desk.transport.hold(method="GET", path="/conv-[^/]+$")
    desk.edit.save("mine")
    await gate.arrived()
    desk.edit.leave_server()
    desk.server.left = True
    for flow in desk.screen.flows:
        flow.cancel()
    gate.open()
    await desk.screen.settle()
    assert desk.screen.messages[0].startswith("letta.test: not saved: somebody else changed this summary")
    assert desk.screen.asked == []
    assert await desk.draft() == "mine"


# the default conversation


def default_row(desk: Desk) -> Conversation:
    """The row that this program adds for it."""
    return Conversation(id=DEFAULT, agent_id=desk.agent.id)


def default_summary(desk: Desk) -> str | None:
    """What the server has."""
    return desk.transport.store.agents[desk.agent.id].default_summary


def allow(desk: Desk, *methods: str, id: str = DEFAULT) -> None:
    """What the server lets do with it, and how it calls it."""
    cloud = desk.transport.cloud
    assert cloud is not None
    cloud.default_methods, cloud.default_id = frozenset(methods), id
    desk.transport.store.agents[desk.agent.id].default_summary = "About Robin"


@pytest.mark.parametrize("methods", [("GET", "PATCH"), ("PATCH",)])
@pytest.mark.parametrize("id", [DEFAULT, "conv-3f2a5c1e-0b1d-4b1e-9d3c-5a6b7c8d9e0f"])
async def test_the_summary_of_the_default_conversation_is_edited_where_it_can_be_changed(
    cloud_desk: Desk, methods: tuple[str, ...], id: str
) -> None:
    desk = cloud_desk
    allow(desk, *methods, id=id)
    await desk.edit.begin(default_row(desk))
    assert desk.screen.edit is not None
    assert desk.screen.edit.text == "About Robin"
    assert (id in desk.screen.edit.note) is (id != DEFAULT)
    desk.edit.typed("New")
    assert desk.screen.drafts == {default_row(desk).key}
    desk.edit.save("New")
    await desk.screen.settle()
    assert default_summary(desk) == "New"
    assert desk.screen.messages == ["Saved: default conversation · New"]
    assert desk.screen.edit is None
    assert desk.screen.drafts == set()
    assert desk.screen.listed[0].is_default
    assert desk.screen.listed[0].summary == "New"


async def test_a_text_given_up_comes_back_at_the_default_conversation_of_its_own_agent(
    cloud_desk: Desk,
) -> None:
    desk = cloud_desk
    allow(desk, "GET", "PATCH")
    mine = default_row(desk)
    other = desk.transport.store.add_agent("Boole", {}, at=NOW)
    desk.transport.store.agents[other].default_summary = "About Charles"
    await desk.edit.begin(mine)
    desk.edit.typed("Given up")
    desk.edit.give_up("Given up")
    await desk.edit.begin(Conversation(id=DEFAULT, agent_id=other))
    assert desk.screen.edit is not None
    assert desk.screen.edit.text == "About Charles"
    assert desk.edit.discarded == {mine.key: "Given up"}


async def test_a_default_summary_that_can_only_be_read_says_so_when_it_is_saved(cloud_desk: Desk) -> None:
    desk = cloud_desk
    allow(desk, "GET")
    await desk.edit.begin(default_row(desk))
    desk.edit.typed("New")
    desk.edit.save("New")
    await desk.screen.settle()
    assert desk.screen.edit is not None
    assert desk.screen.edit.problem.startswith("not saved: Saving the summary: refused (422")
    assert default_summary(desk) == "About Robin"


async def test_somebody_elses_default_summary_is_not_overwritten_unseen(cloud_desk: Desk) -> None:
    desk = cloud_desk
    allow(desk, "PATCH")
    await desk.edit.begin(default_row(desk))
    desk.edit.typed("Mine")
    desk.transport.store.agents[desk.agent.id].default_summary = "Theirs"
    desk.edit.save("Mine")
    await desk.screen.settle()
    assert desk.screen.asked == [SummaryConflict("Mine", "Theirs", written=False)]
    assert default_summary(desk) == "Theirs"


async def test_without_a_default_summary_the_server_has_the_word(desk: Desk) -> None:
    """Letta 0.16.8 refuses both calls; nothing of this program says why."""
    await desk.edit.begin(default_row(desk))
    assert desk.screen.edit is None
    (said,) = desk.screen.messages
    assert said.startswith(
        "The summary of the default conversation can't be edited: Reading and changing the default conversation"
    )
    assert "refused (422" in said
