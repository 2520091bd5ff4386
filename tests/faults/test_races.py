"""Responses in every order while the user goes on: what is shown belongs to the row under the cursor."""

from __future__ import annotations

import itertools
import random

import pytest

from tests.app_helpers import (
    NOW,
    WIDE,
    bodies,
    draft_on_disk,
    flush,
    ids,
    main_screen,
    make_app,
    post_keys,
    press,
    reader_text,
    settle,
    small_server,
)
from tests.faults.shuffled import Shuffled
from tests.faults.tally import TALLY
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.config.settings import Settings
from tui.model.agent import Agent

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]


def server(*summaries: str) -> DemoTransport:
    """Conversations that say who they are, and a second agent with one of its own."""
    transport = small_server(*summaries)
    for key in ids(transport):
        transport.store.add_message(key, "user", f"I am {key}")
    other = transport.store.add_agent("Bob", {"human": "x"}, at=NOW)
    made = transport.store.add_conversation(other, "Bob's")
    transport.store.add_message(made, "user", f"I am {made}")
    return transport


def app_on(transport: Shuffled) -> LettaApp:
    """The app, with the first agent."""
    first = next(iter(transport.inner.store.agents))
    return LettaApp(Settings(demo="self-hosted", agent=first), transport=transport, clock=lambda: NOW)


def assert_right(app: LettaApp) -> None:
    """Row, agent, title and messages belong together."""
    main = main_screen(app)
    row, view = main.panes.list.row, main.opened.view
    assert main.connection.agent is not None
    assert row is not None
    assert row.agent_id == main.connection.agent.id
    assert view is not None
    assert view.conversation.id == row.id
    said = reader_text(app, "messages")
    others = [word for word in said.split() if word.startswith("conv-") and word != row.id]
    assert others == []
    if not row.is_default:
        assert f"I am {row.id}" in said


async def test_the_answers_of_one_opening_in_every_order() -> None:
    """Conversation, messages, blocks: whichever comes last, the same is shown."""
    transport = Shuffled(server("One", "Two"))
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "j", "enter")
        orders: dict[int, list[tuple[int, ...]]] = {}
        for turn in itertools.count():
            transport.holding = True
            await post_keys(pilot, "r")
            await transport.arrived(pilot)
            count = len(transport.held)
            left = orders.setdefault(count, list(itertools.permutations(range(count)))[:24])
            if not left:
                await transport.drain(pilot, random.Random(turn))
                break
            order, gates = left.pop(), [gate for _, gate in transport.held]
            with TALLY.trying():
                for place in order:
                    gates[place].set()
                    await flush(pilot)
                await transport.drain(pilot, random.Random(turn))
            assert_right(app)
        assert turn >= 2


@pytest.mark.parametrize("seed", range(5, 8))
async def test_chance_orders_while_rows_agents_orders_and_filters_change(seed: int) -> None:
    """Twenty turns, each with up to four actions before any response."""
    transport = Shuffled(server(*(f"Row {number}" for number in range(6))))
    app = app_on(transport)
    chance = random.Random(seed)
    agents = list(transport.inner.store.agents)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for turn in range(20):
            transport.holding = True
            with TALLY.trying():
                for _ in range(chance.randint(1, 4)):
                    key = chance.choice(["j", "j", "k", "s", "S", "R", "r", "G", "g", "H", "filter", "agent"])
                    if key == "agent":
                        main_screen(app).reading.connect.open_agent(Agent(id=chance.choice(agents)))
                    elif key == "filter":
                        await post_keys(pilot, "slash", "r", "enter")
                    else:
                        await post_keys(pilot, key)
                    if transport.held and chance.random() < 0.5:
                        transport.release(chance.randrange(len(transport.held)))
                await transport.drain(pilot, chance)
            if main_screen(app).panes.left.filter_line.value:
                main_screen(app).panes.left.filter_line.action_cancel()
                await settle(pilot)
            assert_right(app)
            assert not main_screen(app).panes.heading.problem, turn


@pytest.mark.parametrize("step", [0, 1, 2], ids=["reading", "writing", "reading back"])
async def test_quitting_in_the_middle_of_a_save_leaves_the_text_on_disk_or_on_the_server(step: int) -> None:
    """The second ctrl+q waits for no answer: no trace of trouble, and the draft stands until it was confirmed."""
    transport = Shuffled(server("One"))
    key = ids(transport.inner)[0]
    app = app_on(transport)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, "e", "X")
        transport.holding = True
        await post_keys(pilot, "enter")
        for _ in range(step):
            await transport.arrived(pilot)
            transport.release()
        await transport.arrived(pilot)
        await post_keys(pilot, "ctrl+q", "ctrl+q")
    assert app.return_code == 0
    held = draft_on_disk("http://demo", key)
    TALLY.edit(kept=held is not None and held["text"] == "OneX")
    assert len(bodies(transport.inner, "PATCH")) == (step > 0)


@pytest.mark.parametrize("seed", range(7, 10))
async def test_a_terminal_that_changes_again_and_again(seed: int) -> None:
    """From 20x5 to 200x60 and back, with keys between, in the list and in the editor."""
    transport = server("One", "Two", "Three")
    app = make_app(transport)
    chance = random.Random(seed)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        with TALLY.trying(34):
            for turn in range(34):
                size = (chance.randint(20, 200), chance.randint(5, 60))
                await pilot.resize_terminal(*size)
                if turn % 5 == 0 and turn < 17:
                    await press(pilot, "j" if turn % 10 else "k")
                if turn == 17:
                    await press(pilot, "j", "e", "X")
            await settle(pilot)
        assert main_screen(app).panes.detail.editor.area.text.endswith("X")
        await press(pilot, "escape")
        await pilot.resize_terminal(*WIDE)
        await settle(pilot)
        assert_right(app)
    assert bodies(transport, "PATCH") == []
