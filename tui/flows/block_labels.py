"""The labels of isolated blocks: rows of a list have only the blocks' ids."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tui.model.errors import LettaError, NoResponse, attempt

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.conversation import Conversation


AT_ONCE = 4


class BlockLabels:
    """Labels by block id, as far as they were read; a block that is gone has none."""

    def __init__(self, client: LettaClient) -> None:
        self._client = client
        self.labels: dict[str, str] = {}

    def missing(self, rows: Iterable[Conversation]) -> list[str]:
        """The ids of isolated blocks of these rows whose labels have not been read yet."""
        ids = (id for row in rows for id in row.isolated_block_ids or ())
        return [id for id in dict.fromkeys(ids) if id not in self.labels]

    async def read(self, rows: Iterable[Conversation], show: Callable[[], None]) -> LettaError | None:
        """Read the missing labels of these rows, calling `show` after each step; returns the error, if there was one.

        The newest blocks by pages of GET /v1/blocks/ while enough of them are wanted, the others by id: at most six
        pages and 500 blocks each time.
        """
        from tui.flows.read_isolation_map import BY_ID, LIST_PAGES, LISTED, WORTH  # loads the model of blocks

        wanted = dict.fromkeys(self.missing(rows))
        after: str | None = None
        for _ in range(LIST_PAGES):
            if len(wanted) <= WORTH:
                break
            page = await attempt(self._client.blocks, after=after, limit=LISTED)
            if isinstance(page, LettaError):
                break  # they can still be read by id
            found = {block.id: block.label or "" for block in page.rows if block.id in wanted}
            self.labels |= found
            wanted = {id: None for id in wanted if id not in found}
            show()
            if page.sent < LISTED or len(found) < WORTH:
                break
            after = page.rows[-1].id
        return await self._read_by_id(list(wanted)[:BY_ID], show)

    async def _read_by_id(self, ids: list[str], show: Callable[[], None]) -> LettaError | None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(block_id: str) -> LettaError | None:
            async with gate:
                block = await attempt(self._client.block, block_id)
            if isinstance(block, NoResponse):
                return block
            self.labels[block_id] = "" if isinstance(block, LettaError) else block.label or ""
            return None

        failed = [error for error in await asyncio.gather(*map(one, ids)) if error is not None]
        if ids:
            show()
        return failed[0] if failed else None
