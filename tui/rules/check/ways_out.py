"""The ways out of a finding that its kind of server was seen to have: decided without a request.

Measured: what is offered here was done to a damaged conversation of a real server, and the finding was gone
(`tests/live/test_ways_out.py`). Nothing here runs the agent. A denial as other clients send it does; with a limit of
one step it does not. What compacts calls the model that summarises, and no other.

| finding | way out | seen to work on |
|---|---|---|
| stale, missing, removed, nothing isolated | recompile | 0.16.7, 0.16.8 |
| approval pending | deny, with one step at most | 0.16.2, 0.16.5 to 0.16.8 |
| approval pending, default conversation | cancel its run | 0.16.5 to 0.16.8; 0.16.2: the first of several calls |
| call without return, return without call, call id used twice | compact all | 0.16.5 to 0.16.8, default from 0.16.6 |
| no system message | fork | 0.16.7, 0.16.8 |
| id twice, default conversation | set the ids in context | 0.16.2, 0.16.5 to 0.16.8 |
| id without message, default conversation | set the ids in context | 0.16.7, 0.16.8 |
| nothing in context | delete | 0.16.7, 0.16.8, which alone show it |
| dead | attach a block of that label | 0.16.5 to 0.16.8 |
| over its limit | raise the limit | 0.16.7, 0.16.8 |

On Letta Code 0.34.12 (`tests/live/test_letta_code.py`), which alone can do these:

| finding | way out |
|---|---|
| forgotten edit, committed since, not committed, recompile due | compaction, recompile or a turn: see `LETTA_CODE` |
| call without return | the next turn stores an error as its result |
| return without call | a compaction; the next turn takes the return out of context |
| call id used twice | a compaction, where one of the calls is among older messages |

Seen not to help there: a compaction keeps the newest messages, with a broken call among them; a turn leaves a call id
that is used twice; neither puts a message back into context that was left out.

Seen not to help: cancelling the run of a named conversation leaves its approval pending; cancelling "default" cancels
every run of the agent; compacting keeps a pending approval; a recompile of isolated blocks writes the shared values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any

from tui.letta.client import segment
from tui.model.block import Block
from tui.model.conversation import DEFAULT
from tui.model.errors import LettaError
from tui.rules.changes.deny import pending_request
from tui.rules.check.finding import Finding, Kind

if TYPE_CHECKING:
    from tui.model.opened import Opened
    from tui.model.supported import Feature

MOST_IDS = 2_000
"""Most ids in context that fit into a command: a shell takes 128 KiB in one argument."""


class Way(StrEnum):
    """What repairs a finding, as a stable token for scripts."""

    RECOMPILE = "recompile"
    DENY = "deny"
    CANCEL_RUN = "cancel-run"
    COMPACT = "compact"
    FORK = "fork"
    SET_CONTEXT = "set-context"
    DELETE = "delete"
    ATTACH_BLOCK = "attach-block"
    RAISE_LIMIT = "raise-limit"
    IN_LETTA_CODE = "in-letta-code"
    NONE = "none"


class Why(Enum):
    """Why there is no way out."""

    ISOLATED = "a recompile would write the shared values"
    ISOLATION_UNKNOWN = "a recompile might write the shared values"
    LOST = "only a turn compiles isolated values"
    LEFT_OUT = "nothing puts a message back into context"
    BLOCK_GONE = "nothing isolates a block in an existing conversation"
    TOOL_WOULD_RUN = "a denial would run another tool of the same step"
    AGENT_WOULD_RUN = "a denial may run another agent of its group"
    NOT_SEEN = "it was never seen on a real server"
    TOO_LONG = "too many ids for a command"
    TOO_OLD = "the server is too old"
    NEWER = "no repair was tried on servers after 0.16.8"
    FILE = "a file cannot be changed"
    LOCAL = "no repair was tried on local agents"
    NOTHING_BROKEN = "nothing is known to be broken"


@dataclass(frozen=True)
class Request:
    """A request that repairs a finding: `then` is another path, which gets the id of the block in the response."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    then: str = ""


@dataclass(frozen=True)
class WayOut:
    """One way out of a finding, or why there is none.

    `action` is the id of the app's own action, which shows what it would do and asks; `words` are a command of this
    program without its options about the server, `request` is one that no command sends. `about` is the kind of the
    finding, `limit` the new limit of a block in characters.
    """

    kind: Way
    about: Kind
    action: str = ""
    words: tuple[str, ...] = ()
    request: Request | None = None
    why: Why | None = None
    lacking: Feature | None = None
    limit: int = 0

    @property
    def is_default(self) -> bool:
        """Whether it is about an agent's default conversation."""
        return DEFAULT in self.words


