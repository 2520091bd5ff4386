"""Several deletions: each after its copy, true outcomes, nothing after an unknown one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.app_helpers import NOW, ids, only_agent, small_server, writes
from tests.flows.test_write import client_of, isolated_server
from tui.backends.demo.transport import DemoTransport
from tui.flows.collection import Collection
from tui.flows.delete_marked import Deletions
from tui.letta.collect import collect, gather
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.opened import Evidence
from tui.presentation.bundle_file import bundle
from tui.presentation.changes.bulk_delete import summary
from tui.rules.changes.bulk_delete import Step
from tui.rules.changes.outcome import Refused, Unknown

pytestmark = pytest.mark.anyio

RESET, NOBODY = httpx.ReadError, httpx.ConnectError
NOT_FOUND = httpx.Response(404, json={"detail": "Conversation not found with id"})
NO_ROUTE = httpx.Response(404, json={"detail": "Not Found"})


def rows_of(transport: DemoTransport) -> list[Conversation]:
    """Every conversation as a list has it."""
    agent_id, stored = only_agent(transport), transport.store.conversations
    return [Conversation(id=one, agent_id=agent_id, summary=stored[one].summary) for one in ids(transport)]


async def run(
    transport: DemoTransport,
    *,
    after: Callable[[Deletions], None] = lambda _: None,
    marked: Callable[[str], bool] = lambda _: True,
    asked: list[Conversation] | None = None,
) -> tuple[Deletions, list[str]]:
    """Delete all of a server; returns what became of each, and the ids of which a copy was made."""
    client, copies = client_of(transport), list[str]()
    deletions = Deletions(client, rows_of(transport) if asked is None else asked)

    async def back_up(row: Conversation) -> str:
        await gather(client, row, Agent(id=only_agent(transport)), NOW)
        copies.append(row.id)
        return f"/copies/{row.id}.json"

    await deletions.run(back_up, marked, lambda: after(deletions))
    return deletions, copies


DELETED, GONE, UNMARKED, REFUSED, UNKNOWN = "deleted", "gone", "unmarked", "refused", "unknown"


def kind(step: Step) -> str:
    """What became of one, in a word."""
    if step.outcome is None:
        return UNMARKED
    if isinstance(step.outcome, Refused):
        return REFUSED
    return UNKNOWN if isinstance(step.outcome, Unknown) else GONE if step.gone else DELETED


def kinds(deletions: Deletions) -> list[str]:
    """The outcomes in their order."""
    return [kind(step) for step in deletions.progress.steps]


async def test_all_are_copied_and_deleted_in_their_order() -> None:
    transport = isolated_server("one", "two", "three")
    keys = ids(transport)
    places: list[str] = []
    deletions, copies = await run(transport, after=lambda one: places.append(one.progress.position))
    assert kinds(deletions) == [DELETED] * 3
    assert copies == keys
    assert writes(transport) == [f"DELETE /v1/conversations/{key}" for key in keys]
    assert summary(deletions.progress) == "Deleted 3 of 3 conversations"
    assert deletions.progress.complete
    assert deletions.progress.copied
    assert deletions.progress.gone == set(keys)
    assert places[::2] == ["1 of 3", "2 of 3", "3 of 3"]


@pytest.mark.parametrize(
    ("fault", "after_commit", "middle", "goes_on"),
    [
        (500, False, REFUSED, True),
        (500, True, DELETED, True),
        (409, False, REFUSED, True),
        (NOT_FOUND, False, GONE, True),
        (RESET, True, DELETED, True),
        (RESET, False, UNKNOWN, False),
        (NOBODY, False, REFUSED, False),
        (NO_ROUTE, False, REFUSED, False),
        (401, False, REFUSED, False),
    ],
)
async def test_a_fault_in_the_middle(fault: Any, after_commit: bool, middle: str, goes_on: bool) -> None:
    """What is known to have failed for one goes on with the next; what is unknown, or would fail for all, ends it."""
    transport = isolated_server("one", "two", "three")
    _, two, three = ids(transport)
    transport.fail(fault, method="DELETE", path=two, after_commit=after_commit)
    deletions, copies = await run(transport)
    assert kinds(deletions) == [DELETED, middle, *[DELETED] * goes_on]
    assert (three in copies) is goes_on
    assert len(writes(transport)) == 2 + goes_on
    assert (three in ids(transport)) is not goes_on
    assert ("1 not tried" in summary(deletions.progress)) is not goes_on
    assert deletions.progress.complete is (goes_on and middle is not REFUSED)
    assert f"Deleted {kinds(deletions).count(DELETED)} of 3 conversations" in summary(deletions.progress)


async def test_where_nothing_can_be_read_back_the_outcome_is_unknown_and_ends_it() -> None:
    transport = isolated_server("one", "two", "three")
    _, two, three = ids(transport)
    transport.fail(RESET, method="DELETE", path=two, after_commit=True)
    deletions = Deletions(client_of(transport), rows_of(transport))

    async def back_up(row: Conversation) -> str:
        if row.id == two:
            transport.fail(NOBODY, method="GET")
        return "/copies/one.json"

    await deletions.run(back_up, lambda _: True, lambda: None)
    assert kinds(deletions) == [DELETED, UNKNOWN]
    assert ids(transport) == [three]
    assert "“two” may or may not be deleted: R reloads the list" in summary(deletions.progress)
    assert "1 not tried: the previous one may or may not have been deleted" in summary(deletions.progress)


async def test_one_that_is_gone_before_its_copy_is_told_so_and_not_asked_for() -> None:
    transport = isolated_server("one", "two", "three")
    asked = rows_of(transport)
    _, two, _ = ids(transport)
    transport.store.delete_conversation(two)
    deletions, copies = await run(transport, asked=asked)
    assert kinds(deletions) == [DELETED, GONE, DELETED]
    assert two not in copies
    assert not any(two in line for line in writes(transport))
    assert "Gone already: “two”" in summary(deletions.progress)


async def test_without_a_copy_nothing_is_deleted_and_a_full_disk_ends_it() -> None:
    transport = isolated_server("one", "two")
    deletions = Deletions(client_of(transport), rows_of(transport))

    async def full(row: Conversation) -> str:
        raise OSError(28, "No space left on device")

    await deletions.run(full, lambda _: True, lambda: None)
    assert kinds(deletions) == [REFUSED]
    assert "the copy cannot be written" in summary(deletions.progress)
    assert not deletions.progress.copied
    assert "1 not tried" in summary(deletions.progress)
    assert writes(transport) == []


async def test_what_is_unmarked_meanwhile_stays() -> None:
    transport = isolated_server("one", "two", "three")
    _, two, _ = ids(transport)
    deletions, copies = await run(transport, marked=lambda key: key != two)
    assert kinds(deletions) == [DELETED, UNMARKED, DELETED]
    assert ids(transport) == [two]
    assert two not in copies
    assert "No longer marked, so not deleted: “two”" in summary(deletions.progress)


async def test_a_stop_lets_the_one_under_way_end() -> None:
    transport = isolated_server("one", "two", "three")
    deletions, _ = await run(transport, after=lambda one: one.stop("stopped"))
    assert kinds(deletions) == [DELETED]
    assert len(ids(transport)) == 2
    assert summary(deletions.progress) == "Deleted 1 of 3 conversations\n2 not tried: stopped"


async def test_one_that_is_cut_off_is_said_to_be_unknown() -> None:
    transport = isolated_server("one", "two")
    gate = transport.hold(method="DELETE")
    deletions = Deletions(client_of(transport), rows_of(transport))

    async def copied(row: Conversation) -> str:
        return "/copies/one.json"

    task = asyncio.create_task(deletions.run(copied, lambda _: True, lambda: None))
    await gate.arrived()
    task.cancel()
    await asyncio.wait([task])
    assert "“one” may or may not be deleted" in summary(deletions.progress)
    assert "1 not tried" in summary(deletions.progress)
    assert not deletions.progress.complete


async def test_many_troubles_are_named_and_counted() -> None:
    transport = small_server(*(f"number {number}" for number in range(6)))
    transport.fail(500, method="DELETE")
    deletions, _ = await run(transport)
    assert len(summary(deletions.progress).splitlines()) == 1 + 3 + 1
    assert "3 more not deleted" in summary(deletions.progress)


# export


async def test_one_that_cannot_be_read_keeps_no_other_from_the_file() -> None:
    transport = isolated_server("one", "two", "three")
    client, asked = client_of(transport), rows_of(transport)
    transport.fail(500, path=f"{asked[1].id}$")
    transport.fail(500, path=f"{asked[2].id}/messages")
    reading, places = Collection(asked), list[str]()

    async def read(row: Conversation) -> Evidence:
        return await collect(client, row, Agent(id=only_agent(transport)), NOW)

    await reading.run(read, lambda: places.append(reading.position))
    exported = bundle(reading.evidence, base_url="http://letta.test", letta=None, at=NOW)
    assert [entry["conversation"]["id"] for entry in exported["conversations"]] == [asked[0].id, asked[2].id]
    assert places == ["1 of 3", "2 of 3", "3 of 3"]
    problems = reading.problems(exported["conversations"])
    assert "“two” is not in the file" in problems[0]
    assert re.search(r"“three”: \d parts? could not be read", problems[1])
    text = reading.summary("/exports/one.json", problems)
    assert text.startswith("Exported 2 of 3 conversations to /exports/one.json\n")
