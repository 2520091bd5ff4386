"""Writes drafts in the background: on disk within half a second after a key, in the order they were typed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, TypeVar

from tui.storage.draft_store import Draft, DraftStore, TypedElsewhere, owner_of

T = TypeVar("T")

DELAY = 0.4
"""Seconds between the first unwritten key and its file."""

FailedStep = Literal["save", "read", "delete"]
"""What could not be done with a draft."""

Key = tuple[str, str, str]
"""Server, conversation or block, and the agent where the conversation's id does not name one."""


class DraftWriter:
    """Writes the newest draft of each conversation in one background thread, in the order of the calls.

    A draft that cannot be written stays in memory as long as the program runs.
    """

    def __init__(
        self, drafts: DraftStore, on_error: Callable[[FailedStep, OSError], None] = lambda _, __: None
    ) -> None:
        self.drafts = drafts
        self.on_error = on_error
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drafts")
        self._pending: dict[Key, Draft] = {}
        self._unsaved: dict[Key, Draft] = {}
        self._reported: set[FailedStep] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def unsaved(self) -> tuple[Draft, ...]:
        """Drafts that could not be written so far."""
        return tuple(self._unsaved.values())

    def note(self, draft: Draft) -> None:
        """Write a draft soon: at most DELAY seconds after the first key that is not on disk."""
        self._pending[_key(draft.server, draft.subject, draft.agent_id)] = draft
        if self._closed:
            self._write()
        elif self._timer is None:
            self._loop = asyncio.get_running_loop()
            self._timer = self._loop.call_later(DELAY, self._write)

    def _write(self) -> None:
        self._timer = None
        pending, self._pending = self._pending, {}
        for key, draft in pending.items():
            if self._closed:
                self._save(key, draft)
                self.drafts.close()
            else:
                self._thread.submit(self._save, key, draft)

    def flush(self) -> None:
        """Write what is pending without delay."""
        if self._timer is not None:
            self._timer.cancel()
        self._write()

    async def find(self, server: str, conversation_id: str, agent_id: str) -> Draft | None:
        """The draft of a conversation, if there is one that is this instance's or was left behind."""
        return await self._call(
            self._find, self.drafts.find, _key(server, conversation_id, agent_id), agent_id
        )

    async def take(self, server: str, conversation_id: str, agent_id: str) -> Draft | None:
        """Find a draft like `find`, and make one that was left behind this instance's own."""
        return await self._call(
            self._find, self.drafts.take, _key(server, conversation_id, agent_id), agent_id
        )

    async def elsewhere(self, server: str, conversation_id: str, agent_id: str) -> TypedElsewhere | None:
        """Which other running instance is typing a draft of a conversation."""
        return await self._call(self.drafts.elsewhere, server, conversation_id, agent_id)

    async def all(self, server: str) -> list[Draft]:
        """Every draft for a server that is this instance's or was left behind, newest first."""
        return await self._call(self._all, server)

    async def drop(self, server: str, conversation_id: str, agent_id: str) -> bool:
        """Delete this instance's draft: the server has confirmed it, or the user discarded it.

        Returns whether another draft of the conversation was left behind.
        """
        key = _key(server, conversation_id, agent_id)
        self._pending.pop(key, None)
        return await self._call(self._drop, key, agent_id)

    async def is_stored(self, server: str, conversation_id: str, agent_id: str) -> bool:
        """Return whether the latest draft of a conversation is on disk."""
        self.flush()
        return await self._call(lambda: _key(server, conversation_id, agent_id) not in self._unsaved)

    def close(self) -> None:
        """Write what is pending and wait for it, then try once more what could not be written before."""
        self.flush()
        self._thread.shutdown(wait=True)
        self._closed = True
        for key, draft in list(self._unsaved.items()):
            self._save(key, draft)
        self.drafts.close()

    async def _call(self, call: Callable[..., T], *args: object) -> T:
        self._loop = asyncio.get_running_loop()
        if self._closed:
            return call(*args)
        return await self._loop.run_in_executor(self._thread, call, *args)

    # in the thread

    def _save(self, key: Key, draft: Draft) -> None:
        try:
            self.drafts.save(draft)
        except OSError as error:
            self._unsaved[key] = draft
            self._report("save", error)
            return
        self._unsaved.pop(key, None)
        self._reported.discard("save")

    def _find(self, look: Callable[[str, str, str], Draft | None], key: Key, agent_id: str) -> Draft | None:
        if key in self._unsaved:
            return self._unsaved[key]
        try:
            return look(key[0], key[1], agent_id)
        except OSError as error:
            self._report("read", error)
            return None

    def _all(self, server: str) -> list[Draft]:
        try:
            drafts = self.drafts.all(server)
        except OSError as error:
            self._report("read", error)
            drafts = []
        newest = {_key(server, draft.subject, draft.agent_id): draft for draft in drafts}
        newest |= {key: draft for key, draft in self._unsaved.items() if key[0] == server}
        return sorted(newest.values(), key=lambda draft: draft.saved_at, reverse=True)

    def _drop(self, key: Key, agent_id: str) -> bool:
        self._unsaved.pop(key, None)
        try:
            self.drafts.drop(key[0], key[1], agent_id)
        except OSError as error:
            self._report("delete", error)
        return self._find(self.drafts.find, key, agent_id) is not None

    def _report(self, failed: FailedStep, error: OSError) -> None:
        """Report an error once until the step works again: a full disk fails with every key."""
        if failed not in self._reported and self._loop is not None and not self._loop.is_closed():
            self._reported.add(failed)
            self._loop.call_soon_threadsafe(self.on_error, failed, error)


def _key(server: str, conversation_id: str, agent_id: str) -> Key:
    return server, conversation_id, owner_of(conversation_id, agent_id)
