import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
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


Open = Callable[[Path], DraftStore]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens drafts as a running instance has them, until the end of the test."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(closing(DraftStore(folder)))


def leave(folder: Path, draft: Draft) -> None:
    """Save a draft as an instance that ends."""
    with closing(DraftStore(folder)) as drafts:
        drafts.save(draft)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_draft_comes_back_to_the_last_character(opened: Open, text: str, room: Path) -> None:
    for began_from in (None, text):
        kept = DRAFT._replace(text=text, began_from=began_from)
        drafts = opened(room)
        drafts.save(kept)
        found = drafts.find(SERVER, "conv-1")
        assert found is not None
        assert [ord(char) for char in found.text] == [ord(char) for char in as_json_has_it(text)]
        assert found._replace(text="", began_from=None) == kept._replace(text="", began_from=None)


def as_json_has_it(text: str) -> str:
    """Return the text with two halves that stand side by side joined, the same text to every server."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def test_files_and_folder_are_private(opened: Open, room: Path) -> None:
    folder = room / "state" / "drafts"
    drafts = opened(folder)
    drafts.save(DRAFT)
    assert mode(folder) == mode(folder.parent) == 0o700
    assert [mode(one) for one in folder.iterdir()] == [0o600, 0o600]
    folder.chmod(0o755)
    drafts.save(DRAFT)
    assert mode(folder) == 0o700


def test_a_draft_cannot_be_changed_in_place() -> None:
    with pytest.raises(AttributeError):
        DRAFT.text = "x"  # type: ignore[misc]


def test_nothing_is_found_where_nothing_was_kept(opened: Open, room: Path) -> None:
    drafts = opened(room / "none")
    assert drafts.find(SERVER, "conv-1") is None
    assert drafts.all(SERVER) == []
    drafts.drop(SERVER, "conv-1")
    assert list(room.iterdir()) == []


def test_drafts_are_apart_by_server_and_conversation(opened: Open, room: Path) -> None:
    drafts = opened(room)
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
def test_ids_that_every_agent_has_are_apart_by_agent(opened: Open, conversation_id: str, room: Path) -> None:
    drafts = opened(room)
    one = DRAFT._replace(conversation_id=conversation_id)
    two = one._replace(agent_id="agent-2", text="other")
    drafts.save(one)
    drafts.save(two)
    assert drafts.find(SERVER, conversation_id, "agent-1") == one
    assert drafts.find(SERVER, conversation_id, "agent-2") == two
    drafts.drop(SERVER, conversation_id, "agent-1")
    assert drafts.all(SERVER) == [two]


def test_the_draft_of_a_block_is_apart_from_that_of_its_conversation(opened: Open, room: Path) -> None:
    """It is found by the block's id, whichever conversation it was typed in."""
    of_block = DRAFT._replace(block_id="block-1", text="half a fact")
    drafts = opened(room)
    drafts.save(DRAFT)
    drafts.save(of_block)
    assert (DRAFT.subject, of_block.subject) == ("conv-1", "block-1")
    assert drafts.find(SERVER, "conv-1") == DRAFT
    assert drafts.find(SERVER, "block-1") == of_block
    assert {draft.block_id for draft in drafts.all(SERVER)} == {"", "block-1"}
    drafts.drop(SERVER, "block-1")
    assert drafts.find(SERVER, "conv-1") == DRAFT
    assert drafts.find(SERVER, "block-1") is None


def test_other_ids_are_found_with_and_without_the_agent(opened: Open, room: Path) -> None:
    drafts = opened(room)
    drafts.save(DRAFT)
    assert drafts.find(SERVER, "conv-1") == drafts.find(SERVER, "conv-1", "agent-1") == DRAFT


def test_all_are_newest_first_across_zones(opened: Open, room: Path) -> None:
    drafts = opened(room)
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


