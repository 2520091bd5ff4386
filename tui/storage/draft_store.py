"""Drafts on disk: summaries and memory blocks that were typed and not confirmed by the server yet, one file each."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tui.storage.atomic_files import read_json, set_aside, write_text
from tui.storage.paths import make_private
from tui.storage.running_instance import Process, RunningInstance

_SHARED_IDS = frozenset({"default", "new"})


def owner_of(conversation_id: str, agent_id: str) -> str:
    """The agent's id if every agent has a conversation of this id, else an empty text."""
    return agent_id if conversation_id in _SHARED_IDS else ""


class Draft(NamedTuple):
    """Text that the user typed for one conversation of one server, or for a memory block that it reads.

    `began_from` is the text that the edit began from, None if there was none: after a restart it
    shows whether the server's text has changed meanwhile.
    """

    server: str
    agent_id: str
    conversation_id: str
    text: str
    began_from: str | None
    saved_at: datetime
    left_behind: bool = False
    """Whether the process that typed it has ended; not stored."""
    block_id: str = ""
    """The memory block whose value it is, "" for a summary."""

    @property
    def subject(self) -> str:
        """The id of what the text belongs to, by which it is found: the block, else the conversation."""
        return self.block_id or self.conversation_id


class TypedElsewhere(NamedTuple):
    """A draft that another running instance of the app is typing."""

    process: Process
    saved_at: datetime


class DraftStore:
    """The drafts in a folder, which other running instances of the app may use as well.

    A draft belongs to the instance that typed it, until that one ends, however it ends: another instance sees that
    it is there, and neither reads it as its own nor replaces nor deletes it. What an ended instance left behind can be
    taken over. Every method touches the disk: call it outside the event loop. Nothing is cached, so what another
    instance wrote is seen at once. `agent_id` matters only for the conversation ids that all agents have, `default`
    and the `new` of one not yet created. The draft of a memory block is found by the block's id in place of a
    conversation's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._instance = RunningInstance(folder)

    def save(self, draft: Draft) -> None:
        """Save the draft over the previous one of this instance; raises OSError if it is not safely on disk."""
        fields = draft._asdict() | {"saved_at": draft.saved_at.isoformat()}
        del fields["left_behind"]
        if not draft.block_id:
            del fields["block_id"]
        make_private(self._folder)
        self._instance.announce()
        write_text(
            self._own_path(draft.server, draft.subject, draft.agent_id),
            json.dumps(fields, ensure_ascii=True, indent=1),
        )

    def find(self, server: str, conversation_id: str, agent_id: str = "") -> Draft | None:
        """Return this instance's draft of the conversation, or the newest one that was left behind.

        Raises OSError if this instance's own cannot be read.
        """
        own = _load(self._own_path(server, conversation_id, agent_id))
        if own is not None:
            return own
        return next((draft for draft, _ in self._left_behind(server, conversation_id, agent_id)), None)

    def take(self, server: str, conversation_id: str, agent_id: str = "") -> Draft | None:
        """Find a draft of the conversation, and make one that was left behind this instance's own.

        If the folder cannot be written to, the draft is returned and stays where it is.
        """
        path = self._own_path(server, conversation_id, agent_id)
        own = _load(path)
        if own is not None:
            return own
        for draft, left in self._left_behind(server, conversation_id, agent_id):
            try:
                self._instance.announce()
                left.rename(path)
            except FileNotFoundError:
                continue  # another instance has taken it meanwhile
            except OSError:
                return draft
            return draft
        return None

    def elsewhere(self, server: str, conversation_id: str, agent_id: str = "") -> TypedElsewhere | None:
        """Return the draft of this conversation that another instance is typing, the latest if there are several."""
        found = []
        for owner, path in self._paths(server, conversation_id, agent_id):
            if owner != self._instance.id and self._instance.is_running(owner):
                with contextlib.suppress(OSError):
                    saved_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    found.append(TypedElsewhere(self._instance.process(owner), saved_at))
        return max(found, key=lambda typed: typed.saved_at, default=None)

    def drop(self, server: str, conversation_id: str, agent_id: str = "") -> None:
        """Delete this instance's draft of the conversation, if there is one."""
        with contextlib.suppress(NotADirectoryError):
            self._own_path(server, conversation_id, agent_id).unlink(missing_ok=True)

    def all(self, server: str) -> list[Draft]:
        """Return this instance's drafts for the server and those left behind, newest first.

        Files that cannot be read are skipped. Raises OSError if the folder is there but cannot be read.
        """
        drafts, owners = [], set()
        for name in self._names():
            owner = _owner(name)
            owners.add(owner)
            if owner != self._instance.id and self._instance.is_running(owner):
                continue
            with contextlib.suppress(OSError):
                draft = _load(self._folder / name)
                if draft is not None and draft.server == server:
                    drafts.append(draft._replace(left_behind=owner != self._instance.id))
        self._instance.remove_ended(frozenset(owners))
        return sorted(drafts, key=lambda draft: draft.saved_at, reverse=True)

    def close(self) -> None:
        """Leave the drafts that are still on disk behind; the next `save` makes them this instance's own again."""
        try:
            owners = {_owner(name) for name in self._names()}
        except OSError:
            owners = {self._instance.id}
        self._instance.end(remove=self._instance.id not in owners)

    def _left_behind(self, server: str, conversation_id: str, agent_id: str) -> Iterator[tuple[Draft, Path]]:
        """Drafts of a conversation whose instance has ended, newest first, and their files."""
        found = []
        for owner, path in self._paths(server, conversation_id, agent_id):
            if owner != self._instance.id and not self._instance.is_running(owner):
                with contextlib.suppress(OSError):
                    draft = _load(path)
                    if draft is not None:
                        found.append((draft._replace(left_behind=True), path))
        return iter(sorted(found, key=lambda one: one[0].saved_at, reverse=True))

    def _paths(self, server: str, conversation_id: str, agent_id: str) -> Iterator[tuple[str, Path]]:
        """Every file of a conversation, with the instance that it belongs to."""
        stem = _stem(server, conversation_id, agent_id)
        with contextlib.suppress(OSError):
            for name in self._names():
                if name.startswith(stem):
                    yield _owner(name), self._folder / name

    def _names(self) -> list[str]:
        try:
            return [name for name in os.listdir(self._folder) if name.endswith(".json")]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _own_path(self, server: str, conversation_id: str, agent_id: str) -> Path:
        return self._folder / f"{_stem(server, conversation_id, agent_id)}-{self._instance.id}.json"


