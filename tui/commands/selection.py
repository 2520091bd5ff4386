"""The conversations a command is about: one by its id, those of an agent, or all of the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.commands.exit_codes import UsageError
from tui.commands.invocation import Invocation
from tui.flows import find_by_id as by_id
from tui.flows.every_conversation import Selected
from tui.flows.find_by_id import all_agents, find_agent
from tui.flows.list_of_all import ListOfAll
from tui.flows.list_pages import next_page
from tui.letta.client import LettaClient
from tui.letta.open_conversation import has_default_conversation, open_conversation
from tui.letta.walk import Walk
from tui.model.agent import Agent
from tui.model.conversation import DEFAULT, Conversation
from tui.model.opened import Opened
from tui.model.text import one_line
from tui.rules.archive_status import ArchiveStatus
from tui.rules.ids import cleaned
from tui.rules.paging import ConversationPages


async def find_conversation(
    client: LettaClient, conversation_id: str, agent: str | None, *, offline: bool, writing: bool = False
) -> Selected:
    """Find a conversation by its id, with its agent; "default" is the named agent's, or the only one's of a file.

    An id may be abbreviated; `writing` refuses that unless the whole list could be read.
    """
    if cleaned(conversation_id) == DEFAULT:
        return await _find_default(client, agent, offline=offline)
    conversation = await by_id.find_conversation(client, conversation_id, writing=writing)
    return conversation, await by_id.agent_of(client, conversation)


async def _find_default(client: LettaClient, name: str | None, *, offline: bool) -> Selected:
    agents = [agent async for agent in all_agents(client)] if offline and not name else []
    if not name and len(agents) != 1:
        of_file = f" of the file: {one_line(_names(agents), 300)}" if agents else ""
        raise UsageError(f"every agent has a default conversation: choose one with --agent{of_file}")
    owner = await find_agent(client, name) if name else agents[0]
    if offline and not await has_default_conversation(client, owner):
        raise UsageError(f"the default conversation of {one_line(owner.title, 60)} is not in the file")
    return Conversation(id=DEFAULT, agent_id=owner.id), owner


def _names(agents: Sequence[Agent]) -> str:
    """The first few agents by name and id."""
    return ", ".join(f"{one_line(agent.title, 40)} ({one_line(agent.id, 60)})" for agent in agents[:5])


async def open_selected(client: LettaClient, invocation: Invocation, name: str) -> Opened:
    """Open the conversation that the arguments of the command `name` are about, with everything its model reads."""
    row, agent = await select_conversation(client, invocation, name)
    return await open_conversation(client, row, agent, invocation.clock())


async def select_conversation(client: LettaClient, invocation: Invocation, name: str) -> Selected:
    """Find the conversation that the arguments of the command `name` are about; in a file, the only one it has."""
    offline = invocation.settings.bundle is not None
    if invocation.conversation_id:
        agent = invocation.settings.agent
        return await find_conversation(client, invocation.conversation_id, agent, offline=offline)
    if not offline:
        raise UsageError(f'{name} needs the id of a conversation, or "default" with --agent')
    recorded = [
        selected
        async for agent in all_agents(client)
        for selected in await recorded_conversations(client, agent)
    ]
    if len(recorded) != 1:
        ids = ", ".join(
            f"{row.id} of {one_line(agent.id, 60)}" if row.is_default else one_line(row.id, 60)
            for row, agent in recorded[:5]
        )
        raise UsageError(
            f"{name} needs one of the {len(recorded)} conversations of the file: {one_line(ids, 300)}"
        )
    return recorded[0]


async def recorded_conversations(client: LettaClient, agent: Agent) -> list[Selected]:
    """The conversations of an agent in a file, the default one only if it is in it."""
    rows = await all_conversations(client, agent, 1000, ArchiveStatus.ALL)
    return rows if await has_default_conversation(client, agent) else rows[1:]


async def load_list(
    client: LettaClient,
    agent: Agent,
    feed: ConversationPages,
    enough: Callable[[ConversationPages], bool] = lambda _: False,
) -> None:
    """Fill a feed page by page until it is enough or complete; raises TooLarge if it has no end."""
    walk = Walk("conversations", client.wire)
    while not enough(feed):
        status = feed.archive_status.to_request(client.supported)
        if await next_page(client, agent.id, feed, walk, status) is None:
            break
    if feed.limited:
        raise walk.too_large(len(feed))


async def load_list_of_all(
    client: LettaClient,
    of_all: ListOfAll,
    feed: ConversationPages,
    enough: Callable[[ConversationPages], bool] = lambda _: False,
) -> None:
    """The same with the list of all agents."""
    walk = Walk("conversations", client.wire)
    while not enough(feed) and (ask := feed.next_request()) is not None:
        status = feed.archive_status.to_request(client.supported)
        feed.add_page(ask, await of_all.page(feed, ask, status, walk=walk))
        walk.reached(feed.rows_read)
    if feed.limited:
        raise walk.too_large(len(feed))


async def all_conversations(
    client: LettaClient,
    agent: Agent,
    page_size: int,
    archive_status: ArchiveStatus = ArchiveStatus.UNARCHIVED,
) -> list[Selected]:
    """Return every conversation of an agent, the default one first, then the newest.

    Of servers, those that are not archived; of Letta Code's files, archived and hidden ones too.
    """
    if client.has_local_memory:
        archive_status = ArchiveStatus.ALL
    feed = ConversationPages(None, page_size, archive_status)
    await load_list(client, agent, feed)
    return [
        (Conversation(id=DEFAULT, agent_id=agent.id), agent),
        *((row, agent) for row in feed.shown()),
    ]
