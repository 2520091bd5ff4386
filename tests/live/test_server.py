"""The harness itself: what the other live tests stand on."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ENVIRONMENT
from tests.live.install import EXCLUDE_NEWER
from tests.live.rest import RestError
from tests.live.running import RealServer, start
from tests.live.seed import Plan, create_agent, seed

pytestmark = pytest.mark.live


def test_health_tells_the_version_and_needs_no_key(real_server: RealServer) -> None:
    health = replace(real_server, api_key=None).call("GET", "/v1/health/")
    assert health["version"] == real_server.version
    if real_server.data:  # ours, so of a version that the harness knows
        assert real_server.version in EXCLUDE_NEWER


def test_seeding_over_rest_makes_conversations_with_isolated_blocks(real_server: RealServer) -> None:
    done = seed(real_server, Plan(conversations=2, messages=2, isolated=True, via="rest", prefix="rest"))
    [agent] = done.agents
    rows = real_server.call("GET", f"/v1/conversations/?agent_id={agent}")
    assert [row["summary"] for row in reversed(rows)] == ["Holiday plans for 0", "Fix the login bug #1"]
    assert [len(row["isolated_block_ids"]) for row in reversed(rows)] == [1, 2]
    messages = real_server.call("GET", f"/v1/conversations/{rows[0]['id']}/messages?order=asc")
    kinds = [message["message_type"] for message in messages]
    assert kinds == ["system_message", "user_message", "assistant_message"]


def test_seeding_through_sql_is_what_the_server_reads(real_server: RealServer) -> None:
    if not real_server.psql:
        pytest.skip("the database of this server is out of reach")
    done = seed(real_server, Plan(conversations=120, messages=6, via="sql", prefix="sql"))
    assert (done.conversations, done.messages) == (120, 120 * 7)
    [agent] = done.agents
    rows = real_server.call("GET", f"/v1/conversations/?agent_id={agent}&limit=200")
    assert len({row["id"] for row in rows}) == 120
    assert {row["summary"] for row in rows} >= {"x119", "", None, "Zwischenstand 7\nsecond line"}
    one = real_server.call("GET", f"/v1/conversations/{rows[0]['id']}")
    assert len(one["in_context_message_ids"]) == 7
    messages = real_server.call("GET", f"/v1/conversations/{rows[0]['id']}/messages?order=asc")
    assert [message["id"] for message in messages] == one["in_context_message_ids"]


def test_the_model_calls_a_tool_and_answers_as_it_is_told(real_server: RealServer) -> None:
    if not real_server.llm_url:
        pytest.skip("the model of this server is not ours")
    agent = create_agent(real_server, "talker", "Name: Sam")
    conversation = real_server.call("POST", f"/v1/conversations/?agent_id={agent}", {})["id"]

    def say(text: str) -> list[str]:
        body = {"messages": [{"role": "user", "content": text}], "streaming": False}
        answer = real_server.call("POST", f"/v1/conversations/{conversation}/messages", body)
        return [message.get("content") or message["message_type"] for message in answer["messages"]]

    assert say('@@{"content": "as told"}') == ["as told"]
    assert say("please remember tea")[:2] == ["tool_call_message", "tool_return_message"]


def test_secure_mode_refuses_a_request_without_the_key() -> None:
    if "LETTA_TUI_TEST_URL" in ENVIRONMENT:
        pytest.skip("would start a server of its own")
    with start(ENVIRONMENT, "--key", "letmein") as secure:
        assert secure.call("GET", "/v1/agents/") == []
        with pytest.raises(RestError) as refused:
            replace(secure, api_key=None).call("GET", "/v1/agents/")
    assert refused.value.status == 401
    assert secure.data is not None
    assert not Path(secure.data).exists()
