"""Reads what an isolation map needs in a bounded number of requests; can be stopped and continued."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from tui.letta.client import LettaClient
from tui.letta.walk import Walk
from tui.model.block import Block
from tui.model.errors import LettaError, NoResponse, attempt
from tui.rules.archive_status import ArchiveStatus
from tui.rules.memory.isolation_map import LabelMap, isolated_block_ids, isolation_map
from tui.rules.paging import ConversationPages

ROWS = 200
"""Conversations per page."""

PAGES = 5
"""Pages of conversations per run."""

LISTED = 500
"""Blocks per page of the server's list: 0.1 ms a block, against 10 ms by id (measured)."""

LIST_PAGES = 6
WORTH = 10
"""A page costs as much as this many blocks read by id; one with fewer has mostly blocks of other agents."""

MANY = 100
"""With at least this many missing blocks, another page is worth it even after one with few."""

HEAVY = 4_000_000
"""Characters in a page of mostly unneeded blocks that make it the last one."""

BY_ID = 500
"""Blocks requested by id per batch, at most AT_ONCE at a time."""

AT_ONCE = 4
FEW = 16
"""Number of blocks requested by id at once."""

Progress = Callable[[str], None]


@dataclass
class ReadIsolationMap:
    """What was read so far; `read` continues from there, and cancelling loses only what was being loaded."""

    client: LettaClient
    agent_id: str
    feed: ConversationPages = field(default_factory=lambda: ConversationPages(None, ROWS, ArchiveStatus.ALL))
    shared: tuple[Block, ...] | LettaError = ()
    blocks: dict[str, Block | LettaError] = field(default_factory=dict)
    error: LettaError | None = None

    @property
    def map(self) -> LabelMap:
        """The map of what was read."""
        return isolation_map(self.feed.shown(), self.shared, self.blocks)

    @property
    def missing(self) -> list[str]:
        """Ids of isolated blocks that were not read yet."""
        return [key for key in isolated_block_ids(self.feed.shown()) if key not in self.blocks]

    @property
    def complete(self) -> bool:
        """Whether nothing is left to read."""
        return (self.feed.complete or self.feed.limited) and not self.missing

    async def read(self, progress: Progress) -> None:
        """One run: conversations, the agent's blocks, isolated blocks by page and by id; what failed is in `error`."""
        self.error = None
        for step in (self._conversations, self._shared, self._by_page, self._by_id):
            await step(progress)
            if self.error is not None:
                return

    async def _conversations(self, progress: Progress) -> None:
        walk = Walk("conversations", self.client.wire)
        for _ in range(PAGES):
            ask = self.feed.next_request()
            if ask is None:
                return
            progress(f"{len(self.feed)} conversations read")
            request = self.client.conversations(self.agent_id, after=ask.after, limit=ask.limit)
            page = await attempt(walk.page, request)
            if isinstance(page, LettaError):
                self.error = page
                return
            self.feed.add_page(ask, page)
            walk.reached(len(self.feed))

    async def _shared(self, progress: Progress) -> None:
        self.shared = await attempt(self.client.agent_blocks, self.agent_id)
        if isinstance(self.shared, LettaError):
            self.error = self.shared

    async def _by_page(self, progress: Progress) -> None:
        """Read the newest blocks of the server by page, as long as enough of them are needed."""
        after: str | None = None
        for _ in range(LIST_PAGES):
            missing = set(self.missing)
            if len(missing) <= WORTH:
                return
            self._report_progress(progress)
            page = await attempt(self.client.blocks, after=after, limit=LISTED)
            if isinstance(page, LettaError):
                return  # by id they can still be had
            ours = {block.id: block for block in page.rows if block.id in missing}
            self.blocks |= ours
            poor = len(ours) < WORTH
            heavy = sum(len(block.value or "") for block in page.rows) > HEAVY
            if page.sent < LISTED or (poor and (heavy or len(missing) < MANY)):
                return
            after = page.rows[-1].id

    async def _by_id(self, progress: Progress) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(key: str) -> None:
            async with gate:
                block = await attempt(self.client.block, key)
            if isinstance(block, NoResponse):
                self.error = block
            else:
                self.blocks[key] = block

        for few in _batches(self.missing[:BY_ID], FEW):
            self._report_progress(progress)
            pending: list[Awaitable[None]] = [one(key) for key in few]
            await asyncio.gather(*pending)
            if self.error is not None:
                return

    def _report_progress(self, progress: Progress) -> None:
        every = len(isolated_block_ids(self.feed.shown()))
        progress(f"{every - len(self.missing)} of {every} isolated blocks read")


def _batches(keys: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
