"""Flows without their pauses."""

import pytest


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that these tests wait for takes time by design."""
    monkeypatch.setattr("tui.flows.open_conversation.REST", 0.0)
    monkeypatch.setattr("tui.flows.open_conversation.NEIGHBOURS", 0)
    monkeypatch.setattr("tui.flows.open_conversation.NEIGHBOURS_REST", 0.0)
    monkeypatch.setattr("tui.flows.list_conversations.TYPING", 0.0)
