"""Deleting several conversations, one after the other, each behind its copy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from tui.api.attempt import attempt
from tui.api.errors import LettaError, NotThere
from tui.api.rows import Conversation
from tui.flows.write import DeletesConversation, ReadsConversation, delete
from tui.rules.changes.bulk_delete import BulkDeletion, Looked
from tui.rules.changes.delete import Deletion
from tui.rules.changes.outcome import Done, Refused

AT_ONCE = 4
"""So many conversations are looked at together before the question."""

BackUp = Callable[[Conversation], Awaitable[str]]


async def look_at(client: ReadsConversation, rows: Iterable[Conversation]) -> dict[str, Looked]:
    """Each of the conversations as it is now, by id, or why it cannot be read; GET /v1/conversations/{id}."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def look(row: Conversation) -> tuple[str, Looked]:
        async with limit:
            found = await attempt(client.conversation, row.id)
        return row.id, found if isinstance(found, LettaError) else found.merged_over(row)

    return dict(await asyncio.gather(*(look(row) for row in rows)))


class Deletions:
    """Deletes what is still marked and there; `progress` says how far it is."""

    def __init__(self, client: DeletesConversation, rows: Iterable[Conversation]) -> None:
        self.progress = BulkDeletion(tuple(rows))
        self._client = client

    def stop(self, why: str) -> None:
        """Begin no other; the one that is under way is done to its end."""
        self.progress = self.progress.stop(why)

    async def run(self, back_up: BackUp, marked: Callable[[str], bool], after: Callable[[], None]) -> None:
        """Delete them all, unless something ends it early; `after` is called before and after each one."""
        while not self.progress.ended:
            self.progress = self.progress.next()
            row = self.progress.under_way
            assert row is not None
            after()
            outcome = await self._delete(row, back_up) if marked(row.id) else None
            self.progress = self.progress.after(outcome)
            after()

    async def _delete(self, row: Conversation, back_up: BackUp) -> Deletion:
        outcome = await delete(self._client, row.id, lambda: back_up(row))
        if isinstance(outcome, Refused) and isinstance(outcome.error, NotThere):
            # Something that the copy needs is not there; only the conversation itself shows whether it is all of it.
            found = await attempt(self._client.conversation, row.id)
            return Done(None, already=True) if isinstance(found, NotThere) else outcome
        return outcome
