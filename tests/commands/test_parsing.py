"""Arguments: a screen is told of the same way whether every command is built for it or none."""

from __future__ import annotations

import pytest

from tui.commands.parsing import parser, told

SCREENS = [
    "",
    "--demo",
    "--base-url http://a --readonly",
    "--from=f.json",
    "--ag Ada --conv conv-1",
    "--log-file list",
]
COMMANDS = ["list", "--demo list --json", "--base-url http://a check conv-1", "open file.af"]
MISTAKES = [
    "--help",
    "--version",
    "--vers",
    "--agent",
    "--nonsense",
    "nonsense",
    "--demo=1",
    "--a x",
    "-- list more",
]


@pytest.mark.parametrize("words", SCREENS + COMMANDS)
def test_what_is_told_is_what_the_whole_parser_says(words: str) -> None:
    assert told(words.split()) == vars(parser().parse_args(words.split()))


@pytest.mark.parametrize("words", MISTAKES)
def test_an_end_is_that_of_the_whole_parser(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    ends = []
    for parse in (told, parser().parse_args):
        with pytest.raises(SystemExit) as end:
            parse(words.split())
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
    plain = vars(parser().parse_args(["--demo", "--agent=A", *words]))
    for place in range(1, len(words) + 1):
        if words[0] != "completion":
            moved = [*words[:place], "--demo", "--agent=A", *words[place:]]
            assert vars(parser().parse_args(moved)) == plain
    assert plain["command"] == words[0]
