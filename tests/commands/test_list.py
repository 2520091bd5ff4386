"""`letta-tui list`: rows for people and for programs, and everything that is left out said in words."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.app_helpers import BIDI, HOSTILE, NOW, asked, ids, leave_draft, only_agent, small_server, writes
from tests.commands.conftest import Ended, Run
from tui.backends.demo.transport import DemoTransport
from tui.storage.draft_store import Draft
from tui.storage.state import user_state


def narrow(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """Answer as to a terminal of that width."""
    monkeypatch.setattr("tui.commands.list.terminal_width", lambda: columns)
    monkeypatch.setattr("tui.commands.blocks.terminal_width", lambda: columns)


def test_the_conversations_of_an_agent_the_default_one_first(letta: Run) -> None:
    server = small_server("One", "A second one", None)
    ended = letta("list", "--demo", "--agent", "Ada", server=server)
    lines = ended.out.splitlines()
    assert lines[0].split() == ["CONVERSATION", "▣", "CREATED", "SUMMARY"]
    first, *named = ids(server)
    assert [line.split()[0] for line in lines[1:]] == ["default", first, *named]
    assert lines[2].endswith("1 min    One")
    assert "untitled · conv-" in lines[4]
    assert (ended.code, ended.err) == (0, "4 conversations\n")
    assert not writes(server)


def test_programs_get_the_servers_own_objects(letta: Run) -> None:
    server = small_server("One", "Two")
    told = letta("list", "--demo", "--agent", "Ada", "--json", server=server).json
    assert [row["id"] for row in told] == ["default", *ids(server)]
    assert told[1]["summary"] == "One"
    assert "in_context_message_ids" not in told[1]  # lists never say
    added = told.pop(0)
    assert added == {"id": "default", "agent_id": only_agent(server), "listed_by_server": False}
    assert not [row for row in told if "listed_by_server" in row]
    told.insert(0, added)
    lines = letta("list", "--demo", "--agent", "Ada", "--jsonl", server=server).out.splitlines()
    assert [json.loads(line) for line in lines] == told


def test_times_are_those_that_the_server_sent(letta: Run) -> None:
    server = small_server("One")
    sent: dict[str, object] = {
        "id": "conv-1",
        "agent_id": only_agent(server),
        "created_at": "2019-12-27T18:11:19.117Z",
        "new": [1],
    }
    sent |= {"updated_at": "2019-12-27 19:11:19+01:00", "last_message_at": None, "model_settings": {"a": {}}}
    server.fail(httpx.Response(200, json=[sent]), path="/v1/conversations/$")
    told = letta("list", "--demo", "--agent", "Ada", "--json", server=server).json
    assert told[1] == sent
    server.fail(httpx.Response(200, json=sent), path="/v1/conversations/conv-1$")
    shown = letta("show", "conv-1", "--demo", "--json", server=server)
    assert shown.json["conversation"] == sent


def test_a_limit_reads_no_more_than_it_needs_and_says_what_it_left(
    letta: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LETTA_TUI_PAGE_SIZE", "10")
    server = small_server(*(f"Number {number}" for number in range(45)))
    ended = letta("list", "--demo", "--agent", "Ada", "--limit", "3", server=server)
    assert len(ended.out.splitlines()) == 4
    assert "at least 8 more left out by --limit" in ended.err
    assert len(asked(server, "GET", "/v1/conversations/?")) == 1
    whole = letta("list", "--demo", "--agent", "Ada", "--json", server=server)
    assert len(whole.json) == 46
    assert whole.err == "46 conversations\n"


def test_sort_reverse_and_filter(letta: Run) -> None:
    server = small_server("Beta", "alpha", "Gamma alpha")
    rows = letta("list", "--demo", "--agent", "Ada", "--reverse", "--json", server=server).json
    assert [row.get("summary") for row in rows] == [None, "Gamma alpha", "alpha", "Beta"]
    rows = letta("list", "--demo", "--agent", "Ada", "--filter", "ALPHA", "--json", server=server).json
    assert [row["summary"] for row in rows] == ["alpha", "Gamma alpha"]
    told = letta("list", "--demo", "--agent", "Ada", "--sort", "last-message", server=server)
    assert "LAST MESSAGE" in told.out


def test_every_agent_in_turn(letta: Run) -> None:
    demo = DemoTransport(now=NOW)
    ended = letta("list", "--demo", "--all", "--filter", "billing", server=demo)
    assert ended.out.startswith("Ada · agent-")
    assert "Refactor the billing API" in ended.out
    assert ended.err == "1 conversation\n"


def test_the_agents(letta: Run) -> None:
    demo = DemoTransport(now=NOW)
    ended = letta("list", "--demo", "--agents", server=demo)
    names = [agent.name for agent in demo.store.agents.values()]
    assert len(ended.out.splitlines()) == len(names) + 1
    told = letta("list", "--demo", "--agents", "--json", "--limit", "1", server=demo)
    assert [agent["name"] for agent in told.json] == ["Ada"]
    assert told.err == "1 agent, more left out by --limit\n"


def test_what_a_narrow_terminal_cuts_is_said(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, 80)
    ended = letta("list", "--demo", "--agent", "Ada", server=small_server("A summary " * 20, "Short"))
    assert max(map(len, ended.out.splitlines())) <= 80
    assert "…" in ended.out
    assert "1 line cut at the terminal's width: --json shows all" in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--all", "--agent", "Ada"),
        ("--agents", "--all"),
        ("--agent", "Ada", "--limit", "0"),
        ("--sort", "size"),
    ],
)
def test_unclear_arguments_end_with_2(letta: Run, arguments: tuple[str, ...]) -> None:
    ended = letta("list", "--demo", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "letta-tui" in ended.err


def test_hostile_text_is_shown_not_obeyed(letta: Run) -> None:
    server = small_server(HOSTILE, name=HOSTILE, blocks={HOSTILE: HOSTILE})
    conversation = ids(server)[0]
    for arguments in (("list", "--all"), ("list", "--agents"), ("blocks", conversation)):
        told = letta(*arguments, "--demo", server=server).out
        assert "[/foo]" in told
        assert not [char for char in told if (char < " " and char != "\n") or "\x7f" <= char < "\xa0"]
        assert not BIDI & set(told)


def test_times_are_told_as_the_settings_say(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server = small_server("One")
    wanted = ids(server)[0]
    assert "1 min" in letta("list", "--demo", "--all", server=server).out
    for name, value in (("TIMES", "absolute"), ("CLOCK", "12h"), ("ZONE", "utc")):
        monkeypatch.setenv(f"LETTA_TUI_{name}", value)
    table = letta("list", "--demo", "--all", server=server).out
    assert "2026-03-14 09:25 am" in table
    assert "1 min" not in table
    assert "2026-03-05 09:26 am" in letta("list", "--demo", "--agents", server=server).out
    assert "created 2026-03-14 09:25 am" in letta("show", wanted, "--demo", server=server).out
    told = letta("show", wanted, "--demo", "--json", server=server)
    assert told.json["conversation"]["created_at"] == "2026-03-14T09:25:53Z", "as it was sent"
    monkeypatch.setenv("LETTA_TUI_CLOCK", "13h")
    ended = letta("list", "--demo", "--all", server=server)
    assert (ended.code, ended.out) == (2, "")
    assert "must be one of 24h, 12h, not '13h'" in ended.err


def test_the_oldest_of_a_server_without_an_order_are_not_those_of_its_first_page(
    letta: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before 0.16.5 pages come newest first whatever is asked for (measured)."""
    monkeypatch.setenv("LETTA_TUI_PAGE_SIZE", "10")
    server = small_server(*(f"Number {number}" for number in range(45)), version="0.16.4")
    ended = letta("list", "--demo", "--agent", "Ada", "--reverse", "--limit", "3", "--json", server=server)
    assert [row["summary"] for row in ended.json[1:]] == ["Number 44", "Number 43"]


