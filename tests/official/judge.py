"""Drive a Letta server with the official Python client, and hold each of its answers to the client's own types.

    python judge.py URL MODEL EMBEDDING [--key KEY] [--everything]

Runs in a virtual environment that has `letta-client`, and imports nothing of this project. It makes an agent of its
own, calls all that letta-tui calls and the client has, follows each pager to its end, and deletes the agent; with
`--everything` it reads all other agents too. The types are checked strictly: what the client would convert in
silence is a mismatch, and so is a required field that is missing; fields that it does not know are none.
Prints one line of JSON, the fields of `Report`.
"""

import argparse
import importlib
import inspect
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, get_args

import httpx
from pydantic import TypeAdapter, ValidationError

NULLABLE = ("GET /v1/steps/{id}/trace",)
"""Calls whose answer may be null: the client declares it so, but not in the type that it gives to its own parser."""


@dataclass
class Report:
    """What the run found."""

    validated: int = 0
    """Objects whose type was checked: records, and each row of a list."""
    mismatches: list[str] = field(default_factory=list)
    pagers: int = 0
    """Pagers that were followed to their end."""
    endless: list[str] = field(default_factory=list)
    """Pagers that did not end, or did not give what one large page gives."""
    calls: dict[str, int] = field(default_factory=dict)
    """How often each method and path was called, ids as `{id}`."""
    refused: dict[str, str] = field(default_factory=dict)
    """Calls that the server refused: status, and the start of the body."""
    newer_types: dict[str, int] = field(default_factory=dict)
    """Messages of types that this client does not know, which it is right not to read."""


