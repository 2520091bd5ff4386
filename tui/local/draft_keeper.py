"""Drafts written behind the typing: on disk within half a second, in the order they were made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tui.local.drafts import Draft, Drafts

T = TypeVar("T")

DELAY = 0.4
"""Seconds between the first unwritten key and its file."""


class DraftKeeper:
    """Keeps the newest draft; one thread does all the writing, so a later drop never meets an earlier keep."""

    def __init__(self, drafts: Drafts, on_trouble: Callable[[OSError], None] = lambda _: None) -> None:
        self.drafts = drafts
        self.on_trouble = on_trouble
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drafts")
        self._pending: Draft | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def note(self, draft: Draft) -> None:
        """Remember what was typed; it is written at most DELAY seconds after the first unwritten key."""
        self._pending = draft
        if self._timer is None:
            self._loop = asyncio.get_running_loop()
            self._timer = self._loop.call_later(DELAY, self._write)

    def _write(self) -> None:
        self._timer = None
        draft, self._pending = self._pending, None
        if draft is not None:
            self._thread.submit(self._guarded, self.drafts.keep, draft)

    def flush(self) -> None:
        """Hand over what is not written yet."""
        if self._timer is not None:
            self._timer.cancel()
        self._write()

    async def find(self, server: str, conversation_id: str, agent_id: str) -> Draft | None:
        """The draft of a conversation, if there is one."""
        return await self._call(self.drafts.find, server, conversation_id, agent_id)

    async def all(self, server: str) -> list[Draft]:
        """Every draft for a server, newest first."""
        return await self._call(self.drafts.all, server) or []

    async def drop(self, server: str, conversation_id: str, agent_id: str) -> None:
        """Forget a draft: the server has confirmed it, or the user gave it up."""
        if self._pending is not None and self._pending.conversation_id == conversation_id:
            self._pending = None
        await self._call(self.drafts.drop, server, conversation_id, agent_id)

    def close(self) -> None:
        """Write what is pending and wait for it."""
        self.flush()
        self._thread.shutdown(wait=True)

    async def _call(self, act: Callable[..., T], *args: object) -> T | None:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, act, *args)

    def _guarded(self, act: Callable[..., T], *args: object) -> T | None:
        try:
            return act(*args)
        except OSError as trouble:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self.on_trouble, trouble)
            return None
