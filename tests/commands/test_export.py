"""`letta-tui export` and `--from`: what was exported shows the same conversation and the same findings offline."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import NOW, ids, only_agent, small_server
from tests.commands.conftest import Run
from tui.backends.demo.transport import DemoTransport
from tui.letta.collect import collect
from tui.presentation.bundle_file import origin


@pytest.fixture(scope="module")
def demo() -> DemoTransport:
    return DemoTransport(now=NOW)


def told_of(conversation: str, agent: str) -> tuple[str, ...]:
    return (conversation, "--agent", agent) if conversation == "default" else (conversation,)


def stories(demo: DemoTransport) -> list[tuple[str, str]]:
    """The conversations that show something: every one but the fillers, and the default ones."""
    agents = list(demo.store.agents)
    named = [(row.id, row.agent_id) for row in demo.store.conversations.values() if row.story or row.isolated]
    return [*named[:25], *(("default", agent) for agent in agents)]


@pytest.mark.parametrize("group", range(4))
def test_offline_shows_the_same_conversation_and_the_same_findings(
    group: int, letta: Run, demo: DemoTransport, tmp_path: Path
) -> None:
    """In groups, so that each ends on a busy machine."""
    for number, (conversation, agent) in enumerate(stories(demo)[group::4]):
        wanted = told_of(conversation, agent)
        file = str(tmp_path / f"{number}.json")
        assert letta("export", *wanted, "-o", file, "--demo", server=demo).code == 0
        for command in ("check", "show", "blocks", "diff"):
            online = letta(command, *wanted, "--json", "--demo", server=demo)
            for named in ((), wanted):
                offline = letta(command, *named, "--json", "--from", file)
                there, here = without_ways_out(online.json), without_ways_out(offline.json)
                assert (offline.code, here) == (online.code, there), (command, conversation)


def without_ways_out(told: Any) -> Any:
    """The output of a command without the ways out of findings, since a file has none."""
    for one in told.get("findings", ()) if isinstance(told, dict) else ():
        del one["ways_out"]
    return told


def test_a_terminal_is_asked_for_a_file_and_shows_it_only_if_that_is_wanted(
    letta: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle is some hundred kilobytes."""
    server = small_server("One")
    (conversation,) = ids(server)
    monkeypatch.setattr("tui.commands.export.is_terminal", lambda: True)
    refused = letta("export", conversation, "--demo", server=server)
    assert (refused.code, refused.out) == (2, "")
    assert "export needs a file, such as -o conversation.json; -o - prints it here" in refused.err
    assert server.requests == []
    printed = letta("export", conversation, "-o", "-", "--demo", server=server)
    assert (printed.code, printed.json["conversations"][0]["conversation"]["id"]) == (0, conversation)


def test_the_text_for_people_is_the_same_too(letta: Run, demo: DemoTransport, tmp_path: Path) -> None:
    wanted = next(
        row.id for row in demo.store.conversations.values() if row.summary and "second try" in row.summary
    )
    file = str(tmp_path / "told.json")
    letta("export", wanted, "-o", file, "--demo", server=demo)
    assert letta("show", "--from", file).out == letta("show", wanted, "--demo", server=demo).out
    listed = letta("list", "--from", file)
    assert [line.split()[0] for line in listed.out.splitlines()] == ["CONVERSATION", wanted]
    assert "offline · told.json" in letta("check", "--from", file).err


def test_a_fork_keeps_what_it_shares(letta: Run, demo: DemoTransport, tmp_path: Path) -> None:
    wanted = next(
        row.id for row in demo.store.conversations.values() if row.summary and "(fork)" in row.summary
    )
    file = tmp_path / "fork.json"
    letta("export", wanted, "-o", str(file), "--demo", server=demo)
    (entry,) = json.loads(file.read_text())["conversations"]
    assert entry["shared_message_ids"]
    again = tmp_path / "again.json"
    assert letta("export", "--from", str(file), "-o", str(again)).code == 0
    assert json.loads(again.read_text())["conversations"] == [entry]


def test_what_could_not_be_read_is_noted_and_is_not_read_offline_either(letta: Run, tmp_path: Path) -> None:
    server = small_server("One")
    made = server.store.add_conversation(only_agent(server), "Mine", ["project"])
    (block,) = server.store.conversations[made].isolated
    server.fail(500, path=f"/v1/blocks/{block}$")
    server.fail(httpx.Response(404, json={"detail": "Not Found"}), path="/v1/messages/$")
    file = tmp_path / "gaps.json"
    ended = letta("export", made, "-o", str(file), "--demo", server=server)
    assert ended.code == 3
    assert f"could not be read: isolated block {block}" in ended.err
    assert "could not be read: history" in ended.err
    (entry,) = json.loads(file.read_text())["conversations"]
    assert [(one["part"], one["status"]) for one in entry["incomplete"]] == [
        ("history", 404),
        ("isolated block", 500),
    ]
    online = letta("check", made, "--json", "--demo", server=server)
    offline = letta("check", "--json", "--from", str(file))
    assert offline.json["findings"]
    assert [one["kind"] for one in offline.json["findings"]] == [
        one["kind"] for one in online.json["findings"]
    ]
    assert letta("show", "--json", "--from", str(file)).json["history"] is None


