"""Every change of the server goes through here: check first, send once, read back, never repeat.

What the comparisons mean is decided in `tui.rules.changes`; nothing here raises LettaError.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from tui.letta.default_summary import read_default, update_default_summary
from tui.model.conversation import DEFAULT
from tui.model.errors import LettaError, attempt
from tui.rules.changes import archive as archive_rules
from tui.rules.changes import block as block_rules
from tui.rules.changes import create as create_rules
from tui.rules.changes import delete as delete_rules
from tui.rules.changes import fork as fork_rules
from tui.rules.changes import recompile as recompile_rules
from tui.rules.changes import save as save_rules
from tui.rules.changes.outcome import IN_DOUBT, Done, Outcome, Refused

if TYPE_CHECKING:
    from tui.letta.supported import SupportLearner
    from tui.model.block import Block
    from tui.model.conversation import Conversation, Page
    from tui.model.message import Message
    from tui.model.supported import Supported
    from tui.rules.changes.archive import Archiving
    from tui.rules.changes.block import BlockChange
    from tui.rules.changes.create import Creation, Wanted
    from tui.rules.changes.delete import Deletion
    from tui.rules.changes.recompile import Plan
    from tui.rules.changes.save import SummaryChange

Before = TypeVar("Before")
Response = TypeVar("Response")
Now = TypeVar("Now")
Result = TypeVar("Result")


async def write(
    *,
    check: Callable[[], Awaitable[Before]],
    may_send: Callable[[Before], Result | None],
    send: Callable[[], Awaitable[Response]],
    read_back: Callable[[], Awaitable[Now]],
    outcome: Callable[[Before, Response | LettaError, Now | LettaError | None], Result],
    always_read_back: bool = False,
    in_doubt: tuple[type[LettaError], ...] = IN_DOUBT,
) -> Result | Refused:
    """Make one change and name its outcome; the request is sent once at most.

    `check` reads the current value, and `may_send` returns the outcome if nothing is to be sent. `read_back` is
    called after an error that leaves the change `in_doubt`, or always; else `outcome` is given None for it.
    """
    before = await attempt(check)
    if isinstance(before, LettaError):
        return Refused(before)
    known = may_send(before)
    if known is not None:
        return known
    response = await attempt(send)
    doubtful = isinstance(response, in_doubt) or (always_read_back and not isinstance(response, LettaError))
    now = await attempt(read_back) if doubtful else None
    return outcome(before, response, now)


async def _nothing_to_check() -> None:
    """Read nothing: this change needs no comparison before it is sent."""


def _send_anyway(before: object) -> None:
    """Let the change be sent, whatever was read before."""


class ReadsConversation(Protocol):
    """The call that reads a conversation's current record."""

    async def conversation(self, conversation_id: str, agent_id: str | None = None) -> Conversation:
        """Read one conversation."""
        ...


class SavesSummary(ReadsConversation, Protocol):
    """The calls that saving needs."""

    async def update_summary(
        self, conversation_id: str, summary: str, agent_id: str | None = None, *, force: bool = False
    ) -> Conversation:
        """Write a summary."""
        ...

    async def unchanged_default(self, agent_id: str) -> Conversation:
        """Read the default conversation of an agent from the response to a PATCH that changes nothing."""
        ...


async def save(client: SavesSummary, change: SummaryChange, *, force: bool = False) -> Outcome[Conversation]:
    """Write a summary if the server still has the one that the edit began from.

    GET, PATCH and GET of /v1/conversations/{id}; of a default conversation, whatever the server allows of these.
    `force` writes files although a turn seems to run in them.
    """
    before: list[Conversation] = []

    async def read() -> Conversation:
        if change.conversation_id != DEFAULT:
            return await client.conversation(change.conversation_id, change.agent_id)
        before.append(await read_default(client, change.agent_id))
        return before[-1]

    async def send() -> Conversation:
        if change.conversation_id != DEFAULT:
            return await client.update_summary(
                change.conversation_id, change.text, change.agent_id, force=force
            )
        return await update_default_summary(client, before[-1], change.text)

    return await write(
        check=read,
        may_send=partial(save_rules.before, change),
        send=send,
        read_back=read,
        outcome=partial(save_rules.outcome, change),
        always_read_back=True,
    )


