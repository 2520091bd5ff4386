"""The memory of a conversation, label by label and three ways: shared, isolated, and as its model reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from tui.api.errors import LettaError
from tui.api.models import Block
from tui.api.rows import Conversation
from tui.presentation.message_types import message_text
from tui.rules.memory.compiled_memory import Compiled, compiled, same_text

if TYPE_CHECKING:
    from tui.api.opening import Context, Opened

SETTLING = timedelta(minutes=1)
"""A system message compiled this long after its conversation was made was compiled anew."""


OUTSIDE = "of a file outside system/ only the name stands in the system message"
UNREAD = "an isolated block could not be read, and it may be the one of this label"
HIDDEN = "the server does not report isolated blocks, and there may be one of this label"


class Relation(Enum):
    """How an isolated block stands to the agent's shared block of the same label."""

    SAME = "same as shared"
    DIFFERS = "differs from shared"
    ALONE = "the agent has no shared block of this label"
    UNKNOWN = "the shared block could not be read"
    SHARED = "shared with the agent"
    NONE = "no block"


class State(Enum):
    """What the model of the conversation reads of a label, against the block that counts for it."""

    LIVE = "live"
    STALE = "stale"
    LOST = "isolation lost"
    LEAKED = "shared leaked in"
    MISSING = "missing"
    DEAD = "dead"
    REMOVED = "removed"
    UNTOLD = "cannot tell"

    @property
    def sound(self) -> bool:
        """Whether the model reads what the server says, as far as can be told."""
        return self in (State.LIVE, State.UNTOLD)


@dataclass(frozen=True)
class Label:
    """One label; `isolated`, `shared` and `compiled` are None where there is no such block or value."""

    name: str
    isolated: Block | None
    shared: Block | None
    compiled: str | None
    relation: Relation
    state: State
    why: str

    @property
    def block(self) -> Block | None:
        """The block that counts for the conversation."""
        return self.isolated or self.shared

    @property
    def over(self) -> int:
        """By how many characters the value exceeds its limit, which servers do not enforce (measured)."""
        block = self.block
        if block is None or block.value is None or block.limit is None:
            return 0
        return max(0, len(block.value) - block.limit)


@dataclass(frozen=True)
class Memory:
    """Every label of a conversation, isolated ones first, and the system message that they are held against."""

    labels: tuple[Label, ...]
    compiled: Compiled | None
    why: str = ""


def memory(opened: Opened) -> Memory:
    """The memory of an opened conversation; parts that could not be read make "cannot tell", never a guess."""
    seen, why = _compiled(opened.context)
    shared = (
        {block.label or "": block for block in opened.shared} if isinstance(opened.shared, tuple) else None
    )
    own = {block.label or "": block for block in opened.isolated or () if isinstance(block, Block)}
    doubt = _doubt(opened)
    names = [*sorted(own), *sorted(set(shared or {}) - set(own))]
    judge = _Judge(opened.conversation, seen, why)
    labels = [judge.label(name, own.get(name), shared, doubt=doubt) for name in names]
    if seen is not None and shared is not None and not doubt and opened.isolated is not None:
        labels += [judge.removed(name) for name in seen.blocks if name not in names]
    return Memory(tuple(labels), seen, why)


def _doubt(opened: Opened) -> str:
    """Why a label may be isolated although no isolated block of it is known; nothing where it is not.

    Letta before 0.16.5, which has no isolation or reports it, tells no model; newer ones may hide what they isolate.
    """
    if any(isinstance(block, LettaError) for block in opened.isolated or ()):
        return UNREAD
    told = opened.conversation
    hides = opened.isolated is None and (told.tells("model") or told.tells("last_message_at"))
    return HIDDEN if hides else ""


def system_text(context: Context) -> str | None:
    """The text of the system message that stands first in context."""
    first = next(iter(context.messages), None)
    if first is None or first.message_type != "system_message":
        return None
    if context.ids and first.id != context.ids[0]:
        return None
    return message_text(first)


def _compiled(context: Context | LettaError) -> tuple[Compiled | None, str]:
    if isinstance(context, LettaError):
        return None, "the messages in context could not be read"
    text = system_text(context)
    if text is None:
        return None, "no system message stands first in context"
    found = compiled(text)
    return found, found.why


