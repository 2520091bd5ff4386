"""The ways out of a finding, in words and as commands for a shell.

Each sentence says what it changes, costs and keeps. Commands are quoted, since ids and labels come from the server.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.letta.request_log import curl_words
from tui.model.text import plural
from tui.presentation.not_supported import FIRST_VERSIONS
from tui.rules.check.finding import Finding, Kind
from tui.rules.check.ways_out import Request, Way, WayOut, Why, ways_out
from tui.rules.memory.file_states import COMPILED_BY

if TYPE_CHECKING:
    from tui.model.opened import Opened

LINE = 92
"""Columns at which a command is broken into lines, each but the last with a backslash at its end."""

NAMES: Mapping[Way, str] = {
    Way.RECOMPILE: "recompile",
    Way.DENY: "deny",
    Way.CANCEL_RUN: "deny",
    Way.COMPACT: "compact",
    Way.FORK: "fork",
    Way.SET_CONTEXT: "set context",
    Way.DELETE: "delete",
    Way.ATTACH_BLOCK: "attach block",
    Way.RAISE_LIMIT: "raise limit",
    Way.IN_LETTA_CODE: "in Letta Code",
    Way.NONE: "none",
}
"""A short name for each way out."""

SENTENCES: Mapping[Way, str] = {
    Way.RECOMPILE: (
        "Recompile the system message: the model then reads the agent's blocks as they are now. All messages stay, no "
        "model is called, and a preview shows each label that would change."
    ),
    Way.DENY: (
        "Deny the pending call: the denial is stored as the result of the tool, which does not run, and the "
        "conversation accepts messages again. No model is called: the agent reads the denial at its next turn. If "
        "somebody answers the request at the same moment, Letta runs one step of the agent instead."
    ),
    Way.CANCEL_RUN: (
        "Cancel the waiting run: Letta stores a denial as the result of each pending call, no tool runs, and the "
        "conversation accepts messages again. No model is called: the agent reads the denial at its next turn."
    ),
    Way.COMPACT: (
        "Compact everything in context: a summary replaces all messages, including the broken ones. It costs one call "
        "of the model that writes the summary; the agent does not run. Earlier messages stay in the history, and the "
        "system message stays as it is. Do not do this while a turn is running."
    ),
    Way.FORK: (
        "Fork it: the fork begins with a new system message, which takes the place of the first message in context. "
        "Summary and isolation are not copied, no model is called, and this conversation stays as it is."
    ),
    Way.DELETE: (
        "Delete it: it has no messages to lose, and a new conversation does not have this problem. The app saves a "
        "copy first; the command does not."
    ),
    Way.ATTACH_BLOCK: (
        "Attach an empty block with this label to the agent: it can then read and edit this conversation's own copy "
        "again, whose text is unchanged. The agent's other conversations get the empty block when they are recompiled."
    ),
    Way.RAISE_LIMIT: "Raise the limit of the block to its current {characters}: its text stays as it is.",
}
SET_CONTEXT: Mapping[Kind, str] = {
    Kind.DUPLICATE_ID: "Set the list of ids in context, with each id only once",
    Kind.NO_MESSAGE: "Set the list of ids in context, without the id that has no message",
}
STAYS = (
    "No messages are deleted and no model is called. Do not do this while a turn is running: its messages would drop "
    "out of context."
)

LETTA_CODE: Mapping[Kind, str] = {
    Kind.FORGOTTEN: (
        "Compact or recompile this conversation in Letta Code, or start a new one: each compiles the prompt from the "
        "committed memory. Compacting replaces older messages with a summary; a new conversation starts without any."
    ),
    Kind.COMMITTED_SINCE: (
        f"The next turn is sent the edit anyway. To keep it in the prompt after that: {COMPILED_BY}."
    ),
    Kind.NOT_COMMITTED: (
        "Commit the file in the agent's memory folder, with git or in Letta Code. The next turn is then sent the edit "
        f"once; to keep it in the prompt: {COMPILED_BY}."
    ),
    Kind.RECOMPILE_DUE: "There is nothing to do: the next turn in Letta Code recompiles the prompt.",
    Kind.CALL: (
        "There is nothing to do: before the model is sent anything, the next turn in Letta Code stores an error as the "
        "result of the call."
    ),
    Kind.RETURN: (
        "Compact this conversation in Letta Code: a summary then replaces the older messages, for one call of a model. "
        "Otherwise the next turn takes the return out of context: the model no longer reads it, and it counts as a "
        "message that was left out."
    ),
    Kind.DUPLICATE_CALL: (
        "Compact this conversation in Letta Code once one of the two calls is among the older messages: a summary then "
        "replaces them, for one call of a model. The newest messages stay, and a turn leaves both calls."
    ),
}
NO_WAY: Mapping[Why, str] = {
    Why.ISOLATED: (
        "a recompile writes the agent's shared values over this conversation's isolated ones, and only the automatic "
        "compaction of a turn compiles those. The preview of a recompile (C in the app) shows what would change"
    ),
    Why.ISOLATION_UNKNOWN: (
        "it does not report isolated blocks, and a recompile would write the shared values over them. The "
        "preview of a recompile (C in the app) shows what would change"
    ),
    Why.LOST: (
        "only the automatic compaction of a turn compiles isolated values again. This conversation's own block still "
        "has its text, and the agent's tools edit that"
    ),
    Why.LEFT_OUT: (
        "nothing puts a message back into context. The history (H in the app) shows what was left out, and Y copies it"
    ),
    Why.BLOCK_GONE: (
        "no request isolates a block in an existing conversation. A new conversation can isolate it from the start"
    ),
    Why.TOOL_WOULD_RUN: (
        "another tool call of the same step is waiting too, and any answer, even a denial, runs that tool"
    ),
    Why.AGENT_WOULD_RUN: "the agent is in a group, and after a denial another agent of the group may run",
    Why.NOT_SEEN: "none is known to work for this finding",
    Why.TOO_LONG: "its context has too many ids for a command in a shell",
    Why.TOO_OLD: "its version is too old; later versions have a way out",
    Why.NEWER: "none has been tried on servers after Letta 0.16.8",
    Why.FILE: "a file can't be changed. Open the conversation on its server",
    Why.LOCAL: "none has been tried for this finding in Letta Code's local agents",
}
NOTHING_BROKEN = "Nothing is known to be broken: this could not be read or judged. Reading it again may help."


@dataclass(frozen=True)
class ShellServer:
    """How to reach the server from a shell: this program's options, and whether curl needs an API key."""

    base_url: str
    options: tuple[str, ...]
    keyed: bool
    is_file: bool = False
    """Whether a file is browsed, which no command can change."""


