"""Changing a memory block: which block a label means, what each comparison means, and who else reads it.

Servers enforce neither `read_only` nor, from 0.16.7 on, `limit` (measured), so both are checked before anything is
sent. As with summaries, the gap between the re-read and the write remains.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tui.model.block import Block
from tui.model.errors import LettaError, NotThere
from tui.rules.changes.outcome import Conflict, Done, Outcome, Refused, Unknown, not_seen
from tui.rules.memory.isolation import memory_of

if TYPE_CHECKING:
    from tui.model.agent import Agent
    from tui.model.conversation import Conversation
    from tui.model.opened import Opened
    from tui.rules.memory.label_states import Label

Verb = Literal["edit", "reset", "promote"]
"""Save a typed text, write the shared value into an isolated block, or an isolated value into the shared block."""

NO_BLOCK = "there is no block with this label"
NOT_READ = "the blocks of this conversation could not all be read, and an unread one may have this label"
NOT_ISOLATED = (
    "only an isolated block can be reset or promoted, and this conversation reads the agent's shared one"
)
NO_SHARED = "the agent has no shared block with this label"
READ_ONLY_BLOCK = "this block is read-only: its agent can't change it, and neither can letta-tui"
NO_VALUE = "the block's value was not reported"
SOURCE_CHANGED = {
    "reset": "the shared value has changed since it was shown",
    "promote": "this conversation's value has changed since it was shown",
}


@dataclass(frozen=True)
class BlockChange:
    """A new text for one block: the text that the edit began from and the text wanted.

    `source_id` is the block that the text was copied from, "" for one that was typed.
    """

    block_id: str
    label: str
    isolated: bool
    """Whether the block is the conversation's own, and not the agent's shared one."""
    began_from: str
    text: str
    verb: Verb = "edit"
    source_id: str = ""

    @property
    def dirty(self) -> bool:
        """Whether saving would change anything."""
        return self.text != self.began_from

    def over(self, current: str | None) -> BlockChange:
        """Return the same text, based on what the server has now: the answer "mine" to a conflict."""
        return replace(self, began_from=current or "")


@dataclass(frozen=True)
class Stored:
    """The blocks that a change depends on, as the server has them: the one to change, and the one copied from."""

    target: Block
    source: Block | None = None


def label_of(opened: Opened, name: str) -> Label | None:
    """Return the label with this name, None if the conversation has none."""
    return next((label for label in memory_of(opened).labels if label.name == name), None)


def block_of(opened: Opened, block_id: str) -> Block | None:
    """Return the block with this id among the conversation's own and its agent's; None if there is none."""
    shared = () if isinstance(opened.shared, LettaError) else opened.shared
    every = (*(opened.isolated or ()), *shared)
    return next((one for one in every if isinstance(one, Block) and one.id == block_id), None)


def change_of(
    opened: Opened, name: str, verb: Verb = "edit", *, text: str | None = None, shared: bool = False
) -> BlockChange | str:
    """Return the change of a label's block, or why it cannot be changed.

    An edit changes the block that the conversation reads or, with `shared`, the agent's block.
    """
    label = label_of(opened, name)
    unread = isinstance(opened.shared, LettaError) or any(
        isinstance(block, LettaError) for block in opened.isolated or ()
    )
    if label is None:
        return NOT_READ if unread else NO_BLOCK
    if label.isolated is None and unread and not (shared and label.shared is not None):
        return NOT_READ
    if verb != "edit":
        return _copy(label, verb)
    block = label.shared if shared else label.block
    if block is None:
        return NO_SHARED if shared else NO_BLOCK
    if block.value is None:
        return NO_VALUE
    isolated = block is label.isolated
    return BlockChange(block.id, name, isolated, block.value, block.value if text is None else text)


def _copy(label: Label, verb: Verb) -> BlockChange | str:
    """Return the change that copies the shared value over the isolated one, or the other way round."""
    if label.isolated is None:
        return NOT_ISOLATED if label.shared is not None else NO_BLOCK
    if label.shared is None:
        return NO_SHARED
    blocks = label.isolated, label.shared
    target, source = blocks if verb == "reset" else blocks[::-1]
    if target.value is None or source.value is None:
        return NO_VALUE
    return BlockChange(
        target.id, label.name, verb == "reset", target.value, source.value, verb, source_id=source.id
    )


def why_not_changed(text: str, block: Block) -> str:
    """Return why a block cannot have this text, "" if it can."""
    if block.read_only:
        return READ_ONLY_BLOCK
    over = 0 if block.limit is None else len(text) - block.limit
    if over > 0:
        return f"{len(text):,} characters are {over:,} over the block's limit of {block.limit:,}"
    return ""


def before(change: BlockChange, current: Stored) -> Outcome[Block] | None:
    """Return the outcome if nothing may or need be sent; None if the block still has the value the edit began from."""
    target, source = current.target, current.source
    if source is not None and source.value != change.text:
        return Refused(None, SOURCE_CHANGED[change.verb])
    if target.value is None:
        return Refused(None, NO_VALUE)
    if target.value == change.text:
        return Done(target, already=True)
    if reason := why_not_changed(change.text, target):
        return Refused(None, reason)
    if target.value != change.began_from:
        return Conflict(target, sent=False)
    return None


def outcome(
    change: BlockChange, current: Stored, response: Block | LettaError, now: Block | LettaError | None
) -> Outcome[Block]:
    """Return the outcome of the PATCH, from its response and what was read back; `current` is the state before it."""
    if isinstance(response, LettaError):
        if now is None:
            return Refused(response)
        if isinstance(now, LettaError):
            return Unknown(response)
        if now.value == change.text:
            return Done(now)
        if now.value != current.target.value:
            return Conflict(now, sent=True)
        return not_seen(response)
    assert now is not None, "after a response, the block is always read back"
    if isinstance(now, LettaError):
        confirmed = response.value == change.text and not isinstance(now, NotThere)
        return Done(response) if confirmed else Unknown(now)
    return Done(now) if now.value == change.text else Conflict(now, sent=True)


def with_change(opened: Opened, change: BlockChange) -> Opened:
    """Return the conversation as it will be after the change, with its system message as it is."""

    def changed(block: Block | LettaError) -> Block | LettaError:
        if isinstance(block, LettaError) or block.id != change.block_id:
            return block
        return block.changed(value=change.text)

    isolated = None if opened.isolated is None else tuple(map(changed, opened.isolated))
    if isinstance(opened.shared, LettaError):
        return replace(opened, isolated=isolated)
    shared = tuple(block for block in map(changed, opened.shared) if isinstance(block, Block))
    return replace(opened, isolated=isolated, shared=shared)


@dataclass(frozen=True)
class Readers:
    """Who reads a shared block besides the opened conversation; None for what could not be read.

    `sharing` counts the agent's other named conversations that read the shared value, `own` those with a block of their
    own in its place, `unknown` those whose isolated blocks were not all read. `whole` is False if there are more
    conversations than were read. `agents` are the other agents that have the block, `more_agents` whether there are
    more.
    """

    sharing: int | None = None
    own: int = 0
    unknown: int = 0
    whole: bool = True
    agents: tuple[Agent, ...] | None = None
    more_agents: bool = False


def count_readers(
    rows: Iterable[Conversation], opened: Opened, own_ids: frozenset[str], *, known: bool, whole: bool
) -> Readers:
    """Count the agent's other conversations by what they read of a label.

    `own_ids` are the isolated blocks with this label, all there are if `known`.
    """
    sharing = own = unknown = 0
    for row in rows:
        if row.id == opened.conversation.id or row.is_default:
            continue
        ids = frozenset(row.isolated_block_ids or ())
        if ids & own_ids:
            own += 1
        elif ids and not known:
            unknown += 1
        else:
            sharing += 1
    return Readers(sharing, own, unknown, whole)
