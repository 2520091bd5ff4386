"""Links that others may have planted, and what is no regular file: refused wherever the program reads or writes."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app_helpers import NOW
from tui.config.api_key_sources import api_key_from_file
from tui.config.problems import SettingsError
from tui.config.profiles import ProfileStore
from tui.rules.changes.undo import Entry
from tui.storage.atomic_files import create_text, read_json, write_text
from tui.storage.backups import Backups
from tui.storage.draft_store import Draft, DraftStore
from tui.storage.journal import Journal
from tui.storage.paths import make_private
from tui.storage.regular_file import read_regular_file
from tui.storage.safe_paths import follow_links, replaceable
from tui.storage.state import State
from tui.ui.clipboard import copy_to_file

URL = "http://letta.test"
PLANTED = "others can write"
MINE = "# mine"


def shared(room: Path, mode: int = 0o777) -> Path:
    """A folder that others can write."""
    folder = room / "shared"
    folder.mkdir()
    folder.chmod(mode)
    return folder


def victim(room: Path) -> Path:
    path = room / "victim"
    path.write_text(MINE)
    return path


# where a path leads


def test_links_in_folders_of_ones_own_are_followed_like_the_system_does(room: Path) -> None:
    (room / "a" / "b").mkdir(parents=True)
    (room / "a" / "up").symlink_to("../c")
    (room / "c").mkdir()
    (room / "c" / "file").symlink_to(room / "a" / "b" / "real")
    (room / "folder").symlink_to("a")
    for path in ("a/b/real", "folder/up/file", "folder/up/../a/b/real", "c/file", "none/below"):
        assert follow_links(room / path) == Path(os.path.realpath(room / path))
    assert follow_links(room / "folder" / "up" / "file") == room / "a" / "b" / "real"


def test_a_relative_path_starts_where_the_program_does(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(room)
    assert follow_links(Path("x")) == Path(os.path.realpath("x"))


def test_links_in_a_circle_end(room: Path) -> None:
    (room / "a").symlink_to("b")
    (room / "b").symlink_to("a")
    with pytest.raises(OSError, match="a") as caught:
        follow_links(room / "a")
    assert caught.value.errno == errno.ELOOP


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775, 0o770])
def test_a_link_in_a_folder_that_others_can_write_is_refused(room: Path, mode: int) -> None:
    """On the way too, and a dangling one as well."""
    folder, target = shared(room, mode), victim(room)
    (room / "below").mkdir()
    (folder / "file").symlink_to(target)
    (folder / "dangling").symlink_to(room / "new")
    (folder / "folder").symlink_to(room / "below")
    for path in (folder / "file", folder / "dangling", folder / "folder" / "new"):
        for write in (write_text, create_text) if path.name == "new" else (write_text,):
            with pytest.raises(OSError, match=PLANTED):
                write(path, "theirs")
    assert target.read_text() == MINE
    assert not (room / "new").exists()
    assert list((room / "below").iterdir()) == []
    write_text(folder / "plain", "fine")
    assert (folder / "plain").read_text() == "fine"


def test_a_folder_of_somebody_else_is_one_that_others_can_write(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (room / "link").symlink_to(victim(room))
    assert replaceable(room / "link") == room / "victim"
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    if room.stat().st_uid == 0:
        os.chown(room, 54321, -1)
    with pytest.raises(OSError, match=PLANTED):
        replaceable(room / "link")


def test_for_reading_a_link_of_roots_in_a_sticky_folder_is_roots(room: Path) -> None:
    """Kubernetes mounts keys so; to be written through, such a link is refused all the same."""
    folder, target = shared(room, 0o1777), victim(room)
    (folder / "key").symlink_to(target)
    if (folder / "key").lstat().st_uid == 0:
        assert follow_links(folder / "key", reading=True) == target
    else:
        with pytest.raises(OSError, match=PLANTED):
            follow_links(folder / "key", reading=True)
    with pytest.raises(OSError, match=PLANTED):
        follow_links(folder / "key")


# what is no regular file


def fifo(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def folder(path: Path) -> None:
    path.mkdir()


KINDS = (fifo, unix_socket, folder)


@pytest.fixture(autouse=True)
def short_names(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket's name has at most about a hundred bytes."""
    monkeypatch.chdir(room)


@pytest.mark.parametrize("make", KINDS)
def test_what_is_no_regular_file_is_neither_replaced_nor_read(
    make: Callable[[Path], None], room: Path
) -> None:
    """Also behind a link; a FIFO that nobody writes to must not block."""
    path = Path("thing")
    make(path)
    Path("link").symlink_to(path)
    kind = path.lstat().st_mode
    for one in (path, Path("link")):
        with pytest.raises(OSError, match=r"it is not a regular file|Is a directory"):
            write_text(one, "x")
        for read in (read_regular_file, read_json):
            with pytest.raises(OSError, match=r"it is not a regular file|Is a directory"):
                read(one)
    assert path.lstat().st_mode == kind
    assert sorted(one.name for one in room.iterdir()) == ["link", "thing"]
    with pytest.raises(FileExistsError):
        create_text(path, "x")
    with pytest.raises(FileExistsError):
        create_text(Path("link"), "x")
    assert path.lstat().st_mode == kind


