"""The journal written behind the screen: one thread, in the order in which things happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.storage.journal import Journal

if TYPE_CHECKING:
    from tui.domain.undoing import Entry


class JournalKeeper:
    """Notes entries off the event loop; a summary that was seen is noted only where it is news.

    Servers named in `passing` are forgotten with the program: nothing of them is written.
    """

    def __init__(
        self,
        journal: Journal,
        on_trouble: Callable[[OSError], None] = lambda _: None,
        *,
        passing: frozenset[str] = frozenset(),
    ) -> None:
        self.journal = journal
        self.on_trouble = on_trouble
        self._passing = passing
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._last: dict[str, dict[str, str]] = {}
        self._kept: list[Entry] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failed = False

    def note(self, *entries: Entry, empty_too: bool = False) -> None:
        """Remember what was seen or written; that a summary is empty is no news unless it was not before."""
        self._loop = asyncio.get_running_loop()
        for entry in entries:
            with suppress(RuntimeError):  # the program is closing
                self._thread.submit(self._guarded, entry, None if empty_too else "")

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
            disk = () if server in self._passing else self.journal.of(server, conversation_id)
        except OSError as trouble:
            self._tell(trouble)
            disk = ()
        own = (one for one in self._kept if (one.server, one.conversation_id) == (server, conversation_id))
        return tuple(sorted((*disk, *own), key=lambda entry: entry.at))

    def _guarded(self, entry: Entry, unknown: str | None) -> None:
        try:
            last = self._known(entry.server)
            if entry.kind == "seen" and last.get(entry.conversation_id, unknown) == entry.text:
                return
            last[entry.conversation_id] = entry.text
            if entry.server not in self._passing:
                self.journal.append(entry)
                return
        except OSError as trouble:
            self._tell(trouble)
        self._kept.append(entry)  # an undo of this run works without the disk

    def _known(self, server: str) -> dict[str, str]:
        """The last text of every conversation; the first use compacts the file."""
        if server not in self._last:
            self._last[server] = {}
            if server not in self._passing:
                self.journal.compact(server)
                self._last[server] = {one.conversation_id: one.text for one in self.journal.all(server)}
        return self._last[server]

    def _tell(self, trouble: OSError) -> None:
        """Say once that the disk refuses; the rest of the run it is known."""
        if not self._failed and self._loop is not None and not self._loop.is_closed():
            self._failed = True
            self._loop.call_soon_threadsafe(self.on_trouble, trouble)
