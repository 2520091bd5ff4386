"""The official client of Letta as the judge of the embedded server, and of a real one: its types, and its pagers."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ENVIRONMENT
from tests.faults.serving import served
from tests.live.folders import installs
from tests.live.running import RealServer
from tests.official.install import installed
from tui.backends.demo import DemoTransport, Store
from tui.letta.client import LettaClient

JUDGE = Path(__file__).with_name("judge.py")
NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
SECONDS = 840

OLD, NEW = "1.10.3", "1.12.1"
"""The last client that knows isolated blocks, which 0.16.8 has, and the one that describes the API after it."""

NOT_IN_THE_CLIENT = {
    "GET /v1/agents/count",
    "GET /v1/agents/{id}/context",
    "POST /v1/agents/{id}/messages/preview-raw-payload",
}
"""What letta-tui asks for and the official client does not have; the server's own description has it."""


def judged(version: str, url: str, model: str, embedding: str, *options: str) -> dict[str, Any]:
    """Let a version of the client drive the server at this address; returns what it found."""
    python = installed(installs(ENVIRONMENT), version, ENVIRONMENT)
    command = [str(python), "-I", str(JUDGE), url, model, embedding, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    report: dict[str, Any] = json.loads(done.stdout)
    kinds, pagers = len(report["calls"]), report["pagers"]
    print(
        f"\nletta-client {version}: {report['validated']} objects validated, {len(report['mismatches'])} mismatches, "
        f"{pagers} pagers ended, {len(report['endless'])} did not, {kinds} kinds of calls"
    )
    return report


@cache
def of_demo(version: str, flavour: str) -> dict[str, Any]:
    """The report about the demo data in one flavour."""
    with served(DemoTransport(flavour=flavour, now=NOW, recording=False)) as (url, _):
        return judged(version, url, "openai/gpt-4o-mini", "openai/text-embedding-3-small", "--everything")


pairs = pytest.mark.parametrize(
    ("version", "flavour"), [(OLD, "self-hosted"), (NEW, "cloud")], ids=["self-hosted", "cloud"]
)


@pairs
@pytest.mark.official
def test_every_answer_has_the_types_of_the_client_and_every_pager_ends(version: str, flavour: str) -> None:
    report = of_demo(version, flavour)
    assert report["mismatches"] == []
    assert report["endless"] == []
    assert report["validated"] > 5000
    # The demo sends one type that no client knows, on purpose.
    assert set(report["newer_types"]) == {"telepathy_message"}


@pairs
@pytest.mark.official
def test_all_that_letta_tui_asks_for_was_judged(version: str, flavour: str) -> None:
    asked = of_demo(version, flavour)["calls"]
    assert endpoints() - NOT_IN_THE_CLIENT <= set(asked)


@pytest.mark.official
def test_what_0_16_8_refuses_is_refused() -> None:
    refused = of_demo(OLD, "self-hosted")["refused"]
    assert {call: text[:3] for call, text in refused.items()} == {
        "cancel": "409",
        "retrieve default": "422",
        "update default": "422",
        "search messages": "400",
    }


@pytest.mark.official
def test_on_the_cloud_only_a_cancel_without_a_run_is_refused() -> None:
    assert set(of_demo(NEW, "cloud")["refused"]) == {"cancel"}


class Bent(httpx.AsyncBaseTransport):
    """The embedded server with three defects: a field of the wrong type, a missing one, a page that stays the first."""

    def __init__(self) -> None:
        self._server = DemoTransport(Store.empty(NOW), recording=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/core-memory/blocks"):
            request = httpx.Request(request.method, request.url.copy_merge_params({"after": ""}))
        answer = await self._server.handle_async_request(request)
        if answer.status_code != 200:
            return answer
        body = answer.json()
        if request.method == "GET" and re.fullmatch("/v1/conversations/conv-[^/]+", path):
            body["created_at"] = "yesterday"
        if request.method == "GET" and re.fullmatch("/v1/blocks/block-[^/]+", path):
            del body["value"]
        return httpx.Response(200, content=json.dumps(body).encode())


@pytest.mark.official
def test_the_judge_sees_a_wrong_type_a_missing_field_and_a_pager_that_never_ends() -> None:
    with served(Bent()) as (url, _):
        model = "openai/gpt-4o-mini", "openai/text-embedding-3-small"
        report = judged(OLD, url, *model, "--pages", "20")
    assert {found.partition(",):")[0] for found in report["mismatches"]} == {
        "GET /v1/conversations/{id}: ('created_at'",
        "GET /v1/blocks/{id}: ('value'",
    }
    assert set(report["endless"]) == {
        f"blocks of an agent {order}: no end after 20 pages" for order in ("asc", "desc")
    }


@pytest.mark.live
def test_a_real_server_has_the_types_of_the_client_of_its_time(real_server: RealServer) -> None:
    """The embedded server has to answer as the real one does; 0.16.8 is the one that was measured."""
    if real_server.version != "0.16.8":
        pytest.skip("the client is that of 0.16.8")
    key = ["--key", real_server.api_key] if real_server.api_key else []
    report = judged(OLD, real_server.base_url, real_server.model, real_server.embedding, *key)
    assert report["mismatches"] == []
    assert report["endless"] == []
    assert set(report["refused"]) == {"cancel", "retrieve default", "update default", "search messages"}


def endpoints() -> set[str]:
    """Every method and path that LettaClient sends, from its docstrings, ids as `{id}`."""
    found = set()
    for name, method in vars(LettaClient).items():
        if not name.startswith("_") and (text := getattr(method, "__doc__", None)):
            for call in re.findall(r"(?:GET|POST|PATCH|DELETE) /v1/[a-z0-9/{}_-]+", text):
                found.add(call.replace("/default", "/{id}"))
    return found


def test_each_request_of_letta_tui_names_its_endpoint() -> None:
    """Which the judge relies on: it has to call all of them."""
    assert len(endpoints()) > 20
    assert endpoints() >= NOT_IN_THE_CLIENT
