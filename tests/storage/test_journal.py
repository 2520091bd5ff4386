"""The journal: whole lines, damaged ones passed over, several instances, and a bounded size."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tui.rules.changes.undo import Entry
from tui.storage.journal import MAX_BYTES, MAX_PER_CONVERSATION, Journal
from tui.storage.journal_writer import JournalWriter

SERVER = "http://localhost:8283"
AT = datetime(2026, 11, 22, 0, 33, 28, 123456, UTC)
ENTRY = Entry(AT, SERVER, "conv-1", "written", "text", "undo")
TEXTS = (
    "",
    "a\r\nb\u2028c\n",
    "NUL\0ESC\x1b[31m",
    "🎉 e\u0301 \u202e",
    "lone \ud83d and \udc00",
    '"\\',
    "x" * 300_000,
)

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tui.rules.changes.undo import Entry
from tui.storage.journal import Journal
journal = Journal(Path(sys.argv[1]))
key = "conv-" + sys.argv[2]
for number in range(int(sys.argv[3])):
    text = f"{number} " + "y" * 5000
    journal.append(Entry(datetime.now(UTC), "http://localhost:8283", key, "written", text))
    print(number, flush=True)
"""


def line(**changes: Any) -> bytes:
    """A line of the file, with something wrong in it."""
    told = {"at": "2026-11-22T00:00:00", "server": SERVER, "conversation_id": "c", "kind": "seen", "text": ""}
    return json.dumps(told | changes).encode() + b"\n"


def numbered(count: int, conversation_id: str = "conv-1", size: int = 0) -> list[Entry]:
    return [
        ENTRY._replace(
            at=AT + timedelta(seconds=n), conversation_id=conversation_id, text=f"{n}" + "x" * size
        )
        for n in range(count)
    ]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_an_entry_comes_back_to_the_last_character(text: str, room: Path) -> None:
    journal = Journal(room)
    journal.append(ENTRY._replace(text=text))
    journal.append(ENTRY)
    assert journal.of(SERVER, "conv-1") == (ENTRY._replace(text=text), ENTRY)


def test_an_entry_of_a_block_names_the_conversation_that_it_was_changed_from(room: Path) -> None:
    journal = Journal(room)
    entry = ENTRY._replace(conversation_id="block-1", via="conv-1")
    journal.append(entry)
    journal.append(ENTRY)
    assert journal.of(SERVER, "block-1") == (entry,)
    assert [b"via" in line for line in journal.path(SERVER).read_bytes().splitlines()] == [True, False]
    with journal.path(SERVER).open("ab") as file:
        file.write(line(conversation_id="block-1", via=["nonsense"]))
    assert journal.of(SERVER, "block-1")[-1].via == ""


def test_file_and_folder_are_private(room: Path) -> None:
    folder = room / "state" / "journal"
    old_mask = os.umask(0)
    try:
        Journal(folder).append(ENTRY)
    finally:
        os.umask(old_mask)
    assert mode(folder) == mode(folder.parent) == 0o700
    assert mode(Journal(folder).path(SERVER)) == 0o600


def test_servers_and_conversations_are_apart(room: Path) -> None:
    journal = Journal(room)
    journal.append(ENTRY)
    journal.append(ENTRY._replace(conversation_id="conv-2"))
    journal.append(ENTRY._replace(server="http://other"))
    assert journal.of(SERVER, "conv-1") == (ENTRY,)
    assert len(journal.all(SERVER)) == 2
    assert len(list(room.iterdir())) == 2


def test_nothing_is_read_or_made_where_nothing_was_noted(room: Path) -> None:
    journal = Journal(room / "none")
    journal.compact(SERVER)
    assert journal.all(SERVER) == ()
    assert list(room.iterdir()) == []


@pytest.mark.parametrize(
    "damage",
    [
        b"{", b"\xff\xfe\n", b"[]\n", b"null\n", b'{"at": 1}\n', b'"x"\n', b"[" * 100_000 + b"\n", b"\n\n",
        line(kind="odd"), line(at="x"), line(text=5),
    ],
    ids=range(11),
)  # fmt: skip
def test_a_damaged_line_takes_no_other_along(damage: bytes, room: Path) -> None:
    journal = Journal(room)
    journal.append(ENTRY)
    with journal.path(SERVER).open("ab") as file:
        file.write(damage)
    journal.append(ENTRY._replace(text="after"))
    assert [entry.text for entry in journal.all(SERVER)] == ["text", "after"]
    journal.compact(SERVER)
    assert [entry.text for entry in journal.all(SERVER)] == ["text", "after"]
    assert len(journal.path(SERVER).read_bytes().splitlines()) == 2


