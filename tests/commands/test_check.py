"""`letta-tui check`: what it finds in the demo, how it tells it, and the code that it ends with."""

from __future__ import annotations

import httpx
import pytest

from tests.app_helpers import BIDI, HOSTILE, asked, ids, only_agent, small_server, writes
from tests.commands.conftest import Run
from tui.backends.demo.transport import DemoTransport

STORIES = {
    ("Ada", "stale", "project"): 1,
    ("Ada", "stale", "policy"): 1,
    ("Ada", "stale", "human"): 1,
    ("Ada", "approval-pending", "sql"): 1,
    ("Ada", "dead", "runbook"): 1,
    ("Ada", "isolation-lost", "project"): 1,
    ("Grace", "over-limit", "overflow"): 3,
}
"""What the stories of the demo are about: agent, kind, label, and in how many conversations."""


def agent_names(transport: DemoTransport) -> dict[str, str]:
    return {agent.id: agent.name for agent in transport.store.agents.values()}


def test_the_demo_has_the_faults_of_its_stories_and_no_other(letta: Run) -> None:
    demo = DemoTransport()
    ended = letta("check", "--demo", "--all", "--json", server=demo)
    names = agent_names(demo)
    found: dict[tuple[str, str, str], int] = {}
    for one in ended.json["findings"]:
        key = names[one["agent"]], one["kind"], one["label"]
        found[key] = found.get(key, 0) + 1
    assert found == STORIES
    listed = len([row for row in demo.store.conversations.values() if not row.deleted])
    assert ended.json["checked"] == listed + len(demo.store.agents)
    assert ended.code == 1
    assert not writes(demo)


def test_every_finding_has_state_word_label_sentence_and_ids(letta: Run) -> None:
    findings = letta("check", "--demo", "--agent", "Ada", "--json").json["findings"]
    lost = next(one for one in findings if one["state"] == "isolation lost")
    assert (lost["severity"], lost["label"]) == ("error", "project")
    assert lost["ids"]["block"].startswith("block-")
    pending = next(one for one in findings if one["kind"] == "approval-pending")
    assert set(pending["ids"]) == {"message", "call", "run", "step"}
    assert pending["state"] is None
    for one in findings:
        assert set(one) == {
            "conversation",
            "agent",
            "severity",
            "kind",
            "state",
            "label",
            "sentence",
            "ids",
            "ways_out",
        }
        assert one["sentence"].endswith(".")
        assert one["ways_out"]


def test_people_get_a_table_on_stdout_and_the_count_on_stderr(letta: Run) -> None:
    ended = letta("check", "--demo", "--agent", "Ada")
    assert "! warning  dead  runbook\n" in ended.out
    assert "✗ error    isolation lost  project\n" in ended.out
    assert len([line for line in ended.out.splitlines() if line.startswith("conv-")]) == 5
    assert ended.err == "6 findings in 5 of 241 conversations on demo\n"
    sentences = [line for line in ended.out.splitlines() if "http://" not in line]
    assert max(map(len, sentences)) <= 100  # an address in a command cannot be broken


def test_a_healthy_conversation_ends_with_0_and_says_nothing_on_stdout(letta: Run) -> None:
    server = small_server("Fine")
    ended = letta("check", "--demo", ids(server)[0], server=server)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "0 findings in 0 of 1 conversation on demo\n"
    assert letta("check", "--demo", "--agent", "Ada", "--json", server=server).json == {
        "checked": 2,
        "findings": [],
    }


def test_the_default_conversation_needs_its_agent(letta: Run) -> None:
    ended = letta("check", "--demo", "default")
    assert ended.code == 2
    assert "--agent" in ended.err
    ended = letta("check", "--demo", "default", "--agent", "Grace", "--json")
    assert [one["conversation"] for one in ended.json["findings"]] == ["default"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--demo", "check", "--agent", "Grace"),
        ("--agent", "Grace", "check", "--demo"),
        ("check", "--agent", "Grace", "--demo"),
        ("--demo", "--agent", "Grace", "check"),
    ],
)
def test_options_may_stand_before_and_after_the_command(letta: Run, arguments: tuple[str, ...]) -> None:
    assert "3 findings in 3 of 4 conversations" in letta(*arguments).err


