"""Faults, gates, latency, keys and the log of requests."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from tests.backends.demo.conftest import NOW
from tui.backends.demo import DemoTransport, Store

pytestmark = pytest.mark.anyio
HEALTH = "/v1/health/"


def client(transport: DemoTransport) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport, base_url="http://demo")


async def test_requests_are_logged_in_order(demo: DemoTransport, http: httpx.AsyncClient) -> None:
    await http.get(HEALTH)
    await http.get("/v1/nope")
    assert [(r.method, r.url.path) for r in demo.requests] == [("GET", HEALTH), ("GET", "/v1/nope")]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"detail": "Unauthorized"}),
        (404, {"detail": "Not Found"}),
        (405, {"detail": "Method Not Allowed"}),
        (500, {"detail": "An unknown error occurred"}),
    ],
)
async def test_a_status_fault_has_the_body_of_a_real_server(
    demo: DemoTransport, http: httpx.AsyncClient, status: int, body: Any
) -> None:
    demo.fail(status)
    answer = await http.get(HEALTH)
    assert (answer.status_code, answer.json()) == (status, body)


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_gateway_answers_with_a_page(
    demo: DemoTransport, http: httpx.AsyncClient, status: int
) -> None:
    demo.fail(status)
    answer = await http.get(HEALTH)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html"


async def test_too_many_requests_say_when_to_come_back(demo: DemoTransport, http: httpx.AsyncClient) -> None:
    demo.fail(429)
    assert (await http.get(HEALTH)).headers["retry-after"] == "0"


async def test_a_422_fault_has_a_python_repr(demo: DemoTransport, http: httpx.AsyncClient) -> None:
    demo.fail(422)
    assert (await http.get(HEALTH)).json()["detail"].startswith("[{'type': 'missing'")


async def test_a_fault_strikes_so_many_times(demo: DemoTransport, http: httpx.AsyncClient) -> None:
    demo.fail(503, times=2)
    assert [(await http.get(HEALTH)).status_code for _ in range(3)] == [503, 503, 200]


async def test_a_fault_without_times_lasts_until_clear(demo: DemoTransport, http: httpx.AsyncClient) -> None:
    demo.fail(500)
    assert [(await http.get(HEALTH)).status_code for _ in range(2)] == [500, 500]
    demo.clear()
    assert (await http.get(HEALTH)).status_code == 200


async def test_a_fault_meets_only_its_method_and_path(demo: DemoTransport, http: httpx.AsyncClient) -> None:
    demo.fail(500, method="patch", path=r"/conversations/conv-")
    listed = await http.get("/v1/conversations/", params={"limit": 1})
    path = f"/v1/conversations/{listed.json()[0]['id']}"
    assert (await http.get(path)).status_code == 200
    assert (await http.patch(path, json={})).status_code == 500


async def test_an_exception_carries_its_request(demo: DemoTransport, http: httpx.AsyncClient) -> None:
    demo.fail(httpx.ConnectError, times=1)
    with pytest.raises(httpx.ConnectError) as caught:
        await http.get(HEALTH)
    assert caught.value.request.url.path == HEALTH
    assert (await http.get(HEALTH)).status_code == 200


async def test_raw_answers_come_as_they_are(demo: DemoTransport, http: httpx.AsyncClient) -> None:
    demo.fail(httpx.Response(200, html="<h1>Login</h1>"), times=1)
    demo.fail(b'[{"id": "conv-', times=1)
    assert (await http.get(HEALTH)).text == "<h1>Login</h1>"
    assert (await http.get(HEALTH)).content == b'[{"id": "conv-'


@pytest.mark.parametrize(("after_commit", "summary"), [(False, "old"), (True, "new")])
async def test_a_lost_answer_can_hide_done_work(after_commit: bool, summary: str) -> None:
    store = Store.empty(NOW)
    conversation_id = store.add_conversation(store.add_agent("A"), "old")
    demo = DemoTransport(store)
    demo.fail(httpx.ReadTimeout, method="PATCH", times=1, after_commit=after_commit)
    async with client(demo) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.patch(f"/v1/conversations/{conversation_id}", json={"summary": "new"})
        assert (await http.get(f"/v1/conversations/{conversation_id}")).json()["summary"] == summary


async def test_a_gate_holds_before_the_work_and_lets_others_pass(
    demo: DemoTransport, http: httpx.AsyncClient
) -> None:
    gate = demo.hold(path="/agents/count")
    held = asyncio.create_task(http.get("/v1/agents/count"))
    await gate.arrived()
    assert gate.waiting == 1
    assert (await http.get(HEALTH)).status_code == 200
    demo.store.add_agent("late")
    gate.open()
    assert (await held).json() == 7
    assert gate.waiting == 0
    assert (await http.get("/v1/agents/count")).status_code == 200


async def test_a_cancelled_request_leaves_the_gate(demo: DemoTransport, http: httpx.AsyncClient) -> None:
    gate = demo.hold()
    held = asyncio.create_task(http.get(HEALTH))
    await gate.arrived()
    held.cancel()
    with pytest.raises(asyncio.CancelledError):
        await held
    assert gate.waiting == 0


async def test_clear_opens_the_gates(demo: DemoTransport, http: httpx.AsyncClient) -> None:
    gate = demo.hold()
    held = asyncio.create_task(http.get(HEALTH))
    await gate.arrived()
    demo.clear()
    assert (await held).status_code == 200


async def test_latency_delays_the_answer(
    demo: DemoTransport, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("tui.backends.demo.transport.asyncio.sleep", sleep)
    demo.latency = 1.5
    await http.get(HEALTH)
    assert slept == [1.5]


@pytest.mark.parametrize("path", ["/v1/agents/", "/v1/agents", "/v1/nope", "/v1/agents/x"])
async def test_without_the_key_everything_is_unauthorized_even_what_is_not_there(path: str) -> None:
    async with client(DemoTransport(Store.empty(NOW), key="sesame")) as http:
        answer = await http.get(path)
        assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"})
        assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("path", [HEALTH, "/v1/ready/"])
async def test_health_needs_no_key(path: str) -> None:
    async with client(DemoTransport(Store.empty(NOW), key="sesame", version="0.16.9")) as http:
        assert (await http.get(path)).json() == {"version": "0.16.9", "status": "ok"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer sesame"}, 200),
        ({"x-bare-password": "password sesame"}, 200),
        ({"authorization": "bearer sesame"}, 401),
        ({"authorization": "Bearer  sesame"}, 401),
        ({"authorization": "sesame"}, 401),
        ({"authorization": "Basic sesame"}, 401),
        ({"x-api-key": "sesame"}, 401),
        ({"authorization": "Bearer wrong"}, 401),
    ],
)
async def test_the_key_must_come_exactly_as_it_is_wanted(headers: dict[str, str], status: int) -> None:
    async with client(DemoTransport(Store.empty(NOW), key="sesame")) as http:
        assert (await http.get("/v1/agents/", headers=headers)).status_code == status


async def test_a_redirect_is_followed_with_method_body_and_key() -> None:
    store = Store.empty(NOW)
    agent_id = store.add_agent("A")
    demo = DemoTransport(store, key="sesame")
    async with httpx.AsyncClient(transport=demo, base_url="http://demo", follow_redirects=True) as http:
        answer = await http.post(
            "/v1/conversations",
            params={"agent_id": agent_id},
            json={"summary": "x"},
            headers={"authorization": "Bearer sesame"},
        )
    assert answer.json()["summary"] == "x"


def test_the_demo_is_ready_at_once() -> None:
    DemoTransport(now=NOW)
    started = time.thread_time()
    DemoTransport(now=NOW)
    assert time.thread_time() - started < 0.15