@pytest.mark.parametrize("sort", ["last-message", "last-run"])
def test_a_sort_that_the_server_ignores_is_said(letta: Run, sort: str) -> None:
    server = small_server("One", "Two", version="0.16.4")
    ended = letta("list", "--demo", "--agent", "Ada", "--sort", sort, server=server)
    assert f"This server (Letta 0.16.4) cannot sort by {sort.replace('-', ' ')}" in ended.err
    assert "cannot" not in letta("list", "--demo", "--agent", "Ada", server=server).err


# filters


def summaries(ended: Ended) -> list[str | None]:
    """The summaries of a JSON list, without those of default conversations."""
    return [row.get("summary") for row in ended.json if row["id"] != "default"]


def test_filters_are_those_of_the_app(letta: Run) -> None:
    server = small_server("One", None, "Three", "")
    ended = letta("list", "--demo", "--agent", "Ada", "--filter", "is:untitled", "--json", server=server)
    assert (summaries(ended), ended.err) == ([None, ""], "2 conversations\n")
    ended = letta(
        "list", "--demo", "--agent", "Ada", "--filter", "-is:untitled three", "--json", server=server
    )
    assert summaries(ended) == ["Three"]
    ended = letta("list", "--demo", "--agent", "Ada", "--filter", "idle:>7d", "--json", server=server)
    assert (summaries(ended), ended.code) == ([], 0)


