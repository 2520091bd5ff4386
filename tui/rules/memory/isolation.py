"""Decides the state of each memory label: live, stale, isolation lost, shared leaked in, missing, dead, removed.

A label's blocks, shared and isolated, are compared to the system message, which is what the model reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.model.block import Block
from tui.model.errors import LettaError
from tui.model.supported import Supported
from tui.rules.memory.compiled_memory import CompiledMemory, parse_system_message, same_text
from tui.rules.memory.file_states import file_memory_of
from tui.rules.memory.label_states import Label, LabelState, Memory, Relation
from tui.rules.message_content import system_text

if TYPE_CHECKING:
    from tui.model.opened import Context, Opened

SETTLING = timedelta(minutes=1)
"""A system message compiled later than this after its conversation was created was compiled again."""

IN_GIT = "the agent's memory is stored in git, and no block mirrors this file"
OUTSIDE = "the system message contains only the name of a file outside system/"
UNREAD = "an isolated block could not be read, and it may have this label"
HIDDEN = "the server does not report isolated blocks, and there may be one with this label"


def memory_of(opened: Opened) -> Memory:
    """Return the memory of an opened conversation; what could not be read makes a state unknown, never a guess."""
    if opened.local is not None:
        return file_memory_of(opened, opened.local)
    compiled, why = _compiled(opened.context)
    shared = (
        {block.label or "": block for block in opened.shared} if isinstance(opened.shared, tuple) else None
    )
    isolated = {block.label or "": block for block in opened.isolated or () if isinstance(block, Block)}
    doubt = _doubt(opened)
    names = [*sorted(isolated), *sorted(set(shared or {}) - set(isolated))]
    comparison = _Comparison(opened, compiled, why)
    labels = [comparison.label(name, isolated.get(name), shared, doubt=doubt) for name in names]
    if compiled is not None and shared is not None and not doubt and opened.isolated is not None:
        labels += [comparison.only_compiled(name) for name in compiled.blocks if name not in names]
    return Memory(tuple(labels), compiled, why)


def next_compilation(opened: Opened) -> str:
    """Return what brings the model the newer text, on a server that supports this much (measured, 0.16.2 to 0.16.8)."""
    supported = opened.supported
    if opened.conversation.is_default:
        return "it is compiled again"
    if _compiles_each_turn(supported):
        return "the next turn"
    if opened.isolated or supported.lacks("recompile") or supported.lacks("last_message_at"):
        # A recompile would write the shared values over the isolated ones; it came with the order by last message.
        return "an automatic compaction"
    return "an automatic compaction or a recompile"


def _compiles_each_turn(supported: Supported) -> bool:
    """Return whether the server compiles at each turn, as it does if it has none of what came with 0.16.5 and later."""
    return supported.lacks("model") and supported.lacks("last_message_at")


def _doubt(opened: Opened) -> str:
    """Return why a label may be isolated although no isolated block of it is known, "" if it cannot be.

    Letta before 0.16.5 has no isolation, or reports it; later versions may hide isolated blocks, also behind a proxy.
    """
    if any(isinstance(block, LettaError) for block in opened.isolated or ()):
        return UNREAD
    return HIDDEN if opened.isolated is None and not _compiles_each_turn(opened.supported) else ""


def _compiled(context: Context | LettaError) -> tuple[CompiledMemory | None, str]:
    if isinstance(context, LettaError):
        return None, "the messages in context could not be read"
    text = system_text(context)
    if text is None:
        return None, "the context does not begin with a system message"
    compiled = parse_system_message(text)
    return compiled, compiled.why


class _Comparison:
    """Compares each label of one conversation with its compiled system message."""

    def __init__(self, opened: Opened, compiled: CompiledMemory | None, why: str) -> None:
        self._opened = opened
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

    def only_compiled(self, name: str) -> Label:
        """A label that only the system message has: its block was removed, or it is a file in git."""
        compiled = self._compiled.blocks[name] if self._compiled is not None else None
        value = compiled.value if compiled else None
        if self._opened.agent.keeps_memory_in_git:
            return Label(name, None, None, value, Relation.NONE, LabelState.UNKNOWN, IN_GIT)
        why = "the model still reads it, but the agent no longer has a block with this label"
        return Label(name, None, None, value, Relation.NONE, LabelState.REMOVED, why)

    def _state(
        self, isolated: Block | None, shared: Block | None, relation: Relation, name: str
    ) -> tuple[LabelState, str]:
        if relation is Relation.ALONE:
            return (
                LabelState.DEAD,
                "the agent no longer has a block with this label, so it can neither read nor edit this one",
            )
        memory, block = self._compiled, isolated or shared
        if memory is None or memory.rendering == "none":
            return LabelState.UNKNOWN, self._why
        if block is None or block.value is None:
            return LabelState.UNKNOWN, "the block's value was not reported"
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
        """Return why the model does not read an isolated block: isolation lost, shared leaked in, or only stale."""
        conversation = self._opened.conversation
        if memory.conversation_id is not None and memory.conversation_id != conversation.id:
            # Only a recompile writes another id here: it compiles as if for the default conversation (measured).
            why = f"a recompile wrote the shared values (CONVERSATION_ID: {memory.conversation_id})"
            return LabelState.LOST, why
        created = conversation.created_at
        recompiled = memory.at is not None and created is not None and memory.at - created > SETTLING
        if recompiled and same_text(memory.rendering, compiled, shared.value or ""):
            return LabelState.LEAKED, "recompiled with the shared value after the conversation was created"
        return self._stale()

    def _stale(self) -> tuple[LabelState, str]:
        return (
            LabelState.STALE,
            f"the model reads an older value, until {next_compilation(self._opened)}",
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