class Learns(Protocol):
    """Knows what the server supports, from its responses."""

    learner: SupportLearner


class ListsConversations(Protocol):
    """The call that shows what a creation made or left behind."""

    async def conversations(self, agent_id: str, *, limit: int) -> Page[Conversation]:
        """Read the newest conversations."""
        ...


class CreatesConversation(ReadsConversation, ListsConversations, Learns, Protocol):
    """The calls that creating needs."""

    async def create_conversation(
        self,
        agent_id: str,
        *,
        summary: str | None = None,
        isolated_block_labels: Iterable[str] = (),
        description: str | None = None,
        model: str | None = None,
        hidden: bool | None = None,
    ) -> Conversation:
        """Create a conversation."""
        ...


async def create(client: CreatesConversation, agent_id: str, wanted: Wanted) -> Creation:
    """Create one conversation, and read which of the labelled blocks the server isolated.

    GET and POST /v1/conversations/, GET /v1/conversations/{id} where the response does not report isolated blocks.
    Nothing is sent where the rows of the list show that the server lacks what is wanted.
    """

    async def newest() -> create_rules.Rows:
        rows = (await client.conversations(agent_id, limit=create_rules.NEWEST)).rows
        if not rows and create_rules.unknown_features(wanted, client.learner.current):
            await attempt(client.conversations, "", limit=1)  # of any agent: its fields are the same
        return rows

    made = await _create(
        newest,
        lambda _: create_rules.before(wanted, client.learner.current),
        lambda: client.create_conversation(
            agent_id,
            summary=wanted.summary or None,
            isolated_block_labels=wanted.labels,
            description=wanted.description or None,
            model=wanted.model or None,
            hidden=wanted.hidden or None,
        ),
    )
    return await _with_isolation(client, made) if wanted.labels and isinstance(made, Done) else made


async def _with_isolation(client: CreatesConversation, made: Done[Conversation]) -> Done[Conversation]:
    """The new conversation with its isolated blocks, and what they show of the server: older ones ignore labels."""
    isolated = made.value.isolated_block_ids
    if isolated is None:
        read = await attempt(client.conversation, made.value.id, made.value.agent_id)
        if isinstance(read, LettaError):
            return made
        isolated = read.isolated_block_ids
        made = Done(made.value.changed(isolated_block_ids=isolated))
    if not isolated:
        client.learner.failed(
            "isolate", "a conversation was created with labels, but nothing is isolated in it"
        )
    return made


class ForksConversation(ReadsConversation, ListsConversations, Learns, Protocol):
    """The calls that forking needs."""

    async def fork(
        self, conversation_id: str, agent_id: str | None = None, *, message_id: str | None = None
    ) -> Conversation:
        """Fork a conversation, up to one message of its context or whole."""
        ...


async def fork(client: ForksConversation, row: Conversation, up_to: str | None = None) -> Creation:
    """Fork a conversation, whole or up to and including one message in context.

    GET /v1/conversations/ and POST /v1/conversations/{id}/fork, and after a fork up to a message GET of the fork:
    a server that ignores the message forks everything. Nothing is sent to a server that is not known to support it.
    """

    async def newest() -> create_rules.Rows:
        return (await client.conversations(row.agent_id, limit=create_rules.NEWEST)).rows

    made = await _create(
        newest,
        lambda _: fork_rules.before(up_to, client.learner.current),
        lambda: client.fork(row.id, row.agent_id, message_id=up_to),
    )
    if up_to is None or not isinstance(made, Done):
        return made
    read = await attempt(client.conversation, made.value.id, made.value.agent_id)
    if isinstance(read, LettaError):
        return made
    made = Done(read.merged_over(made.value))
    if fork_rules.is_whole(made.value, up_to):
        client.learner.failed("fork-from-message", "the fork contains messages after the selected one")
    return made


async def _create(
    newest: Callable[[], Awaitable[create_rules.Rows]],
    may_send: Callable[[create_rules.Rows], Refused | None],
    send: Callable[[], Awaitable[Conversation]],
) -> Creation:
    """Send what creates a conversation; if none comes back, look in the list for what it left."""
    return await write(
        check=newest,
        may_send=may_send,
        send=send,
        read_back=newest,
        outcome=create_rules.outcome,
        in_doubt=create_rules.LEAVES_BEHIND,
    )


