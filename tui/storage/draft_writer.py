"""Drafts written behind the typing: on disk within half a second, in the order they were made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, TypeVar

from tui.storage.draft_store import Draft, Drafts, owner_of

T = TypeVar("T")

DELAY = 0.4
"""Seconds between the first unwritten key and its file."""

Failed = Literal["kept", "read", "removed"]
"""What could not be done with a draft."""

Key = tuple[str, str, str]
"""Server, conversation, and the agent where the conversation's id does not name one."""


class DraftKeeper:
    """Keeps the newest draft of each conversation; one thread does all the writing, in the order of the calls.

    What the disk refuses stays in memory, so that it is lost with the program and not before.
    """

    def __init__(
        self, drafts: Drafts, on_trouble: Callable[[Failed, OSError], None] = lambda _, __: None
    ) -> None:
        self.drafts = drafts
        self.on_trouble = on_trouble
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drafts")
        self._pending: dict[Key, Draft] = {}
        self._unkept: dict[Key, Draft] = {}
        self._ours: dict[Key, str] = {}
        self._told: set[Failed] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def unkept(self) -> tuple[Draft, ...]:
        """What the disk refused and still does."""
        return tuple(self._unkept.values())

    def note(self, draft: Draft) -> None:
        """Remember what was typed; it is written at most DELAY seconds after the first unwritten key."""
        self._pending[_key(draft.server, draft.conversation_id, draft.agent_id)] = draft
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
                self._keep(key, draft)
            else:
                self._thread.submit(self._keep, key, draft)

    def flush(self) -> None:
        """Hand over what is not written yet."""
        if self._timer is not None:
            self._timer.cancel()
        self._write()

    async def find(self, server: str, conversation_id: str, agent_id: str) -> Draft | None:
        """The draft of a conversation, if there is one."""
        return await self._call(self._find, _key(server, conversation_id, agent_id), agent_id)

    async def all(self, server: str) -> list[Draft]:
        """Every draft for a server, newest first."""
        return await self._call(self._all, server)

    async def drop(self, server: str, conversation_id: str, agent_id: str) -> None:
        """Forget a draft: the server has confirmed it, or the user gave it up.

        A text that another running instance kept meanwhile is not ours to forget, and stays.
        """
        key = _key(server, conversation_id, agent_id)
        self._pending.pop(key, None)
        await self._call(self._drop, key, agent_id)

    async def is_kept(self, server: str, conversation_id: str, agent_id: str) -> bool:
        """Whether the disk has what was noted last of a conversation."""
        self.flush()
        return await self._call(lambda: _key(server, conversation_id, agent_id) not in self._unkept)

    def close(self) -> None:
        """Write what is pending and wait for it; what the disk refused before gets a last chance."""
        self.flush()
        self._thread.shutdown(wait=True)
        self._closed = True
        for key, draft in list(self._unkept.items()):
            self._keep(key, draft)

    async def _call(self, act: Callable[..., T], *args: object) -> T:
        self._loop = asyncio.get_running_loop()
        if self._closed:
            return act(*args)
        return await self._loop.run_in_executor(self._thread, act, *args)

    # in the thread

    def _keep(self, key: Key, draft: Draft) -> None:
        try:
            self.drafts.keep(draft)
        except OSError as trouble:
            self._unkept[key] = draft
            self._tell("kept", trouble)
            return
        self._unkept.pop(key, None)
        self._ours[key] = draft.text
        self._told.discard("kept")

    def _find(self, key: Key, agent_id: str) -> Draft | None:
        if key in self._unkept:
            return self._unkept[key]
        try:
            found = self.drafts.find(key[0], key[1], agent_id)
        except OSError as trouble:
            self._tell("read", trouble)
            return None
        if found is not None:
            self._ours[key] = found.text
        return found

    def _all(self, server: str) -> list[Draft]:
        try:
            found = self.drafts.all(server)
        except OSError as trouble:
            self._tell("read", trouble)
            found = []
        kept = {_key(server, draft.conversation_id, draft.agent_id): draft for draft in found}
        kept |= {key: draft for key, draft in self._unkept.items() if key[0] == server}
        return sorted(kept.values(), key=lambda draft: draft.saved_at, reverse=True)

    def _drop(self, key: Key, agent_id: str) -> None:
        self._unkept.pop(key, None)
        ours = self._ours.pop(key, None)
        try:
            held = self.drafts.find(key[0], key[1], agent_id)
            if held is not None and held.text == ours:
                self.drafts.drop(key[0], key[1], agent_id)
        except OSError as trouble:
            self._tell("removed", trouble)

    def _tell(self, failed: Failed, trouble: OSError) -> None:
        """Say it once, until it worked again: a full disk would be said with every key."""
        if failed not in self._told and self._loop is not None and not self._loop.is_closed():
            self._told.add(failed)
            self._loop.call_soon_threadsafe(self.on_trouble, failed, trouble)


def _key(server: str, conversation_id: str, agent_id: str) -> Key:
    return server, conversation_id, owner_of(conversation_id, agent_id)
