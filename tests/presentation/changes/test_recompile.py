"""What is shown before a recompile."""

from __future__ import annotations

import pytest

from tests.app_helpers import small_server
from tests.flows.test_write import client_of, isolated_server, planned, shared_server
from tui.model.opened import Opened
from tui.presentation.changes import recompile

pytestmark = pytest.mark.anyio


async def test_a_recompile_is_shown_label_by_label() -> None:
    transport = shared_server()
    shown = recompile.consequences(*await planned(client_of(transport), transport))
    assert not shown.forced
    assert "1 label would change" in shown.text
    assert "The line CONVERSATION_ID in the system message would say 'default', not the id" in shown.text
    assert {item.title: item.word for item in shown.items if item.title} == {
        "human": "changed",
        "persona": "unchanged",
        "project": "unchanged",
    }


async def test_a_recompile_of_isolated_blocks_is_refused_saying_what_would_be_lost() -> None:
    transport = isolated_server()
    shown = recompile.consequences(*await planned(client_of(transport), transport))
    assert shown.forced
    assert "This conversation has 2 isolated blocks" in shown.text
    states = {item.title: item.word for item in shown.items if item.title}
    assert states == {"human": "not read", "project": "unchanged", "persona": "unchanged"}
    lost = next(item for item in shown.items if item.title == "human")
    assert "Robin, who moved" in lost.text


async def test_an_isolated_value_that_the_model_reads_now_would_be_lost() -> None:
    transport = isolated_server()
    project = next(one for one in transport.store.blocks.values() if one.label == "project")
    transport.store.set_block(project.id, "somebody else's")
    shown = recompile.consequences(*await planned(client_of(transport), transport))
    assert "1 label would change" in shown.text
    assert {item.title: item.word for item in shown.items if item.title}["project"] == "lost"


async def test_a_server_that_does_not_report_isolation_is_refused_too() -> None:
    transport = shared_server()
    opened, plan = await planned(client_of(transport), transport)
    unknown = Opened(opened.conversation, opened.agent, opened.at, opened.context, opened.shared, None)
    shown = recompile.consequences(unknown, plan)
    assert shown.forced
    assert "does not report whether anything is isolated" in shown.text


async def test_where_nothing_is_isolated_a_recompile_is_not_refused() -> None:
    """On servers after 0.16.8 no isolation can be lost; stale memory is what a recompile is for."""
    transport = small_server("One", flavour="cloud")
    (human,) = (one for one in transport.store.blocks.values() if one.label == "human")
    transport.store.set_block(human.id, "Robin, who moved")
    opened, plan = await planned(client_of(transport), transport)
    shown = recompile.consequences(opened, plan)
    assert not shown.forced
    assert shown.text == "1 label would change in what the model reads."
