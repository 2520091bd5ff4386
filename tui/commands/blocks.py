"""`letta-tui blocks`: the memory of one conversation, label by label, with what its model reads of each."""

from __future__ import annotations

from tui.commands.exit_codes import UsageError, report_failures
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, terminal_width, write, write_json
from tui.commands.selection import open_selected
from tui.letta.client import LettaClient
from tui.model.errors import LettaError
from tui.model.opened import Opened
from tui.model.text import one_line, plural
from tui.presentation.json_output import blocks_json
from tui.presentation.memory_items import memory_items
from tui.presentation.plain_text import item_lines
from tui.presentation.table_rows import label_table
from tui.presentation.text_table import table
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import Label
from tui.rules.view_state import MemoryMode


def run(invocation: Invocation) -> int:
    """Print the blocks of the conversation that the arguments name; returns the exit code."""

    async def act(client: LettaClient) -> int:
        found = await open_selected(client, invocation, "blocks")
        labels = chosen(found, invocation.arguments["label"])
        if invocation.arguments["json"]:
            write_json(blocks_json(found, labels))
        elif invocation.arguments["label"]:
            keys = {f"label-{label.name}" for label in labels}
            for item in memory_items(found, MemoryMode.VALUE, invocation.clock()):
                if item.key in keys:
                    write("\n".join(item_lines(item)) + "\n")
        else:
            lines, cut = table(label_table(labels), terminal_width())
            write("".join(f"{line}\n" for line in lines))
            tail = f", {plural(cut, 'line')} cut at the terminal's width: --json has all" if cut else ""
            print_message(f"{plural(len(labels), 'label')} of {one_line(found.conversation.id, 60)}{tail}")
        return failed(found)

    return invocation.run_on_server(act)


def chosen(found: Opened, names: list[str] | None) -> list[Label]:
    """The labels that were asked for, or all of them."""
    labels = memory_of(found).labels
    if not names:
        return list(labels)
    known = {label.name: label for label in labels}
    strange = [name for name in names if name not in known]
    if strange:
        there = one_line(", ".join(known), 300) or "none"
        raise UsageError(f"no block of the label “{one_line(strange[0], 60)}”; there are: {there}")
    return [known[name] for name in dict.fromkeys(names)]


def failed(found: Opened) -> int:
    """The exit code where parts of the memory could not be read."""
    parts: list[object] = [found.context, found.shared, *(found.isolated or ())]
    return report_failures(part for part in parts if isinstance(part, LettaError))
