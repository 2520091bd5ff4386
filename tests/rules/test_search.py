"""What a search finds in a message, the words that it shows around a match, and what an old memory said."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.model.message import Message
from tui.rules.search import (
    LONGEST_MATCH,
    ROLE_NAMES,
    PhraseFinder,
    Query,
    excerpt,
    find,
    find_words,
    outdated_sentences,
    phrase_pattern,
    place_of,
    role_of,
    texts_of,
)


def message(kind: str, date: str = "2026-03-14T08:00:00Z", **fields: Any) -> Message:
    return Message.read({"id": "message-1", "message_type": kind, "date": date, **fields})


def summary(text: str) -> Message:
    return message("user_message", content=json.dumps({"type": "system_alert", "message": text}))


# matching


def test_case_does_not_matter_and_white_space_is_any_white_space() -> None:
    pattern = phrase_pattern(("Works at  acme",))
    found = find(pattern, "She works\nat ACME, and works at Acme still")
    assert found is not None
    assert found == (4, 17, 2)


def test_a_phrase_is_text_and_no_pattern() -> None:
    assert find(phrase_pattern(("a.c (x+)",)), "abc (xx)") is None
    assert find(phrase_pattern(("a.c (x+)",)), "A.C (X+)") is not None
    assert find(phrase_pattern(("[/foo]",)), "see [/foo] there") == (4, 10, 1)


def test_any_of_several_phrases_is_found_the_longer_one_first() -> None:
    pattern = phrase_pattern(("Acme", "Acme Corp"))
    assert find(pattern, "at Acme Corp") == (3, 12, 1)


@given(st.text("aAbBsSkK ſKİéÉ\n", max_size=40), st.text("aAbBsSkK ſKİéÉ", min_size=1, max_size=5))
def test_a_finder_finds_what_its_pattern_does(text: str, phrase: str) -> None:
    if phrase.strip():
        assert PhraseFinder((phrase,)).find(text) == find(phrase_pattern((phrase,)), text)


def test_a_finder_of_phrases_takes_them_from_any_iterable() -> None:
    finder = PhraseFinder(("red sun", "", "Blue  moon"))
    assert finder.find("a BLUE\nMOON") == (2, 11, 1)
    assert finder.find("a blue sun") is None


def test_an_empty_match_is_none() -> None:
    import re

    assert find(re.compile("x*"), "abc") is None


@given(st.text(max_size=60), st.text(min_size=1, max_size=20))
def test_what_was_put_into_a_text_is_found_in_it(text: str, phrase: str) -> None:
    query = Query((phrase,))
    if not query.is_empty:
        assert find(phrase_pattern(query.phrases), f"{text}|{phrase}|{text}") is not None


def test_a_server_that_finds_other_words_still_gets_an_excerpt() -> None:
    assert find_words("red sun", "a sun so red, a red  sun") == (16, 24, 1)
    assert find_words("red sun", "a sun so red") == (2, 5, 0)
    assert find_words("red sun", "a crimson star") == (0, 0, 0)


# the words around


def test_words_around_a_match_are_whole_and_say_where_the_text_goes_on() -> None:
    text = f"{'alpha ' * 40}needle{' omega' * 40}"
    start = text.index("needle")
    shown = excerpt(text, start, start + 6)
    assert shown.match == "needle"
    assert shown.text.startswith("…alpha ")
    assert shown.text.endswith(" omega…")
    assert shown.before.split() == ["alpha"] * len(shown.before.split())


def test_a_short_text_is_its_own_excerpt() -> None:
    assert excerpt("a needle here", 2, 8).text == "a needle here"


def test_of_a_match_as_long_as_a_book_the_start_is_shown() -> None:
    assert len(excerpt("x" * 100_000, 0, 100_000).match) == LONGEST_MATCH


@given(st.text(max_size=500), st.data())
def test_an_excerpt_is_part_of_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = excerpt(text, start, end)
    assert shown.before + shown.match + shown.after in text
    assert text[start:end].startswith(shown.match)


# the texts of a message


@pytest.mark.parametrize(
    ("sent", "texts"),
    [
        (message("user_message", content="hello"), ("hello",)),
        (message("assistant_message", content=[{"type": "text", "text": "hi"}]), ("hi",)),
        (message("reasoning_message", reasoning="weighed"), ("weighed",)),
        (
            message(
                "tool_call_message",
                tool_call={"name": "note", "arguments": '{"text": "a \\"quoted\\"\\nline", "n": 3}'},
            ),
            ("note", 'a "quoted"\nline', "3"),
        ),
        (message("tool_call_message", tool_call={"name": "note", "arguments": "torn {"}), ("note", "torn {")),
        (message("tool_return_message", tool_return="done"), ("done",)),
        (
            message(
                "tool_return_message", tool_returns=[{"tool_return": "a"}, {"func_response": {"k": "b"}}]
            ),
            ("a", "b"),
        ),
        (message("approval_response_message", approvals=[{"approve": False, "reason": "no"}]), ("no",)),
        (message("summary_message", summary="they met"), ("they met",)),
        (summary("they met"), ("they met",)),
        (message("event_message", event_data={"what": "left"}), ("left",)),
        (message("brand_new_message", content="later"), ("later",)),
        (message("user_message"), ()),
        (message("user_message", content={"a": [1, None, True, "x"]}), ("1", "x")),
    ],
)
def test_every_text_of_a_message_is_searched_decoded(sent: Message, texts: tuple[str, ...]) -> None:
    assert tuple(texts_of(sent)) == texts


def test_an_image_is_not_searched() -> None:
    image = {"type": "image", "source": {"data": "needle"}}
    assert texts_of(message("user_message", content=[image, {"type": "text", "text": "see"}])) == ("see",)


def test_a_value_nested_without_end_does_not_break_the_search() -> None:
    value: Any = "needle"
    for _ in range(5_000):
        value = [value]
    assert texts_of(message("event_message", event_data=value)) == ()


def test_roles_and_places() -> None:
    assert role_of(message("tool_return_message")) == "tool"
    assert role_of(message("hidden_reasoning_message")) == "reasoning"
    assert role_of(message("brand_new_message")) == "brand_new"
    assert (role_of(summary("x")), place_of(summary("x"))) == ("summary", "summaries")
    assert place_of(message("user_message", content="x")) == "messages"
    heartbeat = message("user_message", content='{"type": "heartbeat", "reason": "x"}')
    assert role_of(heartbeat) == "event"
    assert set(ROLE_NAMES) == {"system", "user", "assistant", "reasoning", "tool", "summary", "event"}


# what is wanted


def test_a_role_or_a_time_leaves_only_messages() -> None:
    assert Query(("x",)).wants_titles
    assert Query(("x",)).wants_memory
    for query in (Query(("x",), role="user"), Query(("x",), since=datetime(2026, 1, 1, tzinfo=UTC))):
        assert (query.wants_titles, query.wants_memory, query.wants_messages) == (False, False, True)


def test_role_time_and_place_of_a_message_decide() -> None:
    one = message("user_message", content="x")
    assert Query(("x",)).wants(one)
    assert Query(("x",), role="user").wants(one)
    assert not Query(("x",), role="tool").wants(one)
    assert not Query(("x",), places=frozenset({"summaries"})).wants(one)
    assert Query(("x",), places=frozenset({"summaries"})).wants(summary("x"))
    assert Query(("x",), since=datetime(2026, 3, 14, 8, tzinfo=UTC)).wants(one)
    assert not Query(("x",), since=datetime(2026, 3, 14, 9, tzinfo=UTC)).wants(one)
    undated = message("user_message", date="not a time", content="x")
    assert not Query(("x",), since=datetime(2026, 1, 1, tzinfo=UTC)).wants(undated)


@pytest.mark.parametrize("query", [Query(), Query(("",)), Query((" \n",))])
def test_nothing_to_search_for(query: Query) -> None:
    assert query.is_empty


# what an earlier value of a memory said


def test_sentences_that_are_no_longer_in_the_memory() -> None:
    old = "# Sam\n- Works at Acme. Lives in Paris.\n- Likes tea"
    now = "# Sam\n- Works at Initech. Lives in  Paris.\n- LIKES TEA"
    assert outdated_sentences([old], now) == ("Works at Acme.",)


def test_an_initial_does_not_end_a_sentence() -> None:
    assert outdated_sentences(["Name: R. Okafor. On call? No! Yes"], "Name: Robin") == (
        "Name: R. Okafor.",
        "On call?",
    )


def test_each_sentence_is_searched_for_once_and_scraps_are_not() -> None:
    assert outdated_sentences(["a: b\n--\nName: Kim", "Name: Kim\nName: Lee"], "Name: Sam") == (
        "Name: Kim",
        "Name: Lee",
    )


def test_values_without_end_give_a_bounded_number_of_sentences() -> None:
    many = "\n".join(f"Fact number {number}" for number in range(10_000))
    assert len(outdated_sentences([many], "")) == 40
