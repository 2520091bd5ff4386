import json
from pathlib import Path

import pytest

from tui.storage.state import State

SERVER = "http://localhost:8283"


def test_the_most_recent_agent_comes_first_and_once(room: Path) -> None:
    state = State(room / "state" / "state.json")
    assert state.recent_agents(SERVER) == ()
    assert state.last_agent(SERVER) is None
    for agent in ("a", "b", "c", "a"):
        state.remember_agent(SERVER, agent)
    assert state.recent_agents(SERVER) == ("a", "c", "b")
    assert state.last_agent(SERVER) == "a"
    assert (room / "state" / "state.json").stat().st_mode & 0o777 == 0o600
    assert (room / "state").stat().st_mode & 0o777 == 0o700


def test_twenty_are_remembered_for_each_server(room: Path) -> None:
    state = State(room / "state.json")
    state.remember_agent("http://elsewhere", "other")
    for number in range(25):
        state.remember_agent(SERVER, f"agent-{number}")
    assert state.recent_agents(SERVER) == tuple(f"agent-{number}" for number in range(24, 4, -1))
    assert state.recent_agents("http://elsewhere") == ("other",)


def test_instances_do_not_lose_each_others_entries(room: Path) -> None:
    one, two = State(room / "state.json"), State(room / "state.json")
    one.remember_agent(SERVER, "a")
    two.remember_agent(SERVER, "b")
    one.remember_agent("http://elsewhere", "c")
    two.remember_agent(SERVER, "d")
    assert one.recent_agents(SERVER) == two.recent_agents(SERVER) == ("d", "b", "a")
    assert two.recent_agents("http://elsewhere") == ("c",)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '"text"',
        "null",
        "{}",
        '{"agents": []}',
        '{"agents": {"http://localhost:8283": {"a": 1}}}',
        '{"agents": {"http://localhost:8283": [1, null, "", ["x"]]}}',
    ],
)
def test_a_damaged_or_foreign_file_counts_as_nothing(text: str, room: Path) -> None:
    path = room / "state.json"
    path.write_text(text)
    state = State(path)
    assert state.recent_agents(SERVER) == ()
    state.remember_agent(SERVER, "a")
    assert state.recent_agents(SERVER) == ("a",)


def test_a_file_that_is_no_object_is_set_aside_before_writing(room: Path) -> None:
    path = room / "state.json"
    path.write_text("[1]")
    State(path).remember_agent(SERVER, "a")
    assert (room / "state.json.damaged").read_text() == "[1]"


def test_what_a_newer_version_wrote_is_kept(room: Path) -> None:
    path = room / "state.json"
    path.write_text(json.dumps({"layout": {"width": 40}, "agents": {"x": {"new": "shape"}}}))
    State(path).remember_agent(SERVER, "a")
    held = json.loads(path.read_text())
    assert held == {"layout": {"width": 40}, "agents": {"x": {"new": "shape"}, SERVER: ["a"]}}


def test_an_unreadable_file_is_nothing_to_a_reader_and_an_error_to_a_writer(room: Path) -> None:
    state = State(room)
    assert state.recent_agents(SERVER) == ()
    with pytest.raises(OSError, match="directory"):
        state.remember_agent(SERVER, "a")


def test_pinned_conversations_stay_in_the_order_of_pinning_each_with_its_agent(tmp_path: Path) -> None:
    state = State(tmp_path / "state.json")
    state.toggle_conversation_pin("one", "agent-1", "conv-a")
    state.toggle_conversation_pin("one", "agent-2", "conv-b")
    state.toggle_conversation_pin("two", "agent-1", "conv-c")
    assert state.pinned_conversations("one") == (("agent-1", "conv-a"), ("agent-2", "conv-b"))
    assert state.toggle_conversation_pin("one", "agent-1", "conv-a") == (("agent-2", "conv-b"),)
    assert state.pinned_agents("one") == ()


def test_damaged_pins_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(
        '{"pinned_conversations": {"one": ["", "/", "agent-1/", 4, null, "a/b/c", "x"], "two": 3}}'
    )
    assert State(path).pinned_conversations("one") == (("a", "b/c"),)
    assert State(path).pinned_conversations("two") == ()


def test_the_list_of_all_agents_is_remembered_and_is_no_recent_agent(tmp_path: Path) -> None:
    state = State(tmp_path / "state.json")
    state.remember_agent("one", "agent-1")
    state.remember_agent("one", "")
    assert state.last_agent("one") == ""
    assert state.recent_agents("one") == ("agent-1",)
    state.remember_agent("one", "agent-1")
    assert state.last_agent("one") == "agent-1"
