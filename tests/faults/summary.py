"""Prints what the fault suite counted as the last line of a run, in one process or in several."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.tally import TALLY

FOLDER = "tests/faults/"
SENT = "fault_tally"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of several hands its counters to the first one."""
    sent = getattr(session.config, "workeroutput", None)
    if sent is not None:
        sent[SENT] = TALLY.dump()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take the counters of a process that is done; one that died has none to give."""
    TALLY.add(getattr(node, "workeroutput", {}).get(SENT, {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was done, where anything of it was."""
    cases = sum(
        report.nodeid.startswith(FOLDER)
        for kind in ("passed", "failed")
        for report in terminalreporter.stats.get(kind, [])
        if report.when == "call"
    )
    if cases:
        terminalreporter.write_line(TALLY.line(cases))
