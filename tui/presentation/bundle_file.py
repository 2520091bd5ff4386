"""The bundle file: exported conversations with all that was read of them, to be browsed without a server.

Everything in it is as the server sent it, so that reading it back gives the same conversation and the same
findings. The embedded server reads it, and shares no code with this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tui import __version__
from tui.model.block import Block
from tui.model.errors import LettaError, Refused
from tui.model.local_memory import LocalMemory
from tui.model.message import Message
from tui.model.opened import Evidence, History
from tui.model.record import Record
from tui.model.server_model import ServerModel
from tui.presentation.json_output import agent_json
from tui.rules.history import all_messages

FORMAT = "letta-tui bundle"
VERSION = 1
Json = dict[str, Any]


def bundle(evidence: Iterable[Evidence], *, base_url: str | None, letta: str | None, at: datetime) -> Json:
    """Return the file for conversations of one server; `letta` is the version of the server, if known."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_by": f"letta-tui {__version__}",
        "made_at": at.isoformat(),
        "server": {"origin": origin(base_url), "letta": letta},
        "conversations": [_entry(one) for one in evidence],
    }


def jsonl(evidence: Evidence) -> str:
    """Return every message as the server sent it, one per line, oldest first."""
    messages = _messages(evidence)
    return "".join(f"{json.dumps(dict(message.raw))}\n" for message in messages)


def _messages(evidence: Evidence) -> tuple[Message, ...]:
    """All messages, or those in context if the history could not be read."""
    context = evidence.opened.context
    messages = all_messages(context, evidence.history)
    if messages is not None:
        return messages
    return () if isinstance(context, LettaError) else context.messages


def origin(base_url: str | None) -> str | None:
    """Return scheme, host and port of a URL, without its path, which may be private; None if it has no host."""
    try:
        parts = urlsplit(base_url or "")
    except ValueError:
        return None
    if not parts.scheme or not parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def missing_parts(entry: Json) -> list[str]:
    """Return the parts that a conversation of a bundle lacks, a line each."""
    return _lines(entry["incomplete"], whole=entry["history_whole"])


def unread_parts(evidence: Evidence) -> list[str]:
    """Return the parts of a conversation that were not read, a line each."""
    return _lines(incomplete_parts(evidence), whole=_is_whole(evidence.history))


def _lines(incomplete: Iterable[Json], *, whole: bool) -> list[str]:
    lines = [f"{one['part']} {one['id'] or ''}".rstrip() + f": {one['reason']}" for one in incomplete]
    return lines if whole else [*lines, "history: there are more messages than could be read"]


def _is_whole(history: History | LettaError) -> bool:
    """Whether the history has all messages; one that could not be read is reported elsewhere."""
    return isinstance(history, LettaError) or history.whole


def _entry(evidence: Evidence) -> Json:
    opened, history = evidence.opened, evidence.history
    context = opened.context
    known = None if isinstance(context, LettaError) else context
    ids = None if known is None or known.ids is None else list(known.ids)
    messages = _messages(evidence)
    own = None if isinstance(history, LettaError) else history.own
    shared = dict.fromkeys(one.id for one in messages if own is not None and one.id not in own)
    empty = [] if known is None else [one for one in known.without_message if one not in known.failed]
    entry = {
        "conversation": _wire(opened.conversation),
        "agent": agent_json(opened.agent),
        "in_context_message_ids": ids,
        "messages": [dict(message.raw) for message in messages],
        "shared_message_ids": list(shared),
        "empty_message_ids": empty,
        "isolated_blocks": None if opened.isolated is None else _blocks(opened.isolated),
        "shared_blocks": None if isinstance(opened.shared, LettaError) else _blocks(opened.shared),
        "history_whole": _is_whole(history),
        "incomplete": list(incomplete_parts(evidence)),
    }
    return entry if opened.local is None else entry | {"local_memory": _local_memory(opened.local)}


def _local_memory(local: LocalMemory) -> Json:
    """The prompt's record and the memory files as they were read; null where that failed."""
    prompt, files = local.prompt, local.files
    return {
        "prompt": None if isinstance(prompt, LettaError) else _wire(prompt),
        "files": None if isinstance(files, LettaError) else dict(files.raw or {}),
    }


def incomplete_parts(evidence: Evidence) -> Iterator[Json]:
    """Return every part that could not be read, with the status of the response and the reason."""
    opened, history = evidence.opened, evidence.history
    if isinstance(opened.context, LettaError):
        yield _failure("in context", None, opened.context)
    else:
        for message_id, error in opened.context.failed.items():
            yield _failure("message", message_id, error)
    if isinstance(history, LettaError):
        yield _failure("history", None, history)
    elif history.problem is not None:
        yield _failure("history before the fork", None, history.problem)
    if isinstance(opened.shared, LettaError):
        yield _failure("shared blocks", None, opened.shared)
    ids = opened.conversation.isolated_block_ids or ()
    for block_id, block in zip(ids, opened.isolated or (), strict=False):
        if isinstance(block, LettaError):
            yield _failure("isolated block", block_id, block)
    if opened.local is not None:
        for name, part in (("prompt record", opened.local.prompt), ("memory files", opened.local.files)):
            if isinstance(part, LettaError):
                yield _failure(name, None, part)


def _failure(part: str, identity: str | None, error: LettaError) -> Json:
    status = error.status if isinstance(error, Refused) else None
    detail = error.detail if isinstance(error, Refused) else ""
    return {"part": part, "id": identity, "status": status, "detail": detail, "reason": error.what}


def _blocks(blocks: Iterable[Block | LettaError]) -> list[Json]:
    return [_wire(block) for block in blocks if isinstance(block, Block)]


def _wire(model: Record | ServerModel) -> Json:
    return model.as_json(sent_only=True)
