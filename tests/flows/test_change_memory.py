"""Edit, reset, promote and undo of memory blocks, on the embedded server: shown first, sent once, never lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import NOW, asked, bodies, writes
from tests.cases import case
from tests.flows.conftest import ADDRESS, Desk, desk_at
from tests.flows.test_write import isolated_server
from tui.backends.demo.transport import DemoTransport
from tui.flows.block_journal import BlockJournal
from tui.flows.change_conversation import ConfirmChange
from tui.flows.change_memory import Again, ChangeMemory, EditBlock
from tui.flows.edit_summary import OVER_THEIRS, SummaryConflict
from tui.flows.results import Results
from tui.flows.undo_summary import ChooseSummary
from tui.presentation.changes.consequences import Consequences
from tui.storage.draft_store import Draft, DraftStore
from tui.storage.draft_writer import DraftWriter
from tui.storage.journal import Journal
from tui.storage.journal_writer import JournalWriter

pytestmark = pytest.mark.anyio

OWN, SHARED = "Robin, who moved", "Name: Robin"


def blocks(desk: Desk) -> tuple[str, str]:
    """The ids of the isolated and of the shared `human`."""
    store = desk.transport.store
    own = next(id for id in store.conversations[desk.row().id].isolated if store.blocks[id].label == "human")
    shared = next(one.id for one in store.shared(store.agents[desk.agent.id]) if one.label == "human")
    return own, shared


def values(desk: Desk) -> tuple[str, str]:
    """What the server has in both."""
    own, shared = blocks(desk)
    return desk.transport.store.blocks[own].value, desk.transport.store.blocks[shared].value


async def yes(question: ConfirmChange) -> bool:
    """Confirm, after reading what it would do."""
    assert isinstance(await question.prepare(), Consequences)
    return True


async def no(question: ConfirmChange) -> None:
    """Read what it would do, and leave it."""
    assert isinstance(await question.prepare(), Consequences)


def typing(
    *texts: str, then: Any = "stay", left: list[Again | None] | None = None
) -> Callable[[EditBlock], Awaitable[Any]]:
    """Type these texts and try to save each; the editor closes once one is saved; `left` collects the results."""

    async def answer(question: EditBlock) -> Any:
        for text in texts:
            question.typed(text)
            again = await question.save(text)
            if left is not None:
                left.append(again)
            if again is None:
                return then
        return None

    return answer


async def edit(desk: Desk, *answers: Any, name: str = "human", at: int = 0, **options: Any) -> None:
    """Edit a block with these answers."""
    desk.screen.answers = [*answers]
    await desk.memory.edit(desk.row(at), desk.agent, name, **options)
    await desk.screen.settle()


async def draft_of(desk: Desk, block_id: str) -> str | None:
    """The draft that is stored of a block."""
    desk.drafts.flush()
    found = await desk.drafts.find(ADDRESS, block_id, "")
    return None if found is None else found.text


# edit


async def test_an_edit_is_shown_then_written_to_the_isolated_block_alone(desk: Desk) -> None:
    before = values(desk)
    await edit(desk, typing("Robin is back"), yes)
    assert values(desk) == ("Robin is back", before[1])
    own, _ = blocks(desk)
    assert asked(desk.transport, "PATCH") == [f"PATCH /v1/blocks/{own}"]
    assert bodies(desk.transport, "PATCH") == [{"value": "Robin is back"}]
    assert desk.screen.messages == ["Saved: human · u undoes it"]
    assert desk.screen.reloaded == [desk.row().id]
    assert await draft_of(desk, own) is None


async def test_a_label_without_an_isolated_block_is_the_agents(desk: Desk) -> None:
    await edit(desk, typing("I ramble."), yes, name="persona")
    (persona,) = [one for one in desk.transport.store.blocks.values() if one.label == "persona"]
    assert persona.value == "I ramble."
    question = desk.screen.asked[0]
    assert isinstance(question, EditBlock)
    assert question.title == "▢ persona · the agent's shared block"


async def test_without_a_yes_nothing_is_written_and_the_text_stays(desk: Desk) -> None:
    left: list[Again | None] = []
    await edit(desk, typing("Robin is back", left=left), no)
    assert left == [Again()]
    assert writes(desk.transport) == []
    assert desk.screen.messages == ["Edit discarded · e, then ctrl+z restores it"]


async def test_the_same_text_is_not_sent(desk: Desk) -> None:
    await edit(desk, typing(OWN))
    assert writes(desk.transport) == []
    assert desk.screen.messages == []
    assert len(desk.screen.asked) == 1


async def test_what_was_discarded_can_be_had_back(desk: Desk) -> None:
    await edit(desk, typing("half a thought"), no)
    await edit(desk, None)
    question = desk.screen.asked[-1]
    assert isinstance(question, EditBlock)
    assert (question.text, question.discarded) == (OWN, "half a thought")
    assert await draft_of(desk, blocks(desk)[0]) is None


@pytest.mark.parametrize("then", ["next", "previous"])
async def test_saving_goes_on_to_the_next_block(desk: Desk, then: str) -> None:
    await edit(desk, typing("Robin is back", then=then), yes, None)
    names = [question.title for question in desk.screen.asked if isinstance(question, EditBlock)]
    assert names[0] == "▣ human · this conversation's own block"
    if then == "next":
        assert names[1:] == ["▣ project · this conversation's own block"]
    else:
        assert names[1:] == []
        assert desk.screen.messages[-1] == "No more blocks to edit"


async def test_a_read_only_block_is_refused_in_words(desk: Desk) -> None:
    own, _ = blocks(desk)
    desk.transport.store.change_block(own, read_only=True)
    await edit(desk, typing("x"))
    assert desk.screen.asked == []
    assert desk.screen.messages == [
        "human: this block is read-only: its agent can't change it, and neither can letta-tui"
    ]


async def test_a_text_over_the_limit_is_refused_before_it_is_sent(desk: Desk) -> None:
    own, _ = blocks(desk)
    desk.transport.store.change_block(own, limit=20)
    found: list[str] = []

    async def answer(question: EditBlock) -> None:
        found.append(question.why_not("x" * 21))
        found.append(question.why_not("x\0"))
        found.append(question.why_not("x" * 20))

    await edit(desk, answer)
    assert found == [
        "21 characters are 1 over the block's limit of 20",
        "The memory block contains a NUL character at position 2, which the server cannot store.",
        "",
    ]


async def test_a_label_that_is_gone_is_said(desk: Desk) -> None:
    await edit(desk, name="nonsense [/foo]\x1b[2J")
    assert desk.screen.messages == ["nonsense [/foo]␛[2J: there is no block with this label"]


async def test_a_block_that_is_being_saved_is_not_edited_beside_it(desk: Desk) -> None:
    gate = desk.transport.hold(method="PATCH")
    desk.screen.answers = [typing("Robin is back"), yes]
    desk.screen.start_flow(lambda: desk.memory.edit(desk.row(), desk.agent, "human"))
    await gate.arrived()
    await desk.memory.edit(desk.row(), desk.agent, "human")
    assert desk.screen.messages == ["This block is still being saved"]
    gate.open()
    await desk.screen.settle()
    assert values(desk)[0] == "Robin is back"


# in $EDITOR


async def test_what_editor_leaves_is_saved_after_it_is_shown(desk: Desk) -> None:
    async def answer(question: EditBlock) -> str | None:
        assert question.submit
        assert question.text == "Typed elsewhere"
        return "stay" if await question.save(question.text) is None else None

    desk.screen.outside = "Typed elsewhere"
    await edit(desk, answer, yes, outside=True)
    assert values(desk)[0] == "Typed elsewhere"


@pytest.mark.parametrize(
    ("outside", "note"),
    [
        (None, "the external editor ended with an error, so its text was ignored"),
        ("no such program", "no external editor: no such program"),
    ],
)
async def test_an_editor_that_fails_leaves_the_one_here(desk: Desk, outside: str | None, note: str) -> None:
    desk.screen.outside = outside
    await edit(desk, None, outside=True)
    question = desk.screen.asked[0]
    assert isinstance(question, EditBlock)
    assert (question.text, question.note, question.submit) == (OWN, note, False)


# who else reads it


async def test_the_question_names_other_conversations_and_other_agents(desk: Desk) -> None:
    store, agent, row = desk.transport.store, desk.agent, desk.row()
    _, shared = blocks(desk)
    store.add_conversation(agent.id, "shares it")
    store.add_agent("Another [/b]", [store.blocks[shared]])
    texts: list[str] = []

    async def read(question: ConfirmChange) -> None:
        shown = await question.prepare()
        assert isinstance(shown, Consequences)
        texts.append(shown.text)

    desk.screen.answers = [read]
    await desk.memory.promote(row, agent, "human")
    assert (
        "Also read by 1 other conversation of this agent and its default one; 1 has a block of its own."
        in texts[0]
    )
    assert "! Also read by 1 other agent: Another [/b]." in texts[0]
    assert writes(desk.transport) == []


async def test_readers_that_cannot_be_read_do_not_stop_a_change(desk: Desk) -> None:
    desk.transport.fail(httpx.Response(404, json={"detail": "Not Found"}), path="/agents$")
    desk.transport.fail(500, path="/v1/conversations/$")
    desk.screen.answers = [yes]
    await desk.memory.promote(desk.row(), desk.agent, "human")
    await desk.screen.settle()
    assert values(desk) == (OWN, OWN)


# reset and promote


async def test_a_reset_copies_the_shared_value_and_changes_nothing_else(desk: Desk) -> None:
    _, shared = values(desk)
    desk.screen.answers = [yes]
    await desk.memory.reset(desk.row(), desk.agent, "human")
    await desk.screen.settle()
    assert values(desk) == (shared, shared)
    assert desk.screen.messages == ["Reset to the shared value: human · u undoes it"]
    await desk.memory.step(desk.row(), desk.agent, "human", "undo")
    await desk.screen.settle()
    assert values(desk) == (OWN, shared)


async def test_a_promotion_is_taken_back_from_the_shared_block(desk: Desk) -> None:
    _, shared = values(desk)
    desk.screen.answers = [yes]
    await desk.memory.promote(desk.row(), desk.agent, "human")
    await desk.screen.settle()
    assert values(desk) == (OWN, OWN)
    assert desk.screen.messages == ["Promoted to the shared block: human · u undoes it"]
    for by, expected in (("undo", shared), ("redo", OWN), ("undo", shared)):
        await desk.memory.step(desk.row(), desk.agent, "human", by)  # type: ignore[arg-type]
        await desk.screen.settle()
        assert values(desk) == (OWN, expected)


async def test_blocks_with_the_same_value_are_not_copied(desk: Desk) -> None:
    found: list[object] = []

    async def read(question: ConfirmChange) -> None:
        found.append(await question.prepare())

    for copy in (desk.memory.reset, desk.memory.promote):
        desk.screen.answers = [read]
        await copy(desk.row(), desk.agent, "project")
    assert found == ["both blocks have the same value already"] * 2


async def test_a_source_that_changes_after_the_question_stops_the_copy(desk: Desk) -> None:
    own, shared = blocks(desk)
    for copy, source, sentence in (
        (desk.memory.reset, shared, "not reset: the shared value has changed since it was shown"),
        (desk.memory.promote, own, "not promoted: this conversation's value has changed since it was shown"),
    ):

        async def confirm(question: ConfirmChange, source: str = source) -> bool:
            await question.prepare()
            desk.transport.store.set_block(source, "newer")
            return True

        desk.screen.answers, desk.screen.messages = [confirm], []
        await copy(desk.row(), desk.agent, "human")
        await desk.screen.settle()
        assert desk.screen.messages == [sentence]
    assert writes(desk.transport) == []


async def test_an_answer_comes_only_after_the_block_was_read(desk: Desk) -> None:
    desk.transport.fail(httpx.ConnectError)
    found: list[object] = []

    async def read(question: ConfirmChange) -> bool:
        found.append(await question.prepare())
        return True

    desk.screen.answers = [read]
    await desk.memory.reset(desk.row(), desk.agent, "human")
    assert isinstance(found[0], str)
    assert writes(desk.transport) == []


# a second writer


def meanwhile(
    desk: Desk, answer: Callable[[ConfirmChange], Awaitable[Any]] = yes
) -> Callable[[ConfirmChange], Awaitable[Any]]:
    """Answer a question after somebody else has changed the isolated block."""

    async def confirm(question: ConfirmChange) -> Any:
        given = await answer(question)
        desk.transport.store.set_block(blocks(desk)[0], "Theirs")
        return given

    return confirm


async def test_somebody_elses_text_is_not_overwritten_unasked(desk: Desk) -> None:
    for whose, stored in (("mine", "Mine"), ("theirs", "Theirs")):
        desk.transport.store.set_block(blocks(desk)[0], OWN)
        await edit(desk, typing("Mine"), meanwhile(desk), whose)
        with case(whose):
            assert desk.screen.asked[-1] == SummaryConflict(
                "Mine", "Theirs", written=False, noun="memory block"
            )
            assert values(desk)[0] == stored
            assert await draft_of(desk, blocks(desk)[0]) is None


async def test_keeping_on_after_a_conflict_begins_from_theirs(desk: Desk) -> None:
    left: list[Again | None] = []
    await edit(desk, typing("Mine", "Mine, and theirs", left=left), meanwhile(desk), None, yes)
    assert left == [Again(note=OVER_THEIRS, stored="Theirs"), None]
    assert values(desk)[0] == "Mine, and theirs"


async def test_a_change_before_the_question_is_announced_in_it(desk: Desk) -> None:
    texts: list[str] = []

    async def answer(question: EditBlock) -> None:
        desk.transport.store.set_block(blocks(desk)[0], "Theirs")
        await question.save("Mine")

    async def read(question: ConfirmChange) -> None:
        shown = await question.prepare()
        assert isinstance(shown, Consequences)
        texts.append(shown.text)

    await edit(desk, answer, read)
    assert "! Somebody else has changed it since you began" in texts[0]
    assert values(desk)[0] == "Theirs"


async def test_a_reset_asks_before_it_replaces_somebody_elses_text(desk: Desk) -> None:
    desk.screen.answers = [meanwhile(desk), None]
    await desk.memory.reset(desk.row(), desk.agent, "human")
    await desk.screen.settle()
    assert values(desk)[0] == "Theirs"
    assert desk.screen.messages == ["Nothing was changed"]
    desk.transport.store.set_block(blocks(desk)[0], OWN)
    desk.screen.answers = [meanwhile(desk), "mine"]
    await desk.memory.reset(desk.row(), desk.agent, "human")
    await desk.screen.settle()
    assert values(desk)[0] == values(desk)[1]


async def test_overwritten_right_after_it_was_written_is_a_conflict(desk: Desk) -> None:
    client = desk.server.client
    update = client.update_block

    async def overwritten(block_id: str, value: str) -> Any:
        answer = await update(block_id, value)
        desk.transport.store.set_block(block_id, "Theirs")
        return answer

    client.update_block = overwritten  # type: ignore[method-assign]
    await edit(desk, typing("Mine"), yes, "theirs")
    assert desk.screen.asked[-1] == SummaryConflict("Mine", "Theirs", written=True, noun="memory block")


# faults at each step


SILENT = httpx.ReadError
RESULTS: list[tuple[str, dict[str, Any], str, bool, str]] = [
    # what fails, how, what the editor shows, whether the draft stays, what the server has
    (
        "before it is sent",
        {"fault": httpx.ConnectError, "method": "GET", "path": "/v1/blocks/"},
        "not saved",
        True,
        OWN,
    ),
    ("the request", {"fault": httpx.ConnectError, "method": "PATCH"}, "not saved", True, OWN),
    ("a refusal", {"fault": 422, "method": "PATCH"}, "not saved", True, OWN),
    ("a broken server", {"fault": 500, "method": "PATCH"}, "not saved", True, OWN),
    ("a lost request", {"fault": SILENT, "method": "PATCH"}, "it may or may not be saved", True, OWN),
    ("a lost answer", {"fault": SILENT, "method": "PATCH", "after_commit": True}, "", False, "Mine"),
    ("a bad gateway", {"fault": 504, "method": "PATCH", "after_commit": True}, "", False, "Mine"),
]


@pytest.mark.parametrize(
    ("what", "fault", "problem", "stays", "stored"), RESULTS, ids=[row[0] for row in RESULTS]
)
async def test_a_failure_at_each_step_loses_nothing(
    desk: Desk, what: str, fault: dict[str, Any], problem: str, stays: bool, stored: str
) -> None:
    left: list[Again | None] = []

    async def confirm(question: ConfirmChange) -> bool:
        await question.prepare()
        options = {**fault}
        desk.transport.fail(options.pop("fault"), **options)
        return True

    async def answer(question: EditBlock) -> None:
        question.typed("Mine")
        left.append(await question.save("Mine"))
        assert (await draft_of(desk, blocks(desk)[0]) == "Mine") is stays

    await edit(desk, answer, confirm)
    (again,) = left
    assert (again is None) is not stays
    assert problem in (again.problem if again is not None else "")
    assert values(desk)[0] == stored
    assert len(asked(desk.transport, "PATCH")) <= 1


async def test_the_old_value_is_in_the_journal_before_anything_is_sent(desk: Desk) -> None:
    gate = desk.transport.hold(method="PATCH")
    desk.screen.answers = [typing("Mine"), yes]
    desk.screen.start_flow(lambda: desk.memory.edit(desk.row(), desk.agent, "human"))
    await gate.arrived()
    stored = Journal(desk.folder / "journal").of(ADDRESS, blocks(desk)[0])
    assert [(one.kind, one.text) for one in stored] == [("seen", OWN)]
    gate.open()
    await desk.screen.settle()


async def test_a_write_ends_although_its_server_was_left(desk: Desk) -> None:
    gate = desk.transport.hold(method="PATCH")
    desk.screen.answers = [typing("Mine"), yes]
    desk.screen.start_flow(lambda: desk.memory.edit(desk.row(), desk.agent, "human"))
    await gate.arrived()
    desk.server.left = True
    desk.screen.flows[0].cancel()
    gate.open()
    await desk.screen.settle()
    assert values(desk)[0] == "Mine"
    assert desk.screen.messages == ["letta.test: Saved: human"]


# drafts


async def test_a_draft_is_continued_by_the_next_edit_even_after_a_crash(desk: Desk, tmp_path: Path) -> None:
    own, _ = blocks(desk)

    async def type_and_die(question: EditBlock) -> None:
        question.typed("half a thought")
        desk.drafts.flush()
        await desk.drafts.is_stored(ADDRESS, own, "")
        raise RuntimeError("killed")

    desk.screen.answers = [type_and_die]
    with pytest.raises(RuntimeError):
        await desk.memory.edit(desk.row(), desk.agent, "human")
    assert await draft_of(desk, own) == "half a thought"
    assert await desk.draft() is None  # the summary has none
    desk.transport.store.set_block(own, "Theirs")
    await edit(desk, typing("half a thought"), yes, "mine")
    question = next(one for one in desk.screen.asked if isinstance(one, EditBlock) and one.note)
    assert question.text == "half a thought"
    assert question.note.endswith("; the server's text has changed since")
    assert values(desk)[0] == "half a thought"


async def test_another_window_that_types_the_same_block_is_named(desk: Desk) -> None:
    own, _ = blocks(desk)
    other = DraftWriter(DraftStore(desk.folder / "drafts"))
    other.note(Draft(ADDRESS, desk.agent.id, desk.row().id, "theirs", OWN, NOW, block_id=own))
    other.flush()
    await other.is_stored(ADDRESS, own, "")
    await edit(desk, None)
    assert "has unsaved text for this memory block" in desk.screen.messages[0]
    other.close()


# undo


async def test_undo_and_redo_go_through_the_same_write(desk: Desk) -> None:
    for text in ("Second", "Third"):
        await edit(desk, typing(text), yes)
    desk.screen.messages.clear()
    for by, stored in (("undo", "Second"), ("undo", OWN), ("redo", "Second")):
        await desk.memory.step(desk.row(), desk.agent, "human", by)  # type: ignore[arg-type]
        await desk.screen.settle()
        assert values(desk)[0] == stored
    assert desk.screen.messages[-1] == "Redone: human is now “Second” · u undoes it"


async def test_there_may_be_nothing_to_undo(desk: Desk) -> None:
    await desk.memory.step(desk.row(), desk.agent, "human", "undo")
    assert desk.screen.messages == ["Nothing to undo: no earlier value of this block is known here"]


async def test_an_undo_works_after_a_restart(tmp_path: Path) -> None:
    transport = isolated_server("One", "Two")
    for run in desk_at(transport, tmp_path):
        await edit(run, typing("Mine"), yes)
    for run in desk_at(transport, tmp_path):
        await run.memory.step(run.row(), run.agent, "human", "undo")
        await run.screen.settle()
        assert values(run)[0] == OWN
        assert run.screen.asked == []


async def test_an_undo_after_a_crash_between_sending_and_noting_asks_first(tmp_path: Path) -> None:
    """The old value was noted before the request: the new one is then somebody's, and both are shown."""
    transport: DemoTransport = isolated_server("One", "Two")
    for run in desk_at(transport, tmp_path):
        await edit(run, typing("Mine"), yes)
        path = Journal(run.folder / "journal").path(ADDRESS)
    lines = path.read_text().splitlines()
    path.write_text("".join(f"{line}\n" for line in lines if '"written"' not in line))
    for run in desk_at(transport, tmp_path):
        run.screen.answers = [yes]
        await run.memory.step(run.row(), run.agent, "human", "undo")
        await run.screen.settle()
        assert isinstance(run.screen.asked[0], ConfirmChange)
        assert values(run)[0] == OWN


