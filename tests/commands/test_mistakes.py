"""Mistakes of a beginner: one sentence, the nearest right word, never a list of everything; nothing of Python."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Run
from tui.commands.mistakes import mistake

SENTENCES = [
    ("profil", "letta-tui: there is no command “profil”: did you mean profile?"),
    ("discover", "letta-tui: there is no command “discover”; letta-tui --help shows what it takes"),
    (
        "--letta-code store",
        "letta-tui: there is no command “store”; a folder of that name is --letta-code=store; "
        "letta-tui --help shows what it takes",
    ),
    ("shwo conv-1", "letta-tui: there is no command “shwo”: did you mean show?"),
    ("compare a b", "letta-tui: there is no command “compare”: did you mean diff?"),
    ("xyzzy", "letta-tui: there is no command “xyzzy”; letta-tui --help shows what it takes"),
    (
        "profile",
        "letta-tui profile: needs one of list, add, use, test or remove; "
        "letta-tui profile --help shows what it takes",
    ),
    ("profile lst", "letta-tui profile: there is no command “lst”: did you mean list?"),
    (
        "profile add",
        "letta-tui profile add: needs NAME and URL; letta-tui profile add --help shows what it takes",
    ),
    ("help lst", "letta-tui help: there is no topic “lst”: did you mean list?"),
    ("list --agnet Ada", "letta-tui list: there is no option --agnet: did you mean --agent?"),
    ("--agnet=Ada", "letta-tui: there is no option --agnet: did you mean --agent?"),
    ("--nonsense", "letta-tui: there is no option --nonsense; letta-tui --help shows what it takes"),
    (
        "show conv-1 conv-2",
        "letta-tui show: unexpected argument “conv-2”; letta-tui show --help shows what it takes",
    ),
    (
        "list --demo",
        "letta-tui: list needs --agent NAME for the conversations of one agent, --all for those of all agents, "
        "or --agents to list the agents",
    ),
    (
        "list --profile cloud",
        "letta-tui: The profile (flag --profile) 'cloud' is not in the settings files; there are no profiles: "
        "letta-tui profile add creates one.",
    ),
    ("list --agent", "letta-tui list: --agent needs a value; letta-tui list --help shows what it takes"),
    (
        "list --json=1",
        "letta-tui list: --json takes no value; letta-tui list --help shows what it takes",
    ),
    (
        "export conv-1 --format xml",
        "letta-tui export: --format takes json, jsonl or md, not “xml”; "
        "letta-tui export --help shows what it takes",
    ),
    (
        "completion",
        "letta-tui completion: needs SHELL; letta-tui completion --help shows what it takes",
    ),
    (
        "profile add a http://b --key-env C --key-file D",
        "letta-tui profile add: --key-file cannot be used with --key-env; "
        "letta-tui profile add --help shows what it takes",
    ),
]


@pytest.mark.parametrize(("words", "sentence"), SENTENCES, ids=[words for words, _ in SENTENCES])
def test_a_mistake_is_one_sentence(letta: Run, words: str, sentence: str) -> None:
    ended = letta(*words.split())
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"{sentence}\n"


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (
            "argument COMMAND: invalid choice: 'profil' (choose from 'list', 'profile')",
            "there is no command “profil”: did you mean profile?",
        ),
        (
            "argument COMMAND: invalid choice: 'profil' (choose from list, profile)",
            "there is no command “profil”: did you mean profile?",
        ),
        (
            'argument COMMAND: invalid choice: "o\'x" (choose from list, show)',
            "there is no command “o'x”: choose list or show",
        ),
    ],
    ids=["Python 3.11", "Python 3.12 and later", "a quote"],
)
def test_every_version_of_python_is_understood(message: str, sentence: str) -> None:
    assert mistake(message) == sentence


def test_a_mistake_cannot_control_the_terminal(letta: Run) -> None:
    assert "\x1b" not in letta("x\x1b[31m").err
    assert "\x1b" not in letta("--x\x1b[31m").err
