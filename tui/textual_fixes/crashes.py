"""A crash that is not reported, or is reported with the values of local variables.

Defect: after a crash the exit code is 1, or 0 where the thread that reads keys crashed. The report prints local
variables, one of which may contain an API key. What fails in a callback or a task of the event loop, or in a thread, is
written over the screen or nowhere, and the app goes on.
Upstream: not reported yet.
Versions: 8.2.8; on any other, the command line still ends with 70.
Switch: LETTA_TUI_STOCK_TEXTUAL=1.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from textual.app import App

VERSIONS = frozenset({"8.2.8"})

EXIT_CODE = 70
"""The exit code of a program that crashed, as in sysexits.h."""


def _handle_exception(self: App[Any], error: BaseException) -> None:
    """End the app; whoever runs it reports the first crash when the terminal is as it was."""
    self._return_code = EXIT_CODE
    if self._exception is None:
        self._exception = error if isinstance(error, Exception) else RuntimeError(repr(error))
        self._exception_event.set()
    self._close_messages_no_wait()


def install() -> None:
    """Remember a crash for `crash_of`, print nothing while the app has the terminal."""
    App._handle_exception = _handle_exception  # type: ignore[method-assign]


def watch(app: App[Any]) -> None:
    """Let what fails in the event loop or in a thread end the app, as what fails in a message handler does."""
    loop = asyncio.get_running_loop()

    def in_loop(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and not isinstance(error, OSError):  # a lost connection is no crash
            app._handle_exception(error)

    def in_thread(failed: threading.ExceptHookArgs) -> None:
        if isinstance(failed.exc_value, Exception):
            loop.call_soon_threadsafe(app._handle_exception, failed.exc_value)

    loop.set_exception_handler(in_loop)
    threading.excepthook = in_thread


def crash_of(app: App[Any]) -> BaseException | None:
    """What the app crashed with; None if it ended well."""
    error = getattr(app, "_exception", None)
    return getattr(error, "error", error)  # a worker's failure is wrapped