def test_two_instances_share_the_folder(opened: Open, room: Path) -> None:
    one, two = opened(room), opened(room)
    one.save(DRAFT)
    assert two.find(SERVER, "conv-1") is two.take(SERVER, "conv-1") is None
    assert two.all(SERVER) == []
    typed = two.elsewhere(SERVER, "conv-1")
    assert typed is not None
    assert str(typed.process) == f"process {os.getpid()}"
    two.save(DRAFT._replace(text="other"))
    two.drop(SERVER, "conv-1")
    assert one.find(SERVER, "conv-1") == DRAFT
    assert one.elsewhere(SERVER, "conv-1") is None


def test_what_an_ended_instance_left_is_taken_over_newest_first(opened: Open, room: Path) -> None:
    for minutes in (1, 3, 2):
        later = DRAFT.saved_at + timedelta(minutes=minutes)
        leave(room, DRAFT._replace(text=f"text {minutes}", saved_at=later))
    drafts, taken = opened(room), []
    assert [draft.text for draft in drafts.all(SERVER)] == ["text 3", "text 2", "text 1"]
    while (draft := drafts.take(SERVER, "conv-1")) is not None:
        assert draft.left_behind
        assert drafts.take(SERVER, "conv-1") == draft._replace(left_behind=False)
        assert opened(room).find(SERVER, "conv-1") != draft
        drafts.drop(SERVER, "conv-1")
        taken.append(draft.text)
    assert taken == ["text 3", "text 2", "text 1"]
    drafts.close()
    assert drafts.all(SERVER) == []
    assert list(room.iterdir()) == []


def test_a_draft_from_before_there_was_one_for_each_instance_was_left_behind(
    opened: Open, room: Path
) -> None:
    drafts = opened(room)
    drafts.save(DRAFT)
    (path,) = room.glob("*.json")
    path.rename(room / f"{path.stem.partition('-')[0]}.json")
    assert drafts.take(SERVER, "conv-1") == DRAFT._replace(left_behind=True)
    assert list(room.glob("*.json")) == [path]


def test_a_folder_that_cannot_be_written_still_shows_what_was_left(
    opened: Open, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(room, DRAFT)

    open_file = os.open

    def refused(path: str | Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise PermissionError("read-only")
        return open_file(path, flags, mode)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refused)
        found = opened(room).take(SERVER, "conv-1")
    assert found == DRAFT._replace(left_behind=True)


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_draft_that_cannot_be_written_leaves_the_one_before(
    opened: Open, step: str, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = opened(room)
    drafts.save(DRAFT)

    def full(*_: object) -> None:
        raise OSError("full")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, full)
        with pytest.raises(OSError, match="full"):
            drafts.save(DRAFT._replace(text="longer"))
    assert drafts.find(SERVER, "conv-1") == DRAFT
    assert len(list(room.glob("*.json"))) == 1


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
def test_a_file_of_another_shape_is_set_aside(
    opened: Open, shape: Callable[[dict[str, Any]], object], room: Path
) -> None:
    drafts = opened(room)
    drafts.save(DRAFT)
    path = next(room.glob("*.json"))
    text = json.dumps(shape(json.loads(path.read_text())))
    path.write_text(text)
    assert drafts.all(SERVER) == []
    assert drafts.find(SERVER, "conv-1") is None
    assert [(one.name, one.read_text()) for one in room.glob("*.damaged")] == [(f"{path.name}.damaged", text)]


def test_fields_of_a_newer_version_are_passed_over(opened: Open, room: Path) -> None:
    drafts = opened(room)
    drafts.save(DRAFT)
    path = next(room.glob("*.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"cursor": 7}))
    assert drafts.find(SERVER, "conv-1") == DRAFT


def test_one_unreadable_file_does_not_hide_the_others(opened: Open, room: Path) -> None:
    drafts = opened(room)
    drafts.save(DRAFT)
    (room / "folder.json").mkdir()
    (room / "broken.json").write_text("{")
    (room / ".letta-tui-x.tmp").write_text("cut sho")
    assert drafts.all(SERVER) == [DRAFT]
