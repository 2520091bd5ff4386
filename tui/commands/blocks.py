"""`letta-tui blocks`: the memory of one conversation, label by label, with what its model reads of each."""

from __future__ import annotations

from tui.commands.arguments import Command, CommandParser, add_conversation, add_json
from tui.commands.exit_codes import UsageError, report_failures
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, terminal_width, write, write_json
from tui.commands.selection import open_selected
from tui.letta.client import LettaClient
from tui.model.errors import LettaError
from tui.model.opened import Opened
from tui.model.text import one_line, plural
from tui.presentation.json_output import blocks_json
from tui.presentation.memory_items import MEMORY_IN_GIT, memory_items
from tui.presentation.plain_text import item_lines
from tui.presentation.table_rows import label_table
from tui.presentation.text_table import table
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import Label
from tui.rules.view_state import MemoryMode


def run(invocation: Invocation) -> int:
    """Print the blocks of the conversation that the arguments name; returns the exit code."""

    async def print_blocks(client: LettaClient) -> int:
        opened = await open_selected(client, invocation, "blocks")
        labels = select_labels(opened, invocation.arguments["label"])
        if invocation.arguments["json"]:
            write_json(blocks_json(opened, labels))
        elif invocation.arguments["label"]:
            keys = {f"label-{label.name}" for label in labels}
            for item in memory_items(opened, MemoryMode.VALUE, invocation.clock()):
                if item.key in keys:
                    write("\n".join(item_lines(item)) + "\n")
        else:
            lines, cut = table(label_table(labels), terminal_width())
            write("".join(f"{line}\n" for line in lines))
            tail = f", {plural(cut, 'line')} cut at the terminal's width: --json shows all" if cut else ""
            print_message(f"{plural(len(labels), 'label')} of {one_line(opened.conversation.id, 60)}{tail}")
        if opened.agent.keeps_memory_in_git and opened.local is None:
            print_message(MEMORY_IN_GIT)
        return report_unread(opened)

    return invocation.run_on_server(print_blocks)


def select_labels(opened: Opened, names: list[str] | None) -> list[Label]:
    """The labels of these names, or all of them."""
    labels = memory_of(opened).labels
    if not names:
        return list(labels)
    known = {label.name: label for label in labels}
    unknown = [name for name in names if name not in known]
    if unknown:
        existing = one_line(", ".join(known), 300) or "none"
        raise UsageError(f"no block with the label “{one_line(unknown[0], 60)}”; there are: {existing}")
    return [known[name] for name in dict.fromkeys(names)]


def report_unread(opened: Opened) -> int:
    """Print which parts of the memory could not be read; returns the exit code."""
    local = () if opened.local is None else (opened.local.prompt, opened.local.files)
    parts: list[object] = [opened.context, opened.shared, *(opened.isolated or ()), *local]
    return report_failures(part for part in parts if isinstance(part, LettaError))


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add_conversation(parser)
    parser.add_argument(
        "--label", action="append", metavar="L", help="only this block, in full; may be repeated"
    )
    add_json(parser)


COMMAND = Command(
    name="blocks",
    usage="CONVERSATION",
    summary="what the model reads",
    description="""\
Print the memory of one conversation, label by label, and its state: live,
stale, isolation lost, shared leaked in, missing, dead or removed; for memory
in files also forgotten edit, sent once at the next turn or not committed.
""",
    exit_codes="""\
Exit codes: 0 done, 2 usage or not found, 3 connection, 4 key refused,
130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent of the default conversation",
)
