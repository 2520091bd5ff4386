"""Rows of a list say what they say when read alone, and hold once what they have in common."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import pytest

from tui.api.listed import Listed
from tui.model.conversation import Conversation


def answer(name: str, **fields: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": f"conv-{name}",
        "agent_id": "agent-1",
        "summary": name,
        "created_at": "2026-03-14T09:26:53Z",
        "created_by_id": "user-1",
        "last_updated_by_id": None,
        "in_context_message_ids": [],
        "isolated_block_ids": [],
        "model": None,
        "archived_at": None,
    }
    copied: dict[str, Any] = json.loads(json.dumps(row | fields))  # no text of it is held twice
    return copied


def test_rows_share_what_they_have_in_common() -> None:
    listed = Listed()
    first, second = (listed.read(answer(name)) for name in "ab")

    assert first.agent_id is second.agent_id
    assert first.created_by_id is second.created_by_id
    assert first.said is second.said
    assert first.unknown is second.unknown
    assert first.created_at is not None
    assert first.created_at.tzinfo is UTC


def test_a_row_says_what_it_says_when_read_alone_but_for_the_context() -> None:
    listed = Listed()
    for fields in ({}, {"model": 1}, {"model": True}, {"model": 1.0}, {"summary": None}, {"extra": [1, {}]}):
        data = answer("a", **fields)
        alone = Conversation.read(
            {key: value for key, value in data.items() if key != "in_context_message_ids"}
        )
        row = listed.read(data)

        assert row == alone
        assert row.said == alone.said
        assert repr(row.unknown) == repr(alone.unknown)
        assert row.in_context_message_ids is None


def test_a_change_of_one_row_leaves_the_others() -> None:
    listed = Listed()
    first, second = (listed.read(answer(name)) for name in "ab")

    changed = first.changed(archived=True, in_context_message_ids=("message-1",), model="other")

    assert changed.archived
    assert "archived" in changed.said
    assert second.archived is None
    assert "archived" not in second.said
    assert first.unknown == second.unknown == {"model": None, "archived_at": None}


def test_times_of_other_zones_keep_them() -> None:
    row = Listed().read(answer("a", created_at="0001-01-01T00:00:00+14:00"))

    assert row.created_at is not None
    assert row.created_at.isoformat().endswith("+14:00")


@pytest.mark.parametrize("data", [None, [], {}, {"id": 3}])
def test_what_has_no_id_is_no_row(data: object) -> None:
    with pytest.raises(ValueError, match=r"expected an object|no usable id"):
        Listed().read(data)