def test_a_limit_counts_what_the_filter_leaves(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LETTA_TUI_PAGE_SIZE", "10")
    server = small_server(*(None if place % 5 else f"Number {place}" for place in range(60)))
    arguments = ("list", "--demo", "--agent", "Ada", "--filter", "-is:untitled number", "--limit", "3")
    ended = letta(*arguments, "--json", server=server)
    assert summaries(ended) == ["Number 0", "Number 5", "Number 10"]
    assert len(asked(server, "GET", "/v1/conversations/?")) == 2


def test_labels_of_isolated_blocks_are_read_for_their_filter(letta: Run) -> None:
    demo = DemoTransport(now=NOW)
    ended = letta("list", "--demo", "--agent", "Ada", "--filter", "isolated:project", "--json", server=demo)
    assert "Refactor the billing API, second try" in summaries(ended)
    assert len(asked(demo, "GET", "/v1/blocks/")) <= 20


def test_drafts_and_pins_are_those_of_the_app(letta: Run) -> None:
    server = small_server("One", "Two", "Three")
    first, second, _ = ids(server)
    leave_draft(Draft("http://demo", only_agent(server), first, "text", None, NOW))
    user_state().toggle_conversation_pin("http://demo", only_agent(server), second)
    ended = letta("list", "--demo", "--agent", "Ada", "--filter", "is:draft", "--json", server=server)
    assert summaries(ended) == ["One"]
    ended = letta("list", "--demo", "--agent", "Ada", "--filter", "is:pinned", "--json", server=server)
    assert summaries(ended) == ["Two"]


def test_agents_are_filtered_before_their_lists_are_read(letta: Run) -> None:
    demo = DemoTransport(now=NOW)
    ended = letta("list", "--demo", "--all", "--filter", "agent:grace", "--json", server=demo)
    grace = next(agent.id for agent in demo.store.agents.values() if agent.name == "Grace")
    assert {row["agent_id"] for row in ended.json} == {grace}
    assert len(asked(demo, "GET", "/v1/conversations/?")) == 1


def test_archived_ones_are_read_when_the_filter_asks_for_them(letta: Run) -> None:
    server = small_server("One", "Old", flavour="cloud")
    server.store.conversations[ids(server)[1]].archived_at = NOW
    ended = letta(
        "list", "--demo=cloud", "--agent", "Ada", "--filter", "is:archived", "--json", server=server
    )
    assert summaries(ended) == ["Old"]


@pytest.mark.parametrize(
    ("filter_text", "words"),
    [
        ("is:open", "“open”: is: takes untitled, draft, archived, pinned, isolated, findings"),
        ("idle:soon", "“soon”: idle: takes a time"),
        ("agent:ada", "agent: works where the conversations of all agents are listed"),
        ("has:findings", "findings are filtered in the app only: letta-tui check prints them"),
    ],
)
def test_a_filter_that_cannot_be_used_ends_with_2(letta: Run, filter_text: str, words: str) -> None:
    ended = letta("list", "--demo", "--agent", "Ada", "--filter", filter_text, server=small_server("One"))
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err


def test_an_unknown_filter_is_said_and_searched_as_text(letta: Run) -> None:
    server = small_server("status:open", "other")
    arguments = ("list", "--demo", "--agent", "Ada", "--filter", "status:open", "--json")
    ended = letta(*arguments, server=server)
    assert summaries(ended) == ["status:open"]
    assert ended.err.startswith("letta-tui: status: is not a filter: searching for the text “status:open”\n")
    hostile = letta("list", "--demo", "--agent", "Ada", "--filter", "x:[/foo]\x1b[31m", server=server)
    assert "[/foo]" in hostile.err
    assert "\x1b" not in hostile.err
