"""What a memory file was in each commit that changed it, and which of them a conversation's prompt is at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tui.model.local_memory import MemoryCommit
from tui.rules.memory.file_states import differs
from tui.rules.memory.label_states import Label, LabelState


class Standing(StrEnum):
    """What a conversation has of a file at a commit."""

    PROMPT = "the model reads this"
    RECORD = "the record has this"


@dataclass(frozen=True)
class FileVersion:
    """A file as one commit left it; `value` is None where the commit deleted it."""

    commit: MemoryCommit
    value: str | None


def standings(label: Label, versions: Sequence[FileVersion]) -> dict[Standing, str]:
    """Return the revision that the prompt is at, and that of its record: the newest one with that text.

    A text that no version has is left out, and so is one that is unknown.
    """
    file = label.file
    wanted: dict[Standing, str | None] = {}
    if label.state is not LabelState.UNKNOWN:
        wanted[Standing.PROMPT] = label.compiled
    if file is not None and file.recorded_known:
        wanted[Standing.RECORD] = file.recorded
    found = {}
    for standing, value in wanted.items():
        same = (one for one in versions if value is not None and not differs(one.value, value))
        if (version := next(same, None)) is not None:
            found[standing] = version.commit.revision
    return found