class DeletesConversation(ReadsConversation, Protocol):
    """The calls that deleting needs."""

    async def delete_conversation(self, conversation_id: str) -> None:
        """Delete a conversation."""
        ...


async def delete(
    client: DeletesConversation, conversation_id: str, back_up: Callable[[], Awaitable[str]]
) -> Deletion:
    """Copy a conversation, then delete it; without a copy nothing is deleted.

    `back_up` returns the path of the copy and may raise LettaError and OSError. DELETE /v1/conversations/{id}.
    """
    try:
        backup = await back_up()
    except (LettaError, OSError) as problem:
        return delete_rules.not_copied(problem)
    return await write(
        check=_nothing_to_check,
        may_send=_send_anyway,
        send=lambda: client.delete_conversation(conversation_id),
        read_back=lambda: client.conversation(conversation_id),
        outcome=lambda _, response, now: delete_rules.outcome(backup, response, now),
    )


class RecompilesConversation(Protocol):
    """The calls that recompiling needs."""

    async def recompiled_text(self, conversation_id: str, agent_id: str | None = None) -> str:
        """The text that a recompile would write."""
        ...

    async def recompile(self, conversation_id: str, agent_id: str | None = None) -> None:
        """Write it."""
        ...

    async def message(self, message_id: str) -> tuple[Message, ...]:
        """Read one message."""
        ...


async def recompile(client: RecompilesConversation, plan: Plan) -> Outcome[str]:
    """Write the system message that was shown, if it still is what would be written.

    POST /v1/conversations/{id}/recompile, first as a dry run; GET of the message after a lost response.
    """
    return await write(
        check=lambda: client.recompiled_text(plan.conversation_id, plan.agent_id),
        may_send=partial(recompile_rules.before, plan),
        send=lambda: client.recompile(plan.conversation_id, plan.agent_id),
        read_back=lambda: client.message(plan.message_id),
        outcome=partial(recompile_rules.outcome, plan),
    )


class ArchivesConversation(ReadsConversation, Protocol):
    """The calls that archiving needs, and what they have shown of the server."""

    @property
    def supported(self) -> Supported:
        """What the responses so far have shown."""

    async def archive(self, conversation_id: str, archived: bool, *, force: bool = False) -> Conversation:
        """Archive a conversation, or take it out of the archive."""
        ...


async def archive(
    client: ArchivesConversation, conversation_id: str, archived: bool, *, force: bool = False
) -> Archiving:
    """Archive a conversation, or unarchive it: GET, PATCH and GET of /v1/conversations/{id}.

    `force` writes files although a turn seems to run in them.
    """

    async def read() -> Conversation:
        return await client.conversation(conversation_id)

    return await write(
        check=read,
        may_send=lambda current: archive_rules.before(archived, current, client.supported),
        send=lambda: client.archive(conversation_id, archived, force=force),
        read_back=read,
        outcome=lambda _, response, now: archive_rules.outcome(archived, response, now),
        always_read_back=True,
    )


class SavesBlock(Protocol):
    """The calls that changing a block needs."""

    async def block(self, block_id: str) -> Block:
        """Read one block."""
        ...

    async def update_block(self, block_id: str, value: str) -> Block:
        """Write its value."""
        ...


async def save_block(client: SavesBlock, change: BlockChange) -> Outcome[Block]:
    """Write a block's value if the server still has the one that the change began from.

    GET, PATCH and GET of /v1/blocks/{id}; also GET of the block that the value was copied from, where it was.
    """

    async def read() -> block_rules.Stored:
        source = await client.block(change.source_id) if change.source_id else None
        return block_rules.Stored(await client.block(change.block_id), source)

    return await write(
        check=read,
        may_send=partial(block_rules.before, change),
        send=lambda: client.update_block(change.block_id, change.text),
        read_back=lambda: client.block(change.block_id),
        outcome=partial(block_rules.outcome, change),
        always_read_back=True,
    )
