"""Drafts on disk: summaries that were typed and that the server has not confirmed yet, one file each."""

import contextlib
import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tui.storage.atomic_files import read_json, set_aside, write_text
from tui.storage.paths import make_private

_SHARED_IDS = frozenset({"default", "new"})


def owner_of(conversation_id: str, agent_id: str) -> str:
    """The agent's id if every agent has a conversation of this id, else an empty text."""
    return agent_id if conversation_id in _SHARED_IDS else ""


class Draft(NamedTuple):
    """Text that the user typed for one conversation of one server.

    `began_from` is the summary that the edit began from, None if there was none: after a restart it
    shows whether the server's summary has changed meanwhile.
    """

    server: str
    agent_id: str
    conversation_id: str
    text: str
    began_from: str | None
    saved_at: datetime


class DraftStore:
    """The drafts in a folder, which other running instances of the app may use as well.

    Every method touches the disk: call it outside the event loop. Nothing is cached, so what another instance
    wrote is seen at once; of two drafts for one conversation the last one saved stays. `agent_id` matters only
    for the conversation ids that all agents have, `default` and the `new` of one not yet created.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, draft: Draft) -> None:
        """Save the draft over the previous one; raises OSError if it is not safely on disk."""
        fields = draft._asdict() | {"saved_at": draft.saved_at.isoformat()}
        make_private(self._folder)
        write_text(
            self._path(draft.server, draft.conversation_id, draft.agent_id),
            json.dumps(fields, ensure_ascii=True, indent=1),
        )

    def find(self, server: str, conversation_id: str, agent_id: str = "") -> Draft | None:
        """Return the draft of this conversation, if there is one; raises OSError if it cannot be read."""
        return _load(self._path(server, conversation_id, agent_id))

    def drop(self, server: str, conversation_id: str, agent_id: str = "") -> None:
        """Delete the draft of this conversation, if there is one."""
        with contextlib.suppress(NotADirectoryError):
            self._path(server, conversation_id, agent_id).unlink(missing_ok=True)

    def all(self, server: str) -> list[Draft]:
        """Return the drafts for this server, newest first; files that cannot be read are skipped.

        Raises OSError if the folder is there but cannot be read.
        """
        try:
            names = os.listdir(self._folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        drafts = []
        for name in names:
            if not name.endswith(".json"):
                continue
            with contextlib.suppress(OSError):
                draft = _load(self._folder / name)
                if draft is not None and draft.server == server:
                    drafts.append(draft)
        return sorted(drafts, key=lambda draft: draft.saved_at, reverse=True)

    def _path(self, server: str, conversation_id: str, agent_id: str) -> Path:
        """Return the file of a conversation; hashed, since ids and addresses are no safe file names."""
        key = json.dumps([server, conversation_id, owner_of(conversation_id, agent_id)])
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


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
    return Draft(**texts, began_from=began_from, saved_at=saved_at)
