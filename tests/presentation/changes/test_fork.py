"""What is shown before a fork."""

from __future__ import annotations

import pytest

from tests.app_helpers import small_server
from tests.flows.test_write import client_of, isolated_server, opened_of
from tui.presentation.changes import fork

pytestmark = pytest.mark.anyio


async def test_what_a_fork_does_not_copy_is_shown() -> None:
    transport = isolated_server()
    shown = fork.consequences(await opened_of(client_of(transport), transport))
    assert not shown.forced
    assert "Isolation and summary are not copied" in shown.text
    assert "2 isolated blocks" in shown.text
    assert {item.title: item.head for item in shown.items} == {
        "human": "≠ differs from shared",
        "project": "= same as shared",
    }


async def test_forking_the_default_conversation_needs_the_second_key() -> None:
    transport = small_server()
    shown = fork.consequences(await opened_of(client_of(transport), transport, "default"))
    assert shown.forced
    assert "empties its own message list for ever" in shown.text