class Judge:
    """The client, with a look at each answer before it is converted."""

    def __init__(self, base_url: str, key: str | None, most_pages: int) -> None:
        self.most_pages = most_pages
        self.report = Report()
        self._calls: Counter[str] = Counter()
        self._newer: Counter[str] = Counter()
        self._adapters: dict[Any, TypeAdapter[Any]] = {}
        self._answer = b""
        self._rows_of: Any = None
        http = httpx.Client(event_hooks={"response": [self._heard]}, trust_env=False, timeout=60)
        self.package: Any = importlib.import_module("letta_client")
        self.types: Any = importlib.import_module("letta_client.types.agents")
        self._known_types = frozenset(get_args(self.types.MessageType))
        self.client: Any = self.package.Letta(
            base_url=base_url, api_key=key or "none", http_client=http, max_retries=0
        )
        self._request: Callable[..., Any] = self.client.request
        self._request_list: Callable[..., Any] = self.client._request_api_list
        self.client.request = self._judged_request
        self.client._request_api_list = self._judged_list

    def finished(self) -> Report:
        self.report.calls = dict(sorted(self._calls.items()))
        self.report.newer_types = dict(self._newer)
        return self.report

    def _heard(self, answer: httpx.Response) -> None:
        answer.read()
        self._answer = answer.content
        self._calls[f"{answer.request.method} {shape(answer.request.url.path)}"] += 1

    def _judged_list(self, model: Any, page: Any, options: Any) -> Any:
        self._rows_of = model
        return self._request_list(model, page, options)

    def _judged_request(self, cast_to: Any, options: Any, **more: Any) -> Any:
        rows_of, self._rows_of = self._rows_of, None
        result = self._request(cast_to, options, **more)
        where = f"{options.method.upper()} {shape(options.url)}"
        value = json.loads(self._answer)
        if rows_of is not None:
            for row in value:
                self._check_one(rows_of, row, where)
        elif value is not None or where not in NULLABLE:
            self._check(cast_to, value, where)
        return result

    def _check(self, type_: Any, value: Any, where: str) -> None:
        """Check a record, or each row of a list by itself, so that all mismatches are named."""
        rows = get_args(type_)
        if isinstance(value, list) and getattr(type_, "__origin__", None) is list:
            for row in value:
                self._check_one(rows[0], row, where)
        else:
            self._check_one(type_, value, where)

    def _check_one(self, type_: Any, value: Any, where: str) -> None:
        kind = value.get("message_type") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind not in self._known_types:
            self._newer[kind] += 1
            return
        self.report.validated += 1
        if type_ not in self._adapters:
            self._adapters[type_] = TypeAdapter(type_)
        try:
            self._adapters[type_].validate_json(json.dumps(value), strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            found = f"{where}: {first['loc']}: {first['msg']}, not {str(first['input'])[:80]!r}"
            self.report.mismatches.append(found)

    def all_of(self, where: str, page: Any, wanted: set[str] | None = None) -> list[Any]:
        """Every row of a pager; one that repeats itself for ever, or loses rows of `wanted`, is noted."""
        rows: list[Any] = []
        for _ in range(self.most_pages):
            rows += page.items or []
            if not page.has_next_page():
                break
            page = page.get_next_page()
        else:
            self.report.endless.append(f"{where}: no end after {self.most_pages} pages")
            return rows
        self.report.pagers += 1
        if wanted is not None and (lost := wanted - {row.id for row in rows}):
            self.report.endless.append(f"{where}: {len(lost)} of {len(wanted)} rows never came")
        return rows

    @contextmanager
    def may_be_refused(self, call: str) -> Iterator[None]:
        """For calls that not every server allows; the refusal is noted."""
        try:
            yield
        except self.package.APIStatusError as error:
            self.report.refused[call] = f"{error.status_code} {error.response.text[:200]}"


def shape(path: str) -> str:
    """A path with `{id}` for each id in it, and for a label."""
    words = path.strip("/").split("/")
    kinds = ("agent-", "conv-", "block-", "message-", "step-")
    named = ["{id}" if word.startswith(kinds) or word == "default" else word for word in words]
    if len(named) == 6 and named[3:5] == ["core-memory", "blocks"]:
        named[5] = "{label}"
    return "/" + "/".join(named) + ("/" if path.endswith("/") else "")


def takes(method: Any, name: str) -> bool:
    """Whether this version of the client has a parameter."""
    return name in inspect.signature(method).parameters


def write(judge: Judge, model: str, embedding: str) -> None:
    """Make an agent and conversations, change them in every way, and delete them."""
    client = judge.client
    blocks = [{"label": label, "value": f"About {label}."} for label in ("human", "persona", "notes")]
    agent = client.agents.create(name="judged", model=model, embedding=embedding, memory_blocks=blocks)
    try:
        changed(judge, agent.id, model)
        read_agent(judge, agent.id)
    finally:
        client.agents.delete(agent.id)


def changed(judge: Judge, agent_id: str, model: str) -> None:
    """Every write of a conversation that the client offers."""
    client, conversations = judge.client, judge.client.conversations
    more: dict[str, Any] = {}
    if takes(conversations.create, "isolated_block_labels"):
        more["isolated_block_labels"] = ["human"]
    if takes(conversations.create, "description"):
        more |= {"description": "What it is about", "context_window_limit": 32_000, "hidden": False}
    settings = {"provider_type": "openai", "temperature": 0.2}
    made = conversations.create(
        agent_id=agent_id, summary="First", model=model, model_settings=settings, **more
    )
    for block_id in getattr(made, "isolated_block_ids", None) or []:
        client.blocks.retrieve(block_id)
    silent = conversations.create(agent_id=agent_id)
    with judge.may_be_refused("cancel"):
        conversations.cancel(silent.id)
    for text in ("hello", "please remember tea", *(f"turn {number}" for number in range(6))):
        body = {"messages": [{"role": "user", "content": text}], "streaming": False}
        client.post(f"/v1/conversations/{made.id}/messages", body=body, cast_to=judge.types.LettaResponse)
    reply = client.post(
        "/v1/conversations/default/messages",
        body={"messages": [{"role": "user", "content": "hello"}], "streaming": False, "agent_id": agent_id},
        cast_to=judge.types.LettaResponse,
    )
    run_ids = [message.run_id for message in reply.messages if message.run_id][:1]
    client.agents.messages.cancel(agent_id, run_ids=run_ids)  # the run has ended: nothing is cancelled
    conversations.update(made.id, summary="Second")
    conversations.update(made.id, model=model, model_settings={"provider_type": "openai"})
    conversations.update(made.id, last_message_at="2026-01-02T03:04:05Z")
    if takes(conversations.update, "archived"):
        conversations.update(made.id, archived=True)
        for status in ("unarchived", "archived", "all"):
            conversations.list(agent_id=agent_id, archive_status=status)
        conversations.update(made.id, archived=False)
    if takes(conversations.update, "description"):
        conversations.update(made.id, description="Another", context_window_limit=16_000)
    conversations.recompile(made.id, dry_run=True)
    conversations.recompile(made.id)
    conversations.messages.compact(made.id)
    fork = conversations.fork(made.id)
    conversations.retrieve(fork.id)
    if takes(conversations.fork, "message_id"):
        in_context = conversations.retrieve(made.id).in_context_message_ids
        conversations.fork(made.id, message_id=in_context[-2], hidden=True)
    conversations.delete(fork.id)
    for block in client.agents.blocks.list(agent_id).items:
        client.blocks.update(block.id, value=f"{block.value} Changed.")
        client.agents.blocks.update(block.label, agent_id=agent_id, value=f"{block.value} Changed again.")
        client.agents.blocks.retrieve(block.label, agent_id=agent_id)
        client.blocks.retrieve(block.id)
        for order in ("asc", "desc"):
            having = client.blocks.agents.list(block.id, limit=1, order=order)
            judge.all_of(f"agents of a block {order}", having, {agent_id})


def read_server(judge: Judge, *, everything: bool) -> None:
    """What belongs to no conversation."""
    client = judge.client
    with judge.may_be_refused("health"):
        client.health()
    for order in ("asc", "desc"):
        judge.all_of(f"agents {order}", client.agents.list(limit=2, order=order))
        page = client.blocks.list(limit=200, order=order)
        judge.all_of(f"blocks {order}", page)
    agents = client.agents.list(limit=50, include=["agent.blocks", "agent.tags"]).items
    client.agents.list(query_text="a", limit=5)
    client.messages.list(limit=20)
    for agent in agents if everything else []:
        read_agent(judge, agent.id)
    with judge.may_be_refused("search messages"):
        client.messages.search(query="the", limit=20, search_mode="fts")


def read_agent(judge: Judge, agent_id: str) -> None:
    """All that can be read of an agent."""
    client = judge.client
    record = client.agents.retrieve(agent_id, include=["agent.blocks", "agent.tags"])
    client.agents.retrieve(agent_id)
    blocks = {block.id for block in record.memory.blocks}
    for order in ("asc", "desc"):
        page = client.agents.blocks.list(agent_id, limit=2, order=order)
        judge.all_of(f"blocks of an agent {order}", page, blocks)
        page = client.agents.messages.list(agent_id, conversation_id="default", limit=3, order=order)
        judge.all_of(f"default messages {order}", page)
    for name in ("retrieve", "update"):
        with judge.may_be_refused(f"{name} default"):
            more = {"summary": "Direct"} if name == "update" else {}
            call = getattr(client.conversations, name)
            call("default", extra_query={"agent_id": agent_id}, **more)
    for conversation_id in listed(judge, agent_id):
        read_conversation(judge, conversation_id)


def listed(judge: Judge, agent_id: str) -> list[str]:
    """The ids of an agent's conversations by each order, a page after the other, as the client has no pager for it."""
    found: dict[str, None] = {}
    for order_by in ("created_at", "last_message_at", "last_run_completion"):
        after: dict[str, str] = {}
        for _ in range(judge.most_pages):
            rows = judge.client.conversations.list(agent_id=agent_id, limit=50, order_by=order_by, **after)
            if not rows:
                break
            found.update(dict.fromkeys(row.id for row in rows))
            after = {"after": rows[-1].id}
        else:
            judge.report.endless.append(f"conversations by {order_by}")
    return list(found)


def read_conversation(judge: Judge, conversation_id: str) -> None:
    """A conversation, its messages in both orders, its history, and the first step with its trace."""
    client = judge.client
    client.conversations.retrieve(conversation_id)
    messages = client.conversations.messages
    for order in ("asc", "desc"):
        judge.all_of(f"messages {order}", messages.list(conversation_id, limit=100, order=order))
    rows = client.messages.list(conversation_id=conversation_id, order="asc", limit=500)
    if rows:
        client.messages.retrieve(rows[-1].id)
    if step := next((row.step_id for row in rows if getattr(row, "step_id", None)), None):
        client.steps.trace.retrieve(step)
        client.steps.retrieve(step)
        client.steps.metrics.retrieve(step)


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("url", "model", "embedding"):
        parser.add_argument(name)
    parser.add_argument("--key")
    parser.add_argument("--everything", action="store_true")
    parser.add_argument("--pages", type=int, default=2000, help="a pager with more pages never ends")
    options = parser.parse_args()
    judge = Judge(options.url, options.key, options.pages)
    write(judge, options.model, options.embedding)
    read_server(judge, everything=options.everything)
    print(json.dumps(asdict(judge.finished())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
