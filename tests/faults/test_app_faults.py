"""The app under faults: readable where it happened, keys alive, and healed by the next good answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence

import httpx
import pytest
from hypothesis import given, settings
from textual.pilot import Pilot

from tests.app_helpers import (
    WIDE,
    assert_harmless,
    ids,
    main_screen,
    make_app,
    make_quick,
    pane_text,
    press,
    remarks,
    screen_text,
    settle,
    small_server,
)
from tests.faults.hostile import BODIES, LINES, REDIRECTS, REFUSALS, Fault, HostileTransport, Line
from tests.faults.mutating import BENDS, Bend, bent, kinds
from tests.faults.tally import TALLY
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.ui.dialogs.agent_picker import AgentPicker
from tui.ui.dialogs.connection_failed import ConnectScreen

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]

MARKED = [fault for fault in REFUSALS if "markup" in fault.name or "real server" in fault.name]
SENSIBLE = [
    *(fault for fault in LINES if not fault.slow and fault.line is not Line.BYTES),
    *(fault for fault in BODIES if not fault.large and "HTML" not in fault.name),
    *MARKED[::6],
    *REDIRECTS[:1],
]
"""One of each kind: what the wire makes of the others is the same."""

KINDS = list({(one.words, one.read, one in MARKED and one.name[:9]): one for one in SENSIBLE}.values())
"""One of each kind that the screen shows differently: the list is tested with all of them."""


def names(faults: Sequence[Fault]) -> str:
    return ", ".join(fault.name for fault in faults)


# In groups, since a fault takes a second on an idle machine and a test must end on a busy one.
KIND_GROUPS = [pytest.param(KINDS[start::3], id=names(KINDS[start::3])) for start in range(3)]


class Struck(httpx.AsyncBaseTransport):
    """The embedded server, but for what is asked while a fault holds: that is answered by the fault."""

    def __init__(self, inner: DemoTransport) -> None:
        self.inner = inner
        self.fault: Fault | None = None
        self.meant: Callable[[httpx.Request], bool] = lambda _request: True
        self.answer: Callable[[httpx.Request, httpx.Response], httpx.Response] = lambda _request, answer: (
            answer
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.fault is not None and self.meant(request):
            TALLY.fault(self.fault.name)
            return await HostileTransport(self.fault).handle_async_request(request)
        return self.answer(request, await self.inner.handle_async_request(request))


def on(part: str) -> Callable[[httpx.Request], bool]:
    return lambda request: request.url.path.endswith(part)


def struck_app(*summaries: str) -> tuple[LettaApp, Struck]:
    transport = Struck(small_server(*summaries))
    return make_app(transport, demo="self-hosted"), transport  # type: ignore[arg-type]


def words_of(fault: Fault) -> str:
    """What has to stand on the screen; a pane may break it over lines, so it is short."""
    return " ".join(fault.words.split()[:3])


async def keys_work(pilot: Pilot[None], app: LettaApp) -> None:
    """Moving, tabs and help answer, whatever the server does."""
    await press(pilot, "question_mark")
    assert len(app.screen_stack) == 2
    await press(pilot, "escape", "b", "i", "m")
    assert len(app.screen_stack) == 1
    assert_harmless(app)


def conversation_of(transport: Struck) -> str:
    return ids(transport.inner)[0]


PARTS: Mapping[str, Callable[[Struck], tuple[str, str, str]]] = {
    "the conversation": lambda transport: (
        f"/v1/conversations/{conversation_of(transport)}",
        "#messages",
        "m",
    ),
    "its messages": lambda transport: ("/messages", "#messages", "m"),
    "the blocks": lambda transport: ("core-memory/blocks", "#memory", "b"),
}


@pytest.mark.parametrize("faults", KIND_GROUPS)
@pytest.mark.parametrize("part", PARTS)
async def test_what_is_opened_says_what_failed_and_heals(part: str, faults: Sequence[Fault]) -> None:
    app, transport = struck_app("One", "Two")
    path, pane, tab = PARTS[part](transport)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await settle(pilot)
        await press(pilot, "g", "j", tab)
        for fault in faults:
            with TALLY.trying():
                transport.fault, transport.meant = fault, on(path)
                await press(pilot, "R")
                if fault.status != 500 or part != "its messages":  # then they are read one by one
                    assert words_of(fault) in pane_text(app, pane), fault.name
                assert_harmless(app)
            transport.fault = None
            await press(pilot, "R")
            assert "⚙ system" in pane_text(app, "#messages") or tab == "b", fault.name
            assert words_of(fault) not in pane_text(app, pane), fault.name
        await keys_work(pilot, app)


@pytest.mark.parametrize("faults", [SENSIBLE[start::3] for start in range(3)], ids=names)
async def test_the_list_says_what_failed_keeps_its_rows_and_heals(faults: Sequence[Fault]) -> None:
    app, transport = struck_app("One", "Two")
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await settle(pilot)
        for fault in faults:
            with TALLY.trying():
                transport.fault, transport.meant = fault, on("/v1/conversations/")
                await press(pilot, "R")
                assert "✗ Listing conversations: " in screen_text(app), fault.name
                assert [row.summary for row in main_screen(app).panes.list.rows][1:] == ["One", "Two"], (
                    fault.name
                )
                assert_harmless(app)
            transport.fault = None
            await press(pilot, "R")
            assert "✗" not in screen_text(app), fault.name
        await keys_work(pilot, app)


@pytest.mark.parametrize("faults", KIND_GROUPS)
async def test_the_picker_says_what_failed_and_can_be_left(faults: Sequence[Fault]) -> None:
    app, transport = struck_app("One")
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for fault in faults:
            with TALLY.trying():
                transport.fault, transport.meant = fault, on("/v1/agents/")
                await press(pilot, "a")
                assert isinstance(app.screen, AgentPicker)
                assert words_of(fault)[:20] in screen_text(app), fault.name
                assert_harmless(app)
            transport.fault = None
            await press(pilot, "escape", "a")
            assert "1 agent" in screen_text(app), fault.name
            await press(pilot, "escape")
        await keys_work(pilot, app)


@pytest.mark.parametrize("fault", SENSIBLE[::6], ids=lambda fault: fault.name)
async def test_a_start_under_a_fault_can_be_tried_again(fault: Fault) -> None:
    app, transport = struck_app("One")
    transport.fault = fault
    with TALLY.trying():
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            assert isinstance(app.screen, ConnectScreen)
            assert words_of(fault) in screen_text(app)
            assert_harmless(app)
            transport.fault = None
            await press(pilot, "escape", "r")
            assert "⚙ system" in pane_text(app, "#messages")
            await keys_work(pilot, app)


@pytest.mark.parametrize("faults", KIND_GROUPS)
async def test_saving_under_faults_says_what_is_known_and_loses_no_text(faults: Sequence[Fault]) -> None:
    app, transport = struck_app("One")
    wanted = conversation_of(transport)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await settle(pilot)
        for number, fault in enumerate(faults):
            transport.fault, transport.meant = fault, lambda request: request.method == "PATCH"
            with TALLY.trying():
                await press(pilot, "e", "end", str(number % 10), "enter")
                assert_harmless(app)
                assert app.is_running
            stored = transport.inner.store.conversations[wanted].summary
            transport.fault = None
            assert stored == "One"
            editor = main_screen(app).edit
            TALLY.edit(kept=editor is not None and str(number % 10) in screen_text(app))
            assert remarks(app) or words_of(fault) in screen_text(app), fault.name
            await press(pilot, "escape")
            await press(pilot, "escape") if main_screen(app).edit is not None else None
        await keys_work(pilot, app)


BENT: list[Callable[[httpx.Request], bool]] = [
    on("/v1/conversations/"),
    on("/messages"),
    on("core-memory/blocks"),
    on("/v1/agents/"),
    lambda _request: True,
]


async def bent_session(where: int, bends: list[Bend]) -> None:
    """A few looks at a server that bends its answers, then one at the same server in its right mind."""
    app, transport = struck_app("One", "Two")
    meant = BENT[where]

    def answer(request: httpx.Request, said: httpx.Response) -> httpx.Response:
        if said.status_code != 200 or not meant(request):
            return said
        body = json.dumps(bent(json.loads(said.content), bends))
        return httpx.Response(200, content=body, request=request)

    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await settle(pilot)
        whole = transport.answer
        transport.answer = answer
        await press(
            pilot, "R", "j", "b", "i", "m", "enter", "G", "H", "escape", "k", "exclamation_mark", "escape"
        )
        assert_harmless(app)
        transport.answer = whole
        for _ in range(len(app.screen_stack) - 1):
            await press(pilot, "escape")
        await press(pilot, "escape", "R", "g", "j", "R")
        assert "⚙ system" in pane_text(app, "#messages")
        assert "One" in pane_text(app, "#list")


@pytest.mark.parametrize("where", range(len(BENT)))
@given(bends=BENDS)
@settings(max_examples=2)
def test_a_session_with_bent_answers_stays_alive_and_heals(where: int, bends: list[Bend]) -> None:
    for name, times in kinds(bends).items():
        TALLY.fault(name, times)
    with pytest.MonkeyPatch.context() as patch, TALLY.trying():
        make_quick(patch)
        asyncio.run(bent_session(where, bends))
