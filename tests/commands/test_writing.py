"""`letta-tui summary` and `create`: the same flows as in the editor, reported by exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import httpx
import pytest

from tests.app_helpers import HOSTILE, NOW, ids, only_agent, small_server, writes
from tests.commands.conftest import Run
from tui.backends.demo.transport import DemoTransport
from tui.storage.journal import Journal
from tui.storage.paths import state_dir


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """What the shell pipes into the command."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def test_get_prints_the_exact_text(letta: Run) -> None:
    server = small_server("Two\nlines ", HOSTILE, None)
    one, hostile, none = ids(server)
    ended = letta("summary", "get", one, "--demo", server=server)
    assert (ended.code, ended.out, ended.err) == (0, "Two\nlines \n", "")
    assert letta("summary", "get", hostile, "--demo", server=server).out == f"{HOSTILE}\n"
    ended = letta("summary", "get", none, "--demo", server=server)
    assert (ended.code, ended.out, ended.err) == (0, "", "no summary\n")
    told = letta("summary", "get", none, "--demo", "--json", server=server).json
    assert told == {"conversation": none, "summary": None}


def test_get_makes_text_harmless_for_a_terminal(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server = small_server(HOSTILE)
    monkeypatch.setattr("tui.commands.output.is_terminal", lambda: True)
    told = letta("summary", "get", ids(server)[0], "--demo", server=server).out
    assert "\x1b" not in told
    assert "[/foo]" in told


def test_set_reads_compares_writes_the_summary_alone_and_reads_back(letta: Run) -> None:
    server = small_server("Old")
    wanted = ids(server)[0]
    ended = letta("summary", "set", wanted, "New", "--demo", server=server)
    assert (ended.code, ended.out, ended.err) == (0, "", "saved\n")
    assert server.store.conversations[wanted].summary == "New"
    methods = [request.method for request in server.requests]
    assert methods == ["GET", "GET", "PATCH", "GET"]
    assert json.loads(server.requests[2].content) == {"summary": "New"}
    again = letta("summary", "set", wanted, "New", "--demo", "--json", server=server)
    assert again.err == "nothing to do: the server already has this text\n"
    assert again.json["summary"] == "New"


def test_set_takes_a_file_and_standard_input_without_the_last_line_end(
    letta: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = small_server("Old")
    wanted = ids(server)[0]
    stdin(monkeypatch, "Zwei\nZeilen ü\n".encode())
    assert letta("summary", "set", wanted, "-", "--demo", server=server).code == 0
    assert server.store.conversations[wanted].summary == "Zwei\nZeilen ü"
    file = tmp_path / "text"
    file.write_text("from a file\n\n")
    assert letta("summary", "set", wanted, "--file", str(file), "--demo", server=server).code == 0
    assert server.store.conversations[wanted].summary == "from a file\n"
    assert letta("summary", "set", wanted, "", "--demo", server=server).code == 0
    assert server.store.conversations[wanted].summary == ""


def test_what_get_prints_set_takes(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server = small_server("Two\nlines\n\n", "Other")
    one, other = ids(server)
    stdin(monkeypatch, letta("summary", "get", one, "--demo", server=server).out.encode())
    assert letta("summary", "set", other, "-", "--demo", server=server).code == 0
    assert server.store.conversations[other].summary == "Two\nlines\n\n"


def test_a_summary_that_is_not_the_expected_one_is_left_alone(letta: Run) -> None:
    server = small_server("Theirs")
    wanted = ids(server)[0]
    ended = letta("summary", "set", wanted, "Mine", "--if-was", "Old", "--demo", server=server)
    assert (ended.code, ended.err) == (1, "not saved: the summary is now different: “Theirs”\n")
    assert not writes(server)
    assert letta("summary", "set", wanted, "Mine", "--if-was", "Theirs", "--demo", server=server).code == 0


def test_a_write_whose_answer_is_lost_is_read_back(letta: Run) -> None:
    server = small_server("Old")
    server.fail(httpx.ReadError, method="PATCH", after_commit=True)
    assert letta("summary", "set", ids(server)[0], "New", "--demo", server=server).err == "saved\n"
    server = small_server("Old")
    server.fail(httpx.ReadError, method="PATCH")
    ended = letta("summary", "set", ids(server)[0], "New", "--demo", server=server)
    assert ended.code == 3
    assert "it may or may not have been saved" in ended.err


def cloud(*methods: str, id: str = "default") -> DemoTransport:
    """A server that has a summary of the default conversation, and allows these methods on it."""
    server = small_server("One", flavour="cloud")
    assert server.cloud is not None
    server.cloud.default_methods, server.cloud.default_id = frozenset(methods), id
    server.store.agents[only_agent(server)].default_summary = "About Robin"
    return server


def default_of(server: DemoTransport) -> str | None:
    return server.store.agents[only_agent(server)].default_summary


DEFAULT_OF_ADA = ("default", "--demo", "--agent", "Ada")


def test_the_summary_of_the_default_conversation_is_what_the_server_says(letta: Run) -> None:
    server = cloud("GET", "PATCH")
    ended = letta("summary", "get", *DEFAULT_OF_ADA, server=server)
    assert (ended.code, ended.out, ended.err) == (0, "About Robin\n", "")
    other = letta("summary", "get", *DEFAULT_OF_ADA, "--json", server=cloud("GET", id="conv-x"))
    assert other.json == {"conversation": "conv-x", "summary": "About Robin"}
    assert other.err == "default: its id on the server is conv-x\n"


@pytest.mark.parametrize("server", [small_server("One"), cloud(), cloud("PATCH")])
def test_a_default_conversation_that_cannot_be_read_is_the_servers_word(
    letta: Run, server: DemoTransport
) -> None:
    ended = letta("summary", "get", *DEFAULT_OF_ADA, server=server)
    assert (ended.code, ended.out) == (2, "")
    assert "Reading the conversation: refused (422" in ended.err
    assert not writes(server)


@pytest.mark.parametrize("methods", [("GET", "PATCH"), ("PATCH",)])
@pytest.mark.parametrize("id", ["default", "conv-x"])
def test_the_summary_of_the_default_conversation_is_set_where_that_is_allowed(
    letta: Run, methods: tuple[str, ...], id: str
) -> None:
    server = cloud(*methods, id=id)
    ended = letta("summary", "set", "default", "New", "--demo", "--agent", "Ada", server=server)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.endswith("saved\n")
    assert default_of(server) == "New"
    again = letta(
        "summary", "set", "default", "x", "--if-was", "Old", "--demo", "--agent", "Ada", server=server
    )
    assert again.code == 1
    assert "not saved: the summary is now different: “New”" in again.err
    assert default_of(server) == "New"


@pytest.mark.parametrize("server", [small_server("One"), cloud(), cloud("GET")])
def test_a_default_conversation_that_cannot_be_changed_is_the_servers_word(
    letta: Run, server: DemoTransport
) -> None:
    ended = letta("summary", "set", "default", "New", "--demo", "--agent", "Ada", server=server)
    assert (ended.code, ended.out) == (2, "")
    assert "refused (422" in ended.err
    assert default_of(server) in (None, "About Robin")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("get",), "needs the id"),
        (("get", "default"), "every agent has a default conversation: choose one with --agent"),
        (("set", "default", "x"), "every agent has a default conversation: choose one with --agent"),
        (("set", "conv-1"), "either the text"),
        (("set", "conv-1", "x", "--file", "y"), "either the text"),
        (("set", "conv-1", "--file", "not-there"), "cannot be read"),
        (("set", "conv-1", "nul\0"), "NUL"),
        (("get", "conv-1", "x"), "takes no text"),
        (("take", "conv-1"), "there is no command “take”: choose get or set"),
    ],
)
def test_what_cannot_be_done_ends_with_2(letta: Run, arguments: tuple[str, ...], words: str) -> None:
    server = small_server("One")
    ended = letta("summary", *arguments, "--demo", server=server)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert not server.requests


