"""`letta-tui list`: the conversations of an agent or of all, or the agents themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from tui.commands.arguments import Command, CommandParser, add_json, positive
from tui.commands.exit_codes import DONE, UsageError
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, terminal_width, write, write_json
from tui.commands.selection import load_list, load_list_of_all
from tui.flows.block_labels import BlockLabels
from tui.flows.find_by_id import all_agents, find_agent
from tui.flows.list_of_all import ListOfAll
from tui.letta.client import LettaClient
from tui.letta.learn_support import look_at_a_row
from tui.letta.open_conversation import has_default_conversation
from tui.model.agent import ALL_AGENTS, NO_AGENT, Agent
from tui.model.conversation import DEFAULT, Conversation, key_of
from tui.model.errors import LettaError, attempt
from tui.model.os_errors import reason_of
from tui.model.text import plural
from tui.presentation.damaged_records import damaged_text
from tui.presentation.json_output import listed_json
from tui.presentation.not_supported import not_supported
from tui.presentation.table_rows import Table, agent_table, conversation_table
from tui.presentation.text_table import table
from tui.rules.archive_status import ArchiveStatus
from tui.rules.changes.archive import NOT_REPORTED
from tui.rules.paging import ConversationPages
from tui.rules.row_filter import FilterQuery, KnownOfRows, parse_filter
from tui.rules.sort_order import Order
from tui.storage.draft_store import DraftStore
from tui.storage.paths import state_dir
from tui.storage.state import user_state

if TYPE_CHECKING:
    from tui.model.local_memory import DamagedRecord

Row = Conversation | Agent

ADDED = {"listed_by_server": False}
"""The field that marks a default conversation, which no server lists and this program adds to the list."""

NOT_KNOWN = "archiving may not be supported: this server reports it for no conversation"
"""Printed if archived conversations are requested and `archive_status` was not sent."""

NOT_CHECKED = "findings are filtered in the app only: letta-tui check prints them"


def run(invocation: Invocation) -> int:
    """List what the arguments name; returns the exit code."""
    flags = invocation.arguments
    if flags["agents"]:
        if flags["all"] or invocation.flag_value("agent"):
            raise UsageError("--agents cannot be combined with --all or --agent")
        if flags["archived"] or flags["with_archived"]:
            raise UsageError("--archived applies to conversations, and --agents lists agents")
    elif flags["all"] and invocation.flag_value("agent"):
        raise UsageError("list takes either --agent or --all")
    elif not flags["all"] and not invocation.settings.agent and invocation.settings.bundle is None:
        raise UsageError(
            "list needs --agent NAME for the conversations of one agent, --all for those of all agents, "
            "or --agents to list the agents"
        )
    if flags["archived"] and flags["with_archived"]:
        raise UsageError("list takes either --archived or --with-archived")
    status = ArchiveStatus.ARCHIVED if flags["archived"] else ArchiveStatus.UNARCHIVED
    if flags["with_archived"] or (invocation.settings.bundle is not None and not flags["archived"]):
        status = ArchiveStatus.ALL  # a file is listed completely
    order = Order.named(flags["sort"], flags["reverse"])
    query = FilterQuery() if flags["agents"] else _query(flags["filter"] or "", all_agents=flags["all"])
    if query.wants_archived and status is ArchiveStatus.UNARCHIVED:
        status = ArchiveStatus.ALL
    return invocation.run_on_server(
        ListCommand(invocation, order, status, flags["filter"] or "", query, flags["limit"])
    )


def _query(text: str, *, all_agents: bool) -> FilterQuery:
    """Parse the filter, and print what is ignored; raises UsageError for a filter that can't be used."""
    query = parse_filter(text, all_agents=all_agents)
    if unusable := [problem.sentence for problem in query.problems if not problem.searched]:
        raise UsageError(unusable[0])
    if query.asks_for_findings:
        raise UsageError(NOT_CHECKED)
    if query.problems:
        print_message(f"letta-tui: {query.problem()}")
    return query


