"""`letta-tui manual`: as Markdown through a pipe, laid out in the pager of a terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tui.manual import PAGES, read_page


def test_without_a_page_it_lists_them(letta: Run) -> None:
    ended = letta("manual")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines()] == list(PAGES)
    assert "letta-tui manual PAGE" in ended.err


@pytest.mark.parametrize("page", PAGES)
def test_a_pipe_gets_the_page_as_it_is(letta: Run, page: str) -> None:
    ended = letta("manual", page.upper())
    assert (ended.code, ended.out, ended.err) == (0, read_page(page), "")


def test_a_page_that_is_not_there_is_answered_by_the_nearest(letta: Run) -> None:
    ended = letta("manual", "memroy")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "letta-tui manual: there is no page “memroy”: did you mean memory?\n"


def test_it_needs_no_settings(letta: Run, clean_environment: Path) -> None:
    folder = clean_environment / "config" / "letta-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("nonsense")
    assert letta("manual", "files").code == 0


def in_a_terminal(*arguments: str, **variables: str) -> tuple[int, str]:
    """The exit code of `letta-tui manual` and what its terminal was sent."""
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80"} | variables
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "tui", "manual", *arguments]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as running:
        os.close(slave)
        sent = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            sent += piece
        code = running.wait()
    os.close(master)
    return code, sent.decode().replace("\r\n", "\n")


def test_the_pager_gets_the_page_laid_out_for_the_terminal() -> None:
    code, sent = in_a_terminal("memory", PAGER="cat")
    plain = re.sub(r"\x1b\[\d*m", "", sent)
    assert code == 0
    assert "\x1b[1m" in sent
    assert "MEMORY: WHAT THE MODEL READS" in plain
    assert "Isolated block (▣): a conversation's own copy" in " ".join(plain.split())
    assert not re.search(r"\*\*|^#|^\|", plain, re.MULTILINE)
    assert max(map(len, plain.splitlines())) <= 80


def test_without_colours_nothing_is_coloured() -> None:
    _, sent = in_a_terminal("memory", PAGER="cat", NO_COLOR="1")
    assert set(re.findall(r"\x1b\[(\d*)m", sent)) <= {"", "1", "2", "4"}


def test_a_pager_that_cannot_be_started_leaves_the_page_on_the_terminal() -> None:
    code, sent = in_a_terminal("files", PAGER="/nowhere/pager")
    assert code == 0
    assert "FILES" in sent
    assert "\x1b" not in sent


def test_the_pager_sees_no_api_key(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\ncat >/dev/null\nenv\n")
    pager.chmod(0o700)
    _, sent = in_a_terminal("files", PAGER=str(pager), LETTA_API_KEY="sk-secret-0123456789")
    assert "LESS=FRX" in sent
    assert "sk-secret" not in sent
