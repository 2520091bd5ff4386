"""Output reaches a terminal in its order, whole, and without the program waiting for it."""

from __future__ import annotations

import os
import threading
import tty
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver

from tui.widgets.at_once import AtOnce, WritingAtOnce, writing_at_once

Terminal = tuple[int, TextIOWrapper]


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """The end that reads, and the program's."""
    reading, writing = os.openpty()
    tty.setraw(writing)
    with open(writing, "w", encoding="utf-8") as file:
        yield reading, file
    os.close(reading)


def read(reading: int, size: int) -> str:
    """So many bytes; all of them come, or the test never ends."""
    data = b""
    while len(data) < size:
        data += os.read(reading, 65536)
    return data.decode()


def output_threads() -> int:
    return sum(thread.name == "textual-output" and thread.is_alive() for thread in threading.enumerate())


def test_a_frame_is_there_when_write_returns_and_no_thread_was_begun(terminal: Terminal) -> None:
    reading, file = terminal
    before = output_threads()
    writer = AtOnce(file)
    writer.write("a frame, größer")
    os.set_blocking(reading, False)
    assert os.read(reading, 100).decode() == "a frame, größer"
    assert output_threads() == before
    writer.stop()


def test_what_a_terminal_does_not_take_yet_comes_later_in_its_order(terminal: Terminal) -> None:
    """Nobody reads while it is written: far more than what fits, cut anywhere, also within a character."""
    reading, file = terminal
    writer = AtOnce(file)
    frames = [f"«{number}»" * 9_000 for number in range(20)]
    for frame in frames:
        writer.write(frame)
    whole = "".join(frames)
    assert read(reading, len(whole.encode())) == whole
    writer._left.join()
    before = output_threads()
    writer.write("at once again")
    assert read(reading, 13) == "at once again"
    assert output_threads() == before
    writer.stop()
    assert output_threads() == before - 1


def test_stopping_waits_until_all_is_written(terminal: Terminal) -> None:
    reading, file = terminal
    writer = AtOnce(file)
    whole = "x" * 300_000
    writer.write(whole)
    stopping = threading.Thread(target=writer.stop)
    stopping.start()
    assert read(reading, len(whole)) == whole
    stopping.join()


def test_where_there_is_no_terminal_a_thread_writes(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as file:
        writer = AtOnce(file)
        writer.write("some")
        writer.write("thing")
        writer.stop()
    assert (tmp_path / "out").read_text() == "something"


def test_the_terminal_stays_one_that_is_waited_for_by_all_others(terminal: Terminal) -> None:
    """It belongs to the shell as well."""
    _, file = terminal
    writer = AtOnce(file)
    assert os.get_blocking(file.fileno())
    writer.stop()


def test_only_the_driver_for_terminals_is_changed() -> None:
    assert issubclass(writing_at_once(LinuxDriver), WritingAtOnce)
    assert writing_at_once(LinuxDriver).__name__ == "LinuxDriver"
    assert writing_at_once(HeadlessDriver) is HeadlessDriver
