"""State between runs: the position in each list, recent and pinned agents, the last server, the theme."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tui.storage.atomic_files import folder_lock, read_json, set_aside, write_text
from tui.storage.paths import state_dir

_MOST = 20
_ALL = "*"
"""Stands for the list of all agents, whose id is ""."""

Pin = tuple[str, str]
"""The ids of the agent and of a pinned conversation of it."""


class ListPosition(NamedTuple):
    """The position in an agent's list: the row and how many rows are above it on the screen, tab, order and filter."""

    row: str = ""
    tab: str = "messages"
    sort: str = "created"
    oldest_first: bool = False
    filter: str = ""
    above: int = 0


class State:
    """The state file, shared with other running instances of the app.

    Every method but `note_position` touches the disk: call it outside the event loop. A write reads the
    file first, under a lock, so that instances lose none of each other's entries.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._positions: dict[tuple[str, str], ListPosition] = {}

    # agents

    def recent_agents(self, server: str) -> tuple[str, ...]:
        """Return the ids of the agents opened on this server, most recent first, at most 20."""
        return tuple(one for one in _ids(self._read(), "agents", server)[:_MOST] if one != _ALL)

    def last_agent(self, server: str) -> str | None:
        """Return the id of the agent that was opened last on this server, "" for the list of all agents."""
        last = next(iter(_ids(self._read(), "agents", server)), None)
        return "" if last == _ALL else last

    def remember_agent(self, server: str, agent_id: str) -> None:
        """Put the agent first on this server; raises OSError if the file cannot be read or written."""
        first = agent_id or _ALL

        def change(state: dict[str, Any]) -> None:
            others = [known for known in _ids(state, "agents", server) if known != first]
            _put(state, "agents", server, [first, *others][:_MOST])

        self._change(change)

    def pinned_agents(self, server: str) -> tuple[str, ...]:
        """Return the ids of the agents that the user pinned on this server, in the order of pinning."""
        return _ids(self._read(), "pinned", server)

    def toggle_pin(self, server: str, agent_id: str) -> tuple[str, ...]:
        """Pin an agent, or unpin it; returns the pinned ones. Raises OSError."""
        return self._toggle("pinned", server, agent_id)

    # pinned conversations

    def pinned_conversations(self, server: str) -> tuple[Pin, ...]:
        """Return the conversations that the user pinned on this server, in the order of pinning."""
        return _pins(_ids(self._read(), "pinned_conversations", server))

    def toggle_conversation_pin(self, server: str, agent_id: str, conversation_id: str) -> tuple[Pin, ...]:
        """Pin a conversation, or unpin it; returns the pinned ones. Raises OSError."""
        return _pins(self._toggle("pinned_conversations", server, f"{agent_id}/{conversation_id}"))

    def _toggle(self, table: str, server: str, wanted: str) -> tuple[str, ...]:
        pinned: list[str] = []

        def change(state: dict[str, Any]) -> None:
            known = _ids(state, table, server)
            pinned.extend(one for one in known if one != wanted)
            if wanted not in known:
                pinned.append(wanted)
            _put(state, table, server, pinned)

        self._change(change)
        return tuple(pinned)

    # the last server and positions

    def last_server(self) -> Mapping[str, str]:
        """Return the profile or the base_url of the last run, nothing where there was none."""
        stored = _table(self._read(), "last")
        return {key: stored[key] for key in ("profile", "base_url") if isinstance(stored.get(key), str)}

    def remember_server(self, *, profile: str | None, base_url: str) -> None:
        """Note which server answered last, by its profile or its address; raises OSError."""
        last = {"profile": profile} if profile else {"base_url": base_url}
        if self.last_server() != last:
            self._change(lambda state: state.update(last=last))

    def position(self, server: str, agent_id: str) -> ListPosition | None:
        """Return the position in this agent's list, None if there is none."""
        stored = _table(_table(self._read(), "places"), server).get(agent_id or _ALL)
        if not isinstance(stored, dict):
            return None
        kinds = {name: type(value) for name, value in ListPosition()._asdict().items()}
        fits = {name: stored[name] for name, kind in kinds.items() if isinstance(stored.get(name), kind)}
        return ListPosition(**fits)

    def note_position(self, server: str, agent_id: str, position: ListPosition) -> None:
        """Record the position in an agent's list; `close` writes it."""
        self._positions[server, agent_id or _ALL] = position

    def close(self) -> None:
        """Write the recorded positions, and drop those of agents that are no longer recent; raises OSError."""
        noted, self._positions = self._positions, {}
        if not noted:
            return

        def change(state: dict[str, Any]) -> None:
            for (server, agent_id), place in noted.items():
                known = _table(_table(state, "places"), server)
                recent = _ids(state, "agents", server)
                recent_only = {one: stored for one, stored in known.items() if one in recent}
                _put(state, "places", server, recent_only | {agent_id: place._asdict()})

        self._change(change)

    # the theme

    def theme(self) -> str | None:
        """Return the theme that was chosen last in the palette."""
        theme = _table({"state": self._read()}, "state").get("theme")
        return theme if isinstance(theme, str) else None

    def remember_theme(self, theme: str) -> None:
        """Note a theme; raises OSError."""
        self._change(lambda state: state.update(theme=theme))

    def _read(self) -> Any:
        """The content of the file, None if it cannot be read."""
        try:
            return read_json(self._path)
        except OSError:
            return None

    def _change(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the file; fields of a newer version stay."""
        with folder_lock(self._path.parent):
            stored = read_json(self._path)
            if stored is not None and not isinstance(stored, dict):
                set_aside(self._path)
                stored = None
            state: dict[str, Any] = dict(stored or {})
            change(state)
            write_text(self._path, json.dumps(state, indent=1) + "\n")


def user_state() -> State:
    """The state of this user."""
    return State(state_dir() / "state.json")


def _table(state: Any, name: str) -> dict[str, Any]:
    """A table of the file, empty if it is missing or not a table."""
    table = state.get(name) if isinstance(state, dict) else None
    return table if isinstance(table, dict) else {}


def _ids(state: Any, name: str, server: str) -> tuple[str, ...]:
    """The ids in a table for a server."""
    ids = _table(state, name).get(server)
    known: Iterable[Any] = ids if isinstance(ids, list) else ()
    return tuple(dict.fromkeys(one for one in known if isinstance(one, str) and one))


def _pins(stored: Iterable[str]) -> tuple[Pin, ...]:
    """Return pins as they are stored: the ids of agent and conversation with a slash between them."""
    pairs = (one.partition("/") for one in stored)
    return tuple((agent_id, id) for agent_id, slash, id in pairs if agent_id and id)


def _put(state: dict[str, Any], name: str, server: str, value: Any) -> None:
    """Replace the value in a table for a server."""
    state[name] = _table(state, name) | {server: value}
