"""Summaries that were typed and not yet confirmed by the server, one file each."""

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
    """The agent, where the conversation's id is one that all agents have; else nothing."""
    return agent_id if conversation_id in _SHARED_IDS else ""


class Draft(NamedTuple):
    """Text that the user typed for one conversation of one server.

    `began_from` is the summary that the edit began from, None if there was none: it tells after a restart
    whether the server's summary has changed meanwhile.
    """

    server: str
    agent_id: str
    conversation_id: str
    text: str
    began_from: str | None
    saved_at: datetime


class Drafts:
    """The drafts in a folder, which other running instances of the app may use too.

    Every method touches the disk: call it outside the event loop. Nothing is cached, so what another instance
    wrote is seen at once; of two drafts for one conversation the last one kept stays. `agent_id` matters only
    for the conversation ids that all agents have, `default` and the `new` of one not yet created.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, draft: Draft) -> None:
        """Write the draft over the one before it; raises OSError if it is not safely on disk."""
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
        """Forget the draft of this conversation, if there is one."""
        with contextlib.suppress(NotADirectoryError):
            self._path(server, conversation_id, agent_id).unlink(missing_ok=True)

    def all(self, server: str) -> list[Draft]:
        """Return the drafts for this server, newest first; files that cannot be read are passed over.

        Raises OSError if the folder is there but cannot be read.
        """
        try:
            names = os.listdir(self._folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        found = []
        for name in names:
            if not name.endswith(".json"):
                continue
            with contextlib.suppress(OSError):
                draft = _load(self._folder / name)
                if draft is not None and draft.server == server:
                    found.append(draft)
        return sorted(found, key=lambda draft: draft.saved_at, reverse=True)

    def _path(self, server: str, conversation_id: str, agent_id: str) -> Path:
        """Return the file of a conversation; hashed, since ids and addresses are no safe file names."""
        key = json.dumps([server, conversation_id, owner_of(conversation_id, agent_id)])
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _load(path: Path) -> Draft | None:
    """Return the draft in the file; a file of another shape is set aside, as a damaged one is."""
    held = read_json(path)
    if held is None:
        return None
    draft = _parse(held)
    if draft is None:
        set_aside(path)
    return draft


def _parse(held: Any) -> Draft | None:
    """Return the draft that a file holds, or None if something is missing; unknown fields are ignored."""
    try:
        names = ("server", "agent_id", "conversation_id", "text")
        words = {name: held[name] for name in names if isinstance(held[name], str)}
        began_from = held["began_from"]
        saved_at = datetime.fromisoformat(held["saved_at"])
    except (KeyError, TypeError, ValueError):
        return None
    if len(words) < len(names) or not isinstance(began_from, str | None):
        return None
    if saved_at.tzinfo is None:
        saved_at = saved_at.replace(tzinfo=UTC)
    return Draft(**words, began_from=began_from, saved_at=saved_at)
