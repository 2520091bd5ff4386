"""How records that no list has are reported: how many, which, and why, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.model.text import one_line, plural

if TYPE_CHECKING:
    from tui.model.local_memory import DamagedRecord

NAMED = 3
"""Records that are named."""


def damaged_text(records: Sequence[DamagedRecord]) -> str:
    """Return "2 conversations are not listed, since they cannot be read: conv-1 (why), conv-2 (why)"; "" for none."""
    conversations = sum(one.id is not None for one in records)
    agents = len(records) - conversations
    counts = [plural(conversations, "conversation")] if conversations else []
    counts += [plural(agents, "agent")] if agents else []
    if not counts:
        return ""
    are, they = ("is", "it") if len(records) == 1 else ("are", "they")
    named = [f"{_name(one)} ({one_line(one.reason, 200)})" for one in records[:NAMED]]
    more = len(records) - NAMED
    names = ", ".join([*named, *([f"{more} more"] if more > 0 else [])])
    return f"{' and '.join(counts)} {are} not listed, since {they} cannot be read: {names}"


def damaged_note(records: Sequence[DamagedRecord]) -> str:
    """Return "2 damaged" for the heading of a list, "" for none."""
    return f"{len(records)} damaged" if records else ""


def _name(record: DamagedRecord) -> str:
    agent = one_line(record.agent_id or "", 60)
    if record.id is None:
        return f"agent {agent}"
    return f"the default one of {agent}" if record.agent_id else one_line(record.id, 60)