def _stem(server: str, conversation_id: str, agent_id: str) -> str:
    """How the files of a conversation begin; hashed, since ids and addresses are not safe file names."""
    key = json.dumps([server, conversation_id, owner_of(conversation_id, agent_id)])
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _owner(name: str) -> str:
    """The instance that a file belongs to; "" for one of a version that had one draft for all instances."""
    return name.removesuffix(".json").partition("-")[2]


def _load(path: Path) -> Draft | None:
    """Return the draft in the file; a file of another shape is set aside, as a damaged one is."""
    fields = read_json(path)
    if fields is None:
        return None
    draft = _parse(fields)
    if draft is None:
        set_aside(path)
    return draft


def _parse(fields: Any) -> Draft | None:
    """Return the draft with these fields, or None if one is missing; unknown fields are ignored."""
    try:
        names = ("server", "agent_id", "conversation_id", "text")
        texts = {name: fields[name] for name in names if isinstance(fields[name], str)}
        began_from = fields["began_from"]
        saved_at = datetime.fromisoformat(fields["saved_at"])
    except (KeyError, TypeError, ValueError):
        return None
    if len(texts) < len(names) or not isinstance(began_from, str | None):
        return None
    if saved_at.tzinfo is None:
        saved_at = saved_at.replace(tzinfo=UTC)
    block_id = fields.get("block_id", "")
    if not isinstance(block_id, str):
        return None
    return Draft(**texts, began_from=began_from, saved_at=saved_at, block_id=block_id)