@pytest.mark.parametrize("answer", [True, None])
async def test_somebody_elses_value_is_not_undone_unasked(desk: Desk, answer: bool | None) -> None:
    await edit(desk, typing("Mine"), yes)
    desk.transport.store.set_block(blocks(desk)[0], "Theirs")
    desk.screen.answers = [answer]
    await desk.memory.step(desk.row(), desk.agent, "human", "undo")
    await desk.screen.settle()
    assert values(desk)[0] == ("Mine" if answer else "Theirs")


async def test_a_shared_block_that_another_conversation_changed_is_not_undone_from_an_isolating_one(
    desk: Desk,
) -> None:
    """Only what was promoted from here is taken back from the shared block."""
    store = desk.transport.store
    store.add_conversation(desk.agent.id, "shares it")
    await edit(desk, typing("Mine"), yes)
    await edit(desk, typing("Shared, from elsewhere"), yes, at=-1)
    assert values(desk) == ("Mine", "Shared, from elsewhere")
    await desk.memory.step(desk.row(), desk.agent, "human", "undo")
    await desk.screen.settle()
    assert values(desk) == (OWN, "Shared, from elsewhere")


async def test_the_history_of_a_block_puts_one_back(desk: Desk) -> None:
    for text in ("Second", "Third"):
        await edit(desk, typing(text), yes)

    async def choose(question: ChooseSummary) -> object:
        assert [line.entry.text for line in question.lines] == ["Third", "Second", OWN]
        assert (question.name, question.noun, question.many) == ("human", "value", "values")
        return question.lines[-1].entry

    desk.screen.answers = [choose]
    await desk.memory.history(desk.row(), desk.agent, "human")
    await desk.screen.settle()
    assert values(desk)[0] == OWN