def test_a_file_is_private_and_never_overwritten_unasked(letta: Run, tmp_path: Path) -> None:
    server = small_server("One")
    file = tmp_path / "one.json"
    assert letta("export", ids(server)[0], "-o", str(file), "--demo", server=server).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    server.requests.clear()
    ended = letta("export", ids(server)[0], "-o", str(file), "--demo", server=server)
    assert ended.code == 2
    assert "--force overwrites it" in ended.err
    assert not server.requests
    assert letta("export", ids(server)[0], "-o", str(file), "--force", "--demo", server=server).code == 0
    for wrong in ("no/such/folder.json", ".", "what.pdf"):
        assert letta("export", ids(server)[0], "-o", wrong, "--demo", server=server).code == 2


def test_what_is_no_regular_file_is_not_replaced_even_by_force(letta: Run, tmp_path: Path) -> None:
    server = small_server("One")
    fifo, link = tmp_path / "fifo.json", tmp_path / "link.json"
    os.mkfifo(fifo)
    link.symlink_to(fifo)
    for path in (fifo, link):
        ended = letta("export", ids(server)[0], "-o", str(path), "--force", "--demo", server=server)
        assert (ended.code, ended.out) == (2, "")
        assert "cannot be written: it is not a regular file" in ended.err
        assert "already exists" in letta("export", "default", "-o", str(path), "--demo", server=server).err
    assert fifo.is_fifo()
    assert link.is_symlink()
    assert not server.requests, "refused before anything is read"


def test_a_link_in_a_folder_that_others_can_write_is_not_followed(letta: Run, tmp_path: Path) -> None:
    server = small_server("One")
    mine = tmp_path / "mine"
    mine.write_text("mine")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "one.json").symlink_to(mine)
    (shared / "folder").symlink_to(tmp_path)
    server.requests.clear()
    for path in (shared / "one.json", shared / "folder" / "one.json"):
        ended = letta("export", ids(server)[0], "-o", str(path), "--force", "--demo", server=server)
        assert ended.code == 2
        assert "a link in a folder that others can write to is not followed" in ended.err
    ended = letta(
        "export", ids(server)[0], "-o", str(shared / "folder" / "new.json"), "--demo", server=server
    )
    assert ended.code == 2
    assert mine.read_text() == "mine"
    assert not server.requests