def test_the_environment_names_what_no_argument_names(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LETTA_TUI_AGENT", "Grace")
    assert "of 4 conversations" in letta("check", "--demo").err
    assert "of 241 conversations" in letta("check", "--demo", "--agent", "Ada").err
    server = small_server("One")
    assert "of 2 conversations" in letta("check", "--demo", "--all", server=server).err
    monkeypatch.setenv("LETTA_TUI_CONVERSATION", ids(server)[0])
    assert "of 1 conversation " in letta("check", "--demo", server=server).err
    assert letta("check", "--demo", "--agent", "Ada", server=server).err.count("of 2 conversations") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--demo"),
        ("check", "--demo", "--all", "--agent", "Ada"),
        ("check", "--demo", "--all", "conv-1"),
        ("check", "--demo", "--agent", "Nobody"),
        ("check", "--demo", "--agent", "a"),
        ("check", "--nonsense"),
        ("check", "--base-url", "ftp://here", "--all"),
        ("check", "--demo", "conv-00000000-0000-4000-8000-000000000000"),
        ("check", "--demo", "short"),
        ("show", "--demo"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_one_line_on_stderr(
    letta: Run, arguments: tuple[str, ...]
) -> None:
    ended = letta(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "letta-tui" in ended.err


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 4), (500, 3), (503, 3)])
def test_a_refused_key_and_a_broken_server_have_their_own_codes(letta: Run, status: int, code: int) -> None:
    server = small_server("Fine")
    server.fail(status)
    ended = letta("check", "--demo", "--all", server=server)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith("letta-tui: Listing agents")


def test_a_conversation_that_cannot_be_read_is_a_finding_and_the_others_are_checked(letta: Run) -> None:
    server = small_server("One", "Two", "Three")
    broken = ids(server)[1]
    server.fail(500, path=f"/v1/conversations/{broken}$")
    ended = letta("check", "--demo", "--all", "--json", server=server)
    (one,) = ended.json["findings"]
    assert (one["conversation"], one["kind"], ended.json["checked"]) == (broken, "unreadable", 4)


def test_a_conversation_deleted_meanwhile_is_no_finding(letta: Run) -> None:
    server = small_server("One", "Two")
    server.fail(httpx.Response(404, json={"detail": "gone"}), path=f"/v1/conversations/{ids(server)[0]}$")
    ended = letta("check", "--demo", "--all", server=server)
    assert ended.code == 0
    assert "1 conversation deleted meanwhile" in ended.err


def test_all_pages_are_checked(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LETTA_TUI_PAGE_SIZE", "10")
    server = small_server(*(f"Number {number}" for number in range(45)))
    assert letta("check", "--demo", "--all", "--json", server=server).json["checked"] == 46
    assert len(asked(server, "GET", "/v1/conversations/?")) == 3  # of 10, 20 and 40 rows


def test_hostile_text_is_shown_not_obeyed(letta: Run) -> None:
    server = small_server(HOSTILE, name=HOSTILE, blocks={HOSTILE: "x"})
    agent = server.store.agents[only_agent(server)]
    server.store.change_block(agent.block_ids[0], value="y")
    for arguments in (("check",), ("check", "--json"), ("show",), ("show", "--json")):
        told = letta(*arguments, "--demo", ids(server)[0], server=server).out
        assert told
        assert not [char for char in told if (char < " " and char != "\n") or "\x7f" <= char < "\xa0"]
        assert not BIDI & set(told)


def test_progress_is_shown_to_a_person_only(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    ended = letta("check", "--demo", "--agent", "Grace")
    assert "\rchecking… 4 of 4" in ended.err
    assert "checking" not in ended.out
