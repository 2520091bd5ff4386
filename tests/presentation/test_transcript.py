"""The messages in context as items: every type, every call with its return, nothing lost and nothing twice."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cases import case
from tui.model.errors import NoResponse
from tui.model.message import Message
from tui.model.opened import Context
from tui.presentation.item import Item, LateItem
from tui.presentation.message_types import MESSAGE_STYLES
from tui.presentation.message_types import message_item as item_of
from tui.presentation.transcript import transcript

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parents[1] / "fixtures"
LISTS = [
    "auto_compaction_messages",
    "compaction_after_messages",
    "conversation_approvals",
    "conversation_basic",
    "conversation_reasoning_tools",
    "schema_built",
    "sql_rows_rendered",
    "summary_and_event_stream",
]
HOSTILE = "[/foo] [@click=app.quit]x[/] \x1b]0;owned\x07 \u202egnp.exe \ud800 \0"


def real(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FIXTURES / f"{name}.json").read_bytes())
    return found


def context(*sent: dict[str, Any], ids: tuple[str, ...] | None = None) -> Context:
    messages = tuple(Message.read(message) for message in sent)
    return Context(ids or tuple(dict.fromkeys(message.id for message in messages)), messages)


def items(*sent: dict[str, Any]) -> tuple[Item, ...]:
    return transcript(context(*sent), NOW)


def only(sent: dict[str, Any]) -> Item:
    (found,) = items({"id": "message-1", **sent})
    return found


def message(kind: str, **fields: Any) -> dict[str, Any]:
    return {"message_type": f"{kind}_message", **fields}


def call(message_id: str, *call_ids: str, kind: str = "tool_call", **fields: Any) -> dict[str, Any]:
    calls = [
        {"name": f"tool-{at}", "arguments": f'{{"n": {at}}}', "tool_call_id": name}
        for at, name in enumerate(call_ids)
    ]
    return message(kind, id=message_id, tool_calls=calls, tool_call=calls[0] if calls else None, **fields)


def answer(message_id: str, **values: str) -> dict[str, Any]:
    returns = [
        {"tool_call_id": name.rstrip("_"), "status": "success", "tool_return": value}
        for name, value in values.items()
    ]
    return message("tool_return", id=message_id, tool_returns=returns, **returns[0])


def words_of(found: Item) -> tuple[str, str, str]:
    return found.word, found.title, found.head


def everything(found: tuple[Item, ...]) -> str:
    return "\n".join(f"{item.title}\n{item.head}\n{item.text}" for item in found)


# whole lists of real servers


@pytest.mark.parametrize("name", LISTS)
def test_every_real_message_is_shown_and_every_key_is_its_own(name: str) -> None:
    sent = real(name)
    found = items(*sent)
    assert [key for key, times in Counter(item.key for item in found).items() if times > 1] == []
    shown = json.dumps([item.raw for item in found])
    assert all(json.dumps(one)[1:-1] in shown for one in sent if one.get("id"))
    assert all(item.glyph and item.word for item in found)


@pytest.mark.parametrize("name", LISTS)
def test_keys_stay_the_same_when_more_comes(name: str) -> None:
    """A refresh keeps the cursor by key."""
    sent = real(name)
    fewer, more = items(*sent[:-1]), items(*sent)
    assert {item.key for item in fewer} <= {item.key for item in more}


def test_every_type_of_the_wire_has_a_look_of_its_own() -> None:
    assert len({(glyph, word) for glyph, word, _ in MESSAGE_STYLES.values()}) == len(MESSAGE_STYLES) == 11


def test_items_come_in_the_order_of_the_ids_and_not_in_that_of_the_list() -> None:
    sent = [message("user", id=name, content=name) for name in ("a", "b", "c")]
    found = transcript(context(*sent, ids=("c", "a", "b")), NOW)
    assert [item.text for item in found] == ["c", "a", "b"]


def test_an_id_without_a_message_keeps_its_place() -> None:
    found = transcript(context(message("user", id="b", content="hi"), ids=("a", "b")), NOW)
    assert words_of(found[0]) == ("no message", "a", "in context, but the server has no message with this id")
    assert found[0].copy_id == "a"
    assert found[1].text == "hi"


def test_an_id_whose_message_could_not_be_read_says_why() -> None:
    lost = Context(
        ("a", "b"), (), ("a", "b"), {"b": NoResponse("Reading a message: the connection broke (h)")}
    )
    gone, unread = transcript(lost, NOW)
    assert (gone.head, gone.parts) == ("in context, but the server has no message with this id", ())
    assert unread.head == "in context, but not read"
    assert "Reading a message: the connection broke (h)" in str(unread.parts)


def test_context_that_the_server_does_not_report_is_said_to_be_so() -> None:
    found = transcript(Context(None, (Message.read(message("user", id="a", content="hi")),)), NOW)
    assert found[0].text == "In context: not reported. These are all messages the server lists."
    assert found[1].text == "hi"


def test_several_messages_of_one_id_are_items_of_their_own() -> None:
    found = items(
        message("reasoning", id="a", reasoning="hm"),
        message("assistant", id="a", content="Rolling."),
        call("a", "call-1"),
    )
    assert [item.word for item in found] == ["reasoning", "assistant", "tool call"]
    assert {item.copy_id for item in found} == {"a"}


# type by type


@pytest.mark.parametrize(
    ("sent", "words", "text"),
    [
        (message("user", content="hi"), ("user", "", ""), "hi"),
        (message("user", content=[]), ("user", "", "empty"), ""),
        (message("user", content=None), ("user", "", "empty"), ""),
        (message("assistant", content=""), ("assistant", "", "empty"), ""),
        (message("assistant", content=[{"type": "text", "text": "a"}]), ("assistant", "", ""), "a"),
        (message("reasoning", reasoning="hm"), ("reasoning", "", ""), "hm"),
        (message("reasoning", reasoning=""), ("reasoning", "", "empty"), ""),
        (message("hidden_reasoning", state="redacted"), ("hidden", "", "redacted by the provider"), ""),
        (message("hidden_reasoning"), ("hidden", "", "hidden by the provider"), ""),
        (
            message("event", event_type="compaction", event_data={"a": 1}),
            ("event", "", "compaction"),
            '{\n  "a": 1\n}',
        ),
        (message("event", event_type="compaction"), ("event", "", "compaction"), ""),
        (message("summary", summary="short"), ("summary", "", "replaces earlier messages"), "short"),
        (
            message(
                "summary",
                summary="long",
                compaction_stats={
                    "context_tokens_before": 9,
                    "context_tokens_after": 3,
                    "messages_count_before": 1,
                },
            ),
            ("summary", "", "replaces earlier messages · 1 message before · 9 tokens → 3"),
            "long",
        ),
        (
            message("summary", summary="odd", compaction_stats={"context_tokens_before": "many"}),
            ("summary", "", "replaces earlier messages"),
            "odd",
        ),
        (message("approval_response", approve=True), ("approval", "", "✓ approved"), ""),
        (message("approval_response", approve=False, reason="no"), ("approval", "", "✗ denied"), "no"),
        (message("approval_response"), ("approval", "", "no verdict"), ""),
        (
            message(
                "approval_response",
                approvals=[{"tool_call_id": "x", "status": "error", "func_response": "no photo"}],
            ),
            ("approval", "", "client returned error"),
            "no photo",
        ),
        (
            message(
                "approval_response", approvals=[{"tool_return": "", "stdout": ["a\n", "b\n"], "stderr": "c"}]
            ),
            ("approval", "", "client returned no status"),
            "stdout:\na\nb\nstderr:\nc",
        ),
        (message("approval_response", approvals=[], approve=None), ("approval", "", "no verdict"), ""),
        (
            message(
                "approval_response",
                approvals=[
                    {"type": "approval", "approve": True},
                    {"type": "approval", "approve": False, "reason": "too risky"},
                    {"type": "tool", "tool_return": "done", "status": "success"},
                    "odd",
                ],
            ),
            ("approval", "", "✓ approved, ✗ denied, client returned success"),
            "too risky\ndone",
        ),
    ],
)
def test_a_message_has_its_word_its_head_and_its_text(
    sent: dict[str, Any], words: tuple[str, str, str], text: str
) -> None:
    found = only(sent)
    assert words_of(found) == words
    assert found.text == text


@pytest.mark.parametrize(
    "kind", ["ping", "hologram_message", "tool_call_message", "approval_request_message"]
)
def test_what_is_not_understood_is_shown_raw(kind: str) -> None:
    sent = {"id": "message-1", "message_type": kind, "odd": {"deep": [1]}}
    found = only(sent)
    assert json.loads(found.text) == sent
    known = kind in MESSAGE_STYLES
    assert found.head == ("it contains no call" if known else "unknown message type")
    assert (found.glyph == "?") is not known


def test_a_system_message_is_folded_and_says_when_it_was_compiled() -> None:
    text = (
        "Be kind.\n- System prompt last recompiled: 2020-01-01 12:00:00 AM UTC+0000\n<memory_metadata>\n"
        "- System prompt last recompiled: 2026-11-22 12:00:00 AM UTC+0000\n- more"
    )
    found = only(message("system", content=text))
    assert found.folded
    assert found.head == f"compiled 3 h ago · {len(text)} characters"


@pytest.mark.parametrize(
    "when", ["soon", "2026-99-99 12:00:00 AM UTC+0000", "0001-01-01 12:00:00 AM UTC+2359", ""]
)
def test_a_time_that_is_none_is_left_out(when: str) -> None:
    text = f"<memory_metadata>\n- System prompt last recompiled: {when}"
    assert only(message("system", content=text)).head == f"{len(text)} characters"


def test_a_time_in_a_zone_without_a_name_is_told() -> None:
    text = "<memory_metadata>\n- System prompt last recompiled: 2026-11-21 09:00:00 PM -03-0300"
    assert only(message("system", content=text)).head == f"compiled 3 h ago · {len(text)} characters"


def test_a_real_system_message_tells_its_time() -> None:
    assert items(real("conversation_basic")[0])[0].head.startswith("compiled ")


@pytest.mark.parametrize(
    ("envelope", "word"),
    [
        ({"type": "system_alert", "message": "Note: hidden", "time": "now"}, "summary"),
        ({"type": "login", "last_login": "never"}, "event"),
        ({"type": "heartbeat", "reason": "x"}, "event"),
        ({"type": "packaged", "message": "x"}, "user"),
        ({"type": ["login"]}, "user"),
        ({"message": "no type"}, "user"),
    ],
)
def test_an_envelope_is_told_from_what_a_user_wrote(envelope: dict[str, Any], word: str) -> None:
    assert only(message("user", content=json.dumps(envelope))).word == word


def test_a_summary_in_a_list_reads_as_its_text() -> None:
    found = only(
        message("user", content=json.dumps({"type": "system_alert", "message": "what was\nsaid"}, indent=2))
    )
    assert found.text == "what was\nsaid"


def test_a_real_compaction_shows_its_summary() -> None:
    for name in ("compaction_after_messages", "auto_compaction_messages"):
        summaries = [item for item in items(*real(name)) if item.word == "summary"]
        assert len(summaries) == 1
        assert "summary of the previous messages" in summaries[0].text


def test_an_image_in_a_message_is_told_by_its_size() -> None:
    found = items(*real("conversation_basic"))
    assert any("[image: image/png, " in item.text for item in found)
    assert "iVBOR" not in everything(found)


# calls and returns


def test_parallel_calls_take_their_returns_whatever_their_order() -> None:
    found = items(call("a", "one", "two", "three"), answer("b", three="3rd", one="1st", two="2nd"))
    shown = everything(found)
    for first, second in (("tool-0", "1st"), ("1st", "tool-1"), ("tool-1", "2nd"), ("tool-2", "3rd")):
        assert shown.index(first) < shown.index(second)
    assert [shown.count(value) for value in ("1st", "2nd", "3rd")] == [1, 1, 1]


def test_a_call_id_that_is_used_again_pairs_in_order_and_loses_nothing() -> None:
    sent = (
        call("a", "x"),
        answer("b", x="first"),
        call("c", "x"),
        answer("d", x="second"),
        answer("e", x="third"),
    )
    found = items(*sent)
    shown = everything(found)
    assert [shown.count(value) for value in ("first", "second", "third")] == [1, 1, 1]
    assert shown.index("first") < shown.index("second") < shown.index("third")
    assert found[-1].word == "tool return"


def test_a_return_before_its_call_stands_alone() -> None:
    found = items(answer("a", x="old"), call("b", "x"), answer("c", x="new"))
    assert (found[0].word, found[0].text) == ("tool return", "old")
    assert "new" in everything(found[1:])


def test_returns_without_a_call_id_are_all_shown() -> None:
    sent = message("tool_return", id="a", tool_returns=[{"tool_return": "one"}, {"tool_return": "two"}])
    found = items(sent, message("tool_return", id="b", tool_return="three"))
    assert [item.text for item in found] == ["one", "two", "three"]
    assert len({item.key for item in found}) == 3


def test_a_return_without_its_call_names_its_tool() -> None:
    found = only(message("tool_return", name="roll", status="error", tool_return="bad", tool_call_id="x"))
    assert words_of(found) == ("tool return", "roll", "✗ error")
    assert found.head_role == "error"


def test_a_failure_shows_what_it_printed() -> None:
    sent = message(
        "tool_return", status="error", tool_return="bad", stdout=["a\n", "b\n"], stderr=["Traceback\n"]
    )
    assert only(sent).text == "bad\nstdout:\na\nb\nstderr:\nTraceback"


def test_a_request_for_approval_does_not_swallow_the_return() -> None:
    sent = (
        call("a", "x", kind="approval_request"),
        message("approval_response", id="b", approve=True),
        answer("c", x="v"),
    )
    assert [item.word for item in items(*sent)] == ["needs approval", "approval", "tool return"]


@pytest.mark.parametrize(
    ("arguments", "text", "head"),
    [
        ('{"sides": 6}', '{\n  "sides": 6\n}', ""),
        ({"sides": 6}, '{\n  "sides": 6\n}', ""),
        ("{}", "", "no arguments"),
        (None, "", "no arguments"),
        ("not json {", "not json {", ""),
        ('{"a":' * 300_000, '{"a":' * 300_000, ""),
    ],
    ids=lambda value: str(value)[:14],
)
def test_arguments_are_laid_out_where_they_are_json(arguments: object, text: str, head: str) -> None:
    calls = [{"name": "roll", "arguments": arguments, "tool_call_id": "x"}]
    found = only(message("tool_call", tool_calls=calls))
    assert (found.title, found.text, found.head) == ("roll", text, head)


def test_calls_come_as_a_list_as_one_object_or_in_the_older_field() -> None:
    one = {"name": "roll", "arguments": "{}", "tool_call_id": "x"}
    for sent in (
        {"tool_calls": [one]},
        {"tool_calls": one},
        {"tool_call": one},
        {"tool_calls": [], "tool_call": one},
    ):
        assert only(message("tool_call", **sent)).title == "roll"
    assert only(message("tool_call", tool_calls=[{"tool_call_id": "x"}])).title == "no name"


def test_folded_calls_preview_their_arguments() -> None:
    calls = [{"name": "f", "arguments": '{"label": "human", "n": 1}', "tool_call_id": "x"}]
    assert only(message("tool_call", tool_calls=calls)).preview == "label=human n=1"


# size and hostility

TEXTS = (
    "content",
    "reasoning",
    "state",
    "summary",
    "event_type",
    "event_data",
    "name",
    "status",
    "tool_return",
)
LISTS_AND_RECORDS = (
    "compaction_stats",
    "tool_call",
    "tool_calls",
    "tool_returns",
    "stdout",
    "stderr",
    "approvals",
)
FIELDS = (*TEXTS, *LISTS_AND_RECORDS, "approve", "reason", "date")


def test_long_bodies_are_folded_and_short_ones_open() -> None:
    assert only(message("assistant", content="line\n" * 100)).folded
    assert not only(message("assistant", content="line")).folded


def test_a_huge_message_is_whole() -> None:
    assert len(only(message("assistant", content="x" * 5_000_000)).text) == 5_000_000


@pytest.mark.parametrize(
    "kind", [*(name.removesuffix("_message") for name in MESSAGE_STYLES), "hologram", "[/foo]"]
)
def test_hostile_text_is_kept_and_its_first_line_is_one_line(kind: str) -> None:
    calls = [{"name": HOSTILE, "arguments": HOSTILE, "tool_call_id": HOSTILE}]
    sent = message(kind, **dict.fromkeys(TEXTS, HOSTILE), tool_calls=calls, approvals=[{"reason": HOSTILE}])
    found = only(sent)
    assert "\n" not in found.word + found.title + found.head + found.preview
    assert "\x1b" not in found.word + found.title + found.head + found.preview
    assert "[/foo]" in found.title + found.head + found.text + found.word


@pytest.mark.parametrize("odd", [None, 7, "text", [], {}, [None], [7], {"a": {"b": []}}], ids=repr)
def test_no_shape_of_a_field_breaks_the_timeline(odd: object) -> None:
    for kind in (name.removesuffix("_message") for name in MESSAGE_STYLES):
        for field in FIELDS:
            with case(kind, field):
                assert items({"id": "a", **message(kind), field: odd})
        with case(kind, "all fields"):
            assert items({"id": "a", **message(kind), **dict.fromkeys(FIELDS, odd)})


def test_of_many_messages_none_is_laid_out_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Types, order and rough sizes are known at once; text is made of what comes into view."""
    made: list[str] = []
    whole = item_of

    def counted(sent: Message, *told: Any, **more: Any) -> Item:
        made.append(sent.id)
        return whole(sent, *told, **more)

    monkeypatch.setattr("tui.presentation.transcript.message_item", counted)
    found = items(*(message("user", id=f"m{n}", content=f"line {n}\nand more") for n in range(3_000)))
    assert {one.kind for one in found} == {"user"}
    assert {one.weight.lines for one in found} == {2}
    assert made == []
    assert found[1_234].text == "line 1234\nand more"
    assert made == ["m1234"]


def test_an_image_weighs_as_the_line_that_tells_it() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "A" * 1_000_000}
    found = only(
        message("user", content=[{"type": "image", "source": source}, {"type": "text", "text": "so"}])
    )
    assert found.weight.chars < 100
    assert not found.weight.folded


@pytest.mark.parametrize("name", LISTS)
def test_what_is_known_early_is_what_is_made_later(name: str) -> None:
    for early in items(*real(name)):
        assert isinstance(early, LateItem)
        made = early.made
        assert (early.key, early.kind, early.word, early.spaced, early.date) == (
            made.key, made.kind, made.word, made.spaced, made.date
        )  # fmt: skip
        if (
            made.parts
            and "[image" not in made.text
            and early.word in ("user", "assistant", "reasoning", "system")
        ):
            assert early.weight == made.weight


def test_messages_without_an_id_keep_apart() -> None:
    """They come in a row under one id, as the parts of a message do, and each has a key of its own."""
    found = items(*(message("user", id="", content=f"line {n}") for n in range(3)))
    assert [one.key for one in found] == ["#0", "#1", "#2"]
    assert [one.text for one in found] == ["line 0", "line 1", "line 2"]
