"""The scripts of `letta-tui completion` in real shells: every command, option and profile name is offered."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tui.commands.completion import bash, fish, zsh
from tui.commands.completion_tree import Node, build_tree
from tui.commands.parser import build_parser

ROOT = build_tree(build_parser())
PROFILES = ["lab", "production"]
NODES = list(ROOT.walk())
PATIENT = 60.0

Complete = Callable[[list[str]], dict[str, set[str]]]


def lines() -> dict[str, set[str]]:
    """What may be typed before tab, and what has to be offered then."""
    wanted: dict[str, set[str]] = {}
    for node in NODES:
        before = " ".join(("letta-tui", *node.path))
        wanted[f"{before} --"] = {flag for one in node.options for flag in one.flags if flag[:2] == "--"}
        if node.children or node.choices:
            wanted[f"{before} "] = {child.name for child in node.children} | set(node.choices)
        elif node.takes_profile:
            wanted[f"{before} "] = set(PROFILES)
    for node in (ROOT, *ROOT.children):
        for option in node.options:
            before = " ".join(("letta-tui", *node.path, option.flags[-1]))
            if option.takes_profile:
                wanted[f"{before} "] = set(PROFILES)
            elif option.choices:
                wanted[f"{before} "] = set(option.choices)
    return wanted


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A folder with the program, of which completion asks the names of profiles alone."""
    program = tmp_path / "bin" / "letta-tui"
    program.parent.mkdir()
    says = "".join(f"echo {name}\n" for name in PROFILES)
    program.write_text(f'#!/bin/sh\n[ "$*" = "profile list --names" ] || exit 1\n{says}')
    program.chmod(0o755)
    return tmp_path


def environment(room: Path) -> dict[str, str]:
    return {
        "PATH": f"{room / 'bin'}:{os.environ['PATH']}",
        "HOME": str(room),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
    }


def ran(room: Path, *words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment(room), cwd=room)
    assert done.stderr == ""
    return done.stdout


def in_bash(room: Path, typed: list[str]) -> dict[str, set[str]]:
    (room / "script").write_text(bash(ROOT))
    ask = [
        f"COMP_WORDS=({line}{' ' + repr('') if line.endswith(' ') else ''}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
        "_letta_tui; echo ${COMPREPLY[@]}"
        for line in typed
    ]
    out = ran(room, "bash", "--norc", "-c", "\n".join(["source ./script", *ask]))
    return {line: set(said.split()) for line, said in zip(typed, out.splitlines(), strict=True)}


def in_fish(room: Path, typed: list[str]) -> dict[str, set[str]]:
    (room / "script").write_text(fish(ROOT))
    ask = [f"complete -C {shlex.quote(line)} | string split -f 1 \\t; echo END" for line in typed]
    out = ran(room, "fish", "--no-config", "-c", "\n".join(["source ./script", *ask]))
    told = out.split("END\n")[: len(typed)]
    return {line: set(said.split()) for line, said in zip(typed, told, strict=True)}


ZSH = r"""
PROMPT= RPROMPT= PS2=
unsetopt prompt_sp prompt_cr beep
autoload -Uz compinit; compinit -u -D
source ./script
zstyle ':completion:*' insert-tab false
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
    local -a hits; builtin compadd -A hits "$@"
    print -rn -- "<${(j:><:)hits}>"
    builtin compadd "$@"
}
look() { print -n "BEGIN"; zle complete-word; print "END"; BUFFER=; }
zle -N look; bindkey '^I' look
print READ''Y
"""


def in_zsh(room: Path, typed: list[str]) -> dict[str, set[str]]:
    (room / "script").write_text(zsh(ROOT))
    (room / "setup").write_text(ZSH)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(room)
        os.execvpe("zsh", ["zsh", "-f", "-i"], environment(room))
    try:
        os.write(terminal, b"source ./setup\n")
        until(terminal, "READY")
        found = {}
        for line in typed:
            os.write(terminal, f"{line}\t".encode())
            said = until(terminal, "END").rpartition("BEGIN")[2]
            found[line] = set(re.findall(r"<([^<>\s]+)>", said.replace("><", "> <")))
        return found
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def until(terminal: int, word: str) -> str:
    """What the shell paints up to a word."""
    told, end = b"", time.monotonic() + PATIENT
    while word.encode() not in told:
        assert select.select([terminal], [], [], max(0, end - time.monotonic()))[0], told
        told += os.read(terminal, 65536)
    return told.decode(errors="replace")


@pytest.mark.parametrize(("shell", "complete"), [("bash", in_bash), ("zsh", in_zsh), ("fish", in_fish)])
def test_every_command_option_and_profile_is_offered(
    room: Path, shell: str, complete: Callable[[Path, list[str]], dict[str, set[str]]]
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    wanted = lines()
    offered = complete(room, list(wanted))
    lacking = {line: words - offered[line] for line, words in wanted.items() if words - offered[line]}
    assert lacking == {}
    unknown = {"letta-tui profile use ", "letta-tui --profile ", "letta-tui "}
    words = {line: {word for word in offered[line] if word[0] != "-"} for line in unknown}
    assert words == {line: wanted[line] for line in unknown}


def test_the_tree_knows_where_a_profile_is_named() -> None:
    def named(node: Node) -> bool:
        return node.takes_profile

    assert {" ".join(node.path) for node in NODES if named(node)} == {
        "profile use",
        "profile test",
        "profile remove",
    }
    assert {one.flags[-1] for node in NODES for one in node.options if one.takes_profile} == {"--profile"}
