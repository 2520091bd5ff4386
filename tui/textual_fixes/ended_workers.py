"""An ended worker keeps its arguments in memory until a full garbage collection.

Defect: a worker and its task refer to each other, so a whole conversation that a worker was given, and what was on
its stack when it was cancelled, stay in memory long after its end.
Upstream: not reported yet.
Versions: 8.2.8.
Switch: LETTA_TUI_STOCK_TEXTUAL=1.
"""

from __future__ import annotations

from typing import Any

from textual.worker import Worker, WorkerState
from textual.worker_manager import WorkerManager

VERSIONS = frozenset({"8.2.8"})

_remove_worker: Any = getattr(WorkerManager, "_remove_worker", None)
"""Textual's own method; None in a version that has no such method."""


async def _nothing() -> None:
    """The work of an ended worker."""


def _remove_and_empty(self: WorkerManager, worker: Worker[Any]) -> None:
    _remove_worker(self, worker)
    worker._work = _nothing
    if worker.state is WorkerState.CANCELLED and worker._error is not None:  # a crash keeps where it was
        worker._error.__traceback__ = None


def install() -> None:
    """Release a worker's arguments and stack when it ends."""
    WorkerManager._remove_worker = _remove_and_empty  # type: ignore[method-assign]
