"""Which isolated blocks a change would lose permanently."""

from __future__ import annotations

from tui.model.opened import Opened
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import Relation


def differing_labels(opened: Opened) -> tuple[str, ...]:
    """Labels whose isolated block has a value that no shared block has."""
    unique = (Relation.DIFFERS, Relation.ALONE)
    return tuple(
        label.name for label in memory_of(opened).labels if label.isolated and label.relation in unique
    )
