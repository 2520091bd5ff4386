"""Recompiling a system message: only the text that was shown is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from tui.model.block import Block
from tui.model.errors import LettaError
from tui.model.message import Message
from tui.model.opened import Opened
from tui.rules.changes.outcome import Conflict, Done, Outcome, Refused, Unknown, not_seen
from tui.rules.memory.compiled_memory import CompiledBlock, parse_system_message
from tui.rules.message_content import message_text, system_text


class LabelChange(Enum):
    """What a recompile does to what the model reads of one label."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    LOST = "lost"
    """The model reads the isolated value now, or another one, and would not read it afterwards."""
    NOT_READ = "not read"
    """The model does not read the isolated value now either."""

    @property
    def is_change(self) -> bool:
        """Whether the model would read a different value of this label."""
        return self not in (LabelChange.UNCHANGED, LabelChange.NOT_READ)


def label_change(now: CompiledBlock | None, then: CompiledBlock | None, own: Block | None) -> LabelChange:
    """Return the effect on a label that the model reads as `now` and would read as `then`; `own` is its own block."""
    if own is not None and (then is None or then.value != own.value):
        return LabelChange.NOT_READ if now == then else LabelChange.LOST
    if now == then:
        return LabelChange.UNCHANGED
    if now is None:
        return LabelChange.ADDED
    return LabelChange.REMOVED if then is None else LabelChange.CHANGED


@dataclass(frozen=True)
class Plan:
    """A recompile that was shown: the system message's id, its text, and the text that would replace it."""

    conversation_id: str
    message_id: str
    before: str
    after: str
    agent_id: str | None = None
    """The agent of a default conversation, which its requests have to name."""


def before(plan: Plan, text: str) -> Conflict[str] | None:
    """Return a conflict if the text that would be written is no longer the one that was shown."""
    return None if compared(text) == compared(plan.after) else Conflict(text, sent=False)


def outcome(
    plan: Plan, text: str, response: LettaError | None, parts: tuple[Message, ...] | LettaError | None
) -> Outcome[str]:
    """Return the outcome of the recompile; after a lost response, the stored system message decides.

    `parts` are what was read of that message; the time inside its text changes with every recompile.
    """
    if response is None:
        return Done(text)
    if parts is None:
        return Refused(response)
    if isinstance(parts, LettaError):
        return Unknown(response)
    texts = [message_text(part) for part in parts if part.message_type == "system_message"]
    if texts and texts[0] not in (None, plan.before):
        return Done(text)
    return not_seen(response)


def compared(text: str) -> Mapping[str, CompiledBlock] | str:
    """Return the parts of a system message to compare: its blocks, or else all lines but the time of a recompile."""
    memory = parse_system_message(text)
    lines = (line for line in text.split("\n") if not line.startswith("- System prompt last recompiled:"))
    return memory.blocks if memory.rendering != "none" else "\n".join(lines)


def plan(opened: Opened, after: str) -> Plan | str:
    """Return the recompile of a conversation that was just read, or why there is nothing to recompile."""
    context = opened.context
    if isinstance(context, LettaError):
        return f"the messages in context could not be read: {context}"
    before = system_text(context)
    if before is None:
        return "the context does not begin with a system message, so there is none to rewrite"
    agent_id = opened.agent.id if opened.conversation.is_default else None
    return Plan(opened.conversation.id, context.messages[0].id, before, after, agent_id)
