"""The counters count: what must stay 0 would not stay 0."""

from __future__ import annotations

import pytest

from tests.faults.tally import Tally


def test_a_crash_is_counted_and_a_failed_assertion_is_none() -> None:
    tally = Tally()
    with tally.trying(3):
        tally.fault("cut")
    with pytest.raises(RuntimeError), tally.trying():
        raise RuntimeError
    with pytest.raises(AssertionError), tally.trying():
        raise AssertionError
    assert (tally.inputs, tally.crashes, tally.faults["cut"]) == (5, 1, 1)


def test_a_lost_edit_and_a_leak_are_counted_and_fail() -> None:
    tally = Tally()
    tally.edit(kept=True)
    with pytest.raises(AssertionError, match="lost"):
        tally.edit(kept=False)
    tally.search("nothing here", "secret")
    with pytest.raises(AssertionError, match="a leak in the log"):
        tally.search(b"a secret", "secret", where="the log")
    assert (tally.edits, tally.lost_edits, tally.leaks, tally.searched) == (2, 1, 1, 20)


def test_two_processes_add_up() -> None:
    first, second = Tally(), Tally()
    for tally in (first, second):
        tally.fault("cut")
        tally.fault(f"own {id(tally)}")
        tally.inputs += 2_000
    first.add(second.dump())
    assert first.line(7).startswith(
        "faults: 7 cases, 3 kinds of fault struck 4 times, 4,000 inputs tried: crashes 0,"
    )
