"""Letta's endpoints, answered from a store of Letta Code; and `/_local/`, what no endpoint of Letta carries.

Reading changes nothing. A conversation's summary and its archived flag can be changed; all else that changes something
is refused with a sentence that says why.
"""

from __future__ import annotations

import asyncio
import errno
import json
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

import httpx

from tui.backends.demo import errors
from tui.backends.demo.records import Json
from tui.backends.letta_code.files import Root
from tui.backends.letta_code.git import REVISION, GitProblem
from tui.backends.letta_code.json_files import JsonFiles, TornFile, parse_object
from tui.backends.letta_code.layout import DEFAULT, NO_AGENT, conversation_folder
from tui.backends.letta_code.memory import Memories
from tui.backends.letta_code.prompt import read_prompt, system_message, system_message_id
from tui.backends.letta_code.records import SORTED_BY, Agents, Conversations, Row, sort_key
from tui.backends.letta_code.transcript import Transcript, Transcripts, UnknownFormat
from tui.backends.letta_code.writing import (
    TurnRunning,
    Unwritten,
    archive_change,
    change_record,
    running_turn,
    summary_change,
)

T = TypeVar("T")

LIMIT = 50
"""Rows of a list where the request names no number."""

LARGEST_LIST = 1_000
"""Damaged records that are named."""

ONLY_LETTA_CODE = (
    "Only Letta Code can do that: letta-tui changes only titles and archived flags in its files."
)
NOT_STORED = {
    "steps": "Letta Code stores no requests to the model, so there are no traces.",
    "blocks": "Letta Code has no blocks: the memory of its agents is in files.",
    "messages": "Message ids repeat across conversations here, so a message is read only with its conversation.",
    "context": "Letta Code stores no count of the tokens in context.",
}
OF_LETTA_CODE = "only Letta Code {does}: letta-tui reads its files and changes only titles and archived flags"
UNSUPPORTED = {
    "create": OF_LETTA_CODE.format(does="creates conversations"),
    "fork": OF_LETTA_CODE.format(does="forks conversations"),
    "fork-from-message": OF_LETTA_CODE.format(does="forks conversations"),
    "delete": "Letta Code does not delete conversations; A archives them",
    "recompile": OF_LETTA_CODE.format(does="compiles prompts"),
    "compact": OF_LETTA_CODE.format(does="compacts conversations"),
    "isolate": "Letta Code does not isolate memory: all conversations of an agent read the same files",
    "edit-block": "this memory is in files, kept in git: change and commit them there, or have the agent do it",
    "default-summary": "Letta Code never renames the default conversation of an agent",
    "search": "Letta Code stores no index of messages to search",
    "payload": "only Letta Code builds the request to the model",
    "last_run_completion": "Letta Code does not record runs",
}
"""What cannot be done here, by the names that the client has for it, each with the reason."""

AGENT_FREE: Json = {"id": NO_AGENT, "name": "Conversations without an agent", "hidden": True}


NOWHERE = {errno.ENOENT, errno.ENAMETOOLONG}
"""The system's errors for an id that names nothing."""


class StoreClosed(Exception):
    """The folder of the store cannot be opened; the text says why."""


class Request(NamedTuple):
    """One request: the parts of its path, its query, its headers and its body."""

    parts: list[str]
    query: httpx.QueryParams
    headers: httpx.Headers
    content: bytes

    def flag(self, name: str) -> bool:
        """A flag of the query or of the headers."""
        return "true" in (self.query.get(name), self.headers.get(name))

    def limit(self) -> int:
        """How many rows are wanted."""
        text = self.query.get("limit", "")
        return int(text) if text.isdecimal() and len(text) < 10 else LIMIT


class Raw(NamedTuple):
    """A list of objects that are JSON already."""

    rows: list[bytes]


