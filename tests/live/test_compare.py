"""A fork compared with its source on a real server; its errors, and the step of a message with its tokens and times."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.app_helpers import main_screen, make_quick, press, reader_text, screen_text, settle
from tests.live.running import RealServer
from tests.live.seed import create_agent
from tests.live.test_history import compact, make, say
from tests.live.test_tools import Made
from tui.cli import main
from tui.ui.tools.compare import CompareScreen

pytestmark = [pytest.mark.live, pytest.mark.anyio]

SIZE = (160, 40)


@pytest.fixture
def made(real_server: RealServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    make_quick(monkeypatch)
    agent = create_agent(real_server, "compare", "Name: Sam")
    yield Made(real_server, agent)
    real_server.call("DELETE", f"/v1/agents/{agent}")


def fork(made: Made, source: str) -> str:
    return str(made.call("POST", f"/v1/conversations/{source}/fork", {})["id"])


async def test_a_fork_is_compared_with_its_source_where_both_went_on(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make(made.server, made.agent)
    say(made.server, source, "one", "please remember tea", "three")
    copy = fork(made, source)
    say(made.server, source, "go left")
    say(made.server, copy, "go right", "and on")
    shared = made.call("GET", f"/v1/conversations/{source}")["in_context_message_ids"][1:-2]
    app = made.app(copy)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "space", "=")
        assert isinstance(app.screen, CompareScreen)
        text = screen_text(app)
        assert f"{len(shared)} messages shared" in text
        assert f"= same {len(shared)} messages, until" in text
        assert "- go right" in text
        assert "+ go left" in text
        # the source's system message was compiled before the memory tool wrote, the fork's after
        assert "human what the model reads" in text


def test_the_command_says_the_same_as_the_server(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    source = make(made.server, made.agent)
    say(made.server, source, "one", "two")
    copy = fork(made, source)
    say(made.server, copy, "go right")
    ids = made.call("GET", f"/v1/conversations/{source}")["in_context_message_ids"][1:]
    capsys.readouterr()
    at = ["--base-url", made.server.base_url]
    assert main(["diff", source, copy, "--json", *at]) == 1
    told = json.loads(capsys.readouterr().out)
    same, differing = told["messages"]
    assert same == {"same": True, "first": ids, "second": ids}
    assert (told["shared_messages"], told["common"]["messages"]) == (len(ids), len(ids))
    assert (differing["first"], differing["second"][0]["content"]) == ([], "go right")
    assert (told["facts"], told["memory"]) == ([], [])
    assert main(["diff", source, source, *at]) == 0


def test_a_fork_of_a_compacted_conversation_begins_with_its_summary(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make(made.server, made.agent)
    say(made.server, source, *(f"turn {number}" for number in range(8)))
    compact(made.server, source)
    copy = fork(made, source)
    say(made.server, copy, "go right")
    kept = made.call("GET", f"/v1/conversations/{source}")["in_context_message_ids"][1:]
    capsys.readouterr()
    assert main(["diff", source, copy, "--json", "--base-url", made.server.base_url]) == 1
    earlier, same, differing = json.loads(capsys.readouterr().out)["messages"]
    assert (earlier["same"], earlier["second"]) == (False, [])
    assert earlier["first"][0]["content"] == "turn 0"
    assert same == {"same": True, "first": kept, "second": kept}
    assert differing["first"] == []


async def test_a_failed_tool_is_gone_to_and_its_step_is_what_the_server_says(made: Made) -> None:
    one = make(made.server, made.agent)
    call = {"tool_calls": [{"name": "no_such_tool", "arguments": {}}], "then": "sorry"}
    say(made.server, one, "hello", f"@@{json.dumps(call)}", "please remember tea")
    rows = made.call("GET", f"/v1/conversations/{one}/messages?order=asc")
    (failed,) = [row for row in rows if row.get("status") == "error"]
    step = made.call("GET", f"/v1/steps/{failed['step_id']}")
    metrics = made.call("GET", f"/v1/steps/{failed['step_id']}/metrics")
    app = made.app(one)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "1 tool failed" in screen_text(app)
        await press(pilot, "right_square_bracket")
        item = main_screen(app).panes.detail.reader.item
        assert item is not None
        assert (item.title, dict(item.ids)["step"]) == ("no_such_tool", failed["step_id"])
        await press(pilot, "i")
        shown = reader_text(app, "info")
        counts = [step[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
        assert "{:,} in, {:,} out, {:,} in total".format(*counts) in shown
        took = "not reported" if metrics["step_ns"] is None else f"{metrics['step_ns'] / 1e9:.2f} s ("
        assert f"step time   {took}" in shown
        assert f"step model   {step['model_handle']}" in shown
        assert "cost   not reported" in shown
