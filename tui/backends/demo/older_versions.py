"""What Letta before 0.16.8 lacks: endpoints, parameters and fields (measured)."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from tui.backends.demo import errors

CONVERSATION = "/v1/conversations/[^/]+"
CALLS = (
    ("PATCH", CONVERSATION, "0.16.4", errors.plain(405, "Method Not Allowed")),
    ("DELETE", CONVERSATION, "0.16.5", errors.plain(405, "Method Not Allowed")),
    ("POST", f"{CONVERSATION}/compact", "0.16.4", errors.plain(404, "Not Found")),
    ("POST", f"{CONVERSATION}/(fork|recompile)", "0.16.7", errors.plain(404, "Not Found")),
    ("GET", "/v1/messages/[^/]+", "0.16.4", errors.plain(404, "Not Found")),
    ("GET", "/v1/ready/", "0.16.7", errors.plain(404, "Not Found")),
)
"""Endpoints by the version that added them, and what earlier ones answer."""

PARAMETERS = {"order": "0.16.5", "order_by": "0.16.5", "summary_search": "0.16.4"}
"""Parameters of the list of conversations that older versions ignore."""

FIELDS = {
    "isolated_block_ids": "0.16.4",
    "model": "0.16.5",
    "model_settings": "0.16.5",
    "last_message_at": "0.16.7",
}
"""Fields of a conversation that older versions do not have."""


def is_older(version: str, first: str) -> bool:
    """Return whether a version is older than another one; one that is no version is not."""
    found = [re.match(r"(\d+)\.(\d+)\.(\d+)", text) for text in (version, first)]
    numbers = [[int(part) for part in match.groups()] for match in found if match]
    return len(numbers) == 2 and numbers[0] < numbers[1]


def adapt_request(version: str, request: httpx.Request) -> tuple[httpx.QueryParams, bytes]:
    """The parameters and body that this version uses; raises Refusal where it has no such endpoint."""
    path, params, content = request.url.path, request.url.params, request.content
    for method, pattern, first, refusal in CALLS:
        if request.method == method and re.fullmatch(pattern, path) and is_older(version, first):
            raise refusal
    if path == "/v1/conversations/":
        if request.method == "GET" and "agent_id" not in params and is_older(version, "0.16.5"):
            raise errors.missing("query", "agent_id")
        for name, first in PARAMETERS.items():
            params = params.remove(name) if is_older(version, first) else params
        if params.get("order_by") == "last_message_at" and is_older(version, "0.16.7"):
            known = ("created_at", "last_run_completion")
            raise errors.not_a_choice(("query", "order_by"), known, "last_message_at")
        if request.method == "POST" and is_older(version, "0.16.4"):
            body = json.loads(content or b"{}") or {}
            content = json.dumps({"summary": body.get("summary")}).encode()
    if re.fullmatch(f"{CONVERSATION}/messages", path) and is_older(version, "0.16.4"):
        params = params.set("order", "asc")
    if re.fullmatch("/v1/agents/[^/]+/context", path) and is_older(version, "0.16.5"):
        params = params.remove("conversation_id")  # it counts the default conversation, whichever is named
    return params, content


def adapt_response(version: str, path: str, answer: Any) -> Any:
    """The response as this version sends it."""
    if path == "/v1/messages/" and is_older(version, "0.16.4"):
        return []  # its list by conversation finds no row of a named one
    if not re.fullmatch("/v1/conversations/([^/]+)?", path):
        return answer
    missing = {name for name, first in FIELDS.items() if is_older(version, first)}
    if isinstance(answer, list):
        return [_without(row, missing) for row in answer]
    return _without(answer, missing)


def _without(record: Any, missing: set[str]) -> Any:
    return {k: v for k, v in record.items() if k not in missing} if isinstance(record, dict) else record