@dataclass(frozen=True)
class Described:
    """A way out as shown: `action` is the id of the app's action, `command` is for a POSIX shell; both may be ""."""

    kind: str
    name: str
    sentence: str
    action: str
    command: str

    @property
    def is_way(self) -> bool:
        """Whether this is a way out, and not the reason why there is none."""
        return self.kind != Way.NONE


@dataclass(frozen=True)
class Explained:
    """A finding with its ways out."""

    finding: Finding
    ways_out: tuple[Described, ...]


def explained(
    opened: Opened | None, findings: Iterable[Finding], server: ShellServer
) -> tuple[Explained, ...]:
    """Return findings with their ways out; `opened` is None if the conversation could not be read."""
    return tuple(
        Explained(
            finding,
            tuple(described(way, server) for way in ways_out(opened, finding, in_file=server.is_file)),
        )
        for finding in findings
    )


def described(way: WayOut, server: ShellServer) -> Described:
    """Return a way out as it is shown."""
    return Described(way.kind.value, NAMES[way.kind], sentence(way), way.action, command(way, server))


def sentence(way: WayOut) -> str:
    """Return a sentence about what a way out does, costs and keeps, or about why there is none."""
    if way.kind is Way.NONE:
        return _no_way(way)
    if way.kind is Way.IN_LETTA_CODE:
        return LETTA_CODE[way.about]
    if way.kind is Way.SET_CONTEXT:
        return f"{SET_CONTEXT[way.about]}. {STAYS}"
    return SENTENCES[way.kind].format(characters=plural(way.limit, "character"))


def _no_way(way: WayOut) -> str:
    if way.why is None or way.why is Why.NOTHING_BROKEN:
        return NOTHING_BROKEN
    reason = NO_WAY[way.why]
    if way.lacking is not None:
        what, first = FIRST_VERSIONS[way.lacking]
        reason = f"it cannot {what}, which Letta {first} is the first version to do"
    return f"No way out on this server: {reason}."


def command(way: WayOut, server: ShellServer) -> str:
    """Return the command of a way out, in lines that can be pasted into a POSIX shell; "" if it has none.

    There is none, either, if an id has a character that might control the terminal.
    """
    lines = _lines(way, server)
    return " \\\n".join(lines) if all(map(str.isprintable, lines)) else ""


def _lines(way: WayOut, server: ShellServer) -> list[str]:
    if way.words:
        return _broken([shlex.quote(word) for word in ("letta-tui", *way.words, *server.options)])
    if way.request is None:
        return []
    lines = _broken(_curl(way.request, server))
    if way.request.then:
        find = """grep -o '"id": *"block-[0-9a-f-]*"' | cut -d '"' -f 4"""
        attach = _curl(Request("PATCH", f"{way.request.then}{{}}"), server)
        lines += [f"  | {find}", *_broken(["  | xargs -I '{}'", *attach])]
    return lines


def _curl(request: Request, server: ShellServer) -> list[str]:
    body = None if request.body is None else ("--data-raw", _json(request.body))
    return curl_words(request.method, server.base_url + request.path, body, keyed=server.keyed)


def _json(body: Mapping[str, Any]) -> str:
    """The body in ASCII, so that nothing in it can control the terminal that it is pasted into."""
    return json.dumps(body)


def _broken(words: Sequence[str]) -> list[str]:
    """The words in lines of at most LINE columns, if they fit."""
    lines, line = list[str](), ""
    for word in words:
        joined = f"{line} {word}" if line else word
        if line and len(joined) > LINE - 2:
            lines.append(line)
            joined = f"  {word}"
        line = joined
    return [*lines, line]
