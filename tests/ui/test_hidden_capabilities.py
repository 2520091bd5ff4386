"""A server that refuses, or lacks, one thing after the other: what the app says of it."""

from __future__ import annotations

import httpx
import pytest

from tests.app_helpers import (
    NOW,
    WIDE,
    make_app,
    pane_text,
    press,
    screen_text,
    settle,
    started,
    until,
)
from tests.commands.test_hidden_capabilities import REFUSALS, Answer
from tui.backends.demo.transport import DemoTransport
from tui.ui.dialogs.connection_failed import ConnectScreen

pytestmark = pytest.mark.anyio

WAITS = {"429": 30, "503": 60}
"""Refusals after which the server is waited for, and the seconds."""


def cloud() -> DemoTransport:
    return DemoTransport(now=NOW, flavour="cloud")


def words(text: str) -> str:
    """Text without the breaks of a dialog."""
    return " ".join(text.split())


@pytest.mark.parametrize("name", REFUSALS)
async def test_the_first_contact_says_what_the_server_said(name: str) -> None:
    answer, _, said = REFUSALS[name]
    transport = cloud()
    transport.fail(answer if isinstance(answer, int) else answer())
    app = make_app(transport, demo=None)
    async with app.run_test(size=WIDE) as pilot:
        if name in WAITS:
            await until(pilot, lambda: f"waiting {WAITS[name]} s" in pane_text(app, "#header"))
            await press(pilot, "escape")
        await settle(pilot)
        assert isinstance(app.screen, ConnectScreen)
        # What was given up says so, and then what the server asked for.
        assert said.rpartition(": ")[2] in words(pane_text(app, "#reason"))
        assert "Traceback" not in screen_text(app)


@pytest.mark.parametrize(
    ("path", "answer", "keys", "pane", "said"),
    [
        ("/v1/health/", 404, (), "#header", "connected"),
        (
            "core-memory",
            404,
            ("b",),
            "#memory",
            "Reading the agent's blocks: not supported by this server (404)",
        ),
        ("core-memory", 402, ("b",), "#memory", "payment required (402: not-enough-credits"),
        ("core-memory", 403, ("b",), "#memory", "not allowed (403: Forbidden: Your plan does not include"),
        ("/messages", 404, (), "#messages", "Reading the messages: not supported by this server (404)"),
        (
            "/messages",
            lambda: httpx.Response(403, html="<html><title>Blocked</title>"),
            (),
            "#messages",
            "demo answered with a web page (403: “Blocked”), which is not Letta",
        ),
        ("/v1/agents/agent-[^/]*$", 404, (), "#header", "connected"),
    ],
)
async def test_what_is_hidden_is_said_where_it_is_missed(
    path: str, answer: Answer | int, keys: tuple[str, ...], pane: str, said: str
) -> None:
    transport = cloud()
    transport.fail(answer if isinstance(answer, int) else answer(), path=path)
    async with started(transport) as (app, pilot):
        await press(pilot, *keys)
        assert said in words(pane_text(app, pane))
        assert "may have been deleted" not in screen_text(app)
        assert "key was refused" not in screen_text(app)
