"""Textual keeps what closed screens have drawn and what ended workers were given: here it is told not to."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

from textual._styles_cache import StylesCache
from textual.worker import Worker
from textual.worker_manager import WorkerManager

COLOURS = "get_inner_outer"


def let_go_of_what_is_closed() -> None:
    """Keep two colours by what they are made of, and not by the widget that asked for them.

    Textual 8.2.8 holds up to 1,024 widgets' drawn lines by that cache, closed screens' too: some 100 MiB in an hour of
    use (Textualize/textual#6665). A Textual that needs no widget for it is left as it is.
    """
    made: Any = getattr(getattr(StylesCache, COLOURS), "__wrapped__", None)
    if getattr(getattr(made, "__code__", None), "co_argcount", 0) == 3:
        setattr(StylesCache, COLOURS, staticmethod(lru_cache(1024)(partial(made, StylesCache))))


async def _done() -> None:
    """What an ended worker has to do."""


class LeavingWorkers(WorkerManager):
    """Workers that hold nothing once they have ended.

    A worker of Textual 8.2.8 goes in a circle with its task, so what it was given, be it a whole conversation, and what
    stood on its stack when it was cancelled stay until all garbage is looked for.
    """

    def _remove_worker(self, worker: Worker[Any]) -> None:
        super()._remove_worker(worker)
        worker._work = _done
        if worker.is_cancelled and worker._error is not None:
            worker._error.__traceback__ = None
