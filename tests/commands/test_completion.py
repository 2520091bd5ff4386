"""`letta-tui completion`: scripts that know every command and option, and one of them at work in a real bash."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tui.commands.arguments import CommandParser
from tui.commands.completion import bash, fish, zsh
from tui.commands.completion_tree import Node, build_tree
from tui.commands.parser import build_parser

ROOT = build_tree(build_parser())


def test_the_tree_is_that_of_the_arguments() -> None:
    paths = {"/".join(node.path): node for node in ROOT.walk()}
    assert {"list", "summary", "open", "profile/add", "completion"} <= set(paths)
    assert paths["summary"].choices == ("get", "set")
    assert paths["open"].takes_file
    assert not paths["show"].takes_file
    options = {option.flags[-1]: option for option in paths["export"].options}
    assert options["--output"].flags == ("-o", "--output")
    assert options["--output"].takes_file
    assert options["--format"].choices == ("json", "jsonl", "md")
    assert options["--force"].value == ""
    assert "--conversation" not in options  # its help hides it


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_option_is_in_the_script(letta: Run, shell: str) -> None:
    ended = letta("completion", shell)
    assert (ended.code, ended.err) == (0, "")
    assert not ended.out.endswith("\n\n")
    for node in ROOT.walk():
        assert node.name in ended.out
        for option in node.options:
            for flag in option.flags:
                dashes = f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
                assert (dashes if shell == "fish" else flag) in ended.out


def test_another_shell_is_a_usage_error(letta: Run) -> None:
    assert letta("completion", "csh").code == 2
    assert letta("completion").code == 2


def test_words_that_a_shell_would_obey_are_quoted() -> None:
    odd = CommandParser(prog="letta-tui")
    odd.add_argument("--odd", metavar="X", help="it's [a:b] \\ $(x) `y`")
    root: Node = build_tree(odd)
    assert r"--odd[it'\''s \[a\:b\] \\ $(x) `y`]:X: '" in zsh(root)
    assert r"-d 'it\'s [a:b] \\ $(x) `y`'" in fish(root)
    assert "it's" not in bash(root)


COMPLETE = """
source "$1"; shift
COMP_WORDS=(letta-tui "$@"); COMP_CWORD=$#
_letta_tui
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "script"
    path.write_text(bash(ROOT))
    return path


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["li"], ["list"]),
        (["--demo", "sh"], ["show"]),
        (["--agent", "list", "di"], ["diff"]),
        (["list", "--so"], ["--sort"]),
        (["list", "--sort", ""], ["created", "last-message", "last-run"]),
        (["list", "--agent", ""], [""]),
        (["summary", "s"], ["set"]),
        (["export", "conv-1", "--format", "j"], ["json", "jsonl"]),
        (["export", "conv-1", "-o", "a f"], ["a file.json"]),
        (["open", "a"], ["a file.json"]),
        (["show", "a"], [""]),
        (["profile", "r"], ["remove"]),
        (["profile", "add", "--key-f"], ["--key-file"]),
        (["completion", "z"], ["zsh"]),
    ],
)
def test_bash_offers_what_fits(script: Path, tmp_path: Path, typed: list[str], offered: list[str]) -> None:
    (tmp_path / "a file.json").touch()
    words = ["bash", "--norc", "-c", COMPLETE, "bash", str(script), *typed]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.rstrip("\n").split("\n") == offered
    assert done.stderr == ""
