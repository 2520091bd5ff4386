"""The Letta calls that this program makes, one method per endpoint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar
from urllib.parse import quote

from tui.letta.decoding import apart
from tui.letta.supported import SupportLearner
from tui.letta.transport import Wire
from tui.model.agent import Agent, Health
from tui.model.conversation import DEFAULT, Conversation, Page
from tui.model.errors import BadResponse, LettaError, NoResponse, NotOffered, OutcomeUnknown, Rejected

if TYPE_CHECKING:
    from datetime import datetime

    from tui.model.block import Block
    from tui.model.found_message import FoundMessage
    from tui.model.local_memory import DamagedRecord, MemoryCommit, MemoryFiles, PromptRecord
    from tui.model.message import Message
    from tui.model.supported import Feature, Supported
    from tui.model.trace import ContextSize, Step, StepMetrics, Trace


class Readable(Protocol):
    """A model that is read from a response."""

    @classmethod
    def read(cls, data: object) -> Self:
        """Read one JSON object; raises ValueError only if its id is missing."""


Row = TypeVar("Row")
Result = TypeVar("Result")
Model = TypeVar("Model", bound=Readable)

ABOUT = 600
"""Approximate bytes of a row."""

ORDERS: Mapping[str, Feature] = {
    "last_run_completion": "last_run_completion",
    "last_message_at": "last_message_at",
}
"""Values of `order_by` that a server may not know, by the feature that each is."""

WITH_TAGS: Mapping[str, Any] = {"include_relationships": "", "include": "agent.tags"}
"""Parameters for agents with their tags and nothing else that is related to them."""

PREVIEWED = "(a message that is never sent; it takes the place of the next one)"
"""The placeholder for the next message when a payload is requested."""


class LettaClient:
    """Async calls to one server; every method raises LettaError and nothing else.

    Models that neither the list nor the header needs use pydantic, which is loaded on first use.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.learner = SupportLearner()
        if wire.has_local_memory:
            self.learner.worked("archive", "conversations in files can be archived")

    @property
    def server(self) -> str:
        """Host and port, as shown to the user."""
        return self.wire.server

    @property
    def has_local_memory(self) -> bool:
        """Whether memory is in files of this machine, so that the routes below `/_local/` answer."""
        return self.wire.has_local_memory

    @property
    def supported(self) -> Supported:
        """What the responses so far have shown of this server."""
        return self.learner.current

    async def close(self) -> None:
        """Close every connection."""
        await self.wire.close()

    async def health(self) -> Health:
        """GET /v1/health/: the version; needs no key, so it does not prove that the key is valid."""
        health = self._one(Health, await self.wire.get("/v1/health/", what="Reaching the server"), "health")
        self.learner.saw_health(health)
        return health

    async def version(self) -> str:
        """The version that the server reports, "" if it reports none or fails: it is only informative."""
        try:
            return (await self.health()).version or ""
        except LettaError:
            return ""

    async def agents(
        self, *, query: str = "", after: str | None = None, limit: int = 50, hidden: bool = False
    ) -> Page[Agent]:
        """GET /v1/agents/, newest first; `include_relationships=` makes a page a third of the size (measured).

        Tags are asked for, which servers after 0.16.8 send only then. `hidden` lists Letta Code's subagents too, and
        one that stands for conversations without an agent; servers have none of these.
        """
        show_hidden = "true" if hidden and self.has_local_memory else None
        given_ones = given(limit=limit, after=after, query_text=query or None, show_hidden=show_hidden)
        params = {**given_ones, **WITH_TAGS}
        data = await self.wire.get("/v1/agents/", params, what="Listing agents")
        return await self._page(Agent.read, data, "agents")

    async def agent_count(self) -> int | None:
        """GET /v1/agents/count: how many agents the key can see, None if the response is not a number."""
        count = await self.wire.get("/v1/agents/count", what="Counting agents")
        return count if isinstance(count, int) else None

    async def agent(self, agent_id: str) -> Agent:
        """GET /v1/agents/{id} with its tags, which servers after 0.16.8 send only if asked."""
        path = f"/v1/agents/{segment(agent_id)}"
        data = await self.wire.get(path, WITH_TAGS, what="Reading the agent")
        return self._one(Agent, data, "agent")

    async def agent_blocks(self, agent_id: str) -> tuple[Block, ...]:
        """GET /v1/agents/{id}/core-memory/blocks: the shared blocks by label, since the server's order is arbitrary."""
        from tui.model.block import Block

        path = f"/v1/agents/{segment(agent_id)}/core-memory/blocks"
        data = await self.wire.get(path, what="Reading the agent's blocks")
        page = await self._page(Block.read, data, "blocks")
        return tuple(sorted(page.rows, key=lambda block: (block.label or "", block.id)))

    async def block(self, block_id: str) -> Block:
        """GET /v1/blocks/{id}: the only way to an isolated block."""
        from tui.model.block import Block

        return self._one(
            Block, await self.wire.get(f"/v1/blocks/{segment(block_id)}", what="Reading a block"), "block"
        )

    async def update_block(self, block_id: str, value: str) -> Block:
        """PATCH /v1/blocks/{id} with `value` only, of a shared or an isolated block; null would do nothing (measured).

        A shared one is compiled at once into the default conversations of all agents that have it; by label, with
        /v1/agents/{id}/core-memory/blocks/{label}, into that of one agent only, and an isolated one has no label to
        be reached by. Named conversations are compiled by neither. `limit` and `read_only` stop nobody from 0.16.7
        on (measured).
        """
        from tui.model.block import Block

        path = f"/v1/blocks/{segment(block_id)}"
        answer = self.wire.write("PATCH", path, None, {"value": value}, what="Saving the block")
        data = await self._using("edit-block", answer)
        try:
            return self._one(Block, data, "block")
        except BadResponse as error:
            raise OutcomeUnknown(error.what, server=self.server) from None

    async def block_agents(self, block_id: str, *, limit: int = 50) -> Page[Agent]:
        """GET /v1/blocks/{id}/agents, newest first: who has a shared block; nobody has an isolated one (measured)."""
        params = {**given(limit=limit), **WITH_TAGS}
        path = f"/v1/blocks/{segment(block_id)}/agents"
        return await self._page(
            Agent.read, await self.wire.get(path, params, what="Reading who has a block"), "agents"
        )

    async def conversations(
        self,
        agent_id: str,
        *,
        after: str | None = None,
        limit: int = 50,
        order: str | None = None,
        order_by: str | None = None,
        search: str = "",
        archive_status: str | None = None,
    ) -> Page[Conversation]:
        """GET /v1/conversations/: rows without context ids, which this endpoint never fills (measured).

        `archive_status` is unarchived, archived or all; only servers that archive know it. All of Letta Code's are
        the hidden ones too. With the agent id "", conversations of all agents, which servers before 0.16.5 refuse
        (422).
        """
        params = given(
            agent_id=agent_id or None,
            after=after,
            limit=limit,
            order=order,
            order_by=order_by,
            summary_search=search or None,
            archive_status=archive_status,
            show_hidden="true" if archive_status == "all" and self.has_local_memory else None,
        )
        try:
            data = await self.wire.get("/v1/conversations/", params, what="Listing conversations")
        except Rejected as error:
            order = ORDERS.get(order_by or "")
            if after is None and order is not None:
                self.learner.failed(order, error.what)
            raise
        page = await self._page(Conversation.read_row, data, "conversations")
        self.learner.saw_rows(page.rows)
        return page

    async def conversation(self, conversation_id: str, agent_id: str | None = None) -> Conversation:
        """GET /v1/conversations/{id}; `agent_id` is sent with "default", which servers up to 0.16.8 decline."""
        params = given(agent_id=agent_id if conversation_id == DEFAULT else None)
        path = f"/v1/conversations/{segment(conversation_id)}"
        data = await self.wire.get(path, params, what="Reading the conversation")
        conversation = self._one(Conversation, data, "conversation")
        self.learner.saw_rows((conversation,))
        return conversation

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
        """POST /v1/conversations/?agent_id=: one new conversation with its own copies of the labelled blocks.

        A label that the agent lacks is refused (400) and still leaves an empty conversation behind (measured). Servers
        ignore fields that they do not know: give `model`, `description` and `hidden` only to one that has them.
        """
        body = given(
            summary=summary,
            isolated_block_labels=list(isolated_block_labels) or None,
            description=description,
            model=model,
            hidden=hidden,
        )
        to = "/v1/conversations/", {"agent_id": agent_id}
        answer = self.wire.write("POST", *to, body, what="Creating the conversation")
        return self._written(await self._using("create", answer))

    async def update_summary(
        self, conversation_id: str, summary: str, agent_id: str | None = None, *, force: bool = False
    ) -> Conversation:
        """PATCH /v1/conversations/{id} with `summary` only; "" clears, and null would do nothing (measured).

        The server reads the row again for its response, which may have somebody else's summary: compare it. Files that
        another program writes too are only changed during a turn with `force`; else that is TurnRunning (409).
        """
        params = given(agent_id=agent_id if conversation_id == DEFAULT else None, force=_forced(force))
        path = f"/v1/conversations/{segment(conversation_id)}"
        answer = self.wire.write("PATCH", path, params, {"summary": summary}, what="Saving the summary")
        feature: Feature = "default-summary" if conversation_id == DEFAULT else "edit"
        return self._written(await self._using(feature, answer))

    async def unchanged_default(self, agent_id: str) -> Conversation:
        """PATCH /v1/conversations/default?agent_id= with {}, which changes nothing but `updated_at`: its record.

        For servers that refuse GET of it.
        """
        path, params = f"/v1/conversations/{DEFAULT}", {"agent_id": agent_id}
        what = "Changing the default conversation"
        try:
            answer = self.wire.write("PATCH", path, params, {}, what=what)
            return self._written(await self._using("default-summary", answer))
        except OutcomeUnknown as error:
            raise NoResponse(error.what, server=self.server) from None

    async def fork(
        self, conversation_id: str, agent_id: str | None = None, *, message_id: str | None = None
    ) -> Conversation:
        """POST /v1/conversations/{id}/fork: a new conversation without summary and isolated blocks (0.16.7 on).

        Forking "default" with its `agent_id` permanently empties that agent's own message list (measured). With
        `message_id`, servers after 0.16.8 take only what is in context up to and including it; others ignore it.
        """
        params = given(agent_id=agent_id if conversation_id == DEFAULT else None, message_id=message_id)
        path = f"/v1/conversations/{segment(conversation_id)}/fork"
        answer = self.wire.write("POST", path, params, {}, what="Forking the conversation")
        return self._written(await self._using("fork", answer))

    async def delete_conversation(self, conversation_id: str) -> None:
        """DELETE /v1/conversations/{id}, which returns `null` and also deletes its isolated blocks (0.16.5 on)."""
        path = f"/v1/conversations/{segment(conversation_id)}"
        await self._using(
            "delete", self.wire.write("DELETE", path, None, None, what="Deleting the conversation")
        )

    async def recompiled_text(self, conversation_id: str, agent_id: str | None = None) -> str:
        """POST /v1/conversations/{id}/recompile?dry_run=true: the system message that a recompile would write.

        Stores nothing; the text has the shared values and `CONVERSATION_ID: default` even with isolation (measured).
        `agent_id` is sent with "default".
        """
        path = f"/v1/conversations/{segment(conversation_id)}/recompile"
        what = "Previewing a recompile"
        try:
            body = _agent_of_default(conversation_id, agent_id)
            answer = self.wire.write("POST", path, {"dry_run": "true"}, body, what=what)
            text = await self._using("recompile", answer)
        except OutcomeUnknown as error:
            raise NoResponse(error.what, server=self.server) from None
        if not isinstance(text, str):
            raise BadResponse(f"{what}: the response is not text", server=self.server)
        return text

    async def recompile(self, conversation_id: str, agent_id: str | None = None) -> None:
        """POST /v1/conversations/{id}/recompile: writes that text into its system message, in place (0.16.7 on)."""
        path = f"/v1/conversations/{segment(conversation_id)}/recompile"
        body = _agent_of_default(conversation_id, agent_id)
        answer = self.wire.write("POST", path, None, body, what="Recompiling the conversation")
        await self._using("recompile", answer)

    async def deny(self, conversation_id: str, request_id: str, call_ids: Iterable[str], reason: str) -> None:
        """POST /v1/conversations/{id}/messages: deny the calls of an approval request, and end there.

        With a limit of one step the denial and a result for each call are stored and no model is called (measured on
        0.16.2 and 0.16.5 to 0.16.8). Of a request that was answered already, this runs the agent: look first.
        """
        denial = {"type": "approval", "approve": False, "reason": reason}
        approvals = [{**denial, "tool_call_id": call_id} for call_id in call_ids]
        message = {"type": "approval", "approvals": approvals, "approval_request_id": request_id}
        body = {"messages": [message], "streaming": False, "max_steps": 1}
        path = f"/v1/conversations/{segment(conversation_id)}/messages"
        await self.wire.write("POST", path, None, body, what="Denying the approval")

    async def cancel_run(self, agent_id: str, run_id: str) -> None:
        """POST /v1/agents/{id}/messages/cancel: cancel one run of an agent; calls no model.

        If the agent's default conversation waits for approval, its calls are denied with that (measured on 0.16.2 and
        0.16.5 to 0.16.8). A named conversation stays as it is.
        """
        path = f"/v1/agents/{segment(agent_id)}/messages/cancel"
        await self.wire.write("POST", path, None, {"run_ids": [run_id]}, what="Cancelling the run")

    async def compact(
        self, conversation_id: str, agent_id: str | None = None, *, mode: str | None = None
    ) -> None:
        """POST /v1/conversations/{id}/compact: have a model summarise what is in context (0.16.4 on).

        `mode` "all" leaves the system message and a summary, "sliding_window" also the newest messages; without it the
        agent's settings decide. Answers when the summary is written. The system message stays as it is (measured).
        """
        body = _agent_of_default(conversation_id, agent_id) or {}
        if mode is not None:
            body["compaction_settings"] = {"mode": mode}
        path = f"/v1/conversations/{segment(conversation_id)}/compact"
        answer = self.wire.write("POST", path, None, body, what="Compacting the conversation")
        await self._using("compact", answer)

    async def archive(self, conversation_id: str, archived: bool, *, force: bool = False) -> Conversation:
        """PATCH /v1/conversations/{id} with `archived` only: 0.16.x answers 200 and does nothing, so read it back.

        `force` is that of `update_summary`.
        """
        path = f"/v1/conversations/{segment(conversation_id)}"
        params, body = given(force=_forced(force)), {"archived": archived}
        answer = self.wire.write("PATCH", path, params, body, what="Archiving the conversation")
        try:
            return self._written(await answer)
        except NotOffered as error:
            self.learner.refused("archive", error)
            raise

    async def conversation_messages(self, conversation_id: str, *, limit: int) -> tuple[Message, ...]:
        """GET /v1/conversations/{id}/messages, lowest positions first: rows in context come before all others.

        `limit` counts stored rows, of which one can give several messages.
        """
        path = f"/v1/conversations/{segment(conversation_id)}/messages"
        params = {"order": "asc", "limit": limit}
        data = await self.wire.get(path, params, what="Reading the messages")
        return await self._messages(data)

    async def agent_messages(
        self,
        agent_id: str,
        *,
        limit: int,
        default_only: bool = True,
        order: str = "desc",
        after: str | None = None,
    ) -> tuple[Message, ...]:
        """GET /v1/agents/{id}/messages, the newest (or oldest) rows: of the default conversation, or of all of them."""
        default = DEFAULT if default_only else None
        params = given(order=order, limit=limit, after=after, conversation_id=default)
        path = f"/v1/agents/{segment(agent_id)}/messages"
        data = await self.wire.get(path, params, what="Reading the messages")
        return await self._messages(data)

    async def own_messages(
        self, conversation_id: str, *, after: str | None = None, limit: int = 500
    ) -> tuple[Message, ...]:
        """GET /v1/messages/?conversation_id=, in true order; a fork lacks the rows it shares (measured)."""
        params = given(conversation_id=conversation_id, order="asc", limit=limit, after=after)
        data = await self._using(
            "history", self.wire.get("/v1/messages/", params, what="Reading the history")
        )
        return await self._messages(data)

    async def search_messages(
        self,
        query: str,
        *,
        agent_id: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 50,
    ) -> tuple[FoundMessage, ...]:
        """POST /v1/messages/search: messages with the words of the query, in an order of the server's own.

        `start` is exclusive, `end` is not. It changes nothing on the server. 0.16.x refuses it (400) unless it has an
        index of embedded messages (measured); NotOffered and Rejected show that this server does not search.
        """
        from tui.model.found_message import FoundMessage

        body = given(
            query=query,
            search_mode="fts",
            agent_id=agent_id,
            start_date=None if start is None else start.isoformat(),
            end_date=None if end is None else end.isoformat(),
            limit=limit,
        )
        try:
            data = await self._using(
                "search", self.wire.ask("/v1/messages/search", body, what="Searching messages")
            )
        except Rejected as error:
            self.learner.failed("search", error.what)
            raise
        return (await self._page(FoundMessage.read, data, "messages")).rows

    async def context_size(self, agent_id: str, conversation_id: str) -> ContextSize:
        """GET /v1/agents/{id}/context?conversation_id=: deprecated, and it ignores isolated blocks."""
        from tui.model.trace import ContextSize

        path = f"/v1/agents/{segment(agent_id)}/context"
        params = given(conversation_id=None if conversation_id == DEFAULT else conversation_id)
        return self._one(ContextSize, await self.wire.get(path, params, what="Counting tokens"), "context")

    async def message(self, message_id: str) -> tuple[Message, ...]:
        """GET /v1/messages/{id}: the parts of one stored row, in the form that lists return.

        This endpoint reverses the parts and calls an assistant's text reasoning (measured, 0.16.4 to 0.16.8).
        """
        data = await self.wire.get(f"/v1/messages/{segment(message_id)}", what="Reading a message")
        parts = data if isinstance(data, list) else [data]
        return await self._messages([_as_listed(part) for part in reversed(parts)])

    async def blocks(self, *, after: str | None = None, limit: int, label: str | None = None) -> Page[Block]:
        """GET /v1/blocks/, newest first: every block of the server, isolated ones too, or those with one label.

        Not filtered by connected agents: that orders by id, and its cursors lose and repeat rows (measured, 0.16.8).
        """
        from tui.model.block import Block

        params = given(order="desc", limit=limit, after=after, label=label)
        return await self._page(
            Block.read, await self.wire.get("/v1/blocks/", params, what="Listing blocks"), "blocks"
        )

    async def step(self, step_id: str) -> Step:
        """GET /v1/steps/{id}: tokens, model and stop reason of one call of the model (0.16.2 on)."""
        from tui.model.trace import Step

        path = f"/v1/steps/{segment(step_id)}"
        return self._one(Step, await self.wire.get(path, what="Reading a step"), "step")

    async def step_metrics(self, step_id: str) -> StepMetrics:
        """GET /v1/steps/{id}/metrics: how long model and tools took in that step, in nanoseconds (0.16.2 on)."""
        from tui.model.trace import StepMetrics

        path = f"/v1/steps/{segment(step_id)}/metrics"
        data = await self.wire.get(path, what="Reading the times of a step")
        return self._one(StepMetrics, data, "times of a step")

    async def trace(self, step_id: str) -> Trace | None:
        """GET /v1/steps/{id}/trace: the request that the model got at that step, None if none was stored."""
        from tui.model.trace import Trace

        path = f"/v1/steps/{segment(step_id)}/trace"
        data = await self._using("traces", self.wire.get(path, what="Reading the trace of a step"))
        return None if data is None else self._one(Trace, data, "trace")

    async def preview(self, agent_id: str) -> Mapping[str, Any]:
        """POST /v1/agents/{id}/messages/preview-raw-payload: what the default conversation would send now.

        It stores nothing and calls no model, but it needs a message, which is last in the response (measured).
        """
        path = f"/v1/agents/{segment(agent_id)}/messages/preview-raw-payload"
        body = {"messages": [{"role": "user", "content": PREVIEWED}]}
        data = await self._using("payload", self.wire.ask(path, body, what="Reading the exact payload"))
        if not isinstance(data, dict):
            raise BadResponse("The response is not a payload", server=self.server)
        return data

    async def first_messages(self, conversation_id: str, agent_id: str, *, limit: int) -> tuple[Message, ...]:
        """GET /_local/conversations/{id}/first-messages?agent_id=&limit=: the first in context, before all are parsed.

        For a first look: a message that was written again later may be here as it was before.
        """
        path = f"/_local/conversations/{segment(conversation_id)}/first-messages"
        params = {"agent_id": agent_id, "limit": limit}
        return await self._messages(await self.wire.get(path, params, what="Reading the first messages"))

    async def prompt_record(self, conversation_id: str, agent_id: str) -> PromptRecord:
        """GET /_local/conversations/{id}/prompt?agent_id=: the compiled prompt and the memory that its record names."""
        from tui.model.local_memory import PromptRecord

        path = f"/_local/conversations/{segment(conversation_id)}/prompt"
        data = await self.wire.get(path, {"agent_id": agent_id}, what="Reading the prompt's record")
        return self._one(PromptRecord, data, "prompt")

    async def damaged_records(self) -> tuple[DamagedRecord, ...]:
        """GET /_local/damaged: what no list has, since its record cannot be read; of servers, nothing is known."""
        from tui.model.local_memory import DamagedRecord

        if not self.has_local_memory:
            return ()
        data = await self.wire.get("/_local/damaged", what="Looking for damaged records")
        return (await self._page(DamagedRecord.read, data, "records")).rows

    async def memory_files(self, agent_id: str) -> MemoryFiles:
        """GET /_local/agents/{id}/memory: the memory files as committed and as in the work tree."""
        from tui.model.local_memory import MemoryFiles

        path = f"/_local/agents/{segment(agent_id)}/memory"
        return self._one(MemoryFiles, await self.wire.get(path, what="Reading the memory files"), "memory")

    async def memory_commits(
        self, agent_id: str, *, path: str | None = None, after: str | None = None, limit: int
    ) -> tuple[MemoryCommit, ...]:
        """GET /_local/agents/{id}/memory/commits, newest first: those that changed a path, or all of them."""
        from tui.model.local_memory import MemoryCommit

        params = given(path=path, limit=limit, after=after)
        route = f"/_local/agents/{segment(agent_id)}/memory/commits"
        data = await self.wire.get(route, params, what="Reading the commits of the memory")
        return (await self._page(MemoryCommit.read, data, "commits")).rows

    async def memory_at(self, agent_id: str, revision: str, path: str) -> str | None:
        """GET /_local/agents/{id}/memory/at?revision=&path=: a file as a commit has it; None if it is not there."""
        params = {"revision": revision, "path": path}
        route = f"/_local/agents/{segment(agent_id)}/memory/at"
        data = await self.wire.get(route, params, what="Reading the memory of a commit")
        value = data.get("value") if isinstance(data, dict) else None
        return value if isinstance(value, str) else None

    def _one(self, model: type[Model], data: object, noun: str) -> Model:
        try:
            return model.read(data)
        except ValueError as error:
            raise BadResponse(f"The response is not a valid {noun}: {error}", server=self.server) from None

    async def _using(self, feature: Feature, call: Awaitable[Result]) -> Result:
        """Make a call that servers may lack; its outcome shows whether this one has it."""
        try:
            result = await call
        except NotOffered as error:
            self.learner.refused(feature, error)
            raise
        self.learner.worked(feature)
        return result

    def _written(self, data: object) -> Conversation:
        """Read the response to a write, which has happened even if the response cannot be read."""
        try:
            written = self._one(Conversation, data, "conversation").without_context()
        except BadResponse as error:
            raise OutcomeUnknown(error.what, server=self.server) from None
        self.learner.saw_rows((written,))
        return written

    async def _messages(self, data: object) -> tuple[Message, ...]:
        from tui.model.message import Message

        return (await self._page(Message.read, data, "messages")).rows

    async def _page(self, read: Callable[[object], Row], data: object, noun: str) -> Page[Row]:
        """Read the rows of a list; ten thousand take longer than a key press may wait."""
        size = len(data) * ABOUT if isinstance(data, list) else 0
        return await apart(size, lambda: self._page_of(read, data, noun))

    def _page_of(self, read: Callable[[object], Row], data: object, noun: str) -> Page[Row]:
        if not isinstance(data, list):
            raise BadResponse(f"The response is not a list of {noun}", server=self.server)
        rows = []
        for item in data:
            try:
                rows.append(read(item))
            except ValueError:
                continue
        if data and not rows:
            raise BadResponse(f"The response is not a list of {noun}: no row has an id", server=self.server)
        return Page(tuple(rows), len(data))


def given(**values: Any) -> dict[str, Any]:
    """The parameters that have a value."""
    return {key: value for key, value in values.items() if value is not None}


def _agent_of_default(conversation_id: str, agent_id: str | None) -> dict[str, Any] | None:
    """The body that names the agent whose default conversation is meant; None for a named one."""
    return {"agent_id": agent_id} if conversation_id == DEFAULT and agent_id else None


def _forced(force: bool) -> str | None:
    return "true" if force else None


def segment(value: str) -> str:
    """Quote an id as one segment of a path, so that no id can leave its collection."""
    return "-" if value in ("", ".", "..") else quote(value, safe="", errors="replace")


def _as_listed(part: object) -> object:
    if not isinstance(part, dict) or part.get("message_type") != "reasoning_message":
        return part
    if part.get("source") != "non_reasoner_model":
        return part
    fields = {key: value for key, value in part.items() if key not in ("reasoning", "source", "signature")}
    return {**fields, "message_type": "assistant_message", "content": part.get("reasoning")}
