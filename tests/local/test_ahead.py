"""What is asked before the screen is loaded: what the screen will ask, and nothing where that is not known for free."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tui.api import targets
from tui.api.early import Early
from tui.api.targets import Target, spelled
from tui.config.credentials import ApiKeyCommand
from tui.config.settings import Settings
from tui.local.ahead import ask_ahead
from tui.storage.state import ListPosition, State

NOBODY = "http://127.0.0.1:1"
"""Where a connection is refused."""


@pytest.fixture
def held(room: Path) -> State:
    """A state that knows an agent of that server."""
    state = State(room / "state.json")
    state.remember_agent(NOBODY, "agent-1")
    return state


def ahead(held: State, **told: Any) -> Early | None:
    return ask_ahead(Settings(**{"base_url": NOBODY, **told}), held)


def rows(agent_id: str = "agent-1", order: str = "desc", by: str = "created_at", limit: int = 200) -> Target:
    return targets.conversations(agent_id, limit=limit, order=order, order_by=by)


def asked(early: Early | None, *wanted: Target) -> bool:
    return early is not None and all(early.take(spelled(*one)) is not None for one in wanted)


def test_version_agent_and_rows_of_the_last_agent_are_asked_for(held: State) -> None:
    assert asked(ahead(held), targets.HEALTH, targets.agent("agent-1"), rows())


def test_the_agent_that_was_named_by_its_id_comes_first(held: State) -> None:
    assert asked(ahead(held, agent="agent-2"), targets.agent("agent-2"), rows("agent-2"))


def test_rows_are_asked_for_in_the_order_in_which_they_were_left(held: State) -> None:
    held.note_position(NOBODY, "agent-1", ListPosition(sort="created", oldest_first=True))
    held.close()
    assert asked(ahead(held), rows(order="asc"))
    assert asked(ahead(held, conversation="conv-1"), rows())
    fixed = {"sort": "last-run", "sources": {"sort": "config.toml"}, "page_size": 10}
    assert asked(ahead(held, **fixed), rows(by="last_run_completion", limit=10))


@pytest.mark.parametrize(
    "told",
    [
        {"demo": True},
        {"bundle": Path("some.json")},
        {"api_key_command": ApiKeyCommand("echo k", "work")},
        {"agent": "Ada"},
        {"base_url": "http://127.0.0.1:2"},
    ],
    ids=["demo", "bundle", "key of a command", "agent by name", "no agent known"],
)
def test_nothing_is_asked_where_it_is_not_known_what(told: dict[str, Any], held: State) -> None:
    assert ahead(held, **told) is None
