"""Letta Cloud, and the API after 0.16.8: how its responses differ, and what its description leaves open.

None of it was measured: it follows the types and docstrings of the official Python client 1.12.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.backends.demo import errors
from tui.backends.demo.records import USER_ID, Agent, Conversation, Json, timestamp

if TYPE_CHECKING:
    from tui.backends.demo.store import Store

SELF_HOSTED, CLOUD = "self-hosted", "cloud"
FLAVOURS = (SELF_HOSTED, CLOUD)

ARCHIVE_STATUS = ("unarchived", "archived", "all")
GIT_MEMORY_TAG = "git-memory-enabled"

STATUS_BODIES: dict[int, tuple[Json, dict[str, str]]] = {
    401: ({"error": "Unauthorized"}, {}),
    402: (
        {
            "error": "You are out of credits",
            "reasons": ["not-enough-credits"],
            "reason_text": "Add credits or switch to another plan to go on.",
        },
        {},
    ),
    403: ({"error": "Forbidden", "message": "Your plan does not include this feature"}, {}),
    404: ({"message": "Not Found"}, {}),
    429: (
        {"error": "Rate limited", "reasons": ["exceeded-quota"], "timeToQuotaResetMs": 30_000},
        {"Retry-After": "30"},
    ),
    503: ({"errorCode": "cloud_api_shutting_down", "retryable": True}, {"Retry-After": "1"}),
}
"""Bodies and headers of the statuses that its gateway itself sends."""


@dataclass
class Cloud:
    """What the description leaves open; tests set these switches on the transport's `cloud`."""

    default_methods: frozenset[str] = frozenset({"GET", "PATCH"})
    """Methods of `/v1/conversations/default?agent_id=` that are allowed; the others are refused (422)."""
    default_id: str = "default"
    """The id in the answers about the default conversation."""
    refuses_labels: bool = False
    """Whether POST with `isolated_block_labels` is refused (422), not ignored."""
    lists: str = "unarchived"
    """What the list returns without `archive_status`."""
    has_health: bool = True
    """Whether `/v1/health/` exists."""
    relative_cursors: bool = True
    """Whether cursors of messages are relative to a descending order, and a page is then descending inside."""
    searches: bool = True
    """Whether messages and conversations can be searched."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Routes that this server does not have."""
        health = () if self.has_health else ("/v1/health/", "/v1/ready/")
        search = () if self.searches else ("/v1/messages/search", "/v1/conversations/search")
        return ("/v1/agents/count", "/v1/agents/{agent_id}/context", *health, *search)

    def check_labels(self, body: Json) -> None:
        """Refuse `isolated_block_labels`, where they are not ignored."""
        labels = body.get("isolated_block_labels")
        if labels is not None and self.refuses_labels:
            msg = "Extra inputs are not permitted"
            raise errors.wrong_type("extra_forbidden", msg, ("body", "isolated_block_labels"), labels)

    def row(self, conversation: Conversation, in_context: list[str] | None = None) -> Json:
        """Render a conversation: no isolated blocks, and `in_context_message_ids` null where it is not reported."""
        return {
            "id": conversation.id,
            "agent_id": conversation.agent_id,
            "archived": conversation.archived_at is not None,
            "archived_at": timestamp(conversation.archived_at),
            "context_window_limit": conversation.context_window_limit,
            "created_at": timestamp(conversation.created_at),
            "created_by_id": USER_ID,
            "description": conversation.description,
            "in_context_message_ids": in_context if conversation.reports_context else None,
            "last_message_at": timestamp(conversation.last_message_at),
            "last_updated_by_id": USER_ID,
            "model": conversation.model,
            "model_settings": conversation.model_settings,
            "summary": conversation.summary,
            "updated_at": timestamp(conversation.updated_at),
        }

    def default_row(self, agent: Agent, *, with_context: bool) -> Json:
        """Render the default conversation of an agent, whose summary is stored with the agent."""
        record = Conversation(
            self.default_id, agent.id, agent.default_summary, agent.created_at, agent.updated_at
        )
        return self.row(record, list(agent.message_ids) if with_context else None)

    def lists_row(self, conversation: Conversation, archive_status: str) -> bool:
        """Return whether a list with this `archive_status` has the conversation; hidden ones are in none."""
        archived = conversation.archived_at is not None
        return not conversation.hidden and archive_status in ("archived" if archived else "unarchived", "all")


def by_status(status: int) -> errors.ErrorResponse:
    """The gateway's own response with this status, else that of 0.16.8."""
    if status not in STATUS_BODIES:
        return errors.by_status(status)
    body, headers = STATUS_BODIES[status]
    return errors.ErrorResponse(status, body, headers)


def as_of_gateway(refusal: errors.ErrorResponse) -> errors.ErrorResponse:
    """A refusal with the gateway's body where it is about no record: a bad key, a missing route."""
    is_generic = refusal.body in ({"detail": "Not Found"}, {"detail": "Unauthorized"})
    return by_status(refusal.status) if is_generic else refusal


def keep_memory_in_git(store: Store, names: Iterable[str]) -> None:
    """Tag agents as those whose memory is stored in git, which their blocks mirror."""
    for agent in store.agents.values():
        if agent.name in names:
            agent.tags.append(GIT_MEMORY_TAG)
