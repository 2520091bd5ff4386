"""Killed, refused or torn at every call to the file system: the file is the old one or the new one, whole."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.app_helpers import NOW
from tests.faults.disk import CODES, Killed, disk
from tests.faults.tally import TALLY
from tui.config.profiles import ProfileStore
from tui.rules.changes.undo import Entry
from tui.storage import atomic_files
from tui.storage.backups import Backups
from tui.storage.draft_store import Draft, DraftStore
from tui.storage.journal import Journal
from tui.storage.paths import PROFILES_FILE
from tui.storage.state import ListPosition, State

URL = "http://letta.test"
Read = Callable[[Path], Any]


@pytest.fixture(autouse=True)
def every_write_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write is that of a program that has just started."""
    monkeypatch.setattr(atomic_files, "_swept", _Never())


class _Never(set[Path]):
    def __contains__(self, _: object) -> bool:
        return False


@dataclass(frozen=True)
class Case:
    """A file: how its old state came about, the write that is struck, and what a reader makes of it."""

    name: str
    before: Callable[[Path], object]
    write: Callable[[Path], object]
    read: Read

    def __str__(self) -> str:
        return self.name


def a_draft(text: str) -> Draft:
    return Draft(URL, "agent-1", "conv-1", text, "", NOW)


def save_draft(text: str) -> Callable[[Path], None]:
    """A process that takes over what another one left behind, types and ends."""

    def act(room: Path) -> None:
        with closing(DraftStore(room)) as drafts:
            drafts.take(URL, "conv-1")
            drafts.save(a_draft(text))

    return act


def drop_draft(room: Path) -> None:
    """A process that takes over what another one left behind, and discards it."""
    with closing(DraftStore(room)) as drafts:
        drafts.take(URL, "conv-1")
        drafts.drop(URL, "conv-1")


def text_of_draft(room: Path) -> str | None:
    found = DraftStore(room).find(URL, "conv-1")
    return None if found is None else found.text


def an_entry(text: str, minutes: int = 0) -> Entry:
    return Entry(NOW + timedelta(minutes=minutes), URL, "conv-1", "written", text)


def noted(room: Path) -> list[str]:
    return [entry.text for entry in Journal(room).all(URL)]


def note(*texts: str) -> Callable[[Path], None]:
    def act(room: Path) -> None:
        for text in texts:
            Journal(room).append(an_entry(text))

    return act


def note_with_rubbish(room: Path) -> None:
    note("one", "two")(room)
    with Journal(room).path(URL).open("ab") as file:
        file.write(b'{"half a li')


def copies(room: Path) -> list[Any]:
    return [json.loads(path.read_bytes())["text"] for path in sorted(room.glob("*.json"))]


def profiles(room: Path) -> list[str]:
    return sorted(ProfileStore(room).read().profiles) if (room / PROFILES_FILE).exists() else []


def put_profile(name: str) -> Callable[[Path], object]:
    return lambda room: ProfileStore(room).save(name, {"base_url": "http://localhost:1"})


def note_place(row: str) -> Callable[[Path], None]:
    def act(room: Path) -> None:
        state = State(room / "state.json")
        if row == "conv-1":
            state.remember_agent(URL, "agent-1")
        state.note_position(URL, "agent-1", ListPosition(row))
        state.close()

    return act


CASES = (
    Case("draft, first", lambda room: None, save_draft("new"), text_of_draft),
    Case(
        "draft",
        save_draft("old"),
        save_draft("new" * 500),
        text_of_draft,
    ),
    Case(
        "draft, dropped",
        save_draft("old"),
        drop_draft,
        text_of_draft,
    ),
    Case("journal", note("one"), note("two"), noted),
    Case("journal after a torn line", note_with_rubbish, note("three"), noted),
    Case("journal, compacted", note_with_rubbish, lambda room: Journal(room).compact(URL), noted),
    Case(
        "state",
        lambda room: State(room / "state.json").remember_agent(URL, "agent-1"),
        lambda room: State(room / "state.json").remember_agent(URL, "agent-2"),
        lambda room: State(room / "state.json").recent_agents(URL),
    ),
    Case(
        "last visit",
        note_place("conv-1"),
        note_place("conv-2"),
        lambda room: State(room / "state.json").position(URL, "agent-1"),
    ),
    Case(
        "backup",
        lambda room: Backups(room).save("conv-1", NOW, {"text": "old"}),
        lambda room: Backups(room).save("conv-1", NOW, {"text": "new" * 500}),
        copies,
    ),
    Case("profiles", put_profile("one"), put_profile("two"), profiles),
)


def fresh(case: Case, room: Path, number: int) -> Path:
    """A folder with the old state."""
    folder = room / f"{number}"
    folder.mkdir(mode=0o700)
    case.before(folder)
    return folder


