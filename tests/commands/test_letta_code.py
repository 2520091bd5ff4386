"""Commands on a store of Letta Code's local agents: what they read, what they find, and what they refuse."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.commands.conftest import Ended, Run
from tests.local_store import LocalStore, forgetful_store, user
from tui.cli import main

FORGOT = "local-conv-1"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return forgetful_store(tmp_path / "lc")


@pytest.fixture
def run(store: LocalStore, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `letta-tui ... --letta-code STORE` as from a shell."""

    def run(*arguments: str) -> Ended:
        try:
            code = main([*arguments, "--letta-code", str(store.path)])
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return Ended(code, told.out, told.err)

    return run


def digest(folder: Path) -> dict[str, str]:
    """Every file of a folder by its content."""
    files = [Path(root) / name for root, _, names in os.walk(folder) for name in names]
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_the_check_finds_what_is_forgotten_and_what_was_committed_since(store: LocalStore, run: Run) -> None:
    before = digest(store.path)
    ended = run("check", "--all", "--json")
    found = [(one["conversation"], one["agent"], one["kind"], one["label"]) for one in ended.json["findings"]]
    ada = store.agents["Ada"]
    assert sorted(found) == [
        ("default", ada, "committed-since", "human"),
        ("local-conv-1", ada, "forgotten-edit", "human"),
        ("local-conv-3", ada, "committed-since", "human"),
    ]
    assert (ended.code, ended.json["checked"]) == (1, 9)
    assert digest(store.path) == before


def test_a_plain_list_leaves_out_what_is_put_away_and_says_so(run: Run) -> None:
    ended = run("list", "--agent", "Ada")
    assert "The model forgot an edit" in ended.out
    assert "Put away" not in ended.out
    assert "Kept out of sight" not in ended.out
    assert "1 archived and 1 hidden conversations left out" in ended.err


def test_show_has_each_label_as_committed_as_recorded_and_as_in_the_prompt(run: Run) -> None:
    human = run("show", FORGOT, "--json").json["memory"]["human"]
    assert (human["state"], human["compiled"]) == ("forgotten edit", "Name: unknown")
    assert human["recorded"] == "Name: Sam"
    assert "Name: Sam" in human["committed"]
    assert human["committed"] == human["work_tree"]
    text = run("show", FORGOT).out
    assert "forgotten edit" in text
    assert "reminder" in text
    assert "$0.0123" in text


def test_blocks_and_diff_name_the_forgotten_edit(run: Run) -> None:
    assert "forgotten edit" in run("blocks", FORGOT).out
    ended = run("diff", FORGOT)
    assert ended.code == 1
    assert "--- model/human\n+++ committed/human" in ended.out
    assert "-Name: unknown" in ended.out
    assert "+Name: Sam" in ended.out


def test_the_default_conversation_needs_its_agent_and_then_opens(run: Run) -> None:
    assert run("show", "default").code == 2
    assert run("show", "default", "--agent", "Ada", "--json").json["memory"]["human"]["state"] == (
        "sent once, next turn"
    )


def test_a_summary_is_set_and_read_back_and_nothing_else_changes(store: LocalStore, run: Run) -> None:
    before = digest(store.path)
    assert run("summary", "set", FORGOT, "A better title").code == 0
    changed = {name for name, value in digest(store.path).items() if before.get(name) != value}
    (record,) = changed
    told = json.loads((store.path / record).read_text())
    assert (told["summary"], told["archived"]) == ("A better title", False)
    assert run("summary", "get", FORGOT).out == "A better title\n"


def test_a_running_turn_holds_a_summary_back_until_it_is_forced(store: LocalStore, run: Run) -> None:
    store.add_conversation("local-conv-9", store.agents["Ada"], user(1, "hello"), summary="Busy")
    held = run("summary", "set", "local-conv-9", "New")
    assert held.code == 2
    assert "A turn seems to be running" in held.err
    assert "--force does it anyway" in held.err
    assert run("summary", "get", "local-conv-9").out == "Busy\n"
    assert run("summary", "set", "local-conv-9", "New", "--force").code == 0
    assert run("summary", "get", "local-conv-9").out == "New\n"


def test_read_only_forbids_it(run: Run) -> None:
    ended = run("summary", "set", FORGOT, "New", "--readonly")
    assert ended.code == 2
    assert "readonly" in ended.err


