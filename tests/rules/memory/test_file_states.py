"""The states of memory in files: committed now, as recorded, as it stands in the prompt, and in the work tree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.local_store import SYSTEM, memory_file, rendered, with_metadata
from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import LettaError, NoResponse
from tui.model.local_memory import LocalMemory, MemoryFile, MemoryFiles, PromptRecord
from tui.model.opened import Context, Opened
from tui.rules.check import check
from tui.rules.check.finding import Kind, Severity
from tui.rules.memory.compare import comparisons
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import Label, LabelState, Relation

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
OLD, NEW, NEWER = "Name: unknown", "Name: Sam", "Name: Samantha"
SILENT = NoResponse("Reading the memory files: no answer")


def local(
    in_prompt: str | None = OLD,
    *,
    recorded: str | None = OLD,
    committed: str | None = OLD,
    work_tree: str | None = "as committed",
    **record: Any,
) -> LocalMemory:
    """One file, `human`, as it stands in each place; None is that it is not there."""
    work_tree = committed if work_tree == "as committed" else work_tree
    prompt = PromptRecord(
        content=f"{SYSTEM}\n\n{core(in_prompt)}",
        **{
            "memory": core(in_prompt),
            "core_memory": core(recorded),
            "revision": "a" * 40,
            "raw_system_current": True,
            **record,
        },
    )
    file = MemoryFile(
        label="human",
        path="human.md",
        committed=None if committed is None else memory_file(committed),
        work_tree=None if work_tree is None else memory_file(work_tree),
    )
    text = memory_file("I am Ada.")
    persona = MemoryFile(label="persona", path="persona.md", committed=text, work_tree=text)
    gone = committed is None and work_tree is None
    return LocalMemory(prompt, MemoryFiles(head="b" * 40, files=(persona,) if gone else (file, persona)))


def core(body: str | None) -> str:
    files = {"persona": "I am Ada."} | ({} if body is None else {"human": body})
    return with_metadata(rendered(files))


def opened(memory: LocalMemory, *, context: Context | None = None) -> Opened:
    files = memory.files.files if isinstance(memory.files, MemoryFiles) else ()
    shared = tuple(Block(id=f"agent-1:{one.label}", label=one.label, value=one.committed) for one in files)
    row = Conversation(id="local-conv-1", agent_id="agent-1")
    return Opened(row, Agent(id="agent-1"), NOW, context or Context(None, ()), shared, (), local=memory)


def human(memory: LocalMemory) -> Label:
    return next(label for label in memory_of(opened(memory)).labels if label.name == "human")


def kinds(memory: LocalMemory) -> list[Kind]:
    return [one.kind for one in check(opened(memory)) if one.tab == "memory"]


@pytest.mark.parametrize(
    ("memory", "state", "found"),
    [
        (local(), LabelState.LIVE, []),
        (local(OLD, recorded=NEW, committed=NEW), LabelState.FORGOTTEN, [Kind.FORGOTTEN]),
        (local(OLD, recorded=OLD, committed=NEW), LabelState.SENT_ONCE, [Kind.COMMITTED_SINCE]),
        (
            local(OLD, recorded=NEW, committed=NEWER),
            LabelState.FORGOTTEN,
            [Kind.FORGOTTEN, Kind.COMMITTED_SINCE],
        ),
        (local(work_tree=NEW), LabelState.NOT_COMMITTED, [Kind.NOT_COMMITTED]),
        (
            local(OLD, recorded=NEW, committed=NEW, work_tree=NEWER),
            LabelState.FORGOTTEN,
            [Kind.FORGOTTEN, Kind.NOT_COMMITTED],
        ),
        (
            local(OLD, recorded=NEW, committed=NEW, raw_system_current=False),
            LabelState.RECOMPILED,
            [Kind.RECOMPILE_DUE],
        ),
        (local(raw_system_current=False), LabelState.LIVE, [Kind.RECOMPILE_DUE]),
        (local(OLD, recorded=NEW, committed=OLD), LabelState.LIVE, []),
    ],
    ids=[
        "the same everywhere",
        "the record is newer than the prompt",
        "committed since",
        "forgotten, and committed again since",
        "not committed",
        "forgotten, and edited again",
        "recompiled at the next turn",
        "recompiled, to the same text",
        "taken back in git",
    ],
)
def test_the_state_of_a_label(memory: LocalMemory, state: LabelState, found: list[Kind]) -> None:
    assert human(memory).state is state
    assert sorted(kinds(memory)) == sorted(found)


def test_a_file_that_is_new_or_gone_is_compared_too() -> None:
    assert human(local(None, recorded=None, committed=NEW)).state is LabelState.SENT_ONCE
    assert human(local(None, recorded=NEW, committed=NEW)).state is LabelState.FORGOTTEN
    removed = human(local(OLD, recorded=None, committed=None))
    assert (removed.state, removed.block, removed.compiled) == (LabelState.FORGOTTEN, None, OLD)
    assert removed.relation is Relation.NONE
    assert human(local(None, recorded=None, committed=None, work_tree=NEW)).state is LabelState.NOT_COMMITTED


def test_a_label_has_all_of_its_values() -> None:
    label = human(local(OLD, recorded=NEW, committed=NEW, work_tree=NEWER))
    assert label.file is not None
    assert (label.compiled, label.file.recorded) == (OLD, NEW)
    assert (label.file.committed, label.file.work_tree) == (memory_file(NEW), memory_file(NEWER))
    assert label.why


def test_without_a_compiled_prompt_nothing_is_wrong() -> None:
    """A new conversation, or a fork before its first turn."""
    memory = LocalMemory(PromptRecord(), local().files)
    label = human(memory)
    assert label.state is LabelState.UNKNOWN
    assert "first turn" in label.why
    assert not check(opened(memory, context=Context((), ())))


def test_what_could_not_be_read_is_not_judged() -> None:
    forgotten = local(OLD, recorded=NEW, committed=NEW)
    no_files = LocalMemory(forgotten.prompt, SILENT)
    assert human(no_files).state is LabelState.FORGOTTEN  # the record alone shows it
    assert Kind.UNREAD in kinds(no_files)
    no_prompt = LocalMemory(SILENT, forgotten.files)
    assert human(no_prompt).state is LabelState.UNKNOWN
    assert kinds(no_prompt) == [Kind.UNREAD]
    no_git = LocalMemory(local().prompt, MemoryFiles(state="no-git", problem="git is not installed."))
    assert (human(no_git).state, human(no_git).why) == (LabelState.UNKNOWN, "git is not installed.")
    assert isinstance(SILENT, LettaError)


def test_each_finding_says_what_it_means_for_the_agent_and_what_brings_the_text_back() -> None:
    memory = local(OLD, recorded=NEW, committed=NEWER, work_tree=NEW)
    found = {one.kind: one for one in check(opened(memory)) if one.label == "human"}
    assert found[Kind.FORGOTTEN].severity is Severity.ERROR
    assert "forgotten" in found[Kind.FORGOTTEN].sentence
    assert "compaction" in found[Kind.FORGOTTEN].sentence
    assert "sent it once" in found[Kind.COMMITTED_SINCE].sentence
    assert "commit" in found[Kind.NOT_COMMITTED].sentence
    assert {one.state for one in found.values()} == {
        "forgotten edit",
        "sent once, next turn",
        "not committed",
    }


def test_differences_go_from_what_the_model_reads_and_from_what_is_committed() -> None:
    label = human(local(OLD, recorded=NEW, committed=NEW, work_tree=NEWER))
    model, uncommitted = comparisons([label])
    assert (model.against, model.left, model.right) == ("model", OLD, NEW)
    assert model.names == ("model/human", "committed/human")
    assert uncommitted.names == ("committed/human", "work tree/human")
    assert (uncommitted.left, uncommitted.right) == (memory_file(NEW), memory_file(NEWER))


def test_the_index_comes_last_under_its_own_name() -> None:
    text = with_metadata(rendered({"human": OLD}, index="the list"))
    prompt = PromptRecord(content=text, core_memory=text, revision="a" * 40, raw_system_current=True)
    index = MemoryFile(path="MEMORY.md", committed="the list\n", work_tree="the list\n")
    file = MemoryFile(path="human.md", label="human", committed=OLD, work_tree=OLD)
    memory = LocalMemory(prompt, MemoryFiles(head="a" * 40, files=(file,), index=index))
    labels = memory_of(
        Opened(Conversation(id="c"), Agent(id="a"), NOW, Context(None, ()), (), (), local=memory)
    ).labels
    assert [label.name for label in labels] == ["human", "MEMORY.md"]
    assert {label.state for label in labels} == {LabelState.LIVE}


def test_an_older_layout_is_not_judged() -> None:
    text = (
        "Reminder: <projection> contains the local path of the memory file projection.\n\n<self>\n"
        "<projection>$MEMORY_DIR/system/persona.md</projection>\nI am Ada.\n</self>"
    )
    prompt = PromptRecord(content=f"{SYSTEM}\n\n{text}", core_memory=text, revision="a" * 40)
    memory = LocalMemory(prompt, MemoryFiles(head="b" * 40))
    (label,) = memory_of(opened(memory)).labels
    assert (label.name, label.state) == ("system/persona", LabelState.UNKNOWN)
    assert [(one.kind, one.severity) for one in check(opened(memory))] == [
        (Kind.CONTEXT_UNKNOWN, Severity.NOTE),
        (Kind.MEMORY_UNKNOWN, Severity.NOTE),
    ]
