"""Ids as people type and paste them."""

from __future__ import annotations

import pytest

from tui.rules.ids import Noun, cleaned, is_abbreviated, is_whole, why_no_id

UUID = "0f6c1a2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
CONV, AGENT = f"conv-{UUID}", f"agent-{UUID}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (CONV, CONV),
        (f"  {CONV}\n", CONV),
        (f'"{CONV}"', CONV),
        (f"“{CONV}”", CONV),
        (f"<{AGENT}>", AGENT),
        (f"`{CONV}`", CONV),
        (CONV.upper(), CONV),
        (f"{CONV[:20]}\n  {CONV[20:]}", CONV),
        ("conv-0f6c1a2b…", "conv-0f6c1a2b"),
        ("conv-0f6c1a2b...", "conv-0f6c1a2b"),
        ("Default", "default"),
        ("'default' ", "default"),
        ("local-conv-7", "local-conv-7"),
        (" Local-Conv-7 ", "local-conv-7"),
        (f"`local-conv-{UUID}`", f"local-conv-{UUID}"),
        (f"agent-local-{UUID.upper()}", f"agent-local-{UUID}"),
        ("Agent-Local-0F6C1A2B…", "agent-local-0f6c1a2b"),
        ("Ada Lovelace", "Ada Lovelace"),
        ('"Ada"', '"Ada"'),
        ("agent-Smith", "agent-Smith"),
        ("conversation_id", "conversation_id"),
        (" nope", " nope"),
        ("", ""),
    ],
)
def test_what_was_meant(typed: str, meant: str) -> None:
    assert cleaned(typed) == meant


@pytest.mark.parametrize(
    ("text", "noun", "abbreviated"),
    [
        ("conv-0f6c1a2", "conversation", False),
        ("conv-0f6c1a2b", "conversation", True),
        ("conv-0f6c1a2b-3c", "conversation", True),
        (CONV[:-1], "conversation", True),
        (CONV, "conversation", False),
        (f"{CONV}0", "conversation", False),
        ("agent-0f6c1a2b", "agent", True),
        ("agent-0f6c1a2b", "conversation", False),
        ("conv-zzzzzzzz", "conversation", False),
        ("0f6c1a2b", "conversation", False),
        ("local-conv-12345678", "conversation", False),
        ("agent-local-0f6c1a2", "agent", False),
        ("agent-local-0f6c1a2b", "agent", True),
        (f"agent-local-{UUID}", "agent", False),
        ("agent-local-0f6c1a2b", "conversation", False),
    ],
)
def test_eight_characters_are_an_abbreviated_id(text: str, noun: Noun, abbreviated: bool) -> None:
    assert is_abbreviated(text, noun) is abbreviated


def test_a_whole_id_is_one_of_letta() -> None:
    assert is_whole(CONV)
    assert is_whole(AGENT)
    assert not any(map(is_whole, (CONV[:-1], f"{CONV}0", UUID, "conv-" + 36 * "0", "local-conv-1", "id")))


@pytest.mark.parametrize(
    ("text", "noun", "words"),
    [
        (CONV, "conversation", ""),
        ("conv-0f6c1a2b", "conversation", ""),
        ("local-conv-7", "conversation", ""),
        (f"local-conv-{UUID}", "conversation", ""),
        ("local-conv-7", "agent", "that is the id of a conversation"),
        (f"agent-local-{UUID}", "agent", ""),
        (f"agent-local-{UUID}", "conversation", "that is the id of an agent"),
        (AGENT, "conversation", "that is the id of an agent"),
        (CONV, "agent", "that is the id of a conversation"),
        (
            "conv-12",
            "conversation",
            "too short, 2 characters after conv-: an id is conv- and 36 characters, of which the first 8 are enough",
        ),
        (
            f"{AGENT}00",
            "agent",
            "too long, 38 characters after agent-: an id is agent- and 36 characters, "
            "of which the first 8 are enough",
        ),
        ("nope", "conversation", "an id is conv- and 36 characters, of which the first 8 are enough"),
    ],
)
def test_what_is_wrong_with_an_id_is_a_sentence(text: str, noun: Noun, words: str) -> None:
    assert why_no_id(text, noun) == words
