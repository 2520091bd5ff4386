"""Writes the journal in the background: one thread, in the order of the calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.storage.journal import Journal

if TYPE_CHECKING:
    from tui.rules.changes.undo import Entry


class JournalWriter:
    """Appends entries off the event loop; a summary that was seen is written only if it has changed.

    Entries of `temporary` servers live as long as the program: nothing of them is written.
    """

    def __init__(
        self,
        journal: Journal,
        on_error: Callable[[OSError], None] = lambda _: None,
        *,
        temporary: frozenset[str] = frozenset(),
    ) -> None:
        self.journal = journal
        self.on_error = on_error
        self._temporary = temporary
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._last: dict[str, dict[str, str]] = {}
        self._unwritten: list[Entry] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failed = False

    def note(self, *entries: Entry, empty_too: bool = False) -> None:
        """Record what was seen or written; an empty summary is recorded only if it was not empty before."""
        self._loop = asyncio.get_running_loop()
        for entry in entries:
            with suppress(RuntimeError):  # the program is closing
                self._thread.submit(self._append, entry, None if empty_too else "")

    async def of(self, server: str, conversation_id: str) -> tuple[Entry, ...]:
        """The entries of one conversation, oldest first, those of other running instances too."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._read, server, conversation_id)

    def close(self) -> None:
        """Wait until all is written."""
        self._thread.shutdown(wait=True)

    # in the thread

    def _read(self, server: str, conversation_id: str) -> tuple[Entry, ...]:
        try:
            stored = () if server in self._temporary else self.journal.of(server, conversation_id)
        except OSError as error:
            self._report(error)
            stored = ()
        own = (
            one for one in self._unwritten if (one.server, one.conversation_id) == (server, conversation_id)
        )
        return tuple(sorted((*stored, *own), key=lambda entry: entry.at))

    def _append(self, entry: Entry, unknown: str | None) -> None:
        try:
            last = self._known(entry.server)
            if entry.kind == "seen" and last.get(entry.conversation_id, unknown) == entry.text:
                return
            last[entry.conversation_id] = entry.text
            if entry.server not in self._temporary:
                self.journal.append(entry)
                return
        except OSError as error:
            self._report(error)
        self._unwritten.append(entry)  # an undo of this run works without the disk

    def _known(self, server: str) -> dict[str, str]:
        """The last text of every conversation; the first use compacts the file."""
        if server not in self._last:
            self._last[server] = {}
            if server not in self._temporary:
                self.journal.compact(server)
                self._last[server] = {one.conversation_id: one.text for one in self.journal.all(server)}
        return self._last[server]

    def _report(self, error: OSError) -> None:
        """Report the first error of the run."""
        if not self._failed and self._loop is not None and not self._loop.is_closed():
            self._failed = True
            self._loop.call_soon_threadsafe(self.on_error, error)
