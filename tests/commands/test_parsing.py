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
