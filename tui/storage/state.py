"""What the app remembers between runs: where it was left, agents by use and by choice, the theme."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tui.storage.atomic_files import locked, read_json, set_aside, write_text
from tui.storage.paths import state_dir

_MOST = 20


class Place(NamedTuple):
    """Where the screen was left on one agent: its row and how many rows stood above it, tab, order and filter."""

    row: str = ""
    tab: str = "messages"
    sort: str = "created"
    oldest_first: bool = False
    filter: str = ""
    above: int = 0


class State:
    """The state file, shared with other running instances of the app.

    Every method but `note_place` touches the disk: call it outside the event loop. A write begins from what the
    file holds at that moment, and nobody writes between, so that instances lose none of each other's entries.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[tuple[str, str], Place] = {}

    # agents

    def recent_agents(self, server: str) -> tuple[str, ...]:
        """Return the ids of the agents opened on this server, most recent first, at most 20."""
        return _ids(self._told(), "agents", server)[:_MOST]

    def last_agent(self, server: str) -> str | None:
        """Return the id of the agent that was opened last on this server."""
        return next(iter(self.recent_agents(server)), None)

    def remember_agent(self, server: str, agent_id: str) -> None:
        """Put the agent first on this server; raises OSError if the file cannot be read or written."""

        def change(held: dict[str, Any]) -> None:
            others = [known for known in _ids(held, "agents", server) if known != agent_id]
            _put(held, "agents", server, [agent_id, *others][:_MOST])

        self._change(change)

    def pinned_agents(self, server: str) -> tuple[str, ...]:
        """Return the ids of the agents that the user pinned on this server, in the order of pinning."""
        return _ids(self._told(), "pinned", server)

    def toggle_pin(self, server: str, agent_id: str) -> tuple[str, ...]:
        """Pin an agent, or take its pin away; returns the pinned ones. Raises OSError."""
        pinned: list[str] = []

        def change(held: dict[str, Any]) -> None:
            known = _ids(held, "pinned", server)
            pinned.extend(one for one in known if one != agent_id)
            if agent_id not in known:
                pinned.append(agent_id)
            _put(held, "pinned", server, pinned)

        self._change(change)
        return tuple(pinned)

    # where it was left

    def last_server(self) -> Mapping[str, str]:
        """Return the profile or the base_url of the last run, nothing where there was none."""
        told = _table(self._told(), "last")
        return {key: told[key] for key in ("profile", "base_url") if isinstance(told.get(key), str)}

    def remember_server(self, *, profile: str | None, base_url: str) -> None:
        """Note which server answered last, by its profile or its address; raises OSError."""
        last = {"profile": profile} if profile else {"base_url": base_url}
        if self.last_server() != last:
            self._change(lambda held: held.update(last=last))

    def place(self, server: str, agent_id: str) -> Place | None:
        """Return where this agent was left, None if it never was."""
        told = _table(_table(self._told(), "places"), server).get(agent_id)
        if not isinstance(told, dict):
            return None
        kinds = {name: type(value) for name, value in Place()._asdict().items()}
        fits = {name: told[name] for name, kind in kinds.items() if isinstance(told.get(name), kind)}
        return Place(**fits)

    def note_place(self, server: str, agent_id: str, place: Place) -> None:
        """Keep in mind where an agent is left; `close` writes it."""
        self._places[server, agent_id] = place

    def close(self) -> None:
        """Write the places that were noted, of the 20 agents used last on each server; raises OSError."""
        noted, self._places = self._places, {}
        if not noted:
            return

        def change(held: dict[str, Any]) -> None:
            for (server, agent_id), place in noted.items():
                known = _table(_table(held, "places"), server)
                recent = _ids(held, "agents", server)
                kept = {one: told for one, told in known.items() if one in recent}
                _put(held, "places", server, kept | {agent_id: place._asdict()})

        self._change(change)

    # looks

    def theme(self) -> str | None:
        """Return the theme that was chosen last in the palette."""
        found = _table({"state": self._told()}, "state").get("theme")
        return found if isinstance(found, str) else None

    def remember_theme(self, theme: str) -> None:
        """Note a theme; raises OSError."""
        self._change(lambda held: held.update(theme=theme))

    def _told(self) -> Any:
        """What the file holds; one that cannot be read says nothing."""
        try:
            return read_json(self._path)
        except OSError:
            return None

    def _change(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change what the file holds; what a newer version wrote into it is kept."""
        with locked(self._path.parent):
            held = read_json(self._path)
            if held is not None and not isinstance(held, dict):
                set_aside(self._path)
                held = None
            kept: dict[str, Any] = dict(held or {})
            change(kept)
            write_text(self._path, json.dumps(kept, indent=1) + "\n")


def state() -> State:
    """The state of this user."""
    return State(state_dir() / "state.json")


def _table(held: Any, name: str) -> dict[str, Any]:
    """A table of the file, empty where there is none; anything of another shape counts as nothing."""
    found = held.get(name) if isinstance(held, dict) else None
    return found if isinstance(found, dict) else {}


def _ids(held: Any, name: str, server: str) -> tuple[str, ...]:
    """The ids that a table holds for a server."""
    ids = _table(held, name).get(server)
    known: Iterable[Any] = ids if isinstance(ids, list) else ()
    return tuple(dict.fromkeys(one for one in known if isinstance(one, str) and one))


def _put(held: dict[str, Any], name: str, server: str, value: Any) -> None:
    """Replace what a table holds for a server."""
    held[name] = _table(held, name) | {server: value}