def test_a_write_that_was_cut_off_is_told_and_costs_no_later_entry(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, real = Journal(room), os.write
    journal.append(ENTRY)
    with monkeypatch.context() as patch:
        patch.setattr(
            "tui.storage.journal.os.write", lambda handle, data: real(handle, data[: len(data) // 2])
        )
        with pytest.raises(OSError, match="no room"):
            journal.append(ENTRY._replace(text="cut"))
    journal.append(ENTRY._replace(text="after"))
    assert [entry.text for entry in journal.all(SERVER)] == ["text", "after"]


@pytest.mark.parametrize("call", ["write", "fsync", "open"])
def test_a_disk_that_refuses_is_told(call: str, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EIO, "injected")

    monkeypatch.setattr(f"tui.storage.journal.os.{call}", refuse)
    with pytest.raises(OSError, match="injected"):
        Journal(room).append(ENTRY)


def test_a_compaction_keeps_the_newest_of_each_conversation(room: Path) -> None:
    journal = Journal(room)
    for entry in (*numbered(MAX_PER_CONVERSATION + 7), *numbered(3, "conv-2")):
        journal.append(entry)
    journal.compact(SERVER)
    kept = [entry.text for entry in journal.of(SERVER, "conv-1")]
    assert kept == [str(n) for n in range(7, MAX_PER_CONVERSATION + 7)]
    assert len(journal.of(SERVER, "conv-2")) == 3
    assert mode(journal.path(SERVER)) == 0o600


def test_a_compaction_bounds_the_file(room: Path) -> None:
    journal = Journal(room)
    for number in range(9):
        for entry in numbered(1, f"conv-{number}", size=MAX_BYTES // 6):
            journal.append(entry)
    journal.compact(SERVER)
    assert journal.path(SERVER).stat().st_size <= MAX_BYTES
    assert journal.of(SERVER, "conv-8")
    assert not journal.of(SERVER, "conv-0")


def test_a_compaction_that_fails_leaves_the_file(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(room)
    for entry in numbered(MAX_PER_CONVERSATION + 1):
        journal.append(entry)
    before = journal.path(SERVER).read_bytes()

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "injected")

    monkeypatch.setattr("tui.storage.atomic_files.os.replace", refuse)
    with pytest.raises(OSError, match="injected"):
        journal.compact(SERVER)
    assert journal.path(SERVER).read_bytes() == before


def test_two_instances_append_while_a_third_compacts(room: Path) -> None:
    """No line is lost or mixed: all that the two wrote is there, whoever had the file open in between.

    Each compaction waits for another entry: a lock may be given to the same process again and again.
    """
    count = 40
    reader, writer = os.pipe()
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(room), name, str(count)], stdout=writer)
        for name in ("a", "b")
    ]
    os.close(writer)
    journal = Journal(room)
    with open(reader) as written:
        for _ in written:
            with journal.path(SERVER).open("ab") as file:
                file.write(b"damage\n")
            journal.compact(SERVER)
    assert [one.wait() for one in writers] == [0, 0]
    for name in ("a", "b"):
        told = [entry.text.split()[0] for entry in journal.of(SERVER, f"conv-{name}")]
        assert told == [str(number) for number in range(count)]


# the keeper


def run(work: Callable[[JournalWriter], Any], keeper: JournalWriter) -> Any:
    async def whole() -> Any:
        try:
            return await work(keeper)
        finally:
            keeper.close()

    return asyncio.run(whole())


def seen(text: str) -> Entry:
    return ENTRY._replace(kind="seen", text=text, by="edit")


def test_what_was_seen_is_noted_only_where_it_is_news(room: Path) -> None:
    async def work(keeper: JournalWriter) -> list[str]:
        for text in ("", "a", "a", "b", "b", ""):
            keeper.note(seen(text))
        return [entry.text for entry in await keeper.of(SERVER, "conv-1")]

    assert run(work, JournalWriter(Journal(room))) == ["a", "b", ""]
    assert run(work, JournalWriter(Journal(room))) == ["a", "b", "", "a", "b", ""]


def test_a_save_notes_that_the_summary_was_empty(room: Path) -> None:
    async def work(keeper: JournalWriter) -> list[str]:
        keeper.note(seen(""), ENTRY._replace(text="a"), empty_too=True)
        return [entry.text for entry in await keeper.of(SERVER, "conv-1")]

    assert run(work, JournalWriter(Journal(room))) == ["", "a"]


def test_without_a_disk_the_run_remembers_and_says_so_once(room: Path) -> None:
    (room / "journal").write_text("a file where the folder should be")
    troubles: list[OSError] = []

    async def work(keeper: JournalWriter) -> list[str]:
        keeper.note(seen("a"))
        keeper.note(ENTRY._replace(text="b"))
        texts = [entry.text for entry in await keeper.of(SERVER, "conv-1")]
        await asyncio.sleep(0)
        return texts

    assert run(work, JournalWriter(Journal(room / "journal"), troubles.append)) == ["a", "b"]
    assert len(troubles) == 1


def test_a_passing_server_leaves_no_file(room: Path) -> None:
    async def work(keeper: JournalWriter) -> list[str]:
        keeper.note(seen("a"))
        return [entry.text for entry in await keeper.of(SERVER, "conv-1")]

    assert run(work, JournalWriter(Journal(room), temporary=frozenset({SERVER}))) == ["a"]
    assert list(room.iterdir()) == []


def test_a_note_after_the_end_is_no_error(room: Path) -> None:
    async def work(keeper: JournalWriter) -> None:
        keeper.close()
        keeper.note(seen("a"))

    run(work, JournalWriter(Journal(room)))
