"""`letta-tui export --all`: a file for each conversation, resumable, and nothing of the user's overwritten."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import HOSTILE, ids, only_agent, small_server
from tests.commands.conftest import Ended, Run
from tests.commands.interrupting import EveryThird, Interrupting, Killed, interrupt, kill, lose
from tests.commands.test_check_many import COUNTS, made
from tests.letta.servers import Timer
from tests.local_store import forgetful_store
from tui.backends.demo.transport import DemoTransport
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.commands.export_many import file_name
from tui.model.conversation import Conversation

TOTAL = sum(COUNTS.values()) + len(COUNTS)


@pytest.fixture
def server() -> DemoTransport:
    return made(COUNTS)


@pytest.fixture
def timer(monkeypatch: pytest.MonkeyPatch) -> Timer:
    """Pauses take no time."""
    found = Timer()
    monkeypatch.setattr("tui.letta.transport.ServerPause", found.pause)
    return found


def export(letta: Run, server: DemoTransport, folder: Path, *arguments: str) -> Ended:
    return letta("export", *(arguments or ("--all",)), "-o", str(folder), "--demo", server=server)


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.is_file()}


def test_each_conversation_has_a_file_as_if_it_were_exported_alone(
    letta: Run, server: DemoTransport, tmp_path: Path
) -> None:
    folder = tmp_path / "all"
    ended = export(letta, server, folder)
    assert ended.code == 0
    assert ended.err == f"exported {TOTAL} conversations to {folder}\n"
    assert sorted(ended.out.splitlines()) == sorted(map(str, folder.iterdir()))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(content(folder)) == TOTAL
    one = next(iter(server.store.conversations))
    alone = letta("export", one, "--demo", server=server)
    assert json.loads((folder / f"{one}.json").read_text()) == alone.json
    assert stat.S_IMODE((folder / f"{one}.json").stat().st_mode) == 0o600
    for agent in server.store.agents:
        assert letta("show", "--from", str(folder / f"default-{agent}.json")).code == 0


def test_of_one_agent(letta: Run, server: DemoTransport, tmp_path: Path) -> None:
    ended = export(letta, server, tmp_path, "--agent", "Cleo", "--format", "md")
    assert ended.code == 0
    assert len(content(tmp_path)) == COUNTS["Cleo"] + 1
    assert all(name.endswith(".md") for name in content(tmp_path))


def test_of_local_agents_and_of_a_file(letta: Run, tmp_path: Path) -> None:
    store = forgetful_store(tmp_path / "lc")
    local = tmp_path / "local"
    files: Any = LettaCodeTransport(store.path)
    ended = letta("export", "--all", "-o", str(local), f"--letta-code={store.path}", server=files)
    assert ended.code == 0, ended.err
    assert len(content(local)) == len(ended.out.splitlines()) == 9
    one = next(path for path in local.iterdir() if path.name == "local-conv-2.json")
    again = letta("export", "--all", "-o", str(tmp_path / "again"), "--from", str(one))
    assert again.code == 0
    assert list(content(tmp_path / "again")) == ["local-conv-2.json"]


def test_archived_conversations_are_exported_too(letta: Run, tmp_path: Path) -> None:
    server = DemoTransport(flavour="cloud")
    archived = [row.id for row in server.store.conversations.values() if row.archived_at]
    owner = server.store.conversations[archived[0]].agent_id
    ended = letta("export", "--agent", owner, "-o", str(tmp_path / "all"), "--demo=cloud", server=server)
    assert ended.code == 0, ended.err
    assert {f"{one}.json" for one in archived} <= content(tmp_path / "all").keys()


@pytest.mark.parametrize("event", [interrupt, lose])
def test_what_is_complete_is_not_read_again(
    letta: Run, server: DemoTransport, timer: Timer, tmp_path: Path, event: Callable[[], None]
) -> None:
    folder, whole = tmp_path / "all", tmp_path / "whole"
    export(letta, server, whole)
    first = export(letta, Interrupting(server, 90, event), folder)
    assert first.code == (130 if event is interrupt else 3)
    assert "to export the rest, run the same command again\n" in first.err
    done = content(folder)
    assert 0 < len(done) < TOTAL
    server.requests.clear()
    rest = export(letta, server, folder)
    assert rest.code == 0
    assert content(folder) == content(whole)
    assert rest.err == (
        f"exported {TOTAL - len(done)} conversations to {folder}, {len(done)} there already\n"
    )
    read = {request.url.path.split("/")[3] for request in server.requests if "/messages" in request.url.path}
    assert not {name.removesuffix(".json") for name in done if name.startswith("conv-")} & read


@pytest.mark.parametrize("at", [30, 90])
def test_a_run_that_is_killed_leaves_whole_files_and_the_rest_is_exported(
    letta: Run, server: DemoTransport, tmp_path: Path, at: int
) -> None:
    """No position is stored: what is complete in the folder says where it was, and how much is said."""
    folder, whole = tmp_path / "all", tmp_path / "whole"
    export(letta, server, whole)
    with pytest.raises(Killed):
        export(letta, Interrupting(server, at, kill), folder)
    done = content(folder)
    assert 0 < len(done) < TOTAL
    assert done.items() <= content(whole).items(), "none of them is cut off"
    server.requests.clear()
    rest = export(letta, server, folder)
    assert (rest.code, content(folder)) == (0, content(whole))
    assert rest.err == (
        f"exported {TOTAL - len(done)} conversations to {folder}, {len(done)} there already\n"
    )
    read = {request.url.path.split("/")[3] for request in server.requests if "/messages" in request.url.path}
    assert not {name.removesuffix(".json") for name in done if name.startswith("conv-")} & read


def test_a_file_with_gaps_is_read_again_and_one_of_another_kind_stays(
    letta: Run, server: DemoTransport, tmp_path: Path
) -> None:
    one, two, three = list(server.store.conversations)[:3]
    server.fail(500, path=f"/v1/conversations/{one}/messages")
    ended = export(letta, server, tmp_path)
    assert ended.code == 3
    assert f"not in {one}: " in ended.err
    assert f"{one} is not complete: run the same command to read it again\n" in ended.err
    server.clear()
    whole = (tmp_path / f"{two}.json").read_text()
    (tmp_path / f"{two}.json").write_text("mine")
    (tmp_path / f"{three}.json").unlink()
    (tmp_path / f"{three}.json").symlink_to(tmp_path / "elsewhere")
    ended = export(letta, server, tmp_path)
    assert ended.code == 2
    assert f"{two}.json is another file: --force overwrites it\n" in ended.err
    assert f"{three}.json is another file: --force overwrites it\n" in ended.err
    assert ended.err.endswith(
        f"exported 1 conversation to {tmp_path}, {TOTAL - 3} there already, 2 not exported\n"
    )
    assert json.loads((tmp_path / f"{one}.json").read_text())["conversations"][0]["incomplete"] == []
    assert (tmp_path / f"{two}.json").read_text() == "mine"
    (tmp_path / f"{three}.json").unlink()
    assert export(letta, server, tmp_path, "--all", "--force").code == 0
    assert (tmp_path / f"{two}.json").read_text() == whole


def test_what_a_server_does_not_have_is_not_asked_for_again(
    letta: Run, server: DemoTransport, tmp_path: Path
) -> None:
    server.fail(httpx.Response(404, json={"detail": "Not Found"}), path="/v1/messages/$")
    assert export(letta, server, tmp_path).code == 0
    ended = export(letta, server, tmp_path)
    assert ended.err == f"exported 0 conversations to {tmp_path}, {TOTAL} there already\n"


def test_messages_with_a_gap_are_not_written_where_nothing_would_show_it(
    letta: Run, server: DemoTransport, tmp_path: Path
) -> None:
    one = next(iter(server.store.conversations))
    server.fail(500, path=f"/v1/conversations/{one}/messages")
    ended = export(letta, server, tmp_path, "--all", "--format", "jsonl")
    assert ended.code == 3
    assert f"{one} was not exported: it is not complete\n" in ended.err
    assert f"{one}.jsonl" not in content(tmp_path)
    assert len(content(tmp_path)) == TOTAL - 1


def test_a_conversation_deleted_meanwhile_is_counted(
    letta: Run, server: DemoTransport, tmp_path: Path
) -> None:
    one = next(iter(server.store.conversations))
    server.fail(httpx.Response(404, json={"detail": "gone"}), path=f"/v1/conversations/{one}$")
    ended = export(letta, server, tmp_path)
    assert ended.code == 0
    assert ended.err == f"exported {TOTAL - 1} conversations to {tmp_path}, 1 deleted meanwhile\n"


def test_a_server_that_refuses_every_third_request(
    letta: Run, server: DemoTransport, timer: Timer, tmp_path: Path
) -> None:
    assert export(letta, EveryThird(server), tmp_path).code == 0
    assert len(content(tmp_path)) == TOTAL
    assert timer.now > 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--all",), "needs a folder, such as -o conversations"),
        (("--all", "-o", "-"), "needs a folder, such as -o conversations"),
        (("--all", "--agent", "Ada", "-o", "x"), "--all is about every agent"),
        (("--all", "conv-1", "-o", "x"), "--all is about every agent"),
        (("--agent", "Ada", "-o", "taken"), "taken is a file"),
        (("--agent", "Nobody", "-o", "x"), "Nobody"),
    ],
)
def test_what_cannot_be_done_ends_with_2(
    letta: Run,
    server: DemoTransport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("mine")
    ended = letta("export", *arguments, "--demo", server=server)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err


def test_a_planted_link_is_not_followed(letta: Run, server: DemoTransport, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "all").symlink_to(tmp_path / "mine")
    ended = export(letta, server, shared / "all")
    assert ended.code == 2
    assert "a link in a folder that others can write to is not followed" in ended.err
    assert content(tmp_path / "mine") == {}


def test_no_id_leads_out_of_the_folder(letta: Run, tmp_path: Path) -> None:
    odd = ["../../x", "a/b", "", ".", "[/foo]", HOSTILE, "a" * 200, "a" * 199 + "b", "a.b", "a_b"]
    names = [file_name(Conversation(id=one)) for one in odd]
    assert len(set(names)) == len(odd)
    assert all(name.replace("-", "").replace("_", "").isalnum() and len(name) <= 80 for name in names)
    server = small_server("One")
    (one,) = ids(server)
    listed = server.store.conversations[one]
    row = {"id": "../../[/foo]\x1b[2J", "agent_id": only_agent(server), "created_at": "2026-01-01T00:00:00Z"}
    assert listed.agent_id == row["agent_id"]
    server.fail(httpx.Response(200, json=[row]), path="/v1/conversations/$")
    ended = export(letta, server, tmp_path / "all")
    assert "\x1b" not in ended.err + ended.out
    assert {path.parent for path in tmp_path.rglob("*.json")} == {tmp_path / "all"}
