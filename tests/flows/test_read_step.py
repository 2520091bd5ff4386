"""The step of the selected message: read once, on demand, and shown only if it is still wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from tests.app_helpers import asked, ids, only_agent, small_server
from tests.flows.fakes import FakeScreen
from tests.flows.test_write import client_of
from tui.backends.demo.transport import DemoTransport
from tui.flows.read_step import ReadStep
from tui.model.errors import LettaError
from tui.model.trace import Step, StepMetrics
from tui.rules.view_state import SelectedStep

pytestmark = pytest.mark.anyio


@dataclass
class Pane:
    """A selected message, what was shown, and workers that nobody cancels."""

    selected_step: str = ""
    shown: list[SelectedStep | None] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def show_tab(self, tab: str) -> None:
        assert tab == "info"

    def show_step(self, step: SelectedStep | None) -> None:
        self.shown.append(step)

    def start_worker(
        self, group: str, work: Callable[[], Awaitable[None]], *, exclusive: bool = True
    ) -> None:
        async def run() -> None:
            await work()

        self.tasks.append(asyncio.create_task(run()))

    def cancel_workers(self, *groups: str) -> None: ...

    def is_working(self, *groups: str) -> bool:
        return any(not task.done() for task in self.tasks)

    async def settle(self) -> None:
        await asyncio.gather(*self.tasks)


def server_with_steps(count: int = 2, flavour: str = "self-hosted") -> tuple[DemoTransport, list[str]]:
    """Make a conversation with this many steps; returns their ids."""
    transport = small_server("One", flavour=flavour)
    store, (conversation,), steps = transport.store, ids(transport), []
    for number in range(count):
        steps.append(store.new_id("step"))
        parts = [{"type": "text", "text": f"answer {number}"}]
        store.write(only_agent(transport), conversation, "assistant", parts, step_id=steps[-1])
    return transport, steps


@pytest.mark.parametrize("flavour", ["self-hosted", "cloud"])
async def test_a_step_is_read_with_its_times_and_only_once(flavour: str) -> None:
    transport, (step, _) = server_with_steps(flavour=flavour)
    pane = Pane(step)
    flow = ReadStep(client_of(transport), FakeScreen(), pane, pane)
    flow.show_info()
    assert pane.shown == [SelectedStep(step)]
    await pane.settle()
    (read,) = pane.shown[1:]
    assert read is not None
    assert isinstance(read.step, Step)
    assert isinstance(read.metrics, StepMetrics)
    assert (read.step.total_tokens, read.metrics.id) == (820, step)
    assert sorted(asked(transport)) == [f"GET /v1/steps/{step}", f"GET /v1/steps/{step}/metrics"]
    flow.show_info()
    assert pane.shown[2:] == [read]
    assert len(asked(transport)) == 2


async def test_a_message_without_a_step_asks_for_nothing() -> None:
    transport, _ = server_with_steps()
    pane = Pane()
    ReadStep(client_of(transport), FakeScreen(), pane, pane).show_info()
    assert (pane.shown, pane.tasks, asked(transport)) == ([None], [], [])


async def test_a_step_that_is_no_longer_wanted_is_not_shown_and_still_known() -> None:
    transport, (first, second) = server_with_steps()
    pane = Pane(first)
    flow = ReadStep(client_of(transport), FakeScreen(), pane, pane)
    gate = transport.hold(path=first)
    flow.show_info()
    await gate.arrived()
    pane.selected_step = second
    flow.show_info()
    gate.open()
    await pane.settle()
    assert [step.id for step in pane.shown if step is not None and step.step is not None] == [second]
    sent = len(asked(transport))
    pane.selected_step = first
    flow.show_info()
    assert pane.shown[-1] is not None
    assert pane.shown[-1].complete
    assert len(asked(transport)) == sent


async def test_one_that_failed_or_is_not_stored_whole_is_read_again() -> None:
    transport, (step, _) = server_with_steps()
    pane, screen = Pane(step), FakeScreen()
    flow = ReadStep(client_of(transport), screen, pane, pane)
    transport.fail(404, path=f"{step}/metrics")
    flow.show_info()
    await pane.settle()
    assert pane.shown[-1] is not None
    assert isinstance(pane.shown[-1].metrics, LettaError)
    assert isinstance(pane.shown[-1].step, Step)
    assert screen.errors == [None]
    transport.clear()
    flow.show_info()
    await pane.settle()
    assert pane.shown[-1] is not None
    assert pane.shown[-1].complete


async def test_a_step_without_times_is_not_kept() -> None:
    """The times of some steps are all null (measured)."""
    step = Step.read({"id": "step-1"})
    unstored = StepMetrics.read({"id": "step-1", "step_ns": None})
    assert not SelectedStep("step-1", step, unstored).complete
    assert SelectedStep("step-1", step, StepMetrics.read({"id": "step-1", "step_ns": 5})).complete
