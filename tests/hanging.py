"""A test that hangs fails by itself and says what it waited for, whether its loop waits or spins."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

TESTS = Path(__file__).parent
AGAIN = 10
"""Seconds after which the alarm rings again, should what a failed test cleans up hang as well."""

MOST_WAITERS = 30
REPORT = pytest.StashKey[str]()


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool:
    """Set the alarm of pytest-timeout, whose own one leaves an event loop in the middle and reports no tasks.

    The tasks of the test are cancelled first, so that it fails where it waits and cleans up after itself.
    """

    def expire(_signal: int, _frame: FrameType | None) -> None:
        cancelled = item.stash.get(REPORT, None) is not None
        item.stash[REPORT] = f"Timeout: no end after {settings.timeout:g} s\n{_report()}"
        if cancelled or not _cancel_test(item.path):
            pytest.fail(item.stash[REPORT])

    def cancel() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    item.cancel_timeout = cancel  # type: ignore[attr-defined]  # where pytest-timeout looks for it
    signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, settings.timeout, AGAIN)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Say why a test was cancelled."""
    try:
        return (yield)
    except BaseException as error:
        if REPORT in item.stash and not isinstance(error, pytest.fail.Exception):
            raise pytest.fail.Exception(item.stash[REPORT]) from error
        raise


def _running() -> set[asyncio.Task[Any]]:
    try:
        return asyncio.all_tasks(asyncio.get_running_loop())
    except RuntimeError:
        return set()


def _cancel_test(path: Path) -> bool:
    """Cancel the tasks that run code of the tests or of this file; returns whether there are any."""
    found = [task for task in _running() if any(_is_ours(frame, path) for frame in _frames(task))]
    for task in found:
        task.get_loop().call_soon_threadsafe(task.cancel)
    return bool(found)


def _is_ours(frame: FrameType, path: Path) -> bool:
    file = Path(frame.f_code.co_filename)
    return file == path or file.is_relative_to(TESTS)


def _report() -> str:
    """What each task of the running loop waits for, those of the tests first."""
    waiting = Counter(_waits_for(task) for task in _running())
    ranked = sorted(waiting.items(), key=lambda one: "tests/" not in one[0])
    lines = [f"{count} x {words}" for words, count in ranked[:MOST_WAITERS]]
    return "\n".join(["tasks, each with its innermost call last:", *lines]) if lines else "no task runs"


def _waits_for(task: asyncio.Task[Any]) -> str:
    calls = [f"{_short(frame.f_code.co_filename)}:{frame.f_lineno}" for frame in _frames(task)]
    return " > ".join(calls) or repr(task)


def _frames(task: asyncio.Task[Any]) -> Iterator[FrameType]:
    """The frames of a task from the outermost one to the one that waits."""
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame = getattr(waiting, "cr_frame", None) or getattr(waiting, "ag_frame", None)
        if frame is not None:
            yield frame
        waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "ag_await", None)


def _short(path: str) -> str:
    """Without the folders in which packages and the checkout lie."""
    for folder in (*(one for one in Path(path).parents if one.name == "site-packages"), TESTS.parent):
        if Path(path).is_relative_to(folder):
            return str(Path(path).relative_to(folder))
    return path
