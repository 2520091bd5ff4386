"""The picture that a session leaves for the next start: shown before anything else, harmless, and gone with the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.serving import served
from tests.faults.tally import TALLY
from tests.faults.terminal_stream import Program, running, unknown_sequences
from tests.faults.test_terminal import ESCAPE, environment, hostile_world, pieces
from tui.local.showing import ENTER, LEAVE

STARTING = ", starting…".encode()


@dataclass(frozen=True)
class Left:
    """What a session left: its home, the address of its server, which is gone by now, and the pictures."""

    home: Path
    url: str

    @property
    def pictures(self) -> list[Path]:
        """The files."""
        return sorted((self.home / "state/letta-tui/pictures").iterdir())


@contextmanager
def program(home: Path, url: str) -> Iterator[Program]:
    """The program in a terminal of its own."""
    with running([sys.executable, "-m", "tui", "--base-url", url], environment(home), home) as started:
        yield started


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """A session on a hostile server that was left in the list."""
    home = tmp_path_factory.mktemp("left")
    with served(hostile_world()) as (url, _), program(home, url) as first:
        first.until("system")
        first.press("q")
        assert first.end() == 0
        assert STARTING not in first.written
    return Left(home, url)


def test_it_holds_the_list_and_neither_messages_nor_the_key(left: Left) -> None:
    (picture,) = left.pictures
    text = picture.read_text()
    assert "First [/foo]" in text
    assert "said [/foo]" not in text
    assert picture.stat().st_mode & 0o077 == 0
    TALLY.search(text, *pieces(), where="a picture")


def test_it_stands_there_though_the_server_is_gone_and_the_screen_takes_it_over(left: Left) -> None:
    with program(left.home, left.url) as second:
        second.until("First [/foo]")
        second.until("No Letta server yet")
        second.press(ESCAPE, "q")
        assert second.end() == 0
    written = bytes(second.written)
    assert STARTING in written
    assert written.count(ENTER.encode()) == 1, "entered twice, it would have been cleared"
    assert written.count(LEAVE.encode()) == 1
    assert not unknown_sequences(written)


def test_a_key_that_is_typed_before_the_screen_is_there_reaches_it(left: Left) -> None:
    with served(hostile_world()) as (url, _), program(left.home, url) as other:
        other.until("system")
        other.press("q")
        other.end()
        with program(left.home, url) as second:
            while STARTING not in second.written:
                assert second.read(60)
            os.write(second.master, b"q")
            assert second.end() == 0
