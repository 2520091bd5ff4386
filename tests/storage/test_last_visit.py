"""Rows of the last visit on disk: by server, key and agent, bounded, private, and never in the way."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tui.config.api_key_sources import ApiKeyCommand
from tui.config.server import stores_last_visit
from tui.config.settings import Settings
from tui.storage.last_visit import MAX_CHARACTERS, MAX_FILES, MAX_ROWS, MOST_WORDS, LastVisit, LastVisits

AT = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
HERE = "http://letta.test"


def visit(*rows: dict[str, Any], agent: str = "agent-1") -> LastVisit:
    return LastVisit(AT, {"id": agent, "name": "Ada"}, rows)


def test_what_was_kept_is_found_again(tmp_path: Path) -> None:
    kept = visit({"id": "conv-1", "summary": "half \ud83d a pair"}, {"id": "conv-2"})
    LastVisits(tmp_path / "visits").save(HERE, "key", kept)
    assert LastVisits(tmp_path / "visits").find(HERE, "key", "agent-1") == kept


@pytest.mark.parametrize(
    ("server", "key", "agent"),
    [
        ("http://else.test", "key", "agent-1"),
        (HERE, "other", "agent-1"),
        (HERE, None, "agent-1"),
        (HERE, "key", "agent-2"),
    ],
    ids=["server", "key", "no key", "agent"],
)
def test_nobody_else_finds_it(tmp_path: Path, server: str, key: str | None, agent: str) -> None:
    visits = LastVisits(tmp_path / "visits")
    visits.save(HERE, "key", visit({"id": "conv-1"}))
    assert visits.find(server, key, agent) is None


def test_neither_key_nor_address_stands_on_disk_and_others_cannot_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "visits"
    LastVisits(folder).save(HERE, "s3cr3t-key", visit({"id": "conv-1"}))
    (path,) = folder.iterdir()
    assert "s3cr3t" not in path.read_text() + str(path)
    assert "letta.test" not in path.read_text() + str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "held",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"version": 2}',
        b'{"version": 1}',
        b'{"version": 1, "at": 5, "agent": {}, "rows": []}',
        b'{"version": 1, "at": "2026-03-14T09:26:00", "agent": {"id": "agent-1"}, "rows": []}',
        b'{"version": 1, "at": "2026-03-14T09:26:00+00:00", "agent": [], "rows": []}',
        b'{"version": 1, "at": "2026-03-14T09:26:00+00:00", "agent": {"id": "agent-9"}, "rows": []}',
        b'{"version": 1, "at": "2026-03-14T09:26:00+00:00", "agent": {"id": "agent-1"}, "rows": {}}',
    ],
)
def test_a_damaged_file_is_none(tmp_path: Path, held: bytes) -> None:
    visits = LastVisits(tmp_path / "visits")
    visits.save(HERE, None, visit({"id": "conv-1"}))
    (path,) = (tmp_path / "visits").iterdir()
    path.write_bytes(held)
    assert visits.find(HERE, None, "agent-1") is None


def test_it_stays_small_and_cuts_no_row(tmp_path: Path) -> None:
    visits = LastVisits(tmp_path / "visits")
    visits.save(HERE, None, visit(*({"id": f"conv-{number}"} for number in range(MAX_ROWS + 50))))
    found = visits.find(HERE, None, "agent-1")
    assert found is not None
    assert len(found.rows) == MAX_ROWS
    large = {"id": "conv-1", "summary": "x" * (MAX_CHARACTERS // 2)}
    visits.save(HERE, None, visit(large, large, large))
    found = visits.find(HERE, None, "agent-1")
    assert found is not None
    assert found.rows == (large,)


def test_only_so_many_lists_are_kept(tmp_path: Path) -> None:
    visits = LastVisits(tmp_path / "visits")
    for number in range(MAX_FILES + 5):
        visits.save(HERE, None, visit({"id": "conv-1"}, agent=f"agent-{number}"))
    assert len(list((tmp_path / "visits").iterdir())) == MAX_FILES


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({}, True),
        ({"demo": "self-hosted"}, False),
        ({"bundle": Path("b.json")}, False),
        ({"letta_code": Path("lc")}, True),
        ({"letta_code": Path("lc"), "last_visit": False}, False),
        ({"last_visit": False}, False),
        ({"api_key_command": ApiKeyCommand("pass letta", "lab")}, False),
    ],
    ids=[
        "a server",
        "demo",
        "a file",
        "local agents",
        "of none",
        "not wanted",
        "a key that is not known yet",
    ],
)
def test_rows_are_kept_of_servers_whose_key_is_known(told: dict[str, Any], kept: bool) -> None:
    assert stores_last_visit(Settings(**told)) is kept


def test_a_file_that_another_process_deletes_meanwhile_is_no_error(tmp_path: Path) -> None:
    folder = tmp_path / "visits"
    LastVisits(folder).save(HERE, "key", visit({"id": "conv-1"}))
    (folder / "gone.json").symlink_to(folder / "nowhere")
    LastVisits(folder).save(HERE, "key", visit({"id": "conv-2"}))
    assert LastVisits(folder).find(HERE, "key", "agent-1") == visit({"id": "conv-2"})


def test_first_words_are_added_to_those_that_are_stored(tmp_path: Path) -> None:
    visits = LastVisits(tmp_path / "visits")
    visits.save_first_words(HERE, "key", {"conv-1": '"Hello"', "conv-2": '"Bye"'})
    visits.save_first_words(HERE, "key", {"conv-1": '"Hello again"'})
    assert visits.first_words(HERE, "key") == {"conv-2": '"Bye"', "conv-1": '"Hello again"'}
    assert visits.first_words(HERE, "other") == visits.first_words("http://else.test", "key") == {}
    assert visits.find(HERE, "key", "agent-1") is None


def test_of_first_words_the_newest_thousand_are_stored(tmp_path: Path) -> None:
    visits = LastVisits(tmp_path / "visits")
    visits.save_first_words(HERE, None, {f"conv-{place}": "x" for place in range(MOST_WORDS)})
    visits.save_first_words(HERE, None, {"conv-new": "y"})
    words = visits.first_words(HERE, None)
    assert len(words) == MOST_WORDS
    assert "conv-0" not in words
    assert words["conv-new"] == "y"


@pytest.mark.parametrize(
    "stored", [b"", b"{", b"[]", b'{"version": 1}', b'{"version": 1, "words": 3}', b'{"words": {"a": "b"}}']
)
def test_damaged_first_words_are_none(tmp_path: Path, stored: bytes) -> None:
    visits = LastVisits(tmp_path / "visits")
    visits.save_first_words(HERE, None, {"conv-1": "x"})
    (path,) = (tmp_path / "visits").iterdir()
    path.write_bytes(stored)
    assert visits.first_words(HERE, None) == {}
