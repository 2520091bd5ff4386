"""What the app remembers between runs: the agents that were opened last, for each server."""

import json
from pathlib import Path
from typing import Any

from tui.local.atomic import locked, read_json, set_aside, write_text

_MOST = 20


class State:
    """The state file, shared with other running instances of the app.

    Every method touches the disk: call it outside the event loop. A write begins from what the file holds at
    that moment, and nobody writes between, so that instances lose none of each other's entries.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def recent_agents(self, server: str) -> tuple[str, ...]:
        """Return the ids of the agents opened on this server, most recent first, at most 20."""
        try:
            held = read_json(self._path)
        except OSError:
            return ()
        return _recent(held, server)

    def last_agent(self, server: str) -> str | None:
        """Return the id of the agent that was opened last on this server."""
        return next(iter(self.recent_agents(server)), None)

    def remember_agent(self, server: str, agent_id: str) -> None:
        """Put the agent first on this server; raises OSError if the file cannot be read or written.

        What the file holds beside the agents, written by a newer version, is kept.
        """
        with locked(self._path.parent):
            self._remember(server, agent_id)

    def _remember(self, server: str, agent_id: str) -> None:
        held = read_json(self._path)
        if held is not None and not isinstance(held, dict):
            set_aside(self._path)
            held = None
        kept: dict[str, Any] = dict(held or {})
        agents = kept.get("agents")
        others = [known for known in _recent(held, server) if known != agent_id]
        first = {server: [agent_id, *others][:_MOST]}
        kept["agents"] = (agents if isinstance(agents, dict) else {}) | first
        write_text(self._path, json.dumps(kept, indent=1) + "\n")


def _recent(held: Any, server: str) -> tuple[str, ...]:
    """Return the ids that the file holds for a server; anything of another shape counts as nothing."""
    agents = held.get("agents") if isinstance(held, dict) else None
    ids = agents.get(server) if isinstance(agents, dict) else None
    known = [one for one in ids if isinstance(one, str) and one] if isinstance(ids, list) else []
    return tuple(dict.fromkeys(known))[:_MOST]
