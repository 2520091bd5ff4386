"""Every model survives what a server may send: unknown fields are preserved, unreadable ones count as not sent."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.letta.servers import FIXTURES, real
from tui.letta.response import parsed
from tui.model.agent import Agent, Health
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.message import Message
from tui.model.record import Record
from tui.model.server_model import ServerModel
from tui.model.trace import ContextSize, Trace

TIME = "2026-03-14T09:26:53.246810Z"


class Case(NamedTuple):
    """A model with an answer in which every field that the model knows has a value."""

    model: type[Record | ServerModel]
    answer: dict[str, Any]
    required: tuple[str, ...] = ("id",)


CASES = (
    Case(
        Conversation,
        {
            "id": "conv-1",
            "agent_id": "agent-1",
            "summary": "One",
            "created_at": TIME,
            "updated_at": TIME,
            "last_message_at": TIME,
            "created_by_id": "user-1",
            "last_updated_by_id": "user-1",
            "in_context_message_ids": ["message-1"],
            "isolated_block_ids": [],
            "archived": False,
            "archived_at": TIME,
            "description": "About it",
            "model": "letta/letta-free",
            "model_settings": {"temperature": 0.7},
            "context_window_limit": 128_000,
        },
    ),
    Case(
        Agent,
        {
            "id": "agent-1",
            "name": "Ada",
            "model": "letta/letta-free",
            "description": "",
            "created_at": TIME,
            "updated_at": TIME,
            "last_run_completion": TIME,
            "message_ids": ["message-1"],
            "agent_type": "letta_v1_agent",
        },
    ),
    Case(Health, {"version": "0.16.8", "status": "ok"}, ()),
    Case(
        Block,
        {
            "id": "block-1",
            "label": "human",
            "value": "Sam",
            "description": "about",
            "limit": 5000,
            "read_only": True,
        },
    ),
    Case(
        ContextSize,
        {
            "context_window_size_current": 2400,
            "context_window_size_max": 128_000,
            "num_tokens_system": 1,
            "num_tokens_core_memory": 2,
            "num_tokens_memory_filesystem": 3,
            "num_tokens_tool_usage_rules": 4,
            "num_tokens_directories": 5,
            "num_tokens_external_memory_summary": 6,
            "num_tokens_summary_memory": 7,
            "num_tokens_functions_definitions": 8,
            "num_tokens_messages": 9,
        },
        ("context_window_size_current", "context_window_size_max"),
    ),
    Case(
        Trace,
        {"request_json": {"a": [1]}, "created_at": TIME, "call_type": "agent_step", "step_id": "step-1"},
        ("request_json",),
    ),
)
each_model = pytest.mark.parametrize("case", CASES, ids=lambda case: case.model.__name__)
WRONG: tuple[object, ...] = (
    7.5,
    {"of": "another type"},
    ["a", 2],
    [{}],
    "\ud800",
    "soon",
    True,
    2**63,
    -(2**70),
)


def fields_of(model: type[Record | ServerModel]) -> set[str]:
    """The fields that a model knows."""
    return set(model.readers if issubclass(model, Record) else model.model_fields)


@each_model
def test_what_was_sent_comes_back(case: Case) -> None:
    assert set(case.answer) == fields_of(case.model)
    found = case.model.read(case.answer)
    assert found.as_json() == found.as_json(sent_only=True) == case.answer
    assert found.sent == set(case.answer)
    assert not found.unknown
    assert found == case.model.read(dict(reversed(case.answer.items())))


@each_model
def test_unknown_fields_are_kept_as_they_came(case: Case) -> None:
    unknown = {"new": {"a": [1, None]}, "größe": 1.5, "hologram_at": None}
    found = case.model.read({**unknown, **case.answer})
    assert found.unknown == unknown
    assert found.sent == set(case.answer)
    assert found.as_json(sent_only=True) == {**case.answer, **unknown}
    assert found != case.model.read(case.answer)
    assert found.changed(new=2).unknown == {**unknown, "new": 2}


@each_model
def test_it_is_known_which_fields_were_sent(case: Case) -> None:
    for name in case.answer:
        if name in case.required:
            continue
        without = {key: value for key, value in case.answer.items() if key != name}
        absent, null = case.model.read(without), case.model.read({**without, name: None})
        assert absent.sent == set(without), name
        assert name not in absent.as_json(sent_only=True)
        assert name in absent.as_json()
        if name != "agent_id":
            assert getattr(absent, name) is getattr(null, name) is None, name
            assert null.sent == set(case.answer), name
            assert null.as_json(sent_only=True)[name] is None
        changed = absent.changed(**{name: getattr(case.model.read(case.answer), name)})
        assert changed == case.model.read(case.answer), name
        assert name in changed.sent
        assert name not in absent.sent


@each_model
def test_a_field_of_a_wrong_type_takes_no_other_with_it(case: Case) -> None:
    for name in set(case.answer) - set(case.required):
        for wrong in WRONG:
            found = case.model.read({**case.answer, name: wrong})
            if name in found.sent:  # this field can be read from that
                continue
            without = {key: value for key, value in case.answer.items() if key != name}
            assert found == case.model.read(without), (name, wrong)
            assert found.as_json(sent_only=True) == without


@each_model
def test_without_what_it_is_known_by_there_is_no_model(case: Case) -> None:
    no_objects: tuple[object, ...] = (None, [], "conv-1", 7)
    for data in no_objects:
        with pytest.raises(ValueError, match="expected an object"):
            case.model.read(data)
    for name in case.required:
        bad_ones: tuple[dict[str, object], ...] = ({}, {name: None}, {name: [7]})
        for bad in bad_ones:
            answer = {key: value for key, value in case.answer.items() if key != name} | bad
            with pytest.raises(ValueError, match=f"no usable {name}"):
                case.model.read(answer)


@each_model
def test_a_model_is_frozen(case: Case) -> None:
    found = case.model.read(case.answer)
    for name in case.answer:
        with pytest.raises((AttributeError, ValueError)):
            setattr(found, name, None)


TEXTS = st.one_of(st.text(max_size=20), st.characters(categories=["Cs", "Cc", "Cf"]))
TIMES = st.one_of(
    st.datetimes(timezones=st.none() | st.timezones()).map(lambda time: time.isoformat()),
    st.from_regex(r"\A[0-9TWZ:+.-]{1,25}\Z"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | TIMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@each_model
@given(data=st.data())
@settings(max_examples=60)
def test_any_values_in_any_fields_are_survived(case: Case, data: st.DataObject) -> None:
    """What can be read reads back the same; what cannot is not there at all."""
    names = st.sampled_from(sorted(fields_of(case.model))) | TEXTS
    sent = over_the_wire(case.answer | data.draw(st.dictionaries(names, JSON, max_size=4)))
    try:
        found = case.model.read(sent)
    except ValueError:
        assert case.required, "nothing that can be missing"
        return
    assert found.sent <= sent.keys()
    assert found.unknown.keys() == sent.keys() - fields_of(case.model)
    written = found.as_json(sent_only=True)
    json.dumps(written).encode()
    repr(found)
    again = case.model.read(over_the_wire(written))
    assert again == found
    assert again.sent == found.sent


def over_the_wire(value: object) -> Any:
    """A value as it is after it was sent and read."""
    wrong, body = parsed(json.dumps(value).encode())
    assert not wrong
    return body


def test_objects_of_real_servers_are_read_whole() -> None:
    """No field of a recorded answer is given up as unreadable."""
    seen = set[type]()

    def look(value: Any) -> None:
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            look(one)
        if not isinstance(value, dict):
            return
        for start, model in (("conv-", Conversation), ("agent-", Agent), ("block-", Block)):
            if str(value.get("id", "")).startswith(start):
                found = model.read(value)
                assert found.sent | found.unknown.keys() == value.keys()
                seen.add(model)
        if "message_type" in value and "id" in value:
            message = Message.read(value)
            for name in ("id", "message_type", "step_id", "run_id", "otid"):
                assert getattr(message, name) == value.get(name)
            seen.add(Message)

    for file in sorted(FIXTURES.glob("*.json")):
        look(real(file.stem))
    assert seen >= {Conversation, Block, Message}


def test_a_value_made_here_counts_as_sent_what_it_was_given() -> None:
    assert Conversation(id="default", agent_id="agent-1").sent == {"id", "agent_id"}
    assert Conversation(id="default").as_json(sent_only=True) == {"id": "default"}
    assert Block(id="block-1", value="").sent == {"id", "value"}
    with pytest.raises(TypeError, match="id"):
        Conversation()  # type: ignore[call-arg]


def test_rows_of_a_list_have_no_context_and_store_once_what_they_share() -> None:
    rows = [
        Conversation.read_row(over_the_wire({**CASES[0].answer, "id": f"conv-{n}", "model": None}))
        for n in range(2)
    ]
    assert rows[0].in_context_message_ids is None
    assert "in_context_message_ids" not in rows[0].sent
    assert rows[0].agent_id is rows[1].agent_id
    assert rows[0].sent is rows[1].sent
    with pytest.raises(ValueError, match="expected an object"):
        Conversation.read_row(None)


def test_records_are_equal_when_they_report_the_same() -> None:
    one = Conversation.read({"id": "a", "new": 1})
    assert one == Conversation.read({"new": 1, "id": "a", "summary": None})
    assert hash(one) == hash(Conversation(id="a"))
    assert one != Conversation(id="a")
    agent: object = Agent(id="a")
    assert one != agent
    assert repr(one).startswith("Conversation(")
