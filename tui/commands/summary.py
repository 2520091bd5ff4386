"""`letta-tui summary`: print the summary of a conversation, or replace it as the editor does."""

from __future__ import annotations

import sys
from pathlib import Path

from tui.api.client import LettaClient
from tui.api.rows import DEFAULT, Conversation
from tui.commands.session import (
    CONNECTION,
    DONE,
    FOUND,
    Call,
    NotChosen,
    code_of,
    explained,
    put_exact,
    put_json,
    say,
)
from tui.domain.listing import listed_json
from tui.domain.saving import Conflicted, Edit, NotSaved, Outcome, Overtaken, Saved, save
from tui.domain.text import one_line, why_not_saved
from tui.domain.undoing import outcome_entries
from tui.storage.journal import Journal
from tui.storage.paths import state_dir

LARGEST = 16 * 1024 * 1024
"""Bytes of a summary that are read from a file."""


def run(call: Call) -> int:
    """Print or replace a summary; returns the exit code."""
    wanted = call.flags["wanted"] or call.flagged("conversation")
    if not wanted:
        raise NotChosen("summary needs the id of a conversation")
    if wanted == DEFAULT:
        raise NotChosen("the default conversation has no summary: it has no record of its own")
    if call.flags["act"] == "get":
        if call.flags["text"] is not None or call.flags["file"] or call.flags["if_was"] is not None:
            raise NotChosen("summary get takes no text")
        return call.served(lambda client: _get(client, call, wanted))
    text = _text(call)
    problem = why_not_saved(text)
    if problem is not None:
        raise NotChosen(problem)
    return call.served(lambda client: _set(client, call, wanted, text), writes=True)


def _text(call: Call) -> str:
    """What the arguments, a file or standard input hold; one line end at the end is that of the shell."""
    given, file = call.flags["text"], call.flags["file"]
    if (given is None) == (file is None):
        raise NotChosen("summary set needs either the text, - for standard input, or --file")
    if given is not None and given != "-":
        return str(given)
    try:
        data = sys.stdin.buffer.read(LARGEST + 1) if file in (None, "-") else _read(Path(file))
        text = data.decode("utf-8")
    except OSError as problem:
        raise NotChosen(f"the text cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise NotChosen("the text is no UTF-8") from None
    if len(data) > LARGEST:
        raise NotChosen(f"the text has more than {LARGEST // 1024 // 1024} MiB")
    return text.removesuffix("\n")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


async def _get(client: LettaClient, call: Call, wanted: str) -> int:
    found = await client.conversation(wanted)
    if call.flags["json"]:
        put_json({"conversation": found.id, "summary": found.summary})
    elif found.summary:
        put_exact(found.summary + "\n")
    else:
        say("no summary")
    return DONE


async def _set(client: LettaClient, call: Call, wanted: str, text: str) -> int:
    found = await client.conversation(wanted)
    expected = call.flags["if_was"]
    began = found.summary if expected is None else expected
    edit = Edit(found.id, found.agent_id, began, text)
    outcome = await save(client, edit)
    _note(client, call, edit, outcome)
    if isinstance(outcome, Saved):
        say("saved" if outcome.wrote else "nothing to do: the server holds this text")
        if call.flags["json"]:
            put_json(listed_json(outcome.conversation))
        return DONE
    if isinstance(outcome, Conflicted):
        return _theirs("not saved: the summary is another", outcome.theirs)
    if isinstance(outcome, Overtaken):
        return _theirs("saved, and overtaken by somebody else's text", outcome.theirs)
    say(f"letta-tui: {explained(outcome.error)}")
    if isinstance(outcome, NotSaved):
        return code_of(outcome.error)
    say("it may or may not have been saved: summary get tells")
    return CONNECTION


def _theirs(words: str, theirs: Conversation) -> int:
    say(f"{words}: “{one_line(theirs.summary or '', 300)}”")
    return FOUND


def _note(client: LettaClient, call: Call, edit: Edit, outcome: Outcome) -> None:
    """Into the journal, so that the screen can take it back; the demo is forgotten, and so is its journal."""
    if call.settings.demo:
        return
    journal = Journal(state_dir() / "journal")
    try:
        for entry in outcome_entries(call.clock(), client.wire.base_url, edit, outcome):
            journal.append(entry)
    except OSError as trouble:
        say(f"letta-tui: not noted for undo: {trouble.strerror}")
