"""The ways out in words and as commands: each is explained, safe to paste into a shell, and printable."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.app_helpers import HOSTILE
from tests.rules.check.test_ways_out import DEFAULT, NAMED, finding, knows, opened
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import NoResponse
from tui.model.local_memory import LocalMemory
from tui.model.text import visible
from tui.presentation.ways_out import (
    LETTA_CODE,
    LINE,
    NAMES,
    NO_WAY,
    SENTENCES,
    SET_CONTEXT,
    Described,
    ShellServer,
    explained,
)
from tui.rules.check.finding import Kind
from tui.rules.check.ways_out import LETTA_CODE_HEALS, Way, Why

SERVER = ShellServer("http://localhost:8283", ("--base-url", "http://localhost:8283"), keyed=True)
OPEN = ShellServer("http://localhost:8283/letta", ("--profile", "my box"), keyed=False)


def only(
    kind: Kind, server: ShellServer = SERVER, conversation: Conversation = NAMED, **fields: str
) -> Described:
    isolated = (Block(id="block-1", value="four"),) if kind is Kind.OVER_LIMIT else ()
    (one,) = explained(opened(conversation, isolated=isolated), [finding(kind, **fields)], server)
    (way,) = one.ways_out
    return way


def words(command: str) -> list[str]:
    """The words of a command as a shell reads them, which joins lines where `shlex` does not."""
    return shlex.split(command.replace(" \\\n", " "))


def test_every_way_and_every_reason_has_words() -> None:
    assert set(NAMES) == set(Way)
    assert set(SENTENCES) == set(Way) - {Way.NONE, Way.IN_LETTA_CODE, Way.SET_CONTEXT}
    assert set(NO_WAY) == set(Why) - {Why.NOTHING_BROKEN}
    assert set(LETTA_CODE) == LETTA_CODE_HEALS
    assert set(SET_CONTEXT) == {Kind.DUPLICATE_ID, Kind.NO_MESSAGE}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_finding_is_answered_in_whole_sentences(kind: Kind) -> None:
    wholes = (opened(), opened(DEFAULT), opened(supported=knows("archive", "yes")))
    local = opened(local=LocalMemory(NoResponse("no"), NoResponse("no")))
    for whole in (*wholes, local, None):
        for one in explained(whole, [finding(kind)], SERVER):
            for way in one.ways_out:
                assert way.sentence.endswith(".")
                assert "{" not in way.sentence
                assert way.is_way or way.sentence.startswith(
                    ("No way out on this server: ", "Nothing is known")
                )
                assert way.is_way or not way.command


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.CALL, "the next turn in Letta Code stores an error as the result of the call"),
        (Kind.RETURN, "the next turn takes the return out of context"),
        (Kind.DUPLICATE_CALL, "a turn leaves both calls"),
        (Kind.LEFT_OUT, "No way out on this server: nothing puts a message back into context"),
        (Kind.NO_SYSTEM, "none has been tried for this finding in Letta Code's local agents"),
    ],
)
def test_what_was_measured_on_letta_code_is_said_and_what_was_not_as_well(kind: Kind, words: str) -> None:
    local = opened(local=LocalMemory(NoResponse("no"), NoResponse("no")))
    ((way,),) = (one.ways_out for one in explained(local, [finding(kind)], SERVER))
    assert words in way.sentence
    assert way.command == ""


def test_a_command_of_this_program_names_the_server() -> None:
    assert only(Kind.STALE).command == "letta-tui recompile conv-1 --base-url http://localhost:8283"
    assert only(Kind.STALE, OPEN).command == "letta-tui recompile conv-1 --profile 'my box'"
    assert only(Kind.APPROVAL, OPEN, DEFAULT).command == (
        "letta-tui deny default --agent agent-1 --profile 'my box'"
    )


def test_curl_has_the_variable_in_place_of_the_key_and_none_where_none_is_needed() -> None:
    keyed = words(only(Kind.OVER_LIMIT, block="block-1").command)
    assert keyed[:5] == ["curl", "-sS", "--globoff", "-X", "PATCH"]
    assert "Authorization: Bearer $LETTA_API_KEY" in keyed
    assert json.loads(keyed[keyed.index("--data-raw") + 1]) == {"limit": 4}
    assert keyed[-1] == "http://localhost:8283/v1/blocks/block-1"
    open_ = only(Kind.OVER_LIMIT, OPEN, block="block-1").command
    assert "LETTA_API_KEY" not in open_
    assert "http://localhost:8283/letta/v1/blocks/block-1" in open_


def test_long_commands_are_broken_where_a_shell_joins_them() -> None:
    command = only(Kind.DEAD, label="runbook").command
    *others, last = command.split("\n")
    assert all(line.endswith(" \\") and len(line) <= LINE for line in others)
    assert not last.endswith("\\")


def test_a_block_is_made_and_attached_by_one_command(tmp_path: Path) -> None:
    """With a curl that prints what Letta answers, and what it was called with."""
    log, curl = tmp_path / "log", tmp_path / "curl"
    block = {"value": '"id":"block-0"', "label": "x", "base_template_id": "block-1", "id": "block-2ab-3"}
    curl.write_text(f"#!/bin/sh\necho \"$@\" >> {log}\ncat <<'END'\n{json.dumps(block)}\nEND\n")
    curl.chmod(0o755)
    subprocess.run(
        only(Kind.DEAD, OPEN, label="it's [/foo] $(true)").command,
        shell=True,
        check=True,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
    )
    made, attached = log.read_text().splitlines()
    assert '{"label": "it\'s [/foo] $(true)", "value": ""}' in made
    assert attached.endswith("/v1/agents/agent-1/core-memory/blocks/attach/block-2ab-3")
    assert "PATCH" in attached


def test_labels_of_the_server_are_escaped_and_ids_that_steer_a_terminal_give_no_command() -> None:
    command = only(Kind.DEAD, label=HOSTILE).command
    assert visible(command) == command
    assert json.loads(words(command)[words(command).index("--data-raw") + 1])["label"] == HOSTILE
    for id in ("conv-\x1b[31m", "conv-\n; reboot", "conv-\u202e"):
        assert only(Kind.STALE, conversation=Conversation(id=id, agent_id="agent-1")).command == ""
    odd = Conversation(id="conv-$(reboot) 'x", agent_id="agent-1")
    assert words(only(Kind.STALE, conversation=odd).command)[2] == odd.id
