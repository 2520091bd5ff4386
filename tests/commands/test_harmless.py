"""Every field of every object, through every command, to a terminal: nothing of it controls the terminal."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import NOW, ids, only_agent, small_server
from tests.commands.conftest import Run
from tests.faults.attacking import AttackingTransport
from tests.faults.terminal_stream import unknown_sequences
from tests.faults.test_terminal import ATTACK
from tui.backends.demo.transport import DemoTransport
from tui.cli import main
from tui.commands import dispatch
from tui.presentation.text_table import cell_width
from tui.storage.log import start_log
from tui.storage.paths import config_dir

FIXTURES = Path(__file__).parents[1] / "fixtures"
FULL_ATTACK = f"{ATTACK}\rforged\nline\u2028x"
PROGRESS = re.compile(r"\r[^\r\n\x1b]*\x1b\[K")
"""The only control sequence that a command writes by itself, on standard error."""

COMMANDS = (
    ("list", "--agent", "AGENT"),
    ("list", "--agents"),
    ("list", "--all"),
    ("list", "--all", "--json"),
    ("list", "--all", "--jsonl"),
    ("check", "CONVERSATION"),
    ("check", "--all"),
    ("check", "--all", "--json"),
    ("show", "CONVERSATION"),
    ("show", "default", "--agent", "AGENT"),
    ("show", "CONVERSATION", "--json"),
    ("blocks", "CONVERSATION"),
    ("blocks", "CONVERSATION", "--label", "NONE"),
    ("blocks", "CONVERSATION", "--json"),
    ("diff", "CONVERSATION"),
    ("diff", "CONVERSATION", "--json"),
    ("export", "CONVERSATION", "-o", "-"),
    ("export", "CONVERSATION", "--format", "jsonl", "-o", "-"),
    ("export", "CONVERSATION", "--format", "md", "-o", "-"),
    ("summary", "get", "CONVERSATION"),
    ("summary", "get", "CONVERSATION", "--json"),
    ("summary", "set", "CONVERSATION", "new", "--if-was", "another"),
    ("create", "--agent", "AGENT", "--isolate", "NONE"),
    ("create", "--agent", "AGENT", "--summary", "new"),
    ("profile", "test"),
    ("list", "--agent", "a"),
)


class Terminal(io.StringIO):
    """Standard output or error, as a terminal."""

    def isatty(self) -> bool:
        return True


OnTerminal = Callable[..., tuple[int, str, str]]


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> OnTerminal:
    """Run `letta-tui ...` on a server, both of its outputs being terminals; returns code and outputs."""
    monkeypatch.setenv("LETTA_BASE_URL", "http://localhost:1")

    def run(*arguments: str, server: httpx.AsyncBaseTransport | None = None) -> tuple[int, str, str]:
        whole = dispatch.dispatch

        def frozen(flags: Any, settings: Any, *, transport: Any = None) -> int:
            return whole(flags, settings, transport=transport or server, clock=lambda: NOW)

        out, err = Terminal(), Terminal()
        with monkeypatch.context() as patch:
            patch.setattr(dispatch, "dispatch", frozen)
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            try:
                code = main(list(arguments))
            except SystemExit as end:
                code = int(end.code or 0)
        return code, out.getvalue(), err.getvalue()

    return run


def world() -> DemoTransport:
    """Two agents; a conversation with every kind of message, of block and of trouble."""
    server = small_server("First", "Second", blocks={"human": "Robin", "project": "ledger"})
    store, agent_id = server.store, only_agent(server)
    made = store.add_conversation(agent_id, "Isolated", ["human"])
    store.set_block(store.conversations[made].isolated[0], "another value")
    for role in ("user", "assistant"):
        store.add_message(made, role, "said")
    store.add_agent("Adam", {"persona": "one"}, at=NOW)
    return server


def filled(command: tuple[str, ...], server: DemoTransport) -> list[str]:
    names = {"AGENT": next(iter(server.store.agents)), "CONVERSATION": ids(server)[2], "NONE": "none-such"}
    return [names.get(word, word) for word in command]


def assert_harmless(out: str, err: str, where: str) -> None:
    assert "Traceback" not in err, f"{where}: {err}"
    err = PROGRESS.sub("", err)
    for text in (out, err):
        assert not unknown_sequences(text.encode(errors="surrogatepass")), where
        assert "\r" not in text, where
        assert not re.search("[\u2028\u2029\ud800-\udfff]", text), where


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_text_at_once(command: tuple[str, ...], on_terminal: OnTerminal) -> None:
    server = world()
    attacking = AttackingTransport(server, FULL_ATTACK)
    code, out, err = on_terminal(*filled(command, server), server=attacking)
    assert code in (0, 1, 2), err
    assert attacking.seen
    assert_harmless(out, err, " ".join(command))


def test_every_kind_of_message_and_block(on_terminal: OnTerminal) -> None:
    server = DemoTransport(now=NOW)
    for row in [row for row in server.store.conversations.values() if row.story or row.isolated][:25]:
        for command in ("show", "blocks") if row.isolated else ("show",):
            attacking = AttackingTransport(server, FULL_ATTACK)
            code, out, err = on_terminal(command, row.id, server=attacking)
            assert code in (0, 1), err
            assert_harmless(out, err, f"{command} {row.id}")


PRINTING = [one for one in COMMANDS if one[0] not in ("create", "export") and "--json" not in one]


@pytest.mark.parametrize("command", PRINTING, ids=" ".join)
def test_every_field_by_itself(command: tuple[str, ...], on_terminal: OnTerminal) -> None:
    """An attack on one field leaves all others as they are, so that no code is hidden by another's refusal.

    A command is given the fields that it was sent; an attack on another one would reach nothing.
    """
    server = world()
    for name in sorted(fields_sent(command, server, on_terminal)):
        attacking = AttackingTransport(server, FULL_ATTACK, {name})
        code, out, err = on_terminal(*filled(command, server), server=attacking)
        assert code in (0, 1, 2, 3), (name, command, err)
        assert_harmless(out, err, f"{name} in {' '.join(command)}")


def fields_sent(command: tuple[str, ...], server: DemoTransport, on_terminal: OnTerminal) -> set[str]:
    """The fields with texts in all that a command reads."""
    watching = AttackingTransport(server, FULL_ATTACK, ())
    on_terminal(*filled(command, server), server=watching)
    return watching.seen


def test_the_attack_on_single_fields_reaches_those_that_are_shown(on_terminal: OnTerminal) -> None:
    server = world()
    names = set[str]().union(*(fields_sent(command, server, on_terminal) for command in PRINTING))
    assert {"id", "name", "label", "summary", "message_type", "created_at", "version"} <= names


def test_columns_stand_where_they_stand_without_the_attack(on_terminal: OnTerminal) -> None:
    """Widths are measured of what is shown."""
    server = world()
    for command in (("list", "--agent", "AGENT"), ("list", "--agents")):
        attacking = AttackingTransport(server, FULL_ATTACK, {"id"})
        _, out, _ = on_terminal(*filled(command, server), server=attacking)
        head, *rows = [line for line in out.splitlines() if line]
        last = "SUMMARY" if "SUMMARY" in head else "NAME"
        column = cell_width(head[: head.index(last)])
        for row in rows:
            ends = [at for at in range(len(row)) if cell_width(row[:at]) == column]
            assert ends, row
            assert row[: ends[0]].endswith("  "), row
        assert "␛" in out


def test_an_id_that_fakes_a_line_stays_on_its_own(on_terminal: OnTerminal) -> None:
    server = world()
    attacking = AttackingTransport(server, "\nletta-tui: saved", {"id", "agent_id"})
    for command in COMMANDS:
        if command[0] != "create":
            _, out, err = on_terminal(*filled(command, server), server=attacking)
            assert not re.search("^letta-tui: saved", out + err, re.MULTILINE), command


# what a program gets


def test_a_program_gets_text_exactly_only_where_the_readme_says(letta: Run) -> None:
    summary = f"First {ATTACK}"
    server = small_server(summary)
    wanted = ids(server)[0]
    assert letta("summary", "get", wanted, "--demo", server=server).out == f"{summary}\n"
    told = letta("show", wanted, "--json", "--demo", server=server)
    assert told.out.isascii()
    assert told.json["conversation"]["summary"] == summary
    for command in (("list", "--all"), ("show", wanted), ("check", "--all"), ("blocks", wanted)):
        ended = letta(*command, "--demo", server=server)
        assert_harmless(ended.out, ended.err, command[0])


# files, arguments, errors


def told_on_error(on_terminal: OnTerminal, *arguments: str, code: int = 2) -> str:
    ended, out, err = on_terminal(*arguments, server=DemoTransport(now=NOW))
    assert (ended, out) == (code, "")
    assert_harmless(out, err, " ".join(map(ascii, arguments)))
    return err


TYPED = ATTACK.replace("\0", "")
"""An argument cannot hold a NUL."""


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", f"--{TYPED}"),
        ("list", "--demo", TYPED),
        (TYPED,),
        ("list", "--demo", "--limit", TYPED),
        ("list", "--demo", "--sort", TYPED),
        ("list", "--demo", "--agent", TYPED),
        ("list", "--base-url", f"http://{TYPED}"),
        ("list", "--profile", TYPED),
        ("profile", "use", TYPED),
        ("profile", "add", TYPED, "http://localhost:1"),
        ("profile", "add", "lab", f"http://{TYPED}"),
        ("show", "--from", f"none/{TYPED}"),
        ("list", "--demo", "--log-file", f"none/{TYPED}"),
        ("export", "default", "--demo", "--agent", "Ada", "-o", f"none/{TYPED}.json"),
        ("export", "default", "--demo", "--agent", "Ada", "-o", f"x.{TYPED}"),
        ("summary", "set", "conv-1", "--demo", "--file", f"none/{TYPED}"),
        ("blocks", "default", "--demo", "--agent", "Ada", "--label", TYPED),
        ("help", TYPED),
    ],
    ids=lambda arguments: " ".join(arguments).partition("[")[0],
)
def test_arguments_in_messages(arguments: tuple[str, ...], on_terminal: OnTerminal) -> None:
    assert told_on_error(on_terminal, *arguments)


@pytest.mark.parametrize(
    "text",
    [
        f"[profiles.{json.dumps(ATTACK)}]\nbase_url = 'http://localhost:1'\n",
        f"{json.dumps(ATTACK)} = 1\n",
        f"times = {json.dumps(ATTACK)}\n",
        f"[profiles.lab]\nbase_url = {json.dumps(ATTACK)}\n",
        f"default_profile = {json.dumps(ATTACK)}\n",
        f"[keys]\n{json.dumps(ATTACK)} = {json.dumps(ATTACK)}\n",
        "x = \x9b31m\x85\u202e",
    ],
)
def test_settings_files_in_messages(text: str, on_terminal: OnTerminal) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(text, encoding="utf-8")
    assert "config.toml" in told_on_error(on_terminal, "list", "--demo", "--all")


@pytest.mark.parametrize("format_name", ["letta-tui bundle", "agent file"])
def test_files_that_are_browsed(
    format_name: str, letta: Run, on_terminal: OnTerminal, tmp_path: Path
) -> None:
    """All of it at once, then each field of the file by itself, which may make it unreadable."""
    server = small_server("One")
    whole = letta("export", ids(server)[0], "--demo", server=server).json
    if format_name == "agent file":
        whole = json.loads((FIXTURES / "agent_file.json").read_bytes())
    path = tmp_path / f"{TYPED.replace('/', '')}.json"
    attacked = AttackingTransport(server, FULL_ATTACK).attacked(whole)
    kept = {name: whole[name] for name in ("format", "version") if name in whole}
    for name, content in {
        "": attacked | kept,
        **{name: whole | {name: FULL_ATTACK} for name in whole},
    }.items():
        path.write_text(json.dumps(content))
        for command in (("show",), ("list", "--all"), ("list", "--agents"), ("check",), ("blocks",)):
            code, out, err = on_terminal(*command, "--from", str(path))
            assert code in ((0, 1, 2) if name else (0, 1)), err
            assert_harmless(out, err, f"{name} in {command}")


def test_a_crash_of_a_command_is_harmless_too_and_ends_with_70(
    on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError(FULL_ATTACK)

    monkeypatch.setattr("tui.commands.list.conversation_table", crash)
    code, out, err = on_terminal("list", "--demo", "--all", server=world())
    assert (code, "Traceback" in err, "RuntimeError" in err) == (70, True, True)
    assert_harmless(out, err.replace("Traceback", ""), "a crash")


def test_what_is_logged_without_a_log_file_is_harmless(
    on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As asyncio does with an error that nobody awaits."""
    log = logging.getLogger("tests.nobody")
    log.propagate = False

    def logging_table(*_: object) -> list[list[str]]:
        log.error("Task exception was never retrieved: %s", FULL_ATTACK)
        return []

    monkeypatch.setattr("tui.commands.list.conversation_table", logging_table)
    _, out, err = on_terminal("list", "--demo", "--all", server=world())
    assert "never retrieved" in err
    assert_harmless(out, err, "the log")


def test_a_log_file_can_be_read_in_a_terminal(tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        start_log(tmp_path / "log")
        logging.getLogger("httpx").error("HTTP Request: %s", FULL_ATTACK)
        try:
            raise ValueError(FULL_ATTACK)
        except ValueError:
            logging.getLogger("asyncio").exception("Task exception was never retrieved")
    finally:
        for handler in [one for one in root.handlers if one not in before]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
    text = (tmp_path / "log").read_text(encoding="utf-8")
    assert "HTTP Request" in text
    assert "ValueError" in text
    assert_harmless("", text.replace("Traceback", ""), "the log")
