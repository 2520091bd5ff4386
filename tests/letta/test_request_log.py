"""The request log: what it keeps of a call, what it never keeps, and the curl command made of it."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tui.backends.demo.store import Store
from tui.backends.demo.transport import DemoTransport
from tui.letta import request_log
from tui.letta.client import LettaClient
from tui.letta.request_log import Entry, RequestLog
from tui.letta.retry import Patience
from tui.letta.transport import Wire
from tui.model.errors import BadSetting, LettaError, NoResponse

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
KEY = "sk-let/me+in=="
Answering = Callable[[httpx.Request], httpx.Response]


def wire(answer: Answering, *, key: str | None = None, log: RequestLog | None = None, **told: object) -> Wire:
    patience = Patience(retries=2, backoff=0)
    transport = httpx.MockTransport(answer)
    readonly = bool(told.get("readonly"))
    return Wire("http://letta.test", key, transport=transport, patience=patience, log=log, readonly=readonly)


def fine(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"id": "x"})


async def test_a_call_is_kept_with_status_size_time_and_start(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([10.0, 10.25])
    monkeypatch.setattr(request_log, "perf_counter", lambda: next(ticks))
    log = RequestLog(lambda: NOW)
    one = wire(fine, log=log)
    await one.get("/v1/agents/", {"limit": 50}, what="Listing")
    (entry,) = log
    assert (entry.method, entry.path, entry.status) == ("GET", "/v1/agents/?limit=50", 200)
    assert (entry.size, entry.seconds, entry.started, entry.attempt) == (10, 0.25, NOW, 1)
    assert entry.body is None
    assert not entry.failed


async def test_each_attempt_is_a_call_of_its_own() -> None:
    answers = iter([httpx.Response(503), httpx.Response(503), httpx.Response(200, json=[])])
    one = wire(lambda _: next(answers))
    await one.get("/v1/agents/", what="Listing")
    assert [(entry.attempt, entry.status, entry.failed) for entry in one.log] == [
        (3, 200, False),
        (2, 503, True),
        (1, 503, True),
    ]
    assert (one.log.totals.calls, one.log.totals.failures) == (3, 2)


async def test_a_broken_connection_is_a_failure_with_a_reason() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("x", request=request)

    one = wire(broken)
    with pytest.raises(NoResponse):
        await one.get("/v1/agents/", what="Listing")
    (entry,) = one.log
    assert (entry.status, entry.failure) == (None, "no response within the timeout")


async def test_a_call_on_its_way_is_pending_and_one_that_was_given_up_says_so() -> None:
    transport = DemoTransport(Store.empty(NOW))
    gate = transport.hold()
    client = LettaClient(Wire("http://demo", transport=transport))
    task = asyncio.create_task(client.agents())
    await gate.arrived()
    (entry,) = client.wire.log
    assert entry.pending
    assert client.wire.log.totals.pending == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (entry,) = client.wire.log
    assert (entry.pending, entry.failure) == (False, "cancelled before a response")
    assert client.wire.log.totals.pending == 0


async def test_the_key_is_nowhere_in_the_log_nor_in_curl() -> None:
    one = wire(fine, key=KEY)
    await one.get(f"/v1/blocks/{quote(KEY, safe='')}", {"label": KEY}, what="Reading")
    await one.write("PATCH", "/v1/conversations/x", None, {"summary": f"my key is {KEY}"}, what="Saving")
    for entry in one.log:
        for text in (repr(entry), entry.curl):
            assert KEY not in text
            assert quote(KEY, safe="") not in text
            assert "authorization" not in repr(entry).lower()
        assert '-H "Authorization: Bearer $LETTA_API_KEY"' in entry.curl
    assert KEY not in repr(one.log)


async def test_a_failure_that_quotes_the_key_does_not_keep_it() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"bad thing with {KEY}", request=request)

    one = wire(broken, key=KEY)
    with pytest.raises(LettaError):
        await one.get("/v1/agents/", what="Listing")
    assert all(KEY not in entry.failure for entry in one.log)


async def test_without_a_key_curl_names_none() -> None:
    one = wire(fine)
    await one.get("/v1/agents/", what="Listing")
    (entry,) = one.log
    assert entry.curl == "curl -sS --globoff -X GET --url http://letta.test/v1/agents/"


@pytest.mark.parametrize("id", ["a'b", "$(reboot)", "`id`", "a b; rm -rf ~", "-o/etc/x", '"\\', "x\ny"])
async def test_curl_quotes_hostile_ids_and_texts(id: str) -> None:
    transport = DemoTransport(Store.empty(NOW))
    client = LettaClient(Wire("http://demo", transport=transport))
    with pytest.raises(LettaError):
        await client.update_summary(id, f"summary {id}")
    (entry,) = client.wire.log
    words = shlex.split(entry.curl)
    assert words[:5] == ["curl", "-sS", "--globoff", "-X", "PATCH"]
    assert words[5:9] == ["-H", "Content-Type: application/json", "--data-raw", entry.body]
    assert words[9] == "--url"
    assert words[10] == f"http://demo/v1/conversations/{quote(id, safe='')}"
    assert json.loads(words[8]) == {"summary": f"summary {id}"}
    assert len(words) == 11
    assert "\n" not in entry.curl


@pytest.mark.parametrize("shell", [one for one in ("sh", "bash", "zsh") if shutil.which(one)])
@pytest.mark.parametrize(
    "id", ["a'b", "$(touch x)`touch x`", "!!\\", "\x1b]0;x\x07\n-o/etc/x", "%41[1-9]{a,b}"]
)
def test_a_shell_gives_curl_the_same_request_and_runs_nothing_else(
    id: str, shell: str, tmp_path: Path
) -> None:
    key = "k'e\"y$HOME`touch x`\\!"
    transport = DemoTransport(Store.empty(NOW))
    client = LettaClient(Wire("http://demo", key, transport=transport))

    async def save() -> None:
        with pytest.raises(LettaError):
            await client.update_summary(id, f"summary {id} {key}")

    asyncio.run(save())
    (entry,) = client.wire.log
    curl = tmp_path / "curl"
    curl.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    curl.chmod(0o700)
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "LETTA_API_KEY": key, "HOME": str(tmp_path)}
    done = subprocess.run(
        [shell, "-c", entry.curl], env=environ, cwd=tmp_path, capture_output=True, check=True
    )
    sent = done.stdout.decode().split("\0")[:-1]
    assert sent == [
        *("-sS", "--globoff", "-X", "PATCH", "-H", f"Authorization: Bearer {key}"),
        *("-H", "Content-Type: application/json", "--data-raw", entry.body),
        *("--url", f"http://demo/v1/conversations/{quote(id, safe='')}"),
    ]
    assert json.loads(entry.body or "") == {"summary": f"summary {id} [key]"}
    assert key not in entry.curl
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["curl"]


async def test_a_large_body_is_not_kept_but_its_size_is() -> None:
    one = wire(fine)
    await one.write("PATCH", "/v1/x", None, {"summary": "x" * 70_000}, what="Saving")
    (entry,) = one.log
    assert (entry.body, entry.body_size) == (None, 70_015)
    assert "--data-binary @body.json" in entry.curl


async def test_the_log_is_bounded_and_the_totals_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "KEPT", 3)
    one = wire(fine)
    for number in range(5):
        await one.get(f"/v1/{number}", what="Reading")
    assert [entry.path for entry in one.log] == ["/v1/4", "/v1/3", "/v1/2"]
    assert (one.log.totals.calls, one.log.totals.size) == (5, 50)
    assert one.log.totals.slowest is not None


async def test_the_bodies_are_bounded_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older ones leave their size; a call that leaves the log takes its body along."""
    monkeypatch.setattr(request_log, "BODIES", 100)
    monkeypatch.setattr(request_log, "KEPT", 6)
    one = wire(fine)
    for number in range(5):
        await one.write("PATCH", f"/v1/{number}", None, {"summary": "x" * 25}, what="Saving")
        await one.get(f"/v1/{number}", what="Reading")
    kept = [(entry.path, entry.body_size, entry.body is not None) for entry in one.log if entry.body_size]
    assert kept == [("/v1/4", 40, True), ("/v1/3", 40, True), ("/v1/2", 40, False)]
    for _ in range(6):
        await one.get("/v1/x", what="Reading")
    assert (len(one.log._bodies), one.log._chars) == (0, 0)


async def test_one_log_outlives_its_wires() -> None:
    log = RequestLog()
    for _ in range(2):
        one = wire(fine, log=log)
        await one.get("/v1/agents/", what="Listing")
        await one.close()
    assert len(log) == 2


async def test_asking_is_allowed_where_the_wire_is_read_only_and_writing_is_not() -> None:
    one = wire(fine, readonly=True)
    assert await one.ask("/v1/x", {"messages": []}, what="Asking") == {"id": "x"}
    with pytest.raises(BadSetting):
        await one.write("POST", "/v1/x", None, {}, what="Writing")
    assert [entry.method for entry in one.log] == ["POST"]


def test_an_entry_is_frozen() -> None:
    entry = Entry(1, NOW, "GET", "http://x/", "/", 1, False)
    assert entry._replace(status=500).failed
    with pytest.raises(AttributeError):
        entry.status = 200  # type: ignore[misc]
