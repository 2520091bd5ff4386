"""The bundle that `letta-tui export` writes: conversations with everything that their model reads."""

from __future__ import annotations

from tui.backends.bundle.recording import (
    RecordedConversation,
    RecordedError,
    Recording,
    UnreadableFile,
    object_field,
    object_list,
    required_id,
    text_field,
    text_list,
    with_ids,
)
from tui.backends.demo.records import Json

FORMAT, VERSION = "letta-tui bundle", 1


def is_export_file(file: Json) -> bool:
    """Return whether the file declares itself a bundle, of any version."""
    return file.get("format") == FORMAT


def read_export_file(file: Json) -> Recording:
    """The recording in a bundle; raises UnreadableFile."""
    if file.get("version") != VERSION:
        version = shorten(file.get("version"))
        raise UnreadableFile(f"it is a bundle of version {version}; this program reads {VERSION}")
    server = object_field(file, "server")
    recording = Recording(version=text_field(server, "letta"), origin=text_field(server, "origin") or "")
    for entry in object_list(file, "conversations"):
        _add_entry(recording, entry)
    if not recording.conversations:
        raise UnreadableFile("it contains no conversation")
    return recording


def shorten(value: object) -> str:
    """A value of the file on one short line, for an error."""
    text = "".join(char if char.isprintable() else " " for char in str(value)[:200])
    return " ".join(text.split())[:80]


def _add_entry(recording: Recording, entry: Json) -> None:
    record, agent = object_field(entry, "conversation"), object_field(entry, "agent")
    agent_id = required_id(agent, "agent")
    if required_id(record, "conversation") == "default" or not text_field(record, "agent_id"):
        record = record | {"agent_id": agent_id}
    elif record["agent_id"] != agent_id:
        raise UnreadableFile("a conversation in it belongs to a different agent")
    failures = {
        (str(part.get("part")), part.get("id")): _recorded_error(part)
        for part in object_list(entry, "incomplete")
    }
    in_context = entry.get("in_context_message_ids")
    conversation = RecordedConversation(
        record,
        with_ids(object_list(entry, "messages")),
        None if in_context is None else text_list(in_context, "in_context_message_ids"),
        shared=frozenset(text_list(entry.get("shared_message_ids", []), "shared_message_ids")),
        history_error=failures.get(("history", None)),
        messages_error=failures.get(("in context", None)),
    )
    recording.agents.setdefault(agent_id, agent)
    recording.errors |= {key: error for (_, key), error in failures.items() if isinstance(key, str)}
    empty = text_list(entry.get("empty_message_ids", []), "empty_message_ids")
    recording.messages |= {message_id: [] for message_id in empty}
    if entry.get("local_memory") is not None:
        local = object_field(entry, "local_memory")
        gone = RecordedError(500, "it is not in this file")
        prompt, files = local.get("prompt"), local.get("files")
        failed = failures.get(("prompt record", None)), failures.get(("memory files", None))
        conversation.prompt = prompt if isinstance(prompt, dict) else failed[0] or gone
        recording.memory_files[agent_id] = files if isinstance(files, dict) else failed[1] or gone
    recording.add(conversation)
    _add_blocks(recording, entry, agent_id, failures.get(("shared blocks", None)))


def _add_blocks(recording: Recording, entry: Json, agent_id: str, error: RecordedError | None) -> None:
    has_shared = entry.get("shared_blocks") is not None
    shared = object_list(entry, "shared_blocks") if has_shared else []
    isolated = [] if entry.get("isolated_blocks") is None else object_list(entry, "isolated_blocks")
    unread = error or RecordedError(404, "Not Found")
    recording.shared_blocks.setdefault(agent_id, shared if has_shared else unread)
    for block in (*isolated, *shared):
        recording.blocks.setdefault(required_id(block, "block"), block)


def _recorded_error(part: Json) -> RecordedError:
    """The error as a server would send it again; a temporary one becomes final, or the client would retry for ever."""
    status = part.get("status")
    detail = text_field(part, "detail") or text_field(part, "reason") or ""
    if not isinstance(status, int) or not 400 <= status < 600 or status in (429, 502, 503, 504):
        return RecordedError(500, detail)
    return RecordedError(status, text_field(part, "detail") or "")
