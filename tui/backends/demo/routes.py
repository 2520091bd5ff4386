"""From method and path to a handler, with Letta's redirects of missing and extra slashes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tui.backends.demo import (
    agent_turn,
    agents,
    blocks,
    context_window,
    conversations,
    errors,
    messages,
    search,
    traces,
)
from tui.backends.demo.cloud import Cloud
from tui.backends.demo.request import Request, check_id

Handler = Callable[[Request], Any]
ONE = "/v1/conversations/{conversation_id}"
AGENT = "/v1/agents/{agent_id}"
CLOUD_ONLY = ("/v1/conversations/search",)
"""Routes that Letta up to 0.16.8 does not have."""


@dataclass(frozen=True)
class Route:
    """A path with its handlers by method; `only_named` routes refuse `default` and agents' ids."""

    path: str
    handlers: dict[str, Handler]
    only_named: bool = False
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)))


ROUTES = (
    Route("/v1/health/", {"GET": agents.health}),
    Route("/v1/ready/", {"GET": agents.health}),
    Route("/v1/agents/", {"GET": agents.list_agents, "POST": agents.create}),
    Route("/v1/agents/count", {"GET": agents.count}),
    Route(AGENT, {"GET": agents.retrieve, "PATCH": agents.update, "DELETE": agents.delete}),
    Route(AGENT + "/tools/approval/{tool_name}", {"PATCH": agents.set_approval}),
    Route(AGENT + "/messages", {"GET": messages.of_agent}),
    Route(AGENT + "/context", {"GET": context_window.retrieve}),
    Route(AGENT + "/messages/preview-raw-payload", {"POST": traces.preview}),
    Route(AGENT + "/messages/cancel", {"POST": agent_turn.cancel_runs}),
    Route("/v1/steps/{step_id}", {"GET": traces.step}),
    Route("/v1/steps/{step_id}/metrics", {"GET": traces.metrics}),
    Route("/v1/steps/{step_id}/trace", {"GET": traces.trace}),
    Route(AGENT + "/core-memory/blocks", {"GET": agents.core_blocks}),
    Route(
        AGENT + "/core-memory/blocks/{block_label}",
        {"GET": agents.core_block, "PATCH": agents.update_core_block},
    ),
    Route(AGENT + "/core-memory/blocks/detach/{block_id}", {"PATCH": agents.detach}),
    Route(AGENT + "/core-memory/blocks/attach/{block_id}", {"PATCH": agents.attach}),
    Route("/v1/blocks/", {"GET": blocks.list_blocks, "POST": blocks.create}),
    Route("/v1/blocks/{block_id}", {"GET": blocks.retrieve, "PATCH": blocks.update, "DELETE": blocks.delete}),
    Route("/v1/blocks/{block_id}/agents", {"GET": agents.of_block}),
    Route("/v1/messages/", {"GET": messages.of_server}),
    Route("/v1/messages/search", {"POST": search.messages}),
    Route("/v1/conversations/search", {"POST": search.conversations}),
    Route("/v1/messages/{message_id}", {"GET": messages.by_id}),
    Route("/v1/conversations/", {"POST": conversations.create, "GET": conversations.list_all}),
    Route(
        ONE,
        {"GET": conversations.retrieve, "PATCH": conversations.update, "DELETE": conversations.delete},
        only_named=True,
    ),
    Route(ONE + "/messages", {"GET": messages.of_conversation, "POST": agent_turn.send}),
    Route(ONE + "/fork", {"POST": conversations.fork}),
    Route(ONE + "/recompile", {"POST": conversations.recompile}),
    Route(ONE + "/compact", {"POST": conversations.compact}),
    Route(ONE + "/cancel", {"POST": conversations.cancel}),
)


def find_handler(method: str, path: str, cloud: Cloud | None = None) -> tuple[Handler, dict[str, str]]:
    """The handler and the ids of a path, else 404, 405, 422 of a malformed id, or a 307 with a bare path."""
    missing = cloud.missing if cloud else CLOUD_ONLY
    routes = [route for route in ROUTES if route.path not in missing]
    found = [(route, match) for route in routes if (match := route.pattern.fullmatch(path))]
    for route, match in found:
        if method in route.handlers:
            ids = match.groupdict()
            takes_default = cloud is not None and method in cloud.default_methods
            for name, value in ids.items():
                if name.endswith("_id"):
                    check_id(name, value, only_named=route.only_named and not takes_default)
            return route.handlers[method], ids
    for route, _ in found:
        allowed = {"Allow": next(iter(route.handlers))}
        raise errors.ErrorResponse(405, {"detail": "Method Not Allowed"}, allowed)
    other = path.removesuffix("/") if path.endswith("/") else path + "/"
    if any(route.pattern.fullmatch(other) for route in routes):
        raise errors.ErrorResponse(307, None, {"Location": other})
    raise errors.plain(404, "Not Found")
