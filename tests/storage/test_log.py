"""The log is the user's alone, and opening it waits for nobody."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.storage.log import start_log

pytestmark = pytest.mark.timeout(20)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Close what a test has opened, and leave the root logger as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in [one for one in root.handlers if one not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("before", [None, 0o644, 0o666, 0o600, 0o700])
def test_the_log_can_be_read_by_its_owner_only_also_one_that_was_there(
    tmp_path: Path, before: int | None
) -> None:
    path = tmp_path / "log"
    if before is not None:
        path.write_text("old\n")
        path.chmod(before)
    start_log(path)
    logging.getLogger("letta").info("a request")
    assert mode(path) == 0o600
    lines = path.read_text().splitlines()
    assert lines[-1].endswith("INFO letta a request")
    assert (lines[0] == "old") is (before is not None)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OSError, match="No such device or address"):
        start_log(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(OSError, match="not a regular file"):
            start_log(path)
    finally:
        os.close(reader)


def test_a_terminal_stays_as_it_is() -> None:
    ends = os.openpty()
    try:
        path = Path(os.ttyname(ends[1]))
        before = mode(path)
        start_log(path)
        assert mode(path) == before
    finally:
        for end in ends:
            os.close(end)


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    path.touch(0o644)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(PermissionError, match="belongs to another user"):
        start_log(path)
    assert mode(path) == 0o644
