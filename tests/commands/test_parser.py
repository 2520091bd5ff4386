"""Arguments: those of the screen are parsed in the same way with and without the commands loaded."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tui.commands.parser import IN_THE_HEADINGS, build_parser, parse
from tui.commands.registry import NAMES, load

SCREENS = [
    "",
    "--demo",
    "--demo=cloud",
    "--demo=cloud --agent Ada",
    "--base-url http://a --readonly",
    "--from=f.json",
    "--ag Ada --conv conv-1",
    "--log-file list",
    "--agent= --base-url=--x --profile a=b",
    "--demo --demo --agent Ada --agent Bob --allow-plain-http",
]
COMMANDS = [
    "list",
    "--demo list --json",
    "--demo=cloud list",
    "list --demo=cloud",
    "--base-url http://a check conv-1",
    "open file.af",
]
MISTAKES = [
    "--help",
    "--version",
    "--vers",
    "--agent",
    "--agent --demo",
    "--agent -x",
    "--nonsense",
    "nonsense",
    "--demo=1",
    "--demo cloud",
    "--a x",
    "-- list more",
]


@pytest.mark.parametrize("words", SCREENS + COMMANDS)
def test_what_is_told_is_what_the_whole_parser_says(words: str) -> None:
    assert parse(words.split()) == vars(build_parser().parse_args(words.split()))


LOADED = """
import sys
from tui.commands.parser import parse
from tui.commands.registry import NAMES
parse(sys.argv[1:])
print(*(name for name in NAMES if f"tui.commands.{name}" in sys.modules))
"""


@pytest.mark.parametrize(
    ("words", "loaded"), [("--base-url http://a --readonly", ""), ("--demo list", "list"), ("", "")]
)
def test_only_the_command_that_is_named_is_loaded(words: str, loaded: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOADED, *words.split()], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == loaded


@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_called_as_its_module(name: str) -> None:
    assert load(name).name == name


@pytest.mark.parametrize("words", MISTAKES)
def test_an_end_is_that_of_the_whole_parser(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    ends = []
    for read in (parse, build_parser().parse_args):
        with pytest.raises(SystemExit) as end:
            read(words.split())
        ends.append((end.value.code, capsys.readouterr()))
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    "words",
    [
        ("summary", "get", "conv-1"),
        ("summary", "set", "conv-1", "a text"),
        ("show", "conv-1"),
        ("check", "conv-1"),
        ("export", "conv-1"),
        ("completion", "bash"),
    ],
)
def test_options_may_stand_anywhere(words: tuple[str, ...]) -> None:
    """Between the words of a command as well as before and behind them."""
    plain = vars(build_parser().parse_args(["--demo", "--agent=A", *words]))
    for place in range(1, len(words) + 1):
        if words[0] != "completion":
            moved = [*words[:place], "--demo", "--agent=A", *words[place:]]
            assert vars(build_parser().parse_args(moved)) == plain
    assert plain["command"] == words[0]


@pytest.mark.parametrize(
    ("words", "demo"),
    [
        ("", None),
        ("--demo", "self-hosted"),
        ("--demo=cloud", "cloud"),
        ("--demo=cloud list", "cloud"),
        ("list --demo=cloud", "cloud"),
        ("--demo=cloud list --demo", "self-hosted"),
        ("--demo list --demo=cloud", "cloud"),
        ("summary get --demo=cloud conv-1", "cloud"),
        ("--demo=cloud summary get conv-1", "cloud"),
    ],
)
def test_the_demo_has_two_flavours_and_takes_no_word_for_one(words: str, demo: str | None) -> None:
    assert parse(words.split())["demo"] == demo


def test_the_short_help_names_every_command_and_where_the_rest_is(letta: Run) -> None:
    short, whole = letta("--help").out, letta("help", "options").out
    for command in map(load, NAMES):
        named = (
            command.name
            if command.name in IN_THE_HEADINGS
            else rf"{command.name} +{re.escape(command.summary)}"
        )
        assert re.search(rf"\b{named}", short), command.name
        assert letta("help", command.name).out == letta(command.name, "--help").out
    assert "letta-tui help options" in short
    assert "letta-tui COMMAND --help" in short
    for action in build_parser().declared:
        for flag in action.option_strings:
            assert flag in whole
    assert letta("help").out == short


def test_help_needs_no_settings(letta: Run, clean_environment: Path) -> None:
    folder = clean_environment / "config" / "letta-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("nonsense")
    assert letta("help", "list").code == 0
    assert letta("info").code == 2


def test_help_of_nothing_that_is_there_is_a_usage_error(letta: Run) -> None:
    assert letta("help", "nonsense").code == 2