def states(case: Case, room: Path) -> tuple[Any, Any, int]:
    """What a reader makes of it before and after, and how many calls the write takes."""
    folder = fresh(case, room, 0)
    old = case.read(folder)
    with disk() as counted:
        case.write(folder)
    return old, case.read(folder), counted.seen


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.name.startswith(atomic_files.PREFIX)]


def age(folder: Path) -> None:
    """Two hours pass."""
    for name in leftovers(folder):
        os.utime(folder / name, (0, 0))


@pytest.mark.parametrize("torn", [False, True], ids=["between", "torn"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_killed_at_every_call_the_file_is_old_or_new_and_goes_on(case: Case, torn: bool, room: Path) -> None:
    old, new, calls = states(case, room)
    assert calls >= 1
    for number in range(1, calls + 1):
        folder = fresh(case, room, number)
        with TALLY.trying(), disk(number, torn=torn) as struck:
            case.write(folder)
        assert struck.dead
        TALLY.fault("killed while writing torn" if torn else "killed")
        assert case.read(folder) in (old, new), f"call {number} of {calls}"
        assert len(leftovers(folder)) <= 1
        age(folder)
        if case.read(folder) == old:
            case.write(folder)
        assert case.read(folder) == new, f"after call {number} of {calls}"
        if "dropped" not in case.name and case.name not in ("journal", "journal after a torn line"):
            save_draft("sweeps")(folder)
            assert leftovers(folder) == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_refused_at_every_call_the_file_is_old_or_new_and_it_is_an_oserror(case: Case, room: Path) -> None:
    """Whatever the disk refuses is raised as an OSError (or a SettingsError), and leaves nothing behind."""
    old, new, calls = states(case, room)
    for number, (call, code) in enumerate(itertools.product(range(1, calls + 1), CODES), start=1):
        folder = fresh(case, room, number)
        with TALLY.trying(), disk(call, code=code) as refused:
            try:
                case.write(folder)
            except (OSError, ValueError):
                pass
            except Killed:  # pragma: no cover
                raise AssertionError from None
        TALLY.fault(os.strerror(code))
        assert case.read(folder) in (old, new), f"call {call} of {calls}, {os.strerror(code)}"
        if refused.struck != "unlink":  # then the next sweep removes it
            assert leftovers(folder) == [], f"call {call} of {calls}, {os.strerror(code)}"


def test_young_files_without_a_name_are_another_instances_and_stay(room: Path) -> None:
    mine, theirs = (
        room / f"{atomic_files.PREFIX}old{atomic_files.SUFFIX}",
        room / f"{atomic_files.PREFIX}new{atomic_files.SUFFIX}",
    )
    for path in (mine, theirs, room / "notes.tmp"):
        path.write_text("x")
        os.utime(path, (0, 0))
    os.utime(theirs)
    atomic_files.write_text(room / "file", "x")
    assert sorted(path.name for path in room.iterdir()) == sorted([theirs.name, "file", "notes.tmp"])


# two processes on one folder

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tui.rules.changes.undo import Entry
from tui.storage.draft_store import Draft, DraftStore
from tui.storage.journal import Journal
from tui.storage.state import State
me, room, now = sys.argv[1], Path(sys.argv[2]), datetime(2026, 1, 1, tzinfo=UTC)
drafts = DraftStore(room / "drafts")
for number in range(40):
    State(room / "state.json").remember_agent(f"http://{me}-{number}", f"agent-{me}")
    Journal(room / "journal").append(Entry(now, "http://s", "conv-1", "written", f"{me} {number}"))
    drafts.save(Draft("http://s", "agent-1", "conv-1", f"{me} " * 400, "", now))
    if number % 8 == 0:
        Journal(room / "journal").compact("http://s")
"""


def test_two_processes_on_one_folder_lose_and_tear_nothing(room: Path) -> None:
    """Every agent, every journal line, and the whole text that each has typed for one conversation."""
    both = [subprocess.Popen([sys.executable, "-c", WRITER, me, str(room)]) for me in ("a", "b")]
    assert [one.wait(timeout=60) for one in both] == [0, 0]
    state = State(room / "state.json")
    lost = [(me, n) for me in "ab" for n in range(40) if not state.recent_agents(f"http://{me}-{n}")]
    assert lost == []
    texts = {entry.text for entry in Journal(room / "journal").all("http://s")}
    assert len(texts) >= 50, "a compaction keeps the newest fifty"
    assert {"a 39", "b 39"} <= texts
    with closing(DraftStore(room / "drafts")) as drafts:
        kept = [drafts.take("http://s", "conv-1")]
        drafts.drop("http://s", "conv-1")
        kept.append(drafts.take("http://s", "conv-1"))
    TALLY.edit(kept={draft.text for draft in kept if draft is not None} == {"a " * 400, "b " * 400})
    assert [path.name for path in room.rglob("*") if path.name.endswith((".tmp", ".damaged"))] == []
