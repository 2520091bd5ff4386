"""The exact payload in parts, whatever provider it is for."""

from __future__ import annotations

from typing import Any

from tui.presentation.payload import NAMED, payload_items, sizes

OPENAI: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [
        {"role": "system", "content": "be terse"},
        {"role": "user", "content": "[/foo] hi"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "f"}}]},
        {"role": "tool", "content": '{"status": "OK"}', "tool_call_id": "1"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
    "temperature": 1.0,
}


def test_every_part_is_an_item_with_its_size() -> None:
    items = payload_items(OPENAI, named=False)
    assert [item.word for item in items] == [
        "preview", "system", "user", "assistant", "tool", "tool", "settings"
    ]  # fmt: skip
    assert items[1].text == "be terse"
    assert items[2].text == "[/foo] hi"
    assert "1 call" in items[3].head
    assert '"status": "OK"' in items[4].text
    assert "characters" in items[5].head
    assert "temperature" in items[6].text
    assert "messages" not in items[6].text


def test_sizes_are_told_per_part() -> None:
    told = sizes(OPENAI)
    assert "system 8" in told
    assert "3 messages" in told
    assert "1 tool " in told


def test_isolation_is_spoken_of_only_where_a_named_conversation_is_open() -> None:
    assert NAMED in payload_items(OPENAI, named=True)[0].text
    assert NAMED not in payload_items(OPENAI, named=False)[0].text


def test_other_providers_and_odd_shapes() -> None:
    anthropic = {
        "system": [{"type": "text", "text": "be terse"}],
        "messages": [{"role": "user", "content": "x"}],
    }
    assert [item.word for item in payload_items(anthropic, named=False)] == [
        "preview", "system", "user", "settings"
    ]  # fmt: skip
    google = {"contents": [{"role": "user", "parts": [{"text": "x"}]}], "config": {"tools": [{"name": "t"}]}}
    assert "1 tool " in sizes(google)
    odd: dict[str, Any] = {"messages": ["?", None, {"role": 3}], "tools": ["t", {"function": None}]}
    assert len(payload_items(odd, named=False)) == 7
    assert payload_items({}, named=False)[-1].word == "settings"