@dataclass(frozen=True)
class ListCommand:
    """Reads as many pages as the limit needs, and prints them in the order of the screen."""

    invocation: Invocation
    order: Order
    archive_status: ArchiveStatus
    filter_text: str
    query: FilterQuery
    limit: int | None

    async def __call__(self, client: LettaClient) -> int:
        """Run on a server; returns the exit code."""
        if self.invocation.arguments["agents"]:
            await self._agents(client)
            return DONE
        agents = await self._agents_to_list(client)
        names = {agent.id: agent.title for agent in agents}
        if self.invocation.arguments["all"] or len(agents) != 1:
            rows, left = await self._rows_of_all(client, agents, names)
        else:
            names = {}
            rows, left = await self._rows(client, agents[0])
        cut = 0
        if rows and not self._is_machine_readable:
            cut = self._print(conversation_table(rows, self.order.sort, self._now, names or None))
        self._write_json(rows)
        archive = client.supported["archive"].state
        if self.archive_status is not ArchiveStatus.UNARCHIVED and archive == "unknown":
            print_message(f"letta-tui: {NOT_KNOWN}")
        self._print_count(len(rows), "conversation", left, cut)
        if client.has_local_memory and self.archive_status is ArchiveStatus.UNARCHIVED:
            listed = agents[0] if not names and agents else ALL_AGENTS
            left_out = await left_out_rows(client, listed, self.invocation.settings.page_size)
            if left_out:
                print_message(left_out_text(left_out))
        whose = None if names or not agents else agents[0]
        await self._print_damaged(client, lambda one: whose is None or one.may_be_of(whose.id))
        return DONE

    async def _print_damaged(self, client: LettaClient, concerns: Callable[[DamagedRecord], bool]) -> None:
        """Say which records of files could not be read, and so are not listed; those that concern this list."""
        damaged = await attempt(client.damaged_records)
        if not isinstance(damaged, LettaError) and (text := damaged_text(list(filter(concerns, damaged)))):
            print_message(f"letta-tui: {text}")

    async def _agents_to_list(self, client: LettaClient) -> list[Agent]:
        """The agents whose conversations are listed: with archived ones of Letta Code, hidden agents are too."""
        settings = self.invocation.settings
        if settings.agent and not self.invocation.arguments["all"]:
            return [await find_agent(client, settings.agent)]
        hidden = self.archive_status is ArchiveStatus.ALL
        return [agent async for agent in all_agents(client, hidden=hidden)]

    def _may_list(self, agent: Agent, known: KnownOfRows) -> bool:
        """Return whether any row of an agent can match the filter, so that its list is worth reading."""
        row = Conversation(id="", agent_id=agent.id)
        return all(one.fits(row, known) for one in self.query.conditions if one.name == "agent")

    async def _rows_of_all(
        self, client: LettaClient, agents: Sequence[Agent], names: Mapping[str, str]
    ) -> tuple[list[Conversation], str]:
        """Rows of all agents in one order, the default conversations last, and how many were left out.

        Where the filter leaves one agent, only its list is read.
        """
        known = self._known(client, names)
        wanted = [agent for agent in agents if self._may_list(agent, known)]
        if not wanted:
            return [], ""
        await self._learn_archive(client, wanted[0])
        page_size = self.invocation.settings.page_size
        feed = ConversationPages(self.order, page_size, self.archive_status)
        if len(wanted) == 1:
            await load_list(client, wanted[0], feed, self._is_enough(known))
        else:
            await load_list_of_all(client, ListOfAll(client, wanted, page_size), feed, self._is_enough(known))
        defaults = [row for agent in wanted for row in await self._default(client, agent, known)]
        return await self._limited(client, feed, known, after=defaults)

    async def _rows(self, client: LettaClient, agent: Agent) -> tuple[list[Conversation], str]:
        """Rows of one agent, the default conversation first, and how many were left out."""
        await self._learn_archive(client, agent)
        known = self._known(client)
        feed = ConversationPages(self.order, self.invocation.settings.page_size, self.archive_status)
        await load_list(client, agent, feed, self._is_enough(known))
        return await self._limited(client, feed, known, before=await self._default(client, agent, known))

    def _is_enough(self, known: KnownOfRows) -> Callable[[ConversationPages], bool]:
        """Whether the loaded rows are all that the limit leaves."""

        def is_enough(feed: ConversationPages) -> bool:
            if self.limit is None or feed.partly_sorted or self.query.asks("isolated"):
                return False
            return len(feed.shown(self.filter_text, known)) >= self.limit

        return is_enough

    async def _default(self, client: LettaClient, agent: Agent, known: KnownOfRows) -> list[Conversation]:
        """The default conversation of an agent, if it is to be listed."""
        default = Conversation(id=DEFAULT, agent_id=agent.id)
        if self.archive_status is ArchiveStatus.ARCHIVED or agent.id == NO_AGENT:
            return []
        if not self.query.fits(default, known):
            return []
        offline = self.invocation.settings.bundle is not None
        return [default] if not offline or await has_default_conversation(client, agent) else []

    async def _limited(
        self,
        client: LettaClient,
        feed: ConversationPages,
        known: KnownOfRows,
        *,
        before: Sequence[Conversation] = (),
        after: Sequence[Conversation] = (),
    ) -> tuple[list[Conversation], str]:
        """The rows of a feed between those that no server lists, and how many the limit leaves out."""
        feature = self.order.sort.feature
        if feature and feed.is_sort_ignored(client.supported):
            print_message(f"letta-tui: {not_supported(feature, client.supported, await client.version())}")
        if self.query.asks("isolated"):
            known = replace(known, labels=await self._labels(client, feed))
        rows = [*before, *feed.shown(self.filter_text, known), *after]
        if feed.unreadable:
            print_message(f"letta-tui: left out {plural(feed.unreadable, 'row')} without an id")
        if self.limit is None or (len(rows) <= self.limit and feed.complete):
            return rows, ""
        left = str(len(rows) - self.limit) if feed.complete else f"at least {len(rows) - self.limit}"
        return rows[: self.limit], f"{left} more"

    def _known(self, client: LettaClient, agents: Mapping[str, str] | None = None) -> KnownOfRows:
        """Return what filters need beyond the rows: this machine's drafts and pins, and the names of all `agents`."""
        server = client.wire.base_url
        drafts, pinned = frozenset[str](), frozenset[str]()
        if self.query.asks("is", "draft"):
            try:
                stored = DraftStore(state_dir() / "drafts").all(server)
            except OSError as problem:
                raise UsageError(f"the drafts cannot be read: {reason_of(problem)}") from None
            drafts = frozenset(key_of(draft.conversation_id, draft.agent_id) for draft in stored)
        if self.query.asks("is", "pinned"):
            pinned = frozenset(id for _, id in user_state().pinned_conversations(server))
        return KnownOfRows(self._now, drafts, pinned, agents=agents)

    async def _labels(self, client: LettaClient, feed: ConversationPages) -> dict[str, str]:
        """Read the labels of the isolated blocks of these rows; raises LettaError."""
        labels = BlockLabels(client)
        while labels.missing(feed.shown()):
            error = await labels.read(feed.shown(), lambda: None)
            if error is not None:
                raise error
        return labels.labels

    async def _learn_archive(self, client: LettaClient, agent: Agent) -> None:
        """Find out whether the server archives, if that matters; raises UsageError if it doesn't."""
        if self.archive_status is ArchiveStatus.UNARCHIVED:
            return
        if not client.supported.has("archive"):
            await look_at_a_row(client, agent.id)
        if client.supported.lacks("archive") and self.archive_status is ArchiveStatus.ARCHIVED:
            raise UsageError(NOT_REPORTED)

    async def _agents(self, client: LettaClient) -> None:
        wanted = self.filter_text.casefold().split()
        rows: list[Agent] = []
        left = ""
        async for agent in all_agents(client):
            if all(word in f"{agent.title} {agent.id}".casefold() for word in wanted):
                if self.limit is not None and len(rows) >= self.limit:
                    left = "more"
                    break
                rows.append(agent)
        if self.invocation.arguments["reverse"]:
            rows.reverse()
        cut = 0 if self._is_machine_readable else self._print(agent_table(rows, self._now))
        self._write_json(rows)
        self._print_count(len(rows), "agent", left, cut)
        await self._print_damaged(client, lambda one: one.id is None)

    @property
    def _now(self) -> datetime:
        return self.invocation.clock()

    @property
    def _is_machine_readable(self) -> bool:
        return bool(self.invocation.arguments["json"] or self.invocation.arguments["jsonl"])

    def _print(self, rows: Table) -> int:
        lines, cut = table(rows, terminal_width())
        write("".join(f"{line}\n" for line in lines))
        return cut

    def _write_json(self, rows: Sequence[Row]) -> None:
        values = [listed_json(row) | (ADDED if row.id == DEFAULT else {}) for row in rows]
        if self.invocation.arguments["json"]:
            write_json(values)
        elif self.invocation.arguments["jsonl"]:
            for one in values:
                write_json(one, indent=None)

    def _print_count(self, count: int, noun: str, left: str, cut: int) -> None:
        """Print the count, and everything that was left out."""
        parts = [plural(count, noun), left and f"{left} left out by --limit"]
        parts.append(f"{plural(cut, 'line')} cut at the terminal's width: --json shows all" if cut else "")
        print_message(", ".join(filter(None, parts)))


