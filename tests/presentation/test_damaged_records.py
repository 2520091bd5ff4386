"""What is said of records that no list has."""

from __future__ import annotations

from tests.app_helpers import HOSTILE
from tui.model.local_memory import DamagedRecord
from tui.presentation.damaged_records import damaged_note, damaged_text


def test_nothing_is_said_of_nothing() -> None:
    assert (damaged_text(()), damaged_note(())) == ("", "")


def test_a_few_are_named_and_the_others_counted() -> None:
    records = [DamagedRecord(f"conv-{number}", None, "why") for number in range(5)]
    assert damaged_text([*records, DamagedRecord(None, "agent-1", "why")]) == (
        "5 conversations and 1 agent are not listed, since they cannot be read: "
        "conv-0 (why), conv-1 (why), conv-2 (why), 3 more"
    )
    assert damaged_note(records) == "5 damaged"


def test_what_a_file_is_called_is_text() -> None:
    text = damaged_text([DamagedRecord(HOSTILE, None, HOSTILE)])
    assert "[/foo]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