def test_an_exported_conversation_opens_elsewhere_with_the_same_findings(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "forgot.json"
    assert run("export", FORGOT, "-o", str(file)).code == 0
    here = run("check", FORGOT, "--json").json
    assert main(["check", "--from", str(file), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == here
    whole = run("show", FORGOT, "--json").json
    assert main(["show", "--from", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["memory"] == whole["memory"]


def test_a_default_conversation_opens_from_a_file_too(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "default.json"
    assert run("export", "default", "--agent", "Ada", "-o", str(file)).code == 0
    assert main(["check", "--from", str(file), "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["kind"], finding["conversation"]) == ("committed-since", "default")


@pytest.mark.parametrize("command", ["list --all", "check --all"])
def test_a_folder_that_is_no_store_is_said_in_words(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.split(), "--letta-code", str(tmp_path)]) == 2
    assert "contains no Letta Code agents" in capsys.readouterr().err


def test_profile_add_takes_a_folder(store: LocalStore, letta: Run) -> None:
    assert letta("profile", "add", "here", str(store.path)).code == 0
    assert f"Letta Code · {store.path}" in letta("profile", "list").out
    assert letta("profile", "list", "--json").json[0]["letta_code"] == str(store.path)


def test_a_profile_of_a_store_is_tested(
    store: LocalStore, letta: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    letta("profile", "add", "here", str(store.path))
    assert main(["profile", "test", "here"]) == 0
    assert "Letta Code · local: " in capsys.readouterr().out


def test_a_block_of_memory_in_files_is_printed_and_not_changed(store: LocalStore, run: Run) -> None:
    before = digest(store.path)
    ended = run("block", "get", FORGOT, "human")
    assert (ended.code, "a file of the agent's memory, as committed" in ended.err) == (0, True)
    assert "Name: " in ended.out
    for act in (("set", "x"), ("reset",), ("promote",)):
        verb, *text = act
        ended = run("block", verb, FORGOT, "human", *text)
        assert (ended.code, "change and commit them there" in ended.err) == (2, True)
    assert digest(store.path) == before


def test_a_finding_says_what_heals_it_in_letta_code_and_offers_no_command(run: Run) -> None:
    told = {
        one["kind"]: [(way["kind"], way["command"], way["sentence"]) for way in one["ways_out"]]
        for one in run("check", "--all", "--json").json["findings"]
    }
    ((kind, command, sentence),) = told["forgotten-edit"]
    assert (kind, command) == ("in-letta-code", None)
    assert sentence.startswith("Compact or recompile this conversation in Letta Code")
    ((kind, command, sentence),) = told["committed-since"]
    assert (kind, command) == ("in-letta-code", None)
    assert sentence.startswith("The next turn is sent the edit anyway")


@pytest.mark.parametrize("name", ["recompile", "deny", "compact"])
def test_what_only_letta_code_does_is_refused_and_changes_nothing(
    store: LocalStore, run: Run, name: str
) -> None:
    before = digest(store.path)
    ended = run(name, FORGOT)
    assert (ended.code, ended.out) == (2, "")
    assert "Letta Code" in ended.err
    assert digest(store.path) == before


# subagents, and workers without an agent


def listed(ended: Ended) -> set[str]:
    return {row["id"] for row in ended.json}


def test_workers_are_listed_checked_searched_and_exported_with_the_same_switch(
    store: LocalStore, run: Run, tmp_path: Path
) -> None:
    workers = set(store.add_workers("the cobalt lighthouse"))
    assert not workers & listed(run("list", "--all", "--json"))
    assert workers <= listed(run("list", "--all", "--with-archived", "--json"))
    assert "left out: --with-archived lists them too" in run("list", "--all").err
    table = run("list", "--all", "--with-archived").out
    assert "Conversations without an agent" in table
    assert "Scout" in table

    found = run("search", "the cobalt lighthouse", "--all", "--json")
    assert (found.code, found.json["hits"]) == (1, [])
    found = run("search", "the cobalt lighthouse", "--all", "--with-archived", "--json")
    assert {hit["conversation"] for hit in found.json["hits"]} == workers

    assert run("check", "--all", "--json").json["checked"] == 9
    ended = run("check", "--all", "--with-archived", "--json")
    assert ended.json["checked"] == 12, "and the default conversation of the subagent"
    assert "unread" not in {one["kind"] for one in ended.json["findings"]}

    run("export", "--all", "-o", str(tmp_path / "some"))
    assert not {f"{one}.json" for one in workers} & set(os.listdir(tmp_path / "some"))
    ended = run("export", "--all", "--with-archived", "-o", str(tmp_path / "every"))
    assert (ended.code, len(os.listdir(tmp_path / "every"))) == (0, 12)
    assert {f"{one}.json" for one in workers} <= set(os.listdir(tmp_path / "every"))


def test_a_subagent_that_is_named_needs_no_switch(store: LocalStore, run: Run) -> None:
    store.add_workers("the cobalt lighthouse")
    ended = run("search", "the cobalt lighthouse", "--agent", "agent-local-scout", "--json")
    assert {hit["conversation"] for hit in ended.json["hits"]} == {"local-conv-21"}


@pytest.mark.parametrize("command", [("check",), ("export", "-o", "x.json")])
def test_the_switch_is_not_about_one_conversation(run: Run, command: tuple[str, ...]) -> None:
    ended = run(*command, FORGOT, "--with-archived")
    assert (ended.code, "--with-archived is about --all or an --agent" in ended.err) == (2, True)


# damaged records


def damage(store: LocalStore, conversation: str, content: str, agent: str = "") -> None:
    (store.folder(conversation, agent) / "conversation.json").write_text(content)


def test_a_list_says_which_records_it_has_not_and_why(store: LocalStore, run: Run) -> None:
    damage(store, "local-conv-2", '{"id": "local-conv-2", "summ')
    for arguments in (("--agent", "Ada"), ("--agent", "Ben"), ("--all",), ("--all", "--json")):
        ended = run("list", *arguments)
        assert ended.code == 0
        last = ended.err.splitlines()[-1]
        assert last.startswith(
            "letta-tui: 1 conversation is not listed, since it cannot be read: local-conv-2 "
            "(conversation.json is incomplete or damaged (Unterminated string"
        )
        assert str(store.path) not in ended.err
    damage(store, "default", "[]", store.agents["Ada"])
    err = run("list", "--agent", "Ada").err
    assert "2 conversations are not listed" in err
    assert f"the default one of {store.agents['Ada']} (conversation.json is incomplete or damaged" in err
    assert "default one" not in run("list", "--agent", "Ben").err


def test_a_damaged_agent_is_said(store: LocalStore, run: Run) -> None:
    for file in (store.path / "agents").iterdir():
        if json.loads(file.read_text())["name"] == "Ben":
            file.write_text("{")
    ended = run("list", "--agents")
    assert "1 agent is not listed, since it cannot be read: agent agent-local-ben (its record is" in ended.err
    assert len(ended.out.splitlines()) == 2


def test_a_whole_store_has_nothing_to_say(run: Run) -> None:
    assert "not listed" not in run("list", "--all").err
