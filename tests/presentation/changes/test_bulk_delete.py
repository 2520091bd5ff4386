"""What is shown before several conversations are deleted."""

from __future__ import annotations

import pytest

from tests.app_helpers import HOSTILE, small_server
from tests.flows.test_bulk_delete import NOT_FOUND, rows_of
from tests.flows.test_write import client_of, isolated_server
from tui.backends.demo.transport import DemoTransport
from tui.flows.delete_marked import read_current
from tui.model.conversation import Conversation
from tui.presentation.changes.bulk_delete import consequences
from tui.presentation.changes.consequences import Consequences

pytestmark = pytest.mark.anyio


async def asked_about(transport: DemoTransport, asked: list[Conversation]) -> Consequences | str:
    """The question before it."""
    current = await read_current(client_of(transport), asked)
    return consequences(asked, current, "/copies", {asked[0].id}, {asked[-1].id})


async def test_the_question_names_what_is_lost() -> None:
    transport = isolated_server("one", HOSTILE, "three")
    shown = await asked_about(transport, rows_of(transport))
    assert isinstance(shown, Consequences)
    assert "This permanently deletes 3 conversations and 6 isolated blocks" in shown.text
    assert "u cannot bring them back" in shown.text
    assert "/copies" in shown.text
    assert [item.word for item in shown.items] == ["delete"] * 3
    assert "▣2 isolated · 2 in context" in shown.items[0].head
    assert "✎ unsaved draft" in shown.items[0].head
    assert "already copied" in shown.items[2].head
    assert shown.confirm == "Delete 3"


async def test_the_question_leaves_out_what_is_gone_or_cannot_be_read() -> None:
    transport = isolated_server("one", "two", "three")
    asked = rows_of(transport)
    transport.fail(NOT_FOUND, path=f"{asked[0].id}$")
    transport.fail(500, path=f"{asked[1].id}$")
    shown = await asked_about(transport, asked)
    assert isinstance(shown, Consequences)
    assert "permanently deletes 1 conversation" in shown.text
    assert "1 of the marked conversations no longer exists" in shown.text
    assert "1 cannot be read now and stays" in shown.text
    assert [item.word for item in shown.items] == ["gone", "stays", "delete"]
    transport.fail(500, path="/conv-")
    assert await asked_about(transport, asked[1:]) == "Nothing to delete. 2 cannot be read now and stay."


async def test_an_older_server_does_not_say_how_many_blocks_are_lost() -> None:
    transport = small_server("one", version="0.16.2")
    shown = await asked_about(transport, rows_of(transport))
    assert isinstance(shown, Consequences)
    assert "This permanently deletes 1 conversation and an unknown number of isolated blocks" in shown.text
