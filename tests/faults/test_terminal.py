"""A whole session of the real program in a terminal: no byte steers it, and the key is nowhere."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.app_helpers import NOW, only_agent, small_server
from tests.faults.serving import served
from tests.faults.tally import TALLY
from tests.faults.terminal_stream import Program, copied, running, unknown_sequences
from tui.backends.demo.transport import DemoTransport

ROOT = Path(__file__).parents[2]
KEY = "sk-let-CANARYxW7-" + "-".join(f"{number:04d}canary" for number in range(12))
"""Longer than the 80 characters after which tracebacks cut a text."""

ATTACK = (
    "[/foo] [@click=app.quit]press[/] owned\x1b[6n\x1b[21t\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1bP+q544e\x1b\\\x1bc"
    "\x9b6n\x90x\x9c\x85\x08\x0e\x7f\x00\u202egnp.exe\u202c\u2066x\u2069\u200b\ufeffa\u0301\u0301\u0301"
)
"""Questions, titles, the clipboard, device control, a reset, C1, back space, shift out, bidi, what is not seen."""

LONG_LINE = "\x1b[31mx" * 160_000


def pieces(key: str = KEY) -> list[str]:
    """The key and parts of it: a cut one is a leak too."""
    return [key[start : start + 14] for start in range(0, len(key) - 14, 7)]


def hostile_world() -> DemoTransport:
    """One agent and one conversation, with the attack in every field that the server owns."""
    transport = DemoTransport(
        small_server(name=f"Ada {ATTACK}", blocks={"human": ATTACK, f"la{ATTACK}": ATTACK}).store,
        now=NOW,
        key=KEY,
    )
    store = transport.store
    agent_id = only_agent(transport)
    store.agents[agent_id].model = f"openai/{ATTACK}"
    for block_id in store.agents[agent_id].block_ids:
        store.change_block(block_id, description=ATTACK)
    for summary in (f"Second {ATTACK}", f"First {ATTACK}"):
        made = store.add_conversation(agent_id, summary, ["human"])
        store.set_block(store.conversations[made].isolated[0], ATTACK + "\nown")
        for role in ("user", "assistant"):
            store.add_message(made, role, f"said {ATTACK}")
    store.add_message(made, "user", LONG_LINE)
    echo = httpx.Response(400, json={"detail": f"the key {KEY} is not allowed here {ATTACK}"})
    transport.fail(echo, path="preview-raw-payload")
    return transport


@dataclass(frozen=True)
class Session:
    """What a whole session left behind."""

    written: bytes
    copies: list[str]
    home: Path
    log: Path
    command: bytes
    asked: list[bytes]
    code: int


def environment(home: Path) -> dict[str, str]:
    """Only what the program needs, and the key."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    folders = {f"XDG_{kind.upper()}_HOME": str(home / kind) for kind in ("config", "state", "cache", "data")}
    more = {"HOME": str(home), "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none", "PYTHONUTF8": "1"}
    return kept | folders | more | {"LETTA_API_KEY": KEY, "PYTHONPATH": str(ROOT)}


def command_line(process: int) -> bytes:
    """How the process list shows it."""
    file = Path(f"/proc/{process}/cmdline")
    return file.read_bytes() if file.exists() else b""


ESCAPE = "\x1b[27u"
"""The key as a fuller keyboard protocol sends it: with the next key it never reads as alt and that key."""


OPENS = {
    "!": "Context check",
    "?": "Keys here",
    "a": "^t Pin",
    "P": "is not allowed here",
    "T": "no message of this conversation has a step",
    "\x0e": "^s Create",
    "f": "Fork “",
    "D": "Delete “",
    "U": "Summaries ·",
}
"""Every dialog that a key opens, and what stands there when it has all of its text."""


def use(program: Program) -> None:
    """Every pane, dialog and tool once, a copy of each kind, an edit that is saved."""
    program.until("First [/foo]")
    program.until("system")
    program.press("\r", "G", "k", "Y")
    program.press("x", until="Raw")
    program.press("Y", ESCAPE, "G", " ", " ", "g")
    program.press("H", until="context starts here")
    program.press("c", "y", "n", ESCAPE)
    program.press("b", until="▤ memory")
    program.press("d", until="what the model reads vs. now")
    program.press("d", until="shared vs. isolated blocks")
    program.press("d", "G")
    program.press("i", until="· agent")
    program.press("G", "m")
    for key, text in OPENS.items():
        program.press(key, until=text)
        program.press(ESCAPE)
        program.until_gone(text)  # else the next key goes to a dialog that a busy machine has not closed yet
    program.press("M", until="Isolated blocks in 2 of 2 conversations")
    program.press("\r", until="≠ diverged")
    program.press(ESCAPE, ESCAPE)
    program.until_gone("Isolated blocks in 2 of 2 conversations")
    program.press("\x10", until="Search for commands")
    program.press("first", ESCAPE)
    program.press("e", " edited\r", "/", "Sec\r", ESCAPE)
    program.press("@", until="Requests of this run")
    program.press("j", "y", "\r", ESCAPE, ESCAPE, "q")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """One session for all of these tests, since it is a whole program that runs."""
    home = tmp_path_factory.mktemp("canary")
    log = home / "the.log"
    with served(hostile_world()) as (url, heard):
        command = [sys.executable, "-m", "tui", "--base-url", url, "--log-file", str(log)]
        with running(command, environment(home), home) as program:
            use(program)
            listed = command_line(program.process.pid)
            code = program.end()
            written = bytes(program.written)
    return Session(written, copied(written), home, log, listed, heard, code)


def test_it_ends_well_and_was_really_there(session: Session) -> None:
    assert session.code == 0
    text = session.written.decode()
    assert "First [/foo] [@click=app.quit]press[/]" in text
    assert any(f"Bearer {KEY}".encode() in head for head in session.asked)


def test_nothing_of_the_server_steers_the_terminal(session: Session) -> None:
    TALLY.inputs += 1
    found = unknown_sequences(session.written)
    TALLY.leaks += bool(found)
    assert not found, found[:20]


def test_a_copy_is_the_text_unchanged_and_only_what_was_asked_for(session: Session) -> None:
    assert session.copies
    assert "owned" not in session.copies
    assert any(ATTACK in copy for copy in session.copies), "data that was asked for comes unchanged"
    assert any(copy.startswith("curl ") for copy in session.copies)


def test_the_key_is_in_nothing_that_was_written(session: Session) -> None:
    TALLY.search(session.written, *pieces(), where="the terminal")
    for copy in session.copies:
        TALLY.search(copy, *pieces(), where="the clipboard")
    TALLY.search(session.command, *pieces(), where="the process list")
    assert "HTTP Request" in session.log.read_text()
    files = [path for path in session.home.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        TALLY.search(path.read_bytes(), *pieces(), where=path.name)
        TALLY.search(str(path), *pieces(), where="a file's name")


def test_what_it_keeps_is_its_owners_alone(session: Session) -> None:
    for path in session.home.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert not mode & 0o077 or path == session.home, f"{path.name} has {mode:o}"


def test_what_steers_would_be_found() -> None:
    """The same test, of a stream that lets the attack through."""
    let_through = b"\x1b[?1049h\x1b[31m" + ATTACK.encode() + b"\x1b[0m"
    found = "".join(unknown_sequences(let_through))
    for part in ("6n", "21t", "0;owned", "P+q", "\\x9b", "\\x90", "\\x08", "\\x7f", "\\u202e", "\\u200b"):
        assert part in found, part
    assert copied(let_through) == ["owned"]
