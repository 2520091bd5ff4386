"""What was read of one conversation: its context, its blocks, its history. Pure: reading it is done elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tui.model.supported import NOTHING_KNOWN, Supported

if TYPE_CHECKING:
    from tui.model.agent import Agent
    from tui.model.block import Block
    from tui.model.conversation import Conversation
    from tui.model.errors import LettaError
    from tui.model.local_memory import LocalMemory
    from tui.model.message import Message


@dataclass(frozen=True)
class Context:
    """The messages in context, in context order; `ids` is None if not reported, or if they are `coming` with the rest.

    `without_message` are ids without a message: `failed` says why, except for rows that are stored and show nothing.
    `partial` says that there is more of it than was read so far. `left_out` are ids of messages that the server lists
    with these, that are older than the last one in context, and that no summary replaces.
    """

    ids: tuple[str, ...] | None
    messages: tuple[Message, ...]
    without_message: tuple[str, ...] = ()
    failed: Mapping[str, LettaError] = field(default_factory=dict)
    partial: bool = False
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opened:
    """One conversation as read at `at`; a part that failed has its error, and the others are valid.

    `isolated` is None where the server does not report isolated blocks and may have some; on a server that is known
    to isolate nothing it is empty. `blocks_pending` says that nothing is known of its blocks yet, so that it is
    only for display. `supported` is what was known of the server then. `local` is set if memory is in
    files on this machine; `shared` are then the files as committed.
    """

    conversation: Conversation
    agent: Agent
    at: datetime
    context: Context | LettaError
    shared: tuple[Block, ...] | LettaError
    isolated: tuple[Block | LettaError, ...] | None
    blocks_pending: bool = False
    supported: Supported = NOTHING_KNOWN
    local: LocalMemory | None = None

    @property
    def parts(self) -> tuple[object, ...]:
        """What was read one by one, each part or its failure."""
        files = () if self.local is None else (self.local.prompt, self.local.files)
        return self.context, self.shared, *(self.isolated or ()), *files


@dataclass(frozen=True)
class History:
    """All rows of a conversation, the oldest first; `own` are the ids of those that it does not share.

    `whole` is False where there is more than was requested; `problem` says why shared rows may be missing.
    """

    messages: tuple[Message, ...]
    own: frozenset[str]
    whole: bool = True
    problem: LettaError | None = None


@dataclass(frozen=True)
class Evidence:
    """What was read of one conversation, to be examined elsewhere."""

    opened: Opened
    history: History | LettaError

    @property
    def parts(self) -> tuple[object, ...]:
        """What was read one by one, each part or its failure."""
        return *self.opened.parts, self.history


@dataclass(frozen=True)
class Whole:
    """A conversation read without a gap; `messages` are all of them, evicted ones too, oldest first."""

    opened: Opened
    context: Context
    messages: tuple[Message, ...]
    isolated: tuple[Block, ...]
    shared: tuple[Block, ...]
    gone: tuple[str, ...]
    """Isolated blocks that the conversation names and the server no longer has."""
