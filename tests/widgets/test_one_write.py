"""A frame reaches the terminal in one write, and everything else at once."""

from __future__ import annotations

import pytest
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.driver import Driver
from textual.drivers.headless_driver import HeadlessDriver

from tui.widgets.one_write import BEGIN, END, ENTER, TURN, in_one_write


def made(named: type[Driver], *, shown: bool = False) -> Driver:
    """A driver of that name, on a terminal that shows something or not."""
    answers = [shown, False]
    driver = in_one_write(named, lambda: answers.pop(0))
    return driver.__new__(driver)


def test_frames_begin_and_end_as_textual_says() -> None:
    assert (BEGIN, END) == (SYNC_START, SYNC_END)


def test_a_frame_is_one_write_and_the_rest_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: written.append(data))
    named = type("LinuxDriver", (HeadlessDriver,), {})
    driver = made(named)
    for data in ("title", BEGIN, "some", "lines", END, "bell", BEGIN, END):
        driver.write(data)
    assert written == ["title", f"{BEGIN}somelines{END}", "bell", f"{BEGIN}{END}"]


def test_what_writes_has_its_turn_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame that is followed by work would wait for that work."""
    told: list[float] = []
    monkeypatch.setattr("sys.setswitchinterval", told.append)
    named = type("LinuxDriver", (HeadlessDriver,), {"start_application_mode": lambda _: told.append(0)})
    driver = made(named)
    driver.start_application_mode()
    assert told == [TURN, 0]


@pytest.mark.parametrize(("shown", "entered"), [(False, 2), (True, 1)])
def test_what_is_shown_already_is_not_cleared(
    monkeypatch: pytest.MonkeyPatch, shown: bool, entered: int
) -> None:
    """Entering the other screen anew clears it; after the program was stopped and goes on, it is entered again."""
    written: list[str] = []
    monkeypatch.setattr("sys.setswitchinterval", lambda _: None)
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: written.append(data))
    begins = {"start_application_mode": lambda self: [self.write(ENTER), self.write("mouse")]}
    driver = made(type("LinuxDriver", (HeadlessDriver,), begins), shown=shown)
    driver.start_application_mode()
    driver.start_application_mode()
    assert written.count(ENTER) == entered
    assert written.count("mouse") == 2
    assert written[-2:] == [ENTER, "mouse"]


def test_drivers_of_other_systems_stay_as_they_are() -> None:
    assert in_one_write(HeadlessDriver, lambda: True) is HeadlessDriver