def compiled_next(conversation: Conversation) -> str:
    """What brings the model the newer text; the fields that a server tells show which Letta it is (measured)."""
    if conversation.is_default:
        return "it is compiled again"  # its record is this program's own, so that nothing tells by what
    if not (conversation.tells("model") or conversation.tells("last_message_at")):
        return "the next turn"  # 0.16.2 compiles at each, and none after 0.16.4 does
    if conversation.isolated_block_ids or not conversation.tells("last_message_at"):
        # A recompile would write the shared values over the isolated ones; before 0.16.7 there is none.
        return "an automatic compaction"
    return "an automatic compaction or a recompile"


class _Judge:
    """Holds each label of one conversation against its compiled system message."""

    def __init__(self, conversation: Conversation, seen: Compiled | None, why: str) -> None:
        self._conversation = conversation
        self._seen = seen
        self._why = why

    @property
    def _older(self) -> str:
        return f"the model reads an older value, until {compiled_next(self._conversation)}"

    def label(self, name: str, own: Block | None, shared: Mapping[str, Block] | None, *, doubt: str) -> Label:
        twin = (shared or {}).get(name)
        held = self._seen.blocks.get(name) if self._seen is not None else None
        value = held.value if held is not None else None
        relation = self._relation(own, twin, known=shared is not None)
        state, why = self._state(own, twin, relation, name)
        if own is None and doubt and state is not State.LIVE:
            state, why = State.UNTOLD, doubt
        return Label(name, own, twin, value, relation, state, why)

    def removed(self, name: str) -> Label:
        """A label that only the system message still has."""
        seen = self._seen
        held = seen.blocks[name] if seen is not None else None
        why = "the model still reads it, and the agent no longer has a block of this label"
        return Label(name, None, None, held.value if held else None, Relation.NONE, State.REMOVED, why)

    def _relation(self, own: Block | None, twin: Block | None, *, known: bool) -> Relation:
        if own is None:
            return Relation.SHARED
        if not known:
            return Relation.UNKNOWN
        if twin is None:
            return Relation.ALONE
        if own.value is None or twin.value is None:
            return Relation.UNKNOWN
        return Relation.SAME if twin.value == own.value else Relation.DIFFERS

    def _state(
        self, own: Block | None, twin: Block | None, relation: Relation, name: str
    ) -> tuple[State, str]:
        if relation is Relation.ALONE:
            return (
                State.DEAD,
                "the agent has no block of this label any more, so it can neither read nor edit this one",
            )
        seen, block = self._seen, own or twin
        if seen is None or seen.rendering == "none":
            return State.UNTOLD, self._why
        if block is None or block.value is None:
            return State.UNTOLD, "the server did not say what the block holds"
        held = seen.blocks.get(name)
        if held is None:
            if seen.rendering == "git" and not name.startswith("system/"):
                return State.UNTOLD, OUTSIDE
            return (
                State.MISSING,
                "the model does not see this block: it was attached after the last compilation",
            )
        if held.value is None:
            return State.UNTOLD, held.why
        if same_text(seen.rendering, held.value, block.value):
            return State.LIVE, "the model reads this value"
        if own is None or twin is None:
            return State.STALE, self._older
        return self._isolated(held.value, twin)

    def _isolated(self, held: str, twin: Block) -> tuple[State, str]:
        """Why an isolated block is not what the model reads."""
        seen = self._seen
        assert seen is not None
        if seen.conversation_id is not None and seen.conversation_id != self._conversation.id:
            # Only a recompile writes another id here: it compiles as if for the default conversation (measured).
            why = f"a recompile wrote the shared values (CONVERSATION_ID: {seen.conversation_id})"
            return State.LOST, why
        created = self._conversation.created_at
        anew = seen.at is not None and created is not None and seen.at - created > SETTLING
        if anew and same_text(seen.rendering, held, twin.value or ""):
            return State.LEAKED, "compiled anew after the conversation was made, with the shared value"
        return State.STALE, self._older


def differing(opened: Opened) -> int:
    """How many isolated blocks hold something else than their shared block."""
    return sum(label.relation is Relation.DIFFERS for label in memory(opened).labels)


def memory_words(opened: Opened) -> str:
    """ "2 isolated, 1 differs, 1 stale", or what is not known."""
    if opened.isolated is None:
        return "isolated blocks not reported"
    words = [f"{len(opened.isolated)} isolated" if opened.isolated else "no isolated blocks"]
    labels = memory(opened).labels
    differ = sum(label.relation is Relation.DIFFERS for label in labels)
    words += [f"{differ} differ{'s' if differ == 1 else ''}"] if differ else []
    unsound = [label.state for label in labels if not label.state.sound]
    for state in dict.fromkeys(unsound):
        words.append(f"{unsound.count(state)} {state.value}")
    return ", ".join(words)