def ways_out(opened: Opened | None, finding: Finding, *, in_file: bool = False) -> tuple[WayOut, ...]:
    """Return the ways out of a finding, the best first, or why there is none; never empty.

    `opened` is None for a conversation that could not be read; `in_file` says that it was read from a file.
    """
    kind = finding.kind
    if opened is None or kind in NOTHING_BROKEN:
        return _none(finding, Why.NOTHING_BROKEN)
    if opened.local is not None:
        if kind in LETTA_CODE_HEALS:
            return (WayOut(Way.IN_LETTA_CODE, kind),)
        return _none(finding, Why.LEFT_OUT if kind is Kind.LEFT_OUT else Why.LOCAL)
    if in_file:
        return _none(finding, Why.FILE)
    if opened.supported.has("archive"):
        return _none(finding, Why.NEWER)
    return RULES[kind](opened, finding)


def _none(finding: Finding, why: Why, lacking: Feature | None = None) -> tuple[WayOut, ...]:
    return (WayOut(Way.NONE, finding.kind, why=why, lacking=lacking),)


def _command(opened: Opened, name: str, *options: str) -> tuple[str, ...]:
    """Return a command about the conversation; for a default one it also names the agent."""
    owner = ("--agent", opened.agent.id) if opened.conversation.is_default else ()
    return (name, opened.conversation.id, *options, *owner)


def _recompile(opened: Opened, finding: Finding) -> tuple[WayOut, ...]:
    """Offer a recompile, unless that would overwrite isolated values."""
    if _lacks_fork_and_recompile(opened):
        return _none(finding, Why.TOO_OLD, "recompile")
    if opened.conversation.is_default:
        return (WayOut(Way.RECOMPILE, finding.kind, words=_command(opened, "recompile")),)
    if opened.isolated is None:
        return _none(finding, Why.ISOLATION_UNKNOWN)
    if opened.isolated:
        return _none(finding, Why.ISOLATED)
    words = _command(opened, "recompile")
    return (WayOut(Way.RECOMPILE, finding.kind, "conversation.recompile", words),)


def _lacks_fork_and_recompile(opened: Opened) -> bool:
    """Return whether the server is older than 0.16.7, which brought both with `last_message_at`."""
    supported = opened.supported
    return supported.lacks("recompile") or supported.lacks("last_message_at")


def _deny(opened: Opened, finding: Finding) -> tuple[WayOut, ...]:
    """Offer to deny what waits; for a default conversation by cancelling its run, which never calls a model."""
    if opened.conversation.is_default:
        return (WayOut(Way.CANCEL_RUN, finding.kind, words=_command(opened, "deny")),)
    context = opened.context
    request = None if isinstance(context, LettaError) else pending_request(context.messages)
    if request is not None and request.would_run:
        return _none(finding, Why.TOOL_WOULD_RUN)
    if opened.agent.is_in_group:
        return _none(finding, Why.AGENT_WOULD_RUN)
    return (WayOut(Way.DENY, finding.kind, words=_command(opened, "deny")),)


def _compact(opened: Opened, finding: Finding) -> tuple[WayOut, ...]:
    """Offer to replace all messages in context by a summary, if the server is known to do that."""
    supported = opened.supported
    if supported.lacks("compact") or supported.lacks("model"):  # came with 0.16.5
        return _none(finding, Why.TOO_OLD, "compact")
    if opened.conversation.is_default and supported.lacks("last_message_at"):
        return _none(finding, Why.TOO_OLD)
    return (WayOut(Way.COMPACT, finding.kind, words=_command(opened, "compact", "--mode", "all")),)


def _fork(opened: Opened, finding: Finding) -> tuple[WayOut, ...]:
    """Offer a fork, which writes a new system message; never of a default conversation, whose list it would empty."""
    if opened.conversation.is_default:
        return _none(finding, Why.NOT_SEEN)
    if _lacks_fork_and_recompile(opened) or opened.supported.lacks("fork"):
        return _none(finding, Why.TOO_OLD, "fork")
    request = Request("POST", f"/v1/conversations/{segment(opened.conversation.id)}/fork", {})
    return (WayOut(Way.FORK, finding.kind, "conversation.fork", request=request),)


