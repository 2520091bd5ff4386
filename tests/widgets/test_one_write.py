"""A frame reaches the terminal in one write, and everything else at once."""

from __future__ import annotations

import pytest
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.drivers.headless_driver import HeadlessDriver

from tui.widgets.one_write import BEGIN, END, TURN, in_one_write


def test_frames_begin_and_end_as_textual_says() -> None:
    assert (BEGIN, END) == (SYNC_START, SYNC_END)


def test_a_frame_is_one_write_and_the_rest_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: written.append(data))
    named = type("LinuxDriver", (HeadlessDriver,), {})
    driver = in_one_write(named).__new__(in_one_write(named))
    for data in ("title", BEGIN, "some", "lines", END, "bell", BEGIN, END):
        driver.write(data)
    assert written == ["title", f"{BEGIN}somelines{END}", "bell", f"{BEGIN}{END}"]


def test_what_writes_has_its_turn_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame that is followed by work would wait for that work."""
    told: list[float] = []
    monkeypatch.setattr("sys.setswitchinterval", told.append)
    named = type("LinuxDriver", (HeadlessDriver,), {"start_application_mode": lambda _: told.append(0)})
    driver = in_one_write(named).__new__(in_one_write(named))
    driver.start_application_mode()
    assert told == [TURN, 0]


def test_drivers_of_other_systems_stay_as_they_are() -> None:
    assert in_one_write(HeadlessDriver) is HeadlessDriver