async def left_out_rows(client: LettaClient, agent: Agent, page_size: int) -> list[Conversation]:
    """Return the archived and hidden conversations of an agent or of all, which a plain list leaves out."""
    feed = ConversationPages(None, page_size, ArchiveStatus.ALL)
    await load_list(client, agent, feed)
    return [row for row in feed.shown() if row.archived or row.is_hidden]


def left_out_text(rows: Sequence[Conversation]) -> str:
    """Return a text such as "2 archived and 1 hidden conversation left out"."""
    archived = sum(bool(row.archived) for row in rows)
    hidden = len(rows) - archived
    counts = [f"{archived} archived" if archived else "", f"{hidden} hidden" if hidden else ""]
    noun = "conversation" if len(rows) == 1 else "conversations"
    return f"{' and '.join(filter(None, counts))} {noun} left out: --with-archived lists them too"


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--all", action="store_true", help="the conversations of every agent")
    add("--agents", action="store_true", help="list the agents instead")
    add("--archived", action="store_true", help="list archived conversations instead")
    add("--with-archived", action="store_true", help="list archived and hidden conversations too")
    add("--filter", metavar="WORDS", help="rows that match: 'billing is:untitled idle:>7d'")
    choices = ("created", "last-message", "last-run")
    words = "by created, last-message or last-run, newest first"
    add("--sort", choices=choices, default="created", metavar="FIELD", help=words)
    add("--reverse", action="store_true", help="oldest first")
    add("--limit", type=positive, metavar="N", help="print at most this many rows")
    add_json(parser)
    add("--jsonl", action="store_true", help="print JSON, one line per row")


COMMAND = Command(
    name="list",
    usage="--agent A|--all|--agents",
    summary="conversations, or agents",
    description="""\
List conversations, a default one first (in JSON: listed_by_server is false).
""",
    exit_codes="""\
Exit codes: 0 done, 2 usage or not found, 3 connection, 4 key, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the conversations of this agent",
)