def _set_context(opened: Opened, finding: Finding) -> tuple[WayOut, ...]:
    """Offer to rewrite the ids in context of a default conversation: each once, and none without a message."""
    ids = opened.agent.message_ids
    if not opened.conversation.is_default or not ids or isinstance(opened.context, LettaError):
        return _none(finding, Why.NOT_SEEN)
    if len(ids) > MOST_IDS:
        return _none(finding, Why.TOO_LONG)
    gone = finding.ids.get("message") if finding.kind is Kind.NO_MESSAGE else None
    sound = [one for one in dict.fromkeys(ids) if one != gone]
    request = Request("PATCH", f"/v1/agents/{segment(opened.agent.id)}", {"message_ids": sound})
    return (WayOut(Way.SET_CONTEXT, finding.kind, request=request),)


def _delete(opened: Opened, finding: Finding) -> tuple[WayOut, ...]:
    if opened.supported.lacks("delete"):
        return _none(finding, Why.TOO_OLD, "delete")
    request = Request("DELETE", f"/v1/conversations/{segment(opened.conversation.id)}")
    return (WayOut(Way.DELETE, finding.kind, "conversation.delete", request=request),)


def _attach(opened: Opened, finding: Finding) -> tuple[WayOut, ...]:
    """Offer to give the agent an empty block of that label, so that it uses the conversation's own copy again."""
    attach = f"/v1/agents/{segment(opened.agent.id)}/core-memory/blocks/attach/"
    request = Request("POST", "/v1/blocks/", {"label": finding.label, "value": ""}, attach)
    return (WayOut(Way.ATTACH_BLOCK, finding.kind, request=request),)


def _raise_limit(opened: Opened, finding: Finding) -> tuple[WayOut, ...]:
    """Offer to raise the limit to the length of the text."""
    shared = () if isinstance(opened.shared, LettaError) else opened.shared
    blocks = (block for block in (*(opened.isolated or ()), *shared) if isinstance(block, Block))
    block = next((one for one in blocks if one.id == finding.ids.get("block")), None)
    if block is None or block.value is None:
        return _none(finding, Why.NOT_SEEN)
    limit = len(block.value)
    request = Request("PATCH", f"/v1/blocks/{segment(block.id)}", {"limit": limit})
    return (WayOut(Way.RAISE_LIMIT, finding.kind, request=request, limit=limit),)


def _never(why: Why) -> Callable[[Opened, Finding], tuple[WayOut, ...]]:
    return lambda _opened, finding: _none(finding, why)


NOTHING_BROKEN = frozenset({Kind.CONTEXT_UNKNOWN, Kind.MEMORY_UNKNOWN, Kind.UNREAD})
"""Kinds that report what could not be read or checked."""

OF_FILES = frozenset({Kind.FORGOTTEN, Kind.COMMITTED_SINCE, Kind.NOT_COMMITTED, Kind.RECOMPILE_DUE})
"""Kinds of findings of memory in files."""

LETTA_CODE_HEALS = OF_FILES | {Kind.CALL, Kind.RETURN, Kind.DUPLICATE_CALL}
"""Kinds whose way out was measured on Letta Code 0.34.12; this program does none of them."""

RULES: Mapping[Kind, Callable[[Opened, Finding], tuple[WayOut, ...]]] = {
    Kind.CALL: _compact,
    Kind.RETURN: _compact,
    Kind.DUPLICATE_CALL: _compact,
    Kind.APPROVAL: _deny,
    Kind.NO_SYSTEM: _fork,
    Kind.NO_MESSAGE: _set_context,
    Kind.DUPLICATE_ID: _set_context,
    Kind.LEFT_OUT: _never(Why.LEFT_OUT),
    Kind.EMPTY: _delete,
    Kind.STALE: _recompile,
    Kind.MISSING: _recompile,
    Kind.REMOVED: _recompile,
    Kind.LOST: _never(Why.LOST),
    Kind.LEAKED: _never(Why.LOST),
    Kind.DEAD: _attach,
    Kind.OVER_LIMIT: _raise_limit,
    Kind.BLOCK_GONE: _never(Why.BLOCK_GONE),
    **dict.fromkeys(OF_FILES, _never(Why.NOT_SEEN)),
}
"""The rule for each kind of finding on a self-hosted server."""
