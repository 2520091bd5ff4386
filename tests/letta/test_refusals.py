"""What an error status means, in one line that shows no internals and steers no terminal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.letta.servers import real
from tui.letta.refusals import flat, reason_in, refusal
from tui.model.errors import KeyRefused, NotOffered, NotThere, Refused, Rejected, ServerTrouble

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
            "Asking: the key was refused (401) — set LETTA_API_KEY, or enter the key",
        ),
        (403, None, KeyRefused, "Asking: the key was refused (403) — set LETTA_API_KEY, or enter the key"),
        (
            404,
            {"detail": "Not Found"},
            NotOffered,
            "Asking: not offered by this server (404) — this server's version has no such call",
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
            "Asking: not offered by this server (405) — this server's version has no such call",
        ),
        (409, {"detail": "CONFLICT: busy"}, Rejected, "Asking: refused (409: busy)"),
        (413, "<html>", Rejected, "Asking: refused (413)"),
        (
            429,
            {"detail": "slow down"},
            ServerTrouble,
            "Asking: the server asks for patience (429: slow down) — r retries",
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
            "Asking: not offered by this server (501) — this server's version has no such call",
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
        ({"error": "flat"}, ""),
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
