"""Decides the state of each memory label: live, stale, isolation lost, shared leaked in, missing, dead, removed.

A label's blocks, shared and isolated, are compared to what the system message holds, which is what the model reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.model.block import Block
from tui.model.errors import LettaError
from tui.rules.memory.compiled_memory import CompiledMemory, parse_system_message, same_text
from tui.rules.memory.label_states import Label, LabelState, Memory, Relation
from tui.rules.message_content import system_text

if TYPE_CHECKING:
    from tui.model.conversation import Conversation
    from tui.model.opened import Context, Opened

SETTLING = timedelta(minutes=1)
"""A system message compiled later than this after its conversation was created was compiled again."""

OUTSIDE = "of a file outside system/ only the name stands in the system message"
UNREAD = "an isolated block could not be read, and it may be the one of this label"
HIDDEN = "the server does not report isolated blocks, and there may be one of this label"


def memory_of(opened: Opened) -> Memory:
    """Return the memory of an opened conversation; what could not be read makes a state unknown, never a guess."""
    compiled, why = _compiled(opened.context)
    shared = (
        {block.label or "": block for block in opened.shared} if isinstance(opened.shared, tuple) else None
    )
    isolated = {block.label or "": block for block in opened.isolated or () if isinstance(block, Block)}
    doubt = _doubt(opened)
    names = [*sorted(isolated), *sorted(set(shared or {}) - set(isolated))]
    comparison = _Comparison(opened.conversation, compiled, why)
    labels = [comparison.label(name, isolated.get(name), shared, doubt=doubt) for name in names]
    if compiled is not None and shared is not None and not doubt and opened.isolated is not None:
        labels += [comparison.removed(name) for name in compiled.blocks if name not in names]
    return Memory(tuple(labels), compiled, why)


def next_compilation(conversation: Conversation) -> str:
    """Return what brings the model the newer text; the fields that a server reports show its version (measured)."""
    if conversation.is_default:
        return "it is compiled again"  # its record is made by this program and shows no version
    if not (conversation.was_sent("model") or conversation.was_sent("last_message_at")):
        return "the next turn"  # 0.16.2 compiles at each, and none after 0.16.4 does
    if conversation.isolated_block_ids or not conversation.was_sent("last_message_at"):
        # A recompile would write the shared values over the isolated ones; before 0.16.7 there is none.
        return "an automatic compaction"
    return "an automatic compaction or a recompile"


def _doubt(opened: Opened) -> str:
    """Why a label may be isolated although no isolated block of it is known; "" if there is no such doubt.

    Letta before 0.16.5 has no isolation or reports it, and reports no model; later versions may hide isolated blocks.
    """
    if any(isinstance(block, LettaError) for block in opened.isolated or ()):
        return UNREAD
    conversation = opened.conversation
    may_hide = conversation.was_sent("model") or conversation.was_sent("last_message_at")
    return HIDDEN if opened.isolated is None and may_hide else ""


def _compiled(context: Context | LettaError) -> tuple[CompiledMemory | None, str]:
    if isinstance(context, LettaError):
        return None, "the messages in context could not be read"
    text = system_text(context)
    if text is None:
        return None, "no system message stands first in context"
    compiled = parse_system_message(text)
    return compiled, compiled.why


class _Comparison:
    """Compares each label of one conversation with its compiled system message."""

    def __init__(self, conversation: Conversation, compiled: CompiledMemory | None, why: str) -> None:
        self._conversation = conversation
        self._compiled = compiled
        self._why = why

    def label(
        self, name: str, isolated: Block | None, all_shared: Mapping[str, Block] | None, *, doubt: str
    ) -> Label:
        """One label that has a block; `all_shared` is None if the shared blocks could not be read."""
        shared = (all_shared or {}).get(name)
        compiled = self._compiled.blocks.get(name) if self._compiled is not None else None
        value = compiled.value if compiled is not None else None
        relation = _relation(isolated, shared, known=all_shared is not None)
        state, why = self._state(isolated, shared, relation, name)
        if isolated is None and doubt and state is not LabelState.LIVE:
            state, why = LabelState.UNKNOWN, doubt
        return Label(name, isolated, shared, value, relation, state, why)

    def removed(self, name: str) -> Label:
        """A label that only the system message still has."""
        compiled = self._compiled.blocks[name] if self._compiled is not None else None
        value = compiled.value if compiled else None
        why = "the model still reads it, and the agent no longer has a block of this label"
        return Label(name, None, None, value, Relation.NONE, LabelState.REMOVED, why)

    def _state(
        self, isolated: Block | None, shared: Block | None, relation: Relation, name: str
    ) -> tuple[LabelState, str]:
        if relation is Relation.ALONE:
            return (
                LabelState.DEAD,
                "the agent has no block of this label any more, so it can neither read nor edit this one",
            )
        memory, block = self._compiled, isolated or shared
        if memory is None or memory.rendering == "none":
            return LabelState.UNKNOWN, self._why
        if block is None or block.value is None:
            return LabelState.UNKNOWN, "the server did not say what the block holds"
        compiled = memory.blocks.get(name)
        if compiled is None:
            if memory.rendering == "git" and not name.startswith("system/"):
                return LabelState.UNKNOWN, OUTSIDE
            return (
                LabelState.MISSING,
                "the model does not see this block: it was attached after the last compilation",
            )
        if compiled.value is None:
            return LabelState.UNKNOWN, compiled.why
        if same_text(memory.rendering, compiled.value, block.value):
            return LabelState.LIVE, "the model reads this value"
        if isolated is not None and shared is not None:
            return self._state_of_isolated(memory, compiled.value, shared)
        return self._stale()

    def _state_of_isolated(
        self, memory: CompiledMemory, compiled: str, shared: Block
    ) -> tuple[LabelState, str]:
        """Why the model does not read an isolated block: isolation lost, shared leaked in, or only stale."""
        if memory.conversation_id is not None and memory.conversation_id != self._conversation.id:
            # Only a recompile writes another id here: it compiles as if for the default conversation (measured).
            why = f"a recompile wrote the shared values (CONVERSATION_ID: {memory.conversation_id})"
            return LabelState.LOST, why
        created = self._conversation.created_at
        recompiled = memory.at is not None and created is not None and memory.at - created > SETTLING
        if recompiled and same_text(memory.rendering, compiled, shared.value or ""):
            return LabelState.LEAKED, "recompiled after the conversation was made, with the shared value"
        return self._stale()

    def _stale(self) -> tuple[LabelState, str]:
        return (
            LabelState.STALE,
            f"the model reads an older value, until {next_compilation(self._conversation)}",
        )


def _relation(isolated: Block | None, shared: Block | None, *, known: bool) -> Relation:
    if isolated is None:
        return Relation.SHARED
    if not known:
        return Relation.UNKNOWN
    if shared is None:
        return Relation.ALONE
    if isolated.value is None or shared.value is None:
        return Relation.UNKNOWN
    return Relation.SAME if shared.value == isolated.value else Relation.DIFFERS
