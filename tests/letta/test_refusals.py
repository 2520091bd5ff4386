"""What an error status means, in one line that shows no internals and steers no terminal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.letta.servers import real
from tui.letta.refusals import codes_in, flat, reason_in, refusal, wait_text
from tui.model.errors import (
    KeyRefused,
    NotAllowed,
    NotOffered,
    NotThere,
    RateLimited,
    Refused,
    Rejected,
    ServerTrouble,
)

REAL = [answer for answer in real("errors") if answer["status"] >= 400]


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (
            400,
            {"detail": "INVALID_ARGUMENT: no such label"},
            Rejected,
            "Asking: refused (400: no such label)",
        ),
        (
            401,
            {"detail": "Unauthorized"},
            KeyRefused,
            "Asking: the API key is missing or wrong (401) — set LETTA_API_KEY, or enter the key",
        ),
        (
            403,
            None,
            KeyRefused,
            "Asking: the API key is missing or wrong (403) — set LETTA_API_KEY, or enter the key",
        ),
        (
            404,
            {"detail": "Not Found"},
            NotOffered,
            "Asking: not supported by this server (404)",
        ),
        (
            404,
            {"detail": "Agent not found"},
            NotThere,
            "Asking: not found (404) — it may have been deleted: r refreshes",
        ),
        (
            405,
            {"detail": "Method Not Allowed"},
            NotOffered,
            "Asking: not supported by this server (405)",
        ),
        (409, {"detail": "CONFLICT: busy"}, Rejected, "Asking: refused (409: busy)"),
        (413, "<html>", Rejected, "Asking: refused (413)"),
        (
            429,
            {"detail": "slow down"},
            RateLimited,
            "Asking: too many requests (429: slow down) — r retries",
        ),
        (
            500,
            {"error": {"message": "boom"}},
            ServerTrouble,
            "Asking: the server failed (500: boom) — r retries",
        ),
        (
            501,
            None,
            NotOffered,
            "Asking: not supported by this server (501)",
        ),
        (503, None, ServerTrouble, "Asking: the server failed (503) — r retries"),
    ],
)
def test_a_status_becomes_an_error_with_words(
    status: int, body: Any, kind: type[Refused], words: str
) -> None:
    error = refusal(status, body, "Asking", "letta.test")
    assert type(error) is kind
    assert str(error) == words
    assert (error.status, error.server) == (status, "letta.test")


@pytest.mark.parametrize("answer", REAL, ids=lambda answer: f"{answer['status']} {answer['request'][:60]}")
def test_real_refusals_fit_on_a_line_and_leak_nothing(answer: dict[str, Any]) -> None:
    words = str(refusal(answer["status"], answer["body"], "Asking", "letta.test"))
    assert words.isprintable()
    assert len(words) < 400
    assert "actor=" not in words
    assert "'loc'" not in words


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {
                "detail": "[{'type': 'missing', 'loc': ('query', 'agent_id'), 'msg': 'Field required', 'input': None}]"
            },
            "Field required",
        ),
        (
            {"detail": "[{'type': 'x', 'msg': \"Input should be 'asc' or 'desc'\", 'input': 'up'}]"},
            "Input should be 'asc' or 'desc'",
        ),
        (
            {"detail": [{"msg": "Field required"}, {"msg": "Too long"}, "odd"]},
            "Field required; Too long; odd",
        ),
        ({"detail": {"why": "because"}}, '{"why": "because"}'),
        ({"detail": None, "error": {"message": "said deeper"}}, "said deeper"),
        ({"error": "flat"}, "flat"),
        ({"message": "flat"}, "flat"),
        ({"error": "Forbidden", "message": "Your plan has no forks"}, "Forbidden: Your plan has no forks"),
        ({"error": "same", "message": "same"}, "same"),
        ({"reasons": ["exceeded-quota"], "timeToQuotaResetMs": 1}, "exceeded-quota"),
        ({"reasons": ["not-enough-credits", "a b"], "error": "Stop"}, "not-enough-credits, a b: Stop"),
        (
            {"error": {"reasons": ["not-enough-credits"], "reason_text": "Buy some", "message": "Stop"}},
            "not-enough-credits: Stop: Buy some",
        ),
        ({"error": "not-enough-credits", "reasons": ["not-enough-credits"]}, "not-enough-credits"),
        ({"errorCode": "cloud_api_shutting_down", "retryable": True}, "cloud_api_shutting_down"),
        ({"detail": {"code": "turn-running", "message": "A turn runs"}}, "turn-running: A turn runs"),
        ({"reasons": "one", "error": 7, "message": None}, "one"),
        ({"reasons": [None, 3, {"a": 1}]}, ""),
        ({}, ""),
        ([], ""),
        ("<html>", ""),
        (None, ""),
    ],
)
def test_a_reason_is_found_in_every_shape(body: object, reason: str) -> None:
    assert reason_in(body) == reason


def test_text_of_the_server_becomes_one_harmless_line() -> None:
    assert flat("a\x1b]0;b\x07\n\u202ec  d") == "a ]0;b c d"
    assert flat("x" * 1000) == "x" * 299 + "…"
    assert flat("x" * 300) == "x" * 300


CLOUD: list[tuple[int, Any, type[Refused], str]] = [
    (
        402,
        {"error": "Stop", "reasons": ["not-enough-credits"], "reason_text": "Add credits"},
        NotAllowed,
        "Asking: payment required (402: not-enough-credits: Stop: Add credits)",
    ),
    (
        402,
        {"error": {"error": "Stop", "reasons": ["free-usage-exceeded"]}},
        NotAllowed,
        "Asking: payment required (402: free-usage-exceeded: Stop)",
    ),
    (402, None, NotAllowed, "Asking: payment required (402)"),
    (
        403,
        {"error": "Forbidden", "message": "Your plan has no forks"},
        NotAllowed,
        "Asking: not allowed (403: Forbidden: Your plan has no forks)",
    ),
    (
        403,
        {"error": "You lack the permission agents:read"},
        NotAllowed,
        "Asking: not allowed (403: You lack the permission agents:read)",
    ),
    (404, {"message": "Not Found"}, NotOffered, "Asking: not supported by this server (404)"),
    (404, {"message": "No such agent"}, NotThere, "Asking: not found (404)"),
    (401, {"error": "Unauthorized"}, KeyRefused, "Asking: the API key is missing or wrong (401)"),
    (401, {"message": "Your plan is over"}, KeyRefused, "Asking: the API key is missing or wrong (401)"),
    (
        429,
        {"reasons": ["exceeded-quota"], "timeToQuotaResetMs": 90_500},
        RateLimited,
        "Asking: the server asks to wait 90 s (429: exceeded-quota)",
    ),
    (
        503,
        {"errorCode": "cloud_api_shutting_down", "retryable": True},
        ServerTrouble,
        "Asking: the server failed (503: cloud_api_shutting_down)",
    ),
    (
        501,
        {"detail": "Letta Code makes forks itself"},
        NotOffered,
        "Asking: not supported by this server (501: Letta Code makes forks itself)",
    ),
]
"""Refusals of the API after 0.16.8, in each shape that its official client knows, and what is said of them."""


@pytest.mark.parametrize(("status", "body", "kind", "words"), CLOUD, ids=[words for *_, words in CLOUD])
def test_the_reasons_of_the_cloud_are_said(status: int, body: Any, kind: type[Refused], words: str) -> None:
    error = refusal(status, body, "Asking", "letta.test")
    assert (type(error), error.what) == (kind, words)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"detail": "Unauthorized"},
        {"detail": "Forbidden"},
        {"message": "Forbidden"},
        {"detail": "Not authenticated"},
        {"detail": "Invalid authentication credentials"},
        {"error": "Invalid API key"},
        {"error": "Missing or invalid token"},
        {"message": "Your API key has expired"},
        {"message": "No valid API key was given"},
    ],
    ids=str,
)
def test_a_403_about_the_key_is_a_bad_key(body: Any) -> None:
    assert type(refusal(403, body, "Asking", "letta.test")) is KeyRefused


@pytest.mark.parametrize(
    "text",
    [
        "Your API key does not have permission to read agents",
        "Missing permission agents:read for this key",
        "Upgrade your plan to use forks",
        "The key is limited to the project default",
        "This agent belongs to another organization",
    ],
)
@pytest.mark.parametrize("field", ["detail", "error", "message"])
def test_a_403_about_what_the_key_may_do_is_none(text: str, field: str) -> None:
    error = refusal(403, {field: text}, "Asking", "letta.test", key_hint="its key came from X")
    assert type(error) is NotAllowed
    assert text in error.what
    assert error.hint == "this is about a plan or a permission, not a wrong key"


def test_codes_are_there_for_programs_as_they_came() -> None:
    assert codes_in({"error": {"reasons": ["a-b", "c"]}, "errorCode": "d_e"}) == ("d_e", "a-b", "c")
    assert codes_in({"reasons": ["x" * 500]}) == ("x" * 79 + "…",)
    assert len(codes_in({"reasons": [f"r{n}" for n in range(1000)]})) == 10
    assert refusal(402, {"reasons": ["not-enough-credits"]}, "", "").codes == ("not-enough-credits",)


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        (None, {}, None),
        (7.0, {"timeToQuotaResetMs": 90_000}, 7.0),
        (None, {"timeToQuotaResetMs": 90_000}, 90.0),
        (None, {"error": {"timeToQuotaResetMs": 1500}}, 1.5),
        (None, {"timeToQuotaResetMs": -1}, None),
        (None, {"timeToQuotaResetMs": "soon"}, None),
        (None, {"timeToQuotaResetMs": True}, None),
        (None, {"timeToQuotaResetMs": 10**400}, 1e6),
    ],
)
def test_the_wait_is_that_of_the_header_else_of_the_body(
    header: float | None, body: Any, seconds: float | None
) -> None:
    assert refusal(429, body, "Asking", "letta.test", retry_after=header).retry_after == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (30, "30 s"), (119.4, "119 s"), (600, "600 s (10 min)"), (10_800, "10800 s (3 h)")],
)
def test_a_wait_is_said_in_seconds(seconds: float, words: str) -> None:
    assert wait_text(seconds) == words


@pytest.mark.parametrize(
    ("status", "header", "words"),
    [
        (429, None, "Saving: too many requests (429); this is not retried automatically"),
        (429, 30.0, "Saving: the server asks to wait 30 s (429); this is not retried automatically"),
        (503, 30.0, "Saving: the server asks to wait 30 s (503); this is not retried automatically"),
        (503, None, "Saving: the server failed (503)"),
        (402, 30.0, "Saving: payment required (402)"),
    ],
)
def test_a_write_that_was_refused_for_now_is_not_sent_again(
    status: int, header: float | None, words: str
) -> None:
    assert refusal(status, None, "Saving", "x", retry_after=header, writing=True).what == words


def test_the_key_is_hidden_wherever_a_reason_stands() -> None:
    def hide(text: str) -> str:
        return text.replace("SECRET", "***")

    body = {
        "error": {"reasons": ["SECRET"], "message": "SECRET!", "error": "SECRET?", "reason_text": "SECRET."}
    }
    error = refusal(402, body, "Asking", "letta.test", hide=hide)
    assert "SECRET" not in error.what + error.detail + "".join(error.codes)
