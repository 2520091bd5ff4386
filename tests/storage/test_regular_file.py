"""What must be a regular file is never waited for, and what may be a pipe only while something comes."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cases import case
from tui.storage.atomic_files import read_json
from tui.storage.journal import Journal
from tui.storage.regular_file import read_input, read_regular_file

pytestmark = pytest.mark.timeout(20)


def fifo(folder: Path) -> Path:
    path = folder / "pipe"
    os.mkfifo(path)
    return path


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)
    assert read_regular_file(path) == b"x" * 3_000_000
    assert read_input(path, 10_000_000) == b"x" * 3_000_000
    assert read_input(path, 10) == b"x" * 10


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")
    assert read_regular_file(tmp_path / "link") == b"text"


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(OSError, match="it has more than 1 MiB"):
        read_regular_file(path, 2**20)


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    for path in (fifo(tmp_path), Path("/dev/zero"), Path("/dev/tty")):
        with case(path), pytest.raises(OSError, match=r"not a regular file|No such device"):
            read_regular_file(path)
    with pytest.raises(IsADirectoryError):
        read_regular_file(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_regular_file(tmp_path / "none")


def test_no_file_of_the_program_waits_for_a_pipe(tmp_path: Path) -> None:
    path = fifo(tmp_path)
    with pytest.raises(OSError, match="not a regular file"):
        read_json(path)
    assert path.is_fifo(), "it is not set aside as a damaged file"
    journal = Journal(tmp_path)
    os.mkfifo(journal.path("http://letta.test"))
    with pytest.raises(OSError, match="not a regular file"):
        journal.all("http://letta.test")


def test_a_pipe_that_nobody_writes_to_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match=r"nothing arrived within 0\.01 seconds"):
        read_input(fifo(tmp_path), 100, patience=0.01)


def test_a_pipe_that_stands_still_is_given_up(tmp_path: Path) -> None:
    path = fifo(tmp_path)
    handle = os.open(path, os.O_RDWR)
    try:
        os.write(handle, b"half")
        with pytest.raises(TimeoutError):
            read_input(path, 100, patience=0.01)
    finally:
        os.close(handle)


def writing(path: Path, write: Callable[[io.BufferedWriter], object]) -> threading.Thread:
    """Write into a pipe as soon as it is read."""

    def work() -> None:
        with path.open("wb") as file:
            write(file)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_pipe_is_read_to_its_end_or_to_the_limit(tmp_path: Path) -> None:
    path = fifo(tmp_path)
    thread = writing(path, lambda file: file.write(b"x" * 300_000))
    assert read_input(path, 1_000_000) == b"x" * 300_000
    thread.join()
    assert len(read_input(Path("/dev/zero"), 1_000_000)) == 1_000_000


def test_standard_input_is_read_and_a_closed_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"text")))
    assert read_input(Path("-"), 100) == b"text"
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(OSError, match="standard input is closed"):
        read_input(Path("-"), 100)