def test_bytes_that_are_no_text_are_refused(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"\xff\xfe")
    ended = letta("summary", "set", "conv-1", "-", "--demo")
    assert (ended.code, ended.err) == (2, "letta-tui: the text is not UTF-8\n")


@pytest.mark.parametrize("arguments", [("summary", "set", "ID", "New"), ("create", "--agent", "Ada")])
def test_read_only_refuses(letta: Run, arguments: tuple[str, ...]) -> None:
    server = small_server("Old")
    told = [ids(server)[0] if word == "ID" else word for word in arguments]
    ended = letta(*told, "--demo", "--readonly", server=server)
    assert ended.code == 2
    assert "--readonly" in ended.err
    assert not writes(server)


@pytest.mark.parametrize(
    "arguments",
    [("summary", "set", "ID", "New"), ("create", "--agent", "Ada"), ("archive", "ID"), ("unarchive", "ID")],
)
def test_a_file_is_not_changed_and_no_flag_is_blamed(
    letta: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    server, file = small_server("Old"), tmp_path / "[red].json"
    assert letta("export", ids(server)[0], "-o", str(file), "--demo", server=server).code == 0
    ended = letta(*(ids(server)[0] if word == "ID" else word for word in arguments), "--from", str(file))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "letta-tui: nothing in a file can be changed: [red].json\n"


def test_what_was_saved_is_noted_for_undo(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server = small_server("Old")
    wanted = ids(server)[0]
    letta("summary", "set", wanted, "New", "--base-url", "http://here", server=server)
    entries = Journal(state_dir() / "journal").of("http://here", wanted)
    assert [(entry.kind, entry.text) for entry in entries] == [("seen", "Old"), ("written", "New")]


def test_create_prints_the_id_and_isolates(letta: Run) -> None:
    server = small_server()
    ended = letta(
        "create", "--agent", "Ada", "--summary", "A new one", "--isolate", "project", "--isolate", "project",
        "--demo", server=server,
    )  # fmt: skip
    (made,) = ids(server)
    assert (ended.code, ended.out, ended.err) == (0, f"{made}\n", "created for Ada\n")
    held = server.store.conversations[made]
    assert (held.summary, len(held.isolated)) == ("A new one", 1)
    told = letta("create", "--agent", "Ada", "--json", "--demo", server=server).json
    assert (told["agent_id"], told["summary"]) == (only_agent(server), None)


def test_create_reads_the_summary_from_standard_input(letta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server = small_server()
    stdin(monkeypatch, b"piped\n")
    assert letta("create", "--agent", "Ada", "--summary", "-", "--demo", server=server).code == 0
    assert server.store.conversations[ids(server)[0]].summary == "piped"


def test_a_label_that_the_agent_lacks_is_refused_before_anything_is_made(letta: Run) -> None:
    server = small_server()
    ended = letta("create", "--agent", "Ada", "--isolate", "nix", "--demo", server=server)
    assert (ended.code, ended.out) == (2, "")
    assert "no block with the label “nix”; it has: human, persona, project" in ended.err
    assert not writes(server)
    assert letta("create", "--demo", server=server).code == 2


def test_a_creation_whose_answer_is_lost_is_not_repeated(letta: Run) -> None:
    server = small_server()
    server.fail(httpx.ReadError, method="POST", after_commit=True)
    ended = letta("create", "--agent", "Ada", "--demo", server=server)
    assert (ended.code, ended.out) == (3, "")
    assert ids(server)[0] in ended.err
    assert len(writes(server)) == 1


def test_a_server_that_ignores_the_labels_is_told_as_one(letta: Run) -> None:
    server = DemoTransport(now=NOW, version="0.16.2")
    ended = letta("create", "--agent", "Ada", "--isolate", "human", "--demo", server=server)
    assert ended.code == 1
    assert ended.out.startswith("conv-")
    assert "shared" in ended.err
    assert "Letta 0.16.4 is the first version that can" in ended.err


def test_on_a_server_that_isolates_nothing_isolation_is_refused_before_anything_is_made(letta: Run) -> None:
    server = small_server("One", flavour="cloud")
    ended = letta("create", "--agent", "Ada", "--isolate", "human", "--demo=cloud", server=server)
    assert (ended.code, ended.out) == (2, "")
    assert "cannot isolate blocks: no version of Letta after 0.16.8 can" in ended.err
    assert not writes(server)
    assert len(ids(server)) == 1


def test_create_takes_the_fields_of_newer_servers(letta: Run) -> None:
    server = small_server("One", flavour="cloud")
    ended = letta(
        "create", "--agent", "Ada", "--description", "Refunds", "--model", "openai/gpt-4.1", "--hidden",
        "--demo=cloud", server=server,
    )  # fmt: skip
    made = ended.out.strip()
    assert (ended.code, ended.err) == (0, "created for Ada\n")
    held = server.store.conversations[made]
    assert (held.description, held.model, held.hidden) == ("Refunds", "openai/gpt-4.1", True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--description", "d"), "A description of a conversation isn't supported by this server"),
        (("--hidden",), "Hiding a new conversation isn't supported by this server"),
    ],
)
def test_what_letta_0_16_8_does_not_store_is_refused(
    letta: Run, arguments: tuple[str, ...], words: str
) -> None:
    server = small_server("One")
    ended = letta("create", "--agent", "Ada", *arguments, "--demo", server=server)
    assert (ended.code, ended.out, ended.err) == (2, "", f"letta-tui: {words}\n")
    assert not writes(server)


def test_a_model_of_its_own_is_stored_from_0_16_5_on(letta: Run) -> None:
    server = small_server("One")
    ended = letta("create", "--agent", "Ada", "--model", "openai/gpt-4.1", "--demo", server=server)
    assert (ended.code, server.store.conversations[ended.out.strip()].model) == (0, "openai/gpt-4.1")
    older = small_server("One", version="0.16.4")
    ended = letta("create", "--agent", "Ada", "--model", "openai/gpt-4.1", "--demo", server=older)
    assert ended.code == 2
    assert (
        "cannot give a conversation a model of its own: Letta 0.16.5 is the first version that can"
        in ended.err
    )


def test_where_no_conversation_shows_what_the_server_stores_nothing_is_made(letta: Run) -> None:
    server = small_server(flavour="cloud")
    ended = letta("create", "--agent", "Ada", "--description", "d", "--demo=cloud", server=server)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "letta-tui: A description of a conversation isn't known to be supported by this server: "
        "no conversation read so far shows that\n"
    )
    assert not writes(server)
