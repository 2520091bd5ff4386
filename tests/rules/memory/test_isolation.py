"""What the model reads of each label: every state, decided from blocks and the compiled system message alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.rules.memory.system_messages import GIT, Shown, numbered, plain, system
from tests.servers_known import learned_from
from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import NoResponse
from tui.model.message import Message
from tui.model.opened import Context, Opened
from tui.presentation.memory_items import memory_text
from tui.rules.check import check
from tui.rules.check.finding import Kind, Severity
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import LabelState, Relation

MADE = datetime(2026, 11, 22, 0, 20, 25, tzinfo=UTC)
AT_CREATION = "2026-11-22 12:20:25 AM UTC+0000"
LATER = "2026-11-22 02:00:00 AM UTC+0000"


def opened(
    text: str | None,
    *,
    shared: dict[str, str] | None = None,
    isolated: dict[str, str] | None = None,
    told: tuple[str, ...] = ("model", "last_message_at"),
) -> Opened:
    """A conversation whose system message has this text, with these blocks."""
    ids = tuple(f"block-{label}" for label in isolated or {})
    made = MADE.isoformat()
    fields = {"id": "conv-1", "agent_id": "agent-1", "created_at": made, "isolated_block_ids": [*ids]}
    conversation = Conversation.read(fields | dict.fromkeys(told))
    raw = {"id": "message-1", "message_type": "system_message", "content": text}
    messages = (Message.read(raw),) if text is not None else ()
    return Opened(
        conversation=conversation,
        agent=Agent(id="agent-1"),
        at=MADE + timedelta(hours=3),
        context=Context(("message-1",), messages),
        shared=tuple(
            Block(id=f"block-shared-{label}", label=label, value=value)
            for label, value in (shared or {}).items()
        ),
        isolated=tuple(
            Block(id=f"block-{label}", label=label, value=value) for label, value in (isolated or {}).items()
        ),
        supported=learned_from(conversation),
    )


def state(found: Opened, label: str = "human") -> LabelState:
    """The state of one label."""
    return next(row.state for row in memory_of(found).labels if row.name == label)


@pytest.mark.parametrize("render", [plain, numbered])
def test_live_isolated(render: object) -> None:
    text = system(render([Shown("human", "mine")]))  # type: ignore[operator]
    assert state(opened(text, shared={"human": "theirs"}, isolated={"human": "mine"})) is LabelState.LIVE


def test_live_shared() -> None:
    assert state(opened(system(plain([Shown("human", "x")])), shared={"human": "x"})) is LabelState.LIVE


def test_an_edited_shared_block_is_stale() -> None:
    assert state(opened(system(plain([Shown("human", "old")])), shared={"human": "new"})) is LabelState.STALE


def test_an_edited_isolated_block_is_stale_and_not_leaked_although_it_began_as_the_shared_one() -> None:
    text = system(plain([Shown("human", "start")]), at=AT_CREATION)
    assert state(opened(text, shared={"human": "start"}, isolated={"human": "edited"})) is LabelState.STALE


def test_a_recompile_for_the_default_conversation_lost_the_isolation() -> None:
    text = system(plain([Shown("human", "theirs")]), "default", LATER)
    assert state(opened(text, shared={"human": "theirs"}, isolated={"human": "mine"})) is LabelState.LOST


def test_isolation_stays_lost_when_the_shared_block_is_edited_afterwards() -> None:
    text = system(plain([Shown("human", "theirs then")]), "default", LATER)
    assert state(opened(text, shared={"human": "theirs now"}, isolated={"human": "mine"})) is LabelState.LOST


def test_a_later_compilation_with_the_shared_value_leaked() -> None:
    text = system(plain([Shown("human", "theirs")]), at=LATER)
    assert state(opened(text, shared={"human": "theirs"}, isolated={"human": "mine"})) is LabelState.LEAKED


def test_a_block_attached_later_is_missing() -> None:
    text = system(plain([Shown("human", "x")]))
    assert state(opened(text, shared={"human": "x", "rules": "be kind"}), "rules") is LabelState.MISSING


def test_an_isolated_block_whose_label_the_agent_lost_is_dead() -> None:
    text = system(plain([Shown("human", "mine")]))
    assert state(opened(text, shared={"persona": "I am."}, isolated={"human": "mine"})) is LabelState.DEAD


def test_a_label_that_only_the_model_still_reads_is_removed() -> None:
    text = system(plain([Shown("human", "x"), Shown("old", "gone")]))
    found = memory_of(opened(text, shared={"human": "x"}))
    assert [(label.name, label.state, label.compiled) for label in found.labels] == [
        ("human", LabelState.LIVE, "x"),
        ("old", LabelState.REMOVED, "gone"),
    ]


def test_git_memory_is_held_against_values_without_their_last_line_ends() -> None:
    found = opened(system(GIT), shared={"system/human": "Name: Sam\nLikes tea\n", "diary": "long"})
    assert state(found, "system/human") is LabelState.LIVE
    assert state(found, "diary") is LabelState.UNKNOWN


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("You are a plain model.", "the system message has no memory section"),
        (
            "<memory_blocks>\nodd\n</memory_blocks>",
            "its memory section has an unknown format",
        ),
        (None, "the context does not begin with a system message"),
    ],
)
def test_what_cannot_be_told_is_said_with_its_reason(text: str | None, why: str) -> None:
    found = memory_of(opened(text, shared={"human": "x"}, isolated={"human": "y"}))
    assert [(label.state, label.why) for label in found.labels] == [(LabelState.UNKNOWN, why)]


def test_unreadable_messages_leave_the_relation_and_take_the_state() -> None:
    whole = opened(system(plain([])), shared={"human": "x"}, isolated={"human": "y"})
    broken = Opened(**{**vars(whole), "context": NoResponse("Reading the messages: no answer")})
    (label,) = memory_of(broken).labels
    assert (label.relation, label.state) == (Relation.DIFFERS, LabelState.UNKNOWN)


@pytest.mark.parametrize(
    ("told", "expected"),
    [((), LabelState.STALE), (("model",), LabelState.UNKNOWN), (("last_message_at",), LabelState.UNKNOWN)],
)
def test_a_server_that_hides_isolated_blocks_leaves_a_difference_uncertain(
    told: tuple[str, ...], expected: LabelState
) -> None:
    """What the model reads may be an isolated copy; the Letta that has no isolation tells neither field."""
    whole = opened(system(plain([Shown("human", "mine")])), shared={"human": "theirs"}, told=told)
    hidden = Opened(**{**vars(whole), "isolated": None})
    assert state(hidden) is expected
    kinds = [finding.kind for finding in check(hidden) if finding.tab == "memory"]
    assert kinds == [Kind.STALE if expected is LabelState.STALE else Kind.MEMORY_UNKNOWN]


@pytest.mark.parametrize("text", ["You are a plain model.", "<memory_blocks>\nodd\n</memory_blocks>"])
def test_the_check_does_not_call_sound_what_it_cannot_tell(text: str) -> None:
    (finding,) = check(opened(text, shared={"human": "x", "persona": "y"}))
    assert (finding.kind, finding.severity, finding.label) == (
        Kind.MEMORY_UNKNOWN,
        Severity.NOTE,
        "human, persona",
    )
    assert finding.sentence.startswith("What the model reads of 2 labels is unknown: ")


def test_an_isolated_block_that_cannot_be_read_makes_its_shared_twin_uncertain() -> None:
    whole = opened(system(plain([Shown("human", "mine")])), shared={"human": "x"}, isolated={"human": "mine"})
    broken = Opened(**{**vars(whole), "isolated": (NoResponse("Reading a block: no answer"),)})
    assert state(broken) is LabelState.UNKNOWN


def test_over_the_limit_is_counted() -> None:
    whole = opened(system(plain([Shown("human", "12345")])), shared={"human": "12345"})
    block = Block(id="block-1", label="human", value="12345", limit=3)
    (label,) = memory_of(Opened(**{**vars(whole), "shared": (block,)})).labels
    assert label.over == 2


def test_the_line_of_facts_counts_what_is_not_sound() -> None:
    text = system(plain([Shown("human", "old"), Shown("persona", "p")]))
    found = opened(text, shared={"human": "old", "persona": "new"}, isolated={"human": "mine"})
    assert memory_text(found) == "1 isolated, 1 differs, 2 stale"


def test_a_recompile_is_no_way_out_where_something_is_isolated() -> None:
    text = system(plain([Shown("human", "old"), Shown("own", "mine")]))
    alone = memory_of(opened(text, shared={"human": "new", "own": "mine"})).labels
    assert "recompile" in next(row.why for row in alone if row.name == "human")
    with_own = opened(text, shared={"human": "new", "own": "mine"}, isolated={"own": "mine"})
    assert "recompile" not in next(row.why for row in memory_of(with_own).labels if row.name == "human")


@pytest.mark.parametrize(
    ("told", "until"),
    [
        ((), "until the next turn"),  # Letta 0.16.2 and 0.16.4 compile at each turn
        (("model",), "until an automatic compaction"),  # 0.16.5 and 0.16.6 have no recompile
        (("model", "last_message_at"), "until an automatic compaction or a recompile"),
    ],
)
def test_what_ends_staleness_is_what_this_letta_has(told: tuple[str, ...], until: str) -> None:
    found = opened(system(plain([Shown("human", "old")])), shared={"human": "new"}, told=told)
    (label,) = memory_of(found).labels
    assert label.why.endswith(until)
    (finding,) = check(found)
    assert finding.sentence.endswith(f"{until}.")


def test_a_file_in_git_that_no_block_mirrors_is_not_said_to_be_removed() -> None:
    """Of an agent that keeps its memory in git, blocks mirror the files or are absent."""
    text = system(plain([Shown("human", "Sam"), Shown("persona", "p")]))
    agent = Agent.read({"id": "agent-1", "tags": ["git-memory-enabled"]})
    found = Opened(**{**vars(opened(text, shared={"human": "new"})), "agent": agent})
    states = {label.name: label.state for label in memory_of(found).labels}
    assert states == {"human": LabelState.STALE, "persona": LabelState.UNKNOWN}
    assert [finding.kind for finding in check(found)] == [Kind.STALE]
    assert memory_text(found) == "memory in git, no isolated blocks, 1 stale"


def test_where_nothing_is_isolated_nothing_is_said_of_it() -> None:
    conversation = Conversation.read({"id": "conv-1", "archived": False, "last_message_at": None})
    text = system(plain([Shown("human", "old")]))
    whole = opened(text, shared={"human": "new"})
    cloud = Opened(**{**vars(whole), "conversation": conversation, "supported": learned_from(conversation)})
    assert state(cloud) is LabelState.STALE
    assert memory_text(cloud) == "1 stale"
    sound = opened(text, shared={"human": "old"})
    assert memory_text(Opened(**{**vars(sound), "supported": cloud.supported})) == "shared blocks only"