@pytest.mark.parametrize("planted", ["file", "link"])
def test_what_appears_while_the_conversation_is_read_stays(
    letta: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    server = small_server("One")
    path, mine = tmp_path / "one.json", tmp_path / "mine"
    mine.write_text("mine")

    async def collect_meanwhile(*arguments: Any) -> Any:
        path.symlink_to(mine) if planted == "link" else path.write_text("mine")
        return await collect(*arguments)

    monkeypatch.setattr("tui.commands.export.collect", collect_meanwhile)
    ended = letta("export", ids(server)[0], "-o", str(path), "--demo", server=server)
    assert ended.code == 2
    assert "already exists: --force overwrites it" in ended.err
    assert path.read_text() == "mine"
    assert path.is_symlink() is (planted == "link")
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == ["mine", "one.json"]


def test_formats_go_by_the_name_of_the_file_or_by_the_option(letta: Run, tmp_path: Path) -> None:
    server = small_server("One")
    wanted = ids(server)[0]
    whole = letta("export", wanted, "--demo", server=server)
    assert whole.json["format"] == "letta-tui bundle"
    assert whole.json["server"] == {"origin": "http://demo", "letta": "0.16.8"}
    lines = letta("export", wanted, "-o", "-", "--format", "jsonl", "--demo", server=server).out.splitlines()
    assert [json.loads(line) for line in lines] == whole.json["conversations"][0]["messages"]
    assert letta("export", wanted, "-o", str(tmp_path / "a.md"), "--demo", server=server).code == 0
    assert (tmp_path / "a.md").read_text().startswith("# One\n")


def test_a_bundle_holds_neither_key_nor_path_nor_secrets(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server = small_server("One", key="sesame")
    monkeypatch.setenv("LETTA_API_KEY", "sesame")
    server.fail(
        httpx.Response(
            200, json={"id": only_agent(server), "name": "Ada", "secrets": [{"key": "K", "value": "hush"}]}
        ),
        path="/v1/agents/agent-[^/]*$",
    )
    told = letta("export", ids(server)[0], "--base-url", "http://localhost:1", server=server)
    assert told.json["server"]["origin"] == "http://localhost:1"
    assert told.json["conversations"][0]["agent"]["secrets"] is None
    assert "sesame" not in told.out
    assert "hush" not in told.out
    assert origin("https://user:word@here:1/private") == "https://here:1"


@pytest.mark.parametrize(
    ("first", "kept"),
    [
        ("https://letta.example:8283", "https://letta.example:8283"),
        ("https://user:word@here/private", "https://here"),
        ("http://[", None),
        (None, None),
    ],
)
def test_a_file_that_is_exported_again_keeps_its_first_origin(
    letta: Run, tmp_path: Path, first: str | None, kept: str | None
) -> None:
    server = small_server("One")
    held = letta("export", ids(server)[0], "--demo", server=server).json
    held["server"]["origin"] = first
    file = tmp_path / "one.json"
    file.write_text(json.dumps(held))
    again = letta("export", "--from", str(file))
    assert (again.code, again.json["server"]) == (0, {"origin": kept, "letta": "0.16.8"})


def test_several_conversations_in_a_file_are_named(letta: Run, demo: DemoTransport, tmp_path: Path) -> None:
    server = small_server("One", "Two")
    held = [letta("export", one, "--demo", server=server).json for one in ids(server)]
    both = held[0] | {"conversations": [*held[0]["conversations"], *held[1]["conversations"]]}
    file = tmp_path / "both.json"
    file.write_text(json.dumps(both))
    ended = letta("show", "--from", str(file))
    assert ended.code == 2
    assert all(one in ended.err for one in ids(server))
    assert "of 2 conversations" in letta("check", "--from", str(file)).err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not complete JSON"),
        ("[1", "not complete JSON"),
        ("[" * 100_000, "not complete JSON"),
        ('{"format": NaN}', "not complete JSON"),
        ("[]", "neither a bundle"),
        ('{"agents": 3}', "neither a bundle"),
        ('{"format": "letta-tui bundle", "version": 2}', "version 2"),
        ('{"format": "letta-tui bundle", "version": 1}', "“server” is not an object"),
        ('{"format": "letta-tui bundle", "version": 1, "server": {}}', "contains no conversation"),
        ('{"format": "letta-tui bundle", "version": 1, "server": {}, "conversations": [3]}', "not a list"),
        (
            '{"format": "letta-tui bundle", "version": 1, "server": {}, '
            '"conversations": [{"conversation": {"id": "c"}, "agent": {}}]}',
            "agent in it has no id",
        ),
        ('{"agents": [], "blocks": []}', "contains no agent"),
    ],
)
def test_a_file_that_cannot_be_browsed_ends_with_2(letta: Run, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "odd.json"
    file.write_text(text)
    for arguments in (("check", "--from"), ("open",), ("--from",)):
        ended = letta(*arguments, str(file))
        assert (ended.code, ended.out) == (2, "")
        assert words in ended.err or "terminal" in ended.err
    assert words in letta("show", "--from", str(file)).err


def test_what_the_environment_names_for_a_server_is_not_looked_for_in_a_file(
    letta: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = small_server("One")
    file = tmp_path / "one.json"
    letta("export", ids(server)[0], "-o", str(file), "--demo", server=server)
    monkeypatch.setenv("LETTA_TUI_AGENT", "Nobody")
    monkeypatch.setenv("LETTA_TUI_CONVERSATION", "conv-elsewhere")
    monkeypatch.setenv("LETTA_API_KEY", "sesame")
    assert "of 1 conversation on offline" in letta("check", "--from", str(file)).err
    assert letta("show", "--from", str(file)).out.startswith("# One")
    assert letta("show", "--from", str(file), "--agent", "Nobody", "default").code == 2
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    assert "on offline · -" in letta("check", "--from", "-").err


def test_a_file_and_a_server_exclude_each_other(letta: Run) -> None:
    for arguments in (("--demo",), ("--base-url", "http://here"), ("--profile", "p")):
        ended = letta("check", "--from", "x", *arguments)
        assert ended.code == 2
        assert "either --from or a server" in ended.err or "not in the settings files" in ended.err
    assert "No such file" in letta("check", "--from", "not-there").err


def test_nothing_can_be_changed_in_a_file(letta: Run, tmp_path: Path) -> None:
    server = small_server("One")
    file = str(tmp_path / "one.json")
    letta("export", ids(server)[0], "-o", file, "--demo", server=server)
    ended = letta("summary", "set", ids(server)[0], "New", "--from", file)
    assert ended.code == 2
    assert letta("summary", "get", ids(server)[0], "--from", file).out == "One\n"