# servers that refuse


async def test_a_server_that_changes_no_blocks_is_not_asked_again(desk: Desk) -> None:
    left: list[Again | None] = []
    desk.transport.fail(httpx.Response(405, json={"detail": "Method Not Allowed"}), method="PATCH")
    await edit(desk, typing("Mine", left=left), yes)
    assert desk.server.client.supported.lacks("edit-block")
    assert left == [Again("not saved: Changing memory blocks isn't supported by this server")]


async def test_on_the_cloud_the_agents_block_is_edited(cloud_desk: Desk) -> None:
    await edit(cloud_desk, typing("Mine"), yes)
    (human,) = [one for one in cloud_desk.transport.store.blocks.values() if one.label == "human"]
    assert human.value == "Mine"


async def test_readonly_forbids_every_change(desk: Desk) -> None:
    results = Results(desk.server, desk.screen, desk.screen, desk.screen, desk.screen)
    journal = BlockJournal(JournalWriter(Journal(desk.folder / "journal")), ADDRESS, lambda: NOW)
    memory = ChangeMemory(desk.server, lambda: NOW, desk.drafts, journal, results, desk.screen, readonly=True)
    row, agent = desk.row(), desk.agent
    await memory.edit(row, agent, "human")
    await memory.reset(row, agent, "human")
    await memory.promote(row, agent, "human")
    await memory.step(row, agent, "human", "undo")
    assert len(desk.screen.messages) == 4
    assert {*desk.screen.messages} == {"Read-only: --readonly refuses all changes"}
    assert writes(desk.transport) == []
