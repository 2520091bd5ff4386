"""What the first requests of a start ask for, as the client and the early requests both spell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

Target = tuple[str, Mapping[str, Any]]
"""A path and its parameters."""

HEALTH: Target = ("/v1/health/", {})


def agent(agent_id: str) -> Target:
    """One agent, without what it is related to."""
    return f"/v1/agents/{segment(agent_id)}", {"include_relationships": ""}


def conversations(
    agent_id: str,
    *,
    after: str | None = None,
    limit: int = 50,
    order: str | None = None,
    order_by: str | None = None,
    search: str = "",
) -> Target:
    """One page of an agent's conversations."""
    params = given(
        agent_id=agent_id,
        after=after,
        limit=limit,
        order=order,
        order_by=order_by,
        summary_search=search or None,
    )
    return "/v1/conversations/", params


def given(**values: Any) -> dict[str, Any]:
    """The parameters that have a value."""
    return {key: value for key, value in values.items() if value is not None}


def segment(value: str) -> str:
    """An id as one segment of a path, whatever it holds: none that would climb out of its collection."""
    return "-" if value in ("", ".", "..") else quote(value, safe="", errors="replace")


def spelled(path: str, params: Mapping[str, Any] | None) -> str:
    """A target as it stands in a request."""
    return f"{path}?{urlencode(params)}" if params else path