class LettaCodeTransport(httpx.AsyncBaseTransport):
    """A store of Letta Code as a server; every request reads it again, in a thread.

    `force=true`, in the query or as a header, changes a conversation although a turn seems to be running in it.
    """

    has_local_memory = True
    """It answers `/_local/`."""

    def __init__(self, store: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._root = Root(store)
        self._files = JsonFiles(self._root)
        self._agents = Agents(self._root, self._files)
        self._conversations = Conversations(self._root, self._files)
        self._transcripts = Transcripts(self._root, self._files)
        self._memories = Memories(self._root)
        self._clock = clock

    async def aclose(self) -> None:
        """Remove what git needed."""
        await asyncio.to_thread(self._memories.close)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; raises httpx.ConnectError where the folder of the store cannot be opened."""
        content = await request.aread()
        path = request.url.raw_path.partition(b"?")[0].decode("ascii")
        parts = [unquote(part) for part in path.strip("/").split("/")]
        asked = Request(parts, request.url.params, request.headers, content)
        try:
            status, body = await asyncio.to_thread(self._answer, request.method, asked)
        except StoreClosed as problem:
            raise httpx.ConnectError(str(problem), request=request) from None
        headers = {"content-type": "application/json"}
        return httpx.Response(status, headers=headers, content=body, request=request)

    def _closed_store(self) -> str:
        """Return why the folder of the store cannot be opened, "" if it can: it was moved, or its disk is gone."""
        try:
            with self._root.folder():
                return ""
        except OSError as problem:
            return f"its folder cannot be opened: {(problem.strerror or 'unknown').lower()}"

    def _answer(self, method: str, request: Request) -> tuple[int, bytes]:
        if problem := self._closed_store():
            raise StoreClosed(problem)
        try:
            return 200, _encoded(_find_handler(method, request.parts)(self, request))
        except errors.ErrorResponse as refusal:
            return refusal.status, json.dumps(refusal.body).encode()
        except TurnRunning as sign:
            detail = f"A turn seems to be running: {sign}. A change made now can lose the start of its reply on screen."
            return 409, json.dumps({"detail": detail, "code": "turn-running"}).encode()
        except (UnknownFormat, GitProblem, Unwritten) as problem:
            return 409, json.dumps({"detail": str(problem)}).encode()
        except OSError as problem:
            if problem.errno in NOWHERE:
                return 404, json.dumps({"detail": "Not in this store"}).encode()
            return _unusable(problem.strerror)
        except TornFile as problem:
            return _unusable(str(problem))

    # Agents

    def health(self, _request: Request) -> Json:
        """GET /v1/health/: a store has no version."""
        return {"version": "", "status": "ok", "backend": "letta-code", "unsupported": UNSUPPORTED}

    def agents(self, request: Request) -> list[Json]:
        """GET /v1/agents/, by name, without the system prompts; hidden ones with `show_hidden=true`."""
        words = request.query.get("query_text", "").lower()
        rows = [one for one in self._all_agents(request) if words in str(one.get("name") or "").lower()]
        return _page(rows, request, _agent_id)

    def agent_count(self, request: Request) -> int:
        """GET /v1/agents/count."""
        return len(self._all_agents(request))

    def _all_agents(self, request: Request) -> list[Json]:
        """The agents; with hidden ones, also one for conversations without an agent."""
        hidden = request.flag("show_hidden")
        rows = self._agents.all(hidden=hidden)
        if hidden and any(row.agent_id == NO_AGENT for row in self._conversations.named_rows(goes_on=False)):
            rows.append(AGENT_FREE)
        return rows

    def agent(self, request: Request) -> Json:
        """GET /v1/agents/{id}: the record as it is stored."""
        return self._agent(request.parts[2])

    def _agent(self, agent_id: str) -> Json:
        return AGENT_FREE if agent_id == NO_AGENT else self._agents.get(agent_id)

    def blocks(self, request: Request) -> list[Json]:
        """GET /v1/agents/{id}/core-memory/blocks: the committed memory files."""
        agent_id = request.parts[2]
        self._agent(agent_id)
        return self._memories.blocks(agent_id)

    # Conversations

    def conversations(self, request: Request) -> Raw:
        """GET /v1/conversations/, without the default ones and ids in context.

        Without an agent, those of hidden agents are hidden too.
        """
        query = request.query
        agent_id, words = query.get("agent_id"), query.get("summary_search", "").lower()
        archived = {"archived": True, "all": None}.get(query.get("archive_status", "unarchived"), False)
        hidden = request.flag("show_hidden")
        left_out = frozenset[str]() if hidden or agent_id else self._agents.hidden()

        def wanted(row: Row) -> bool:
            return (
                (not agent_id or row.agent_id == agent_id)
                and row.agent_id not in left_out
                and archived in (None, row.archived)
                and (hidden or not row.hidden)
                and words in row.summary.lower()
            )

        field = query.get("order_by", SORTED_BY[0])
        field = field if field in SORTED_BY else SORTED_BY[0]
        newest_first, goes_on = query.get("order") != "asc", "after" in query
        if newest_first and not goes_on:
            rows = self._conversations.newest(request.limit(), field, wanted)
        else:
            rows = list(filter(wanted, self._conversations.named_rows(goes_on=goes_on)))
            rows.sort(key=sort_key(field), reverse=newest_first)
        return Raw([row.sent for row in _page(rows, request, _row_id)])

    def conversation(self, request: Request) -> Json:
        """GET /v1/conversations/{id}?agent_id=: the record, with the ids in context in the API view."""
        folder, record = self._found(request)
        return self._with_context(folder, record)

    def _with_context(self, folder: tuple[str, ...], record: Json) -> Json:
        ids = _ids(record)
        more: Json = {}
        try:
            transcript = self._transcripts.get(folder, ids)
        except (UnknownFormat, OSError, TornFile):  # reading the messages says why; the record is valid
            pass
        else:
            ids = transcript.context_ids(ids)
            if transcript.unreadable:
                more["unreadable_rows"] = transcript.unreadable
        if self._prompt(folder, record)["content"] is not None:
            ids = [system_message_id(record["id"]), *ids]
        return record | {"in_context_message_ids": ids} | more

    def _found(self, request: Request) -> tuple[tuple[str, ...], Json]:
        """The folder and the record of the conversation that a path names."""
        return self._conversation(request.parts[2], request.query.get("agent_id"))

    def _conversation(self, conversation_id: str, agent_id: str | None) -> tuple[tuple[str, ...], Json]:
        if conversation_id == DEFAULT and not agent_id:
            raise errors.plain(400, "The default conversation needs an agent_id")
        folder = conversation_folder(conversation_id, agent_id)
        own = agent_id if conversation_id == DEFAULT else None
        return folder, self._conversations.get(conversation_id, own)

    # Messages

    def conversation_messages(self, request: Request) -> Raw:
        """GET /v1/conversations/{id}/messages: those in context in their order, then all others."""
        folder, record = self._found(request)
        ids = _ids(record)
        transcript = self._transcripts.get(folder, ids)
        inside = transcript.context_rows(ids)
        known = set(inside)
        outside = [row_id for row_id in transcript.rows if row_id not in known]
        return self._listed(request, folder, record, transcript, [*inside, *outside])

    def history(self, request: Request) -> Raw:
        """GET /v1/messages/?conversation_id=: every message in the order of the file."""
        folder, record = self._conversation(
            request.query.get("conversation_id", ""), request.query.get("agent_id")
        )
        transcript = self._transcripts.get(folder)
        return self._listed(request, folder, record, transcript, list(transcript.rows))

    def agent_messages(self, request: Request) -> Raw:
        """GET /v1/agents/{id}/messages: those of the default conversation, the newest first unless `order` is asc."""
        folder, record = self._conversation(DEFAULT, request.parts[2])
        transcript = self._transcripts.get(folder)
        return self._listed(request, folder, record, transcript, list(transcript.rows))

    def _listed(
        self,
        request: Request,
        folder: tuple[str, ...],
        record: Json,
        transcript: Transcript,
        row_ids: list[str],
    ) -> Raw:
        """The system message and those of the rows, as `order`, `after` and `limit` want them."""
        first = self._system_message(folder, record)
        rows: Iterable[bytes] = chain(first, transcript.messages(row_ids))
        newest_first = request.parts[1] == "agents" and request.query.get("order") != "asc"
        if newest_first or request.query.get("order") == "desc":
            rows = reversed(list(rows))
        if "after" not in request.query:
            rows = islice(rows, request.limit())  # no other message is made
        return Raw(_page(list(rows), request, _message_id))

    def _system_message(self, folder: tuple[str, ...], record: Json) -> list[bytes]:
        """The system message as JSON, none where there is no prompt yet."""
        system = system_message(self._prompt(folder, record), record["id"])
        return [] if system is None else [json.dumps(system).encode()]

    def _prompt(self, folder: tuple[str, ...], record: Json) -> Json:
        agent = record if record.get("agent_free") is True else None
        if agent is None:
            try:
                agent = self._agents.get(str(record.get("agent_id")))
            except (OSError, TornFile):
                agent = None
        return read_prompt(self._files, folder, agent)

    # What no endpoint of Letta carries

    def first_messages(self, request: Request) -> Raw:
        """GET /_local/conversations/{id}/first-messages?agent_id=&limit=: the first in context, for a first look.

        They come before the whole transcript is parsed: a row that was written again much later may be here as it
        was before.
        """
        folder, record = self._found(request)
        limit = request.limit()
        rows = self._transcripts.first_messages(folder, _ids(record), limit)
        return Raw([*self._system_message(folder, record), *rows][:limit])

    def prompt(self, request: Request) -> Json:
        """GET /_local/conversations/{id}/prompt?agent_id=: what `read_prompt` returns."""
        folder, record = self._found(request)
        return self._prompt(folder, record)

    def memory(self, request: Request) -> Json:
        """GET /_local/agents/{id}/memory: what `Memories.read` returns."""
        self._agent(request.parts[2])
        return self._memories.read(request.parts[2])

    def commits(self, request: Request) -> list[Json]:
        """GET /_local/agents/{id}/memory/commits?path=&limit=&after=: the newest first."""
        self._agent(request.parts[2])
        after = request.query.get("after")
        if after is not None and not REVISION.fullmatch(after):
            raise errors.plain(400, "`after` is not a revision")
        path = request.query.get("path") or None
        return self._memories.commits(request.parts[2], path=path, limit=request.limit(), after=after)

    def memory_at(self, request: Request) -> Json:
        """GET /_local/agents/{id}/memory/at?revision=&path=: a file as it was in a commit."""
        self._agent(request.parts[2])
        query = request.query
        return {
            "value": self._memories.at(request.parts[2], query.get("revision", ""), query.get("path", ""))
        }

    def damaged(self, _request: Request) -> list[Json]:
        """GET /_local/damaged: agents and conversations that no list has, since their record cannot be read."""
        return [*self._agents.damaged(), *self._conversations.damaged()][:LARGEST_LIST]

    # Changes

    def update(self, request: Request) -> Json:
        """PATCH /v1/conversations/{id} with `summary` or `archived`; raises TurnRunning without `force`."""
        conversation_id = request.parts[2]
        if conversation_id == DEFAULT:
            raise errors.plain(
                400, "Letta Code never renames or archives the default conversation of an agent."
            )
        change = _change(request.content, datetime.fromtimestamp(self._clock(), UTC))
        folder, _ = self._conversation(conversation_id, None)

        def check(record: Json) -> None:
            transcript = self._transcripts.get(folder)
            sign = running_turn(transcript, _ids(record), self._clock())
            if sign and not request.flag("force"):
                raise TurnRunning(sign)

        try:
            change_record(self._root, folder, change, check)
        except OSError as error:
            raise Unwritten(f"The conversation's record cannot be changed: {error.strerror}.") from None
        self._conversations.changed()
        return self._with_context(*self._conversation(conversation_id, None))


Handler = Callable[[LettaCodeTransport, Request], Any]

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "v1/health", LettaCodeTransport.health),
    ("GET", "v1/agents", LettaCodeTransport.agents),
    ("GET", "v1/agents/count", LettaCodeTransport.agent_count),
    ("GET", "v1/agents/*", LettaCodeTransport.agent),
    ("GET", "v1/agents/*/messages", LettaCodeTransport.agent_messages),
    ("GET", "v1/agents/*/core-memory/blocks", LettaCodeTransport.blocks),
    ("GET", "v1/conversations", LettaCodeTransport.conversations),
    ("GET", "v1/conversations/*", LettaCodeTransport.conversation),
    ("PATCH", "v1/conversations/*", LettaCodeTransport.update),
    ("GET", "v1/conversations/*/messages", LettaCodeTransport.conversation_messages),
    ("GET", "v1/messages", LettaCodeTransport.history),
    ("GET", "_local/conversations/*/first-messages", LettaCodeTransport.first_messages),
    ("GET", "_local/damaged", LettaCodeTransport.damaged),
    ("GET", "_local/conversations/*/prompt", LettaCodeTransport.prompt),
    ("GET", "_local/agents/*/memory", LettaCodeTransport.memory),
    ("GET", "_local/agents/*/memory/commits", LettaCodeTransport.commits),
    ("GET", "_local/agents/*/memory/at", LettaCodeTransport.memory_at),
)
"""Method, path with a star for each id, and what answers; of several that match, the first one."""


def _find_handler(method: str, parts: list[str]) -> Handler:
    for own_method, path, handler in ROUTES:
        pattern = path.split("/")
        if method == own_method and len(pattern) == len(parts) and all(map(_fits, pattern, parts)):
            return handler
    if method != "GET":
        raise errors.plain(501, ONLY_LETTA_CODE)
    for word in parts:
        if word in NOT_STORED and (word != "messages" or parts[1] == "messages"):
            raise errors.plain(501, NOT_STORED[word])
    raise errors.plain(404, "Not Found")


def _fits(word: str, part: str) -> bool:
    return word in ("*", part)


def _change(content: bytes, now: datetime) -> Callable[[Json], Json]:
    """The change that the body of a PATCH asks for: of the title or of the archived flag, one at a time."""
    try:
        body = parse_object(content)
    except ValueError:
        raise errors.plain(422, "The body is not a JSON object.") from None
    name, value = next(iter(body.items()), ("", None))
    if len(body) == 1 and name == "summary" and (value is None or isinstance(value, str)):
        return summary_change(value, now)
    if len(body) == 1 and name == "archived" and isinstance(value, bool):
        return archive_change(value, now)
    raise errors.plain(422, "Only `summary`, a text, or `archived`, true or false, can be changed.")


def _ids(record: Json) -> list[str]:
    """The ids of the rows in context as the record has them."""
    ids = record.get("in_context_message_ids")
    return [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else []


def _encoded(body: Any) -> bytes:
    return b"[" + b",".join(body.rows) + b"]" if isinstance(body, Raw) else json.dumps(body).encode()


def _page(rows: list[T], request: Request, id_of: Callable[[T], str]) -> list[T]:
    """At most `limit` rows after a cursor; an unknown cursor gives the first page again, as servers do."""
    after = request.query.get("after")
    start = 0
    if after is not None:
        start = next((index + 1 for index, row in enumerate(rows) if id_of(row) == after), 0)
    return rows[start : start + request.limit()]


def _row_id(row: Row) -> str:
    return row.id


def _agent_id(agent: Json) -> str:
    return str(agent["id"])


def _message_id(message: bytes) -> str:
    return str(json.loads(message)["id"])


def _unusable(reason: str | None) -> tuple[int, bytes]:
    return 500, json.dumps({"detail": f"A file of Letta Code cannot be used: {reason}"}).encode()
