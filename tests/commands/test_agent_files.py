"""`--from FILE` on agent files of every version: what is shown, compared and found, and which conversation is meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.app_helpers import ids, small_server
from tests.commands.conftest import Run
from tests.rules.memory.system_messages import (
    Shown,
    attributes,
    characters,
    characters_lines,
    lines,
    old_system,
    plain,
    system,
)

Json = dict[str, Any]
Blocks = Callable[[list[Shown]], str]


def row(role: str, text: str | None, **fields: Any) -> Json:
    content = [] if text is None else [{"type": "text", "text": text}]
    return {"role": role, "content": content, "created_at": "2025-04-01T03:47:19", **fields}


def call(name: str, call_id: str, **arguments: Any) -> Json:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"id": call_id, "type": "function", "function": function}


def old_file(*rows: Json, blocks: dict[str, str] | None = None, **fields: Any) -> Json:
    """A file of the format before 0.10."""
    held = [{"label": label, "value": value, "limit": 5000} for label, value in (blocks or {}).items()]
    return {
        "agent_type": "memgpt_agent",
        "name": "helper",
        "version": "0.6.47",
        "core_memory": held,
        "messages": list(rows),
        "in_context_message_indices": list(range(len(rows))),
        **fields,
    }


def new_file(*agents: tuple[str, list[Json]], blocks: dict[str, str] | None = None) -> Json:
    """A file of the format since 0.10, each agent with its rows."""
    held = [
        {"id": f"block-{at}", "label": label, "value": value}
        for at, (label, value) in enumerate((blocks or {}).items())
    ]
    return {
        "agents": [
            {
                "id": f"agent-{at}",
                "name": name,
                "block_ids": [block["id"] for block in held],
                "messages": [{**one, "id": f"message-{at}-{index}"} for index, one in enumerate(rows)],
                "in_context_message_ids": [f"message-{at}-{index}" for index in range(len(rows))],
            }
            for at, (name, rows) in enumerate(agents)
        ],
        "blocks": held,
    }


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Json], str]:
    """Write an agent file; returns its path."""

    def write(held: Json) -> str:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.af"
        path.write_text(json.dumps(held))
        return str(path)

    return write


Save = Callable[[Json], str]


# calls and returns


@pytest.mark.parametrize("name", [None, "helper", "send_message"])
def test_the_returns_of_send_message_have_their_calls(letta: Run, save: Save, name: str | None) -> None:
    file = save(
        old_file(
            row("system", "You are."),
            row("assistant", "Booting.", tool_calls=[call("send_message", "call-1", message="hello")]),
            row("tool", '{"status": "OK", "message": null, "time": "x"}', tool_call_id="call-1", name=name),
            row("user", "hi"),
        )
    )
    ended = letta("check", "--json", "--from", file)
    assert (ended.code, ended.json["findings"]) == (0, [])
    shown = letta("show", "--from", file).out
    assert "▫ reasoning" in shown
    assert "Booting." in shown
    assert "hello" in shown
    assert "✓ success" in shown


def test_a_return_that_has_no_call_is_still_found(letta: Run, save: Save) -> None:
    rows = [row("system", "You are."), row("user", "hi")]
    file = save(old_file(*rows, row("tool", '{"status": "OK", "message": "x"}', tool_call_id="call-9")))
    (found,) = letta("check", "--json", "--from", file).json["findings"]
    assert (found["kind"], found["ids"]["call"]) == ("return-without-call", "call-9")


def test_the_result_of_a_client_is_shown_and_answers_its_call(letta: Run, save: Save) -> None:
    packed = json.dumps({"status": "OK", "message": "README.md", "time": "x"})
    answer = {
        "tool_call_id": "c",
        "status": "success",
        "stdout": None,
        "stderr": None,
        "func_response": packed,
    }
    rows = [
        row("system", "You are."),
        row("approval", None, tool_calls=[call("LS", "c", path=".")]),
        row("approval", None, tool_calls=None, approvals=[answer]),
        row("user", "thanks"),
    ]
    file = save(new_file(("coder", rows)))
    assert letta("check", "--json", "--from", file).json["findings"] == []
    shown = letta("show", "--from", file).out
    assert "client returned success" in shown
    assert "    README.md" in shown
    assert "no verdict" not in shown


def test_a_note_of_a_compaction_with_a_role_of_its_own_is_a_summary(letta: Run, save: Save) -> None:
    note = json.dumps({"type": "system_alert", "message": "Note: 9 messages have been hidden."})
    file = save(new_file(("Ada", [row("system", "You are."), row("summary", note), row("user", "hi")])))
    shown = letta("show", "--from", file).out
    assert "≡ summary" in shown
    assert "Note: 9 messages have been hidden." in shown


def test_a_row_that_shows_nothing_is_no_missing_message(letta: Run, save: Save) -> None:
    file = save(new_file(("Ada", [row("system", "You are."), row("assistant", None), row("user", "hi")])))
    assert letta("check", "--json", "--from", file).json["findings"] == []


# memory


@pytest.mark.parametrize("render", [characters, characters_lines, attributes, lines, plain])
def test_old_memory_is_compared(letta: Run, save: Save, render: Blocks) -> None:
    around = system if render in (lines, plain) else old_system
    text = around(render([Shown("human", "Name: Sam"), Shown("persona", "I am\nAda.")]))
    stored = {"human": "Name: Samuel", "persona": "I am\nAda."}
    for held in (
        old_file(row("system", text), blocks=stored),
        new_file(("Ada", [row("system", text)]), blocks=stored),
    ):
        file = save(held)
        memory = letta("show", "--json", "--from", file).json["memory"]
        assert {name: label["state"] for name, label in memory.items()} == {
            "human": "stale",
            "persona": "live",
        }
        assert memory["human"]["compiled"] == "Name: Sam"
        (found,) = letta("check", "--json", "--from", file).json["findings"]
        assert (found["kind"], found["label"]) == ("stale", "human")
        ended = letta("diff", "--from", file)
        assert (ended.code, "-Name: Sam\n" in ended.out, "+Name: Samuel\n" in ended.out) == (1, True, True)
        assert "✓ live" in letta("blocks", "--from", file).out


def test_a_form_that_is_not_compared_is_not_said_to_be_missing(letta: Run, save: Save) -> None:
    text = "You are.\n### Memory [last modified: 2025-04-01]\nmine: Name: Sam"
    file = save(old_file(row("system", text), blocks={"human": "Name: Sam"}))
    for command in ("check", "show", "blocks --label human", "diff"):
        ended = letta(*command.split(), "--from", file)
        words = " ".join(f"{ended.out} {ended.err}".split())
        assert "a format of Letta 0.x that is not compared" in words, command
        assert "no memory" not in words


@pytest.mark.parametrize("render", [plain, lines, characters, attributes])
def test_a_label_with_a_line_end_hides_no_other(letta: Run, save: Save, render: Blocks) -> None:
    around = old_system if render in (characters, attributes) else system
    blocks = {"human": "Name: Sam", "two\nlines": "x", "zone": "UTC"}
    text = around(render([Shown(label, value) for label, value in blocks.items()]))
    file = save(new_file(("Ada", [row("system", text)]), blocks=blocks))
    memory = letta("show", "--json", "--from", file).json["memory"]
    assert {name: label["state"] for name, label in memory.items()} == dict.fromkeys(blocks, "live")
    assert letta("check", "--from", file).code == 0
    assert letta("diff", "--from", file).code == 0
    assert "two ⏎ lines" in letta("blocks", "--from", file).out


# which conversation


@pytest.mark.parametrize("command", ["show", "check", "blocks", "diff", "export"])
def test_the_only_agent_of_a_file_need_not_be_named(letta: Run, save: Save, command: str) -> None:
    file = save(new_file(("Ada", [row("system", "You are.")])))
    ended = letta(command, "default", "--from", file)
    assert (ended.code, ended.err.count("--agent")) == (0, 0)
    assert letta(command, "default", "--agent", "Ada", "--from", file).out == ended.out


def test_one_of_several_agents_has_to_be_named(letta: Run, save: Save) -> None:
    file = save(new_file(("Ada", [row("system", "You are.")]), ("Bell", [row("system", "You are.")])))
    ended = letta("show", "default", "--from", file)
    assert ended.code == 2
    assert "--agent" in ended.err
    assert "Ada (agent-0), Bell (agent-1)" in ended.err
    assert letta("show", "default", "--agent", "Bell", "--from", file).code == 0


def test_the_default_conversation_that_a_bundle_lacks_is_not_there(letta: Run, tmp_path: Path) -> None:
    server = small_server("One", name="Ada")
    (wanted,) = ids(server)
    file = str(tmp_path / "one.json")
    assert letta("export", wanted, "--demo", "-o", file, server=server).code == 0
    for command in ("show", "check", "blocks"):
        for whose in ([], ["--agent", "Ada"]):
            ended = letta(command, "default", *whose, "--from", file)
            assert (ended.code, ended.out) == (2, "")
            assert "the default conversation of Ada is not in the file" in ended.err
    assert "default" not in letta("list", "--from", file).out
