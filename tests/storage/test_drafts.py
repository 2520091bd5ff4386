import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tui.storage.draft_store import Draft, DraftStore

SERVER = "http://localhost:8283"
DRAFT = Draft(
    server=SERVER,
    agent_id="agent-1",
    conversation_id="conv-1",
    text="half a sent",
    began_from="before",
    saved_at=datetime(2026, 11, 22, 0, 33, 28, 123456, UTC),
)
TEXTS = (
    "",
    "\n",
    "a\r\nb\rc\n\n",
    "tab\tNUL\0ESC\x1b[31m",
    "🎉👩‍👩‍👧 e\u0301 \u202e \u2028 \ufeff",
    "lone \ud83d and \udc00 \udc00\ud83d",
    "split pair \ud83d" + "\ude00",
    '"quotes" \\ back',
    "x" * 300_000,
)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_draft_comes_back_to_the_last_character(text: str, room: Path) -> None:
    for began_from in (None, text):
        kept = DRAFT._replace(text=text, began_from=began_from)
        DraftStore(room).save(kept)
        found = DraftStore(room).find(SERVER, "conv-1")
        assert found is not None
        assert [ord(char) for char in found.text] == [ord(char) for char in as_json_has_it(text)]
        assert found._replace(text="", began_from=None) == kept._replace(text="", began_from=None)


def as_json_has_it(text: str) -> str:
    """Return the text with two halves that stand side by side joined, the same text to every server."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def test_files_and_folder_are_private(room: Path) -> None:
    folder = room / "state" / "drafts"
    DraftStore(folder).save(DRAFT)
    assert mode(folder) == mode(folder.parent) == 0o700
    assert [mode(one) for one in folder.iterdir()] == [0o600]
    folder.chmod(0o755)
    DraftStore(folder).save(DRAFT)
    assert mode(folder) == 0o700


def test_a_draft_cannot_be_changed_in_place() -> None:
    with pytest.raises(AttributeError):
        DRAFT.text = "x"  # type: ignore[misc]


def test_nothing_is_found_where_nothing_was_kept(room: Path) -> None:
    drafts = DraftStore(room / "none")
    assert drafts.find(SERVER, "conv-1") is None
    assert drafts.all(SERVER) == []
    drafts.drop(SERVER, "conv-1")
    assert list(room.iterdir()) == []


def test_drafts_are_apart_by_server_and_conversation(room: Path) -> None:
    drafts = DraftStore(room)
    others = [
        DRAFT._replace(server=SERVER + "/x", text="2"),
        DRAFT._replace(conversation_id="../../x", text="3"),
    ]
    for draft in (DRAFT, *others):
        drafts.save(draft)
    for draft in (DRAFT, *others):
        assert drafts.find(draft.server, draft.conversation_id) == draft
    assert drafts.find(SERVER, "conv-2") is None
    assert {one.parent for one in room.rglob("*")} == {room}


@pytest.mark.parametrize("conversation_id", ["default", "new"])
def test_ids_that_every_agent_has_are_apart_by_agent(conversation_id: str, room: Path) -> None:
    drafts = DraftStore(room)
    one = DRAFT._replace(conversation_id=conversation_id)
    two = one._replace(agent_id="agent-2", text="other")
    drafts.save(one)
    drafts.save(two)
    assert drafts.find(SERVER, conversation_id, "agent-1") == one
    assert drafts.find(SERVER, conversation_id, "agent-2") == two
    drafts.drop(SERVER, conversation_id, "agent-1")
    assert drafts.all(SERVER) == [two]


def test_other_ids_are_found_with_and_without_the_agent(room: Path) -> None:
    DraftStore(room).save(DRAFT)
    assert (
        DraftStore(room).find(SERVER, "conv-1") == DraftStore(room).find(SERVER, "conv-1", "agent-1") == DRAFT
    )


def test_all_are_newest_first_across_zones(room: Path) -> None:
    drafts = DraftStore(room)
    east = timezone(timedelta(hours=9))
    for name, at in (
        ("old", DRAFT.saved_at),
        ("new", (DRAFT.saved_at + timedelta(seconds=2)).astimezone(timezone(timedelta(hours=-8)))),
        ("mid", (DRAFT.saved_at + timedelta(seconds=1)).astimezone(east)),
        ("naive", datetime(2020, 1, 1)),
    ):
        drafts.save(DRAFT._replace(conversation_id=name, saved_at=at))
    drafts.save(DRAFT._replace(server="http://elsewhere", conversation_id="foreign"))
    assert [one.conversation_id for one in drafts.all(SERVER)] == ["new", "mid", "old", "naive"]


def test_two_instances_share_the_folder(room: Path) -> None:
    one, two = DraftStore(room), DraftStore(room)
    one.save(DRAFT)
    two.save(DRAFT._replace(conversation_id="conv-2"))
    assert one.find(SERVER, "conv-2") is not None
    two.save(DRAFT._replace(text="later"))
    found = one.find(SERVER, "conv-1")
    assert found is not None
    assert found.text == "later"
    two.drop(SERVER, "conv-1")
    one.drop(SERVER, "conv-1")
    assert [draft.conversation_id for draft in one.all(SERVER)] == ["conv-2"]


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_draft_that_cannot_be_written_leaves_the_one_before(
    step: str, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = DraftStore(room)
    drafts.save(DRAFT)

    def full(*_: object) -> None:
        raise OSError("full")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, full)
        with pytest.raises(OSError, match="full"):
            drafts.save(DRAFT._replace(text="longer"))
    assert drafts.find(SERVER, "conv-1") == DRAFT
    assert len(list(room.iterdir())) == 1


SHAPES: tuple[Callable[[dict[str, Any]], object], ...] = (
    lambda held: [held],
    lambda held: "text",
    lambda held: {key: held[key] for key in held if key != "text"},
    lambda held: held | {"text": 5},
    lambda held: held | {"began_from": 5},
    lambda held: held | {"saved_at": "yesterday"},
    lambda held: held | {"saved_at": None},
)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_of_another_shape_is_set_aside(shape: Callable[[dict[str, Any]], object], room: Path) -> None:
    drafts = DraftStore(room)
    drafts.save(DRAFT)
    path = next(room.iterdir())
    text = json.dumps(shape(json.loads(path.read_text())))
    path.write_text(text)
    assert drafts.all(SERVER) == []
    assert drafts.find(SERVER, "conv-1") is None
    assert [(one.name, one.read_text()) for one in room.iterdir()] == [(f"{path.name}.damaged", text)]


def test_fields_of_a_newer_version_are_passed_over(room: Path) -> None:
    drafts = DraftStore(room)
    drafts.save(DRAFT)
    path = next(room.iterdir())
    path.write_text(json.dumps(json.loads(path.read_text()) | {"cursor": 7}))
    assert drafts.find(SERVER, "conv-1") == DRAFT


def test_one_unreadable_file_does_not_hide_the_others(room: Path) -> None:
    drafts = DraftStore(room)
    drafts.save(DRAFT)
    (room / "folder.json").mkdir()
    (room / "broken.json").write_text("{")
    (room / ".letta-tui-x.tmp").write_text("cut sho")
    assert drafts.all(SERVER) == [DRAFT]