def test_a_file_system_without_hard_links_creates_exclusively_too(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, "no hard links")

    monkeypatch.setattr(os, "link", refused)
    create_text(room / "new", "one")
    (room / "dangling").symlink_to(room / "elsewhere")
    for taken in ("new", "dangling"):
        with pytest.raises(FileExistsError):
            create_text(room / taken, "two")
    assert (room / "new").read_text() == "one"
    assert sorted(path.name for path in room.iterdir()) == ["dangling", "new"]


# everything that the program keeps


@pytest.fixture(autouse=True)
def known_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    """The random id of an instance is in the names of its drafts: here others have guessed it."""
    monkeypatch.setattr("secrets.token_hex", lambda count: "0" * (2 * count))


def save_draft(room: Path) -> None:
    DraftStore(room / "drafts").save(Draft(URL, "agent-1", "conv-1", "text", None, NOW))


def append_entry(room: Path) -> None:
    Journal(room / "journal").append(Entry(NOW, URL, "conv-1", "written", "text"))


def save_backup(room: Path) -> None:
    Backups(room / "backups").save("conv-1", NOW, {"text": "x"})


def save_profile(room: Path) -> None:
    ProfileStore(room).save("lab", {"base_url": URL})


def save_key(room: Path) -> None:
    fields = {"base_url": "http://localhost:1", "api_key_file": str(room / "keys" / "lab.key")}
    ProfileStore(room).save("lab", fields, api_key="sesame")


def remember_agent(room: Path) -> None:
    State(room / "state.json").remember_agent(URL, "agent-1")


def copy(room: Path) -> None:
    copy_to_file("text", room)


WRITES: dict[str, tuple[Callable[[Path], None], str]] = {
    "draft": (save_draft, "drafts"),
    "journal": (append_entry, "journal"),
    "backup": (save_backup, "backups"),
    "profile": (save_profile, ""),
    "key": (save_key, "keys"),
    "state": (remember_agent, ""),
    "copied text": (copy, ""),
}


def written(name: str, room: Path) -> Path:
    """The file that a write makes in a folder of its own, by its name below the room; no lock file."""
    write, below = WRITES[name]
    trial = room / "trial"
    trial.mkdir(mode=0o700)
    write(trial)
    (made,) = [path for path in (trial / below).iterdir() if path.is_file() and path.suffix != ".lock"]
    return made.relative_to(trial)


@pytest.mark.parametrize("name", WRITES)
def test_a_link_that_was_planted_for_what_the_program_keeps_is_not_followed(name: str, room: Path) -> None:
    target, file = victim(room), written(name, room)
    place = room / "place"
    (place / file).parent.mkdir(parents=True)
    (place / file).parent.chmod(0o777)
    (place / file).symlink_to(target)
    with pytest.raises((OSError, SettingsError), match=r"it contains a link|not followed"):
        WRITES[name][0](place)
    assert target.read_text() == MINE
    assert (place / file).is_symlink()
    assert (place / file).parent.stat().st_mode & 0o777 == 0o777, "else the next write would trust it"


@pytest.mark.parametrize("name", [name for name in WRITES if name != "backup"])
def test_what_is_no_regular_file_stands_in_the_way_of_what_the_program_keeps(name: str, room: Path) -> None:
    file = written(name, room)
    place = room / "place"
    (place / file).parent.mkdir(parents=True, mode=0o700)
    os.mkfifo(place / file)
    with pytest.raises((OSError, SettingsError), match="not a regular file"):
        WRITES[name][0](place)
    assert (place / file).is_fifo()


def test_a_backup_takes_another_name_where_something_is_in_the_way(room: Path) -> None:
    target, file = victim(room), written("backup", room)
    place = room / "place"
    (place / file).parent.mkdir(parents=True, mode=0o700)
    (place / file).symlink_to(target)
    save_backup(place)
    os.mkfifo(place / file.with_stem(f"{file.stem}-3"))
    save_backup(place)
    assert target.read_text() == MINE
    assert sorted(
        path.name for path in (place / "backups").iterdir() if path.is_file() and not path.is_symlink()
    ) == [
        f"{file.stem}-2.json",
        f"{file.stem}-4.json",
    ]


def test_a_folder_behind_a_planted_link_is_not_made_private(room: Path) -> None:
    target = room / "theirs"
    target.mkdir(mode=0o755)
    (shared(room) / "drafts").symlink_to(target)
    with pytest.raises(OSError, match=PLANTED):
        make_private(room / "shared" / "drafts")
    assert target.stat().st_mode & 0o777 == 0o755


# keys


def test_a_key_behind_a_planted_link_and_a_fifo_are_refused(room: Path) -> None:
    secret = room / "other secret"
    secret.write_text("sesame\n")
    secret.chmod(0o600)
    (room / "mine.key").symlink_to(secret)
    assert api_key_from_file(room / "mine.key", "lab") == "sesame"
    folder = shared(room)
    (folder / "lab.key").symlink_to(secret)
    with pytest.raises(SettingsError, match=PLANTED):
        api_key_from_file(folder / "lab.key", "lab")
    os.mkfifo(room / "fifo", 0o600)
    with pytest.raises(SettingsError, match="it is not a regular file"):
        api_key_from_file(room / "fifo", "lab")


def test_a_settings_file_that_is_a_fifo_does_not_block_the_start(room: Path) -> None:
    os.mkfifo(room / "profiles.toml")
    with pytest.raises(SettingsError, match="it is not a regular file"):
        ProfileStore(room).read()
