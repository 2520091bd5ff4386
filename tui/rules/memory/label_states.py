"""What is known of a memory label: its blocks, what the model reads of it, and the states that it can be in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.model.block import Block
    from tui.rules.memory.compiled_memory import CompiledMemory


class Relation(Enum):
    """How an isolated block compares to the agent's shared block of the same label."""

    SAME = "same as shared"
    DIFFERS = "differs from shared"
    ALONE = "the agent has no shared block with this label"
    UNKNOWN = "the shared block could not be read"
    SHARED = "shared with the agent"
    NONE = "no block"


class LabelState(Enum):
    """What the model reads of a label, compared to the block that the conversation uses.

    The four before the last are of memory in files, which a turn is sent once after a commit.
    """

    LIVE = "live"
    STALE = "stale"
    LOST = "isolation lost"
    LEAKED = "shared leaked in"
    MISSING = "missing"
    DEAD = "dead"
    REMOVED = "removed"
    FORGOTTEN = "forgotten edit"
    SENT_ONCE = "sent once, next turn"
    NOT_COMMITTED = "not committed"
    RECOMPILED = "prompt recompiled at the next turn"
    UNKNOWN = "cannot tell"

    @property
    def is_in_sync(self) -> bool:
        """Whether the model reads what the server reports, as far as is known."""
        return self in (LabelState.LIVE, LabelState.UNKNOWN)


@dataclass(frozen=True)
class FileValues:
    """A memory file as committed now, as the record of the prompt has it, and in the work tree; None if not there.

    `recorded_known` is False where the record does not say what was rendered.
    """

    path: str
    committed: str | None
    recorded: str | None
    work_tree: str | None
    recorded_known: bool = True


@dataclass(frozen=True)
class Label:
    """One label; `isolated`, `shared` and `compiled` are None if there is no such block or value.

    Of memory in files, `shared` is the file as committed, and `file` has its other values.
    """

    name: str
    isolated: Block | None
    shared: Block | None
    compiled: str | None
    relation: Relation
    state: LabelState
    why: str
    file: FileValues | None = None

    @property
    def block(self) -> Block | None:
        """The block that the conversation uses."""
        return self.isolated or self.shared

    @property
    def over(self) -> int:
        """By how many characters the value exceeds its limit, which servers check on changes if at all."""
        block = self.block
        if block is None or block.value is None or block.limit is None:
            return 0
        return max(0, len(block.value) - block.limit)


@dataclass(frozen=True)
class Memory:
    """Every label of a conversation, isolated ones first, and the memory in its system message.

    If `compiled` is None, or says nothing of memory, `why` has the reason.
    """

    labels: tuple[Label, ...]
    compiled: CompiledMemory | None
    why: str = ""
