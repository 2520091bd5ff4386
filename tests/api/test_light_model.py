"""Light models: whatever comes, they say what pydantic makes of it, and they say it without pydantic where they can."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tui.model.agent import Agent, Health
from tui.model.trace import ContextSize, Trace

from tests.letta.servers import FIXTURES, real
from tui.api.light_model import LightModel
from tui.letta.response import parsed
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.server_model import tolerant

MODELS: tuple[type[LightModel], ...] = (Conversation, Agent, Health, Block, ContextSize, Trace)
TEXTS = st.one_of(st.text(max_size=20), st.characters(categories=["Cs", "Cc", "Cf"]), st.just("id"))
TIMES = st.one_of(
    st.datetimes().map(lambda time: time.isoformat()),
    st.datetimes(timezones=st.timezones()).map(lambda time: time.isoformat()),
    st.from_regex(r"\A\d{4}-\d\d-\d\d[T t]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|z|[+-]\d\d:?\d\d|)\Z"),
    st.from_regex(
        r"\A20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,6})?(Z|[+-][012]\d:\d\d)?\Z", fullmatch=True
    ),
    st.from_regex(r"\A[0-9TWZ:+.-]{1,25}\Z"),
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS | TIMES
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
COUNTS = (
    st.integers() | st.integers(2**63 - 2, 2**63 + 1) | st.integers(-(2**63) - 1, 1 - 2**63) | st.booleans()
)
FITTING = {
    "str": TEXTS,
    "str | None": st.none() | TEXTS,
    "bool | None": st.none() | st.booleans(),
    "datetime | None": st.none() | TIMES,
    "tuple[str, ...] | None": st.none() | st.lists(TEXTS, max_size=4),
    "int": COUNTS,
    "int | None": st.none() | COUNTS,
    "Mapping[str, Any]": st.dictionaries(TEXTS, JSON, max_size=4),
}


def objects(model: type[LightModel], *, most: int) -> st.SearchStrategy[dict[str, Any]]:
    """What a server may say of this model: fields that fit, up to so many that do not, and some that nobody knows."""
    fitting = st.fixed_dictionaries(
        {},
        optional={
            name: FITTING[said] for name, said in model.__annotations__.items() if name in model.fields
        },
    )
    bent = st.dictionaries(st.sampled_from(model.fields), JSON, max_size=most)
    return st.builds(
        lambda *parts: parts[0] | parts[1] | parts[2], st.dictionaries(TEXTS, JSON, max_size=2), fitting, bent
    )


def over_the_wire(value: object) -> Any:
    wrong, body = parsed(json.dumps(value).encode())
    assert not wrong
    return body


def told(read: Any, data: object) -> tuple[Any, ...]:
    """All that can be asked of a model, or why there is none."""
    try:
        found = read(data)
    except ValueError as error:
        return (str(error),)
    return (
        list(found.told().items()),
        {name: str(value) for name, value in found.told().items()},
        found.said,
        dict(found.unknown),
        list(found.as_json().items()),
        list(found.as_json(sent_only=True).items()),
    )


def check(model: type[LightModel], data: object) -> None:
    assert told(model.read, data) == told(tolerant(model).read, data)


@pytest.mark.parametrize("model", MODELS)
@given(data=st.data())
@settings(max_examples=400)
def test_a_light_model_says_what_pydantic_makes_of_the_same_answer(
    model: type[LightModel], data: st.DataObject
) -> None:
    most = data.draw(st.sampled_from((0, 0, 1, 3)))
    check(model, over_the_wire(data.draw(objects(model, most=most) | JSON)))


@given(time=TIMES)
@settings(max_examples=1000)
@example("2026-03-14T09:26:53-00:00")
@example("2026-03-14T24:00:00")
@example("2026-03-14T09:26:60Z")
@example("2026-03-14T09:26:53.1+23:59")
@example("2026-03-14T09:26:53+24:00")
@example("0000-03-14T09:26:53")
@example("0001-01-01T00:00:00+14:00")
@example("２026-03-14T09:26:53")
def test_a_time_is_the_time_that_pydantic_reads(time: str) -> None:
    check(Conversation, {"id": "conv-1", "created_at": time})


def answers() -> list[tuple[str, type[LightModel], dict[str, Any]]]:
    """Every object of the recorded answers of real servers that is a conversation, an agent or a block."""
    found: list[tuple[str, type[LightModel], dict[str, Any]]] = []

    def look(name: str, value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                look(name, one)
        elif isinstance(value, dict):
            for start, model in (("conv-", Conversation), ("agent-", Agent), ("block-", Block)):
                if str(value.get("id", "")).startswith(start):
                    found.append((name, model, value))
            for one in value.values():
                look(name, one)

    for file in sorted(FIXTURES.glob("*.json")):
        look(file.stem, real(file.stem))
    return found


ANSWERS = answers()


def test_answers_of_real_servers_are_read_without_pydantic_and_alike() -> None:
    assert {model for _, model, _ in ANSWERS} >= {Conversation, Block}
    for name, model, data in ANSWERS:
        check(model, data)
        assert model._read_plainly(data) is not None, (name, data)


def test_a_value_made_here_needs_its_identity() -> None:
    assert Conversation(id="default").summary is None
    with pytest.raises(TypeError, match="needs id"):
        Conversation()  # type: ignore[call-arg]


def test_light_models_are_told_apart_by_what_they_say() -> None:
    one = Conversation.read({"id": "a", "new": 1})
    assert one == Conversation.read({"new": 1, "id": "a", "summary": None})
    assert hash(one) == hash(Conversation(id="a"))
    assert one != Conversation(id="a")
    assert one != Agent(id="a")
    assert repr(one).startswith("Conversation(id='a', ")
