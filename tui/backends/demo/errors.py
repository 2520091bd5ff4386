"""The error responses of a Letta server, body for body as 0.16.8 writes them."""

from __future__ import annotations

from typing import Any

from tui.backends.demo.records import USER_ID, Json

ACTOR = (
    f"id='{USER_ID}' organization_id='org-00000000-0000-4000-8000-000000000000' name='default_user' "
    "created_at=datetime.datetime(2026, 11, 22, 0, 26, 43, 787822, tzinfo=datetime.timezone.utc) "
    "updated_at=datetime.datetime(2026, 11, 22, 0, 26, 43, 787822, tzinfo=datetime.timezone.utc) "
    "is_deleted=False"
)
SAMPLE = "123e4567-e89b-42d3-8456-426614174000"
UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
PENDING = (
    "CONFLICT: Cannot send a new message: The agent is waiting for approval on a tool call. "
    "Please approve or deny the pending request before continuing."
)


class ErrorResponse(Exception):
    """An answer other than 200: status, JSON body (None: no body) and headers."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status, self.body, self.headers = status, body, headers or {}


def plain(status: int, text: str) -> ErrorResponse:
    """Refuse with `{"detail": text}`."""
    return ErrorResponse(status, {"detail": text})


def by_status(status: int) -> ErrorResponse:
    """The body that a real server, or a proxy in front of it, sends with a status."""
    known: dict[int, str] = {
        400: "INVALID_ARGUMENT: The request is invalid",
        401: "Unauthorized",
        403: "Forbidden",
        404: "Not Found",
        405: "Method Not Allowed",
        409: PENDING,
        500: "An unknown error occurred",
    }
    if status == 422:
        return missing("body")
    if status == 429:
        return ErrorResponse(429, {"detail": "RATE_LIMIT_EXCEEDED: Too many requests"}, {"Retry-After": "0"})
    if status in known:
        return plain(status, known[status])
    if status in (502, 503, 504):
        page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        return ErrorResponse(status, page, {"content-type": "text/html"})
    return plain(status, f"status {status}")


def database_error() -> ErrorResponse:
    """What PostgreSQL makes of NUL, lone surrogates and negative limits."""
    return plain(500, "A database error occurred.")


def invalid(problem: Json, example: str | None = None) -> ErrorResponse:
    """422: `detail` is the Python repr of a list, as text."""
    body: Json = {"trace_id": "", "detail": repr([problem])}
    if example:
        body["examples"] = [example]
    return ErrorResponse(422, body)


def missing(*loc: str) -> ErrorResponse:
    """422 for a field that is required."""
    return invalid({"type": "missing", "loc": loc, "msg": "Field required", "input": None})


def wrong_type(kind: str, msg: str, loc: tuple[str | int, ...], value: Any) -> ErrorResponse:
    """422 for a value of the wrong type."""
    return invalid({"type": kind, "loc": loc, "msg": msg, "input": value})


def not_an_object(value: Any) -> ErrorResponse:
    """422 for a body that is not a JSON object, or is not said to be one."""
    msg = "Input should be a valid dictionary or object to extract fields from"
    return wrong_type("model_attributes_type", msg, ("body",), value)


def not_a_choice(loc: tuple[str, ...], choices: tuple[str, ...], value: str) -> ErrorResponse:
    """422 for a value outside a fixed set."""
    quoted = [f"'{choice}'" for choice in choices]
    expected = f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    return invalid(
        {
            "type": "literal_error",
            "loc": loc,
            "msg": f"Input should be {expected}",
            "input": value,
            "ctx": {"expected": expected},
        }
    )


def no_record(kind: str, identifier: str, tail: str = "") -> ErrorResponse:
    """404 that leaks the SQL filter and the actor, as the ORM's reads do."""
    return plain(
        404,
        f"{kind} not found with id='['{identifier}']', access level in ['read'] for actor='{ACTOR}'{tail}",
    )


def no_conversation(identifier: str) -> ErrorResponse:
    """404 for a conversation that never existed or was deleted."""
    return no_record("Conversation", identifier, ", is_deleted=False")


def pattern_mismatch(
    name: str, value: str, pattern: str, shown: str, example: str | None = None
) -> ErrorResponse:
    """422 for an id in a path that is not prefix-uuid4."""
    return invalid(
        {
            "type": "string_pattern_mismatch",
            "loc": ("path", name),
            "msg": f"String should match pattern '{shown}'",
            "input": value,
            "ctx": {"pattern": pattern},
        },
        example,
    )


def duplicate_label(conversation_id: str, block_id: str, label: str) -> ErrorResponse:
    """409 with the text of the database driver, when a label is isolated twice."""
    insert = "INSERT INTO blocks_conversations (conversation_id, block_id, block_label)"
    return plain(
        409,
        "(sqlalchemy.dialects.postgresql.asyncpg.IntegrityError) "
        "<class 'asyncpg.exceptions.UniqueViolationError'>: "
        'duplicate key value violates unique constraint "unique_label_per_conversation"\n'
        f"DETAIL:  Key (conversation_id, block_label)=({conversation_id}, {label}) already exists.\n"
        f"[SQL: {insert} "
        "VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR)]\n"
        f"[parameters: ('{conversation_id}', '{block_id}', '{label}')]\n"
        "(Background on this error at: https://sqlalche.me/e/20/gkpj)",
    )
