"""`letta-tui blocks`: the memory of one conversation, label by label, with what its model reads of each."""

from __future__ import annotations

from tui.api.client import LettaClient
from tui.api.errors import LettaError
from tui.api.opening import Opened
from tui.commands.selection import opened
from tui.commands.session import Call, NotChosen, code_for, put, put_json, say, width
from tui.domain.columns import table
from tui.domain.export import blocks_json
from tui.domain.listing import label_table
from tui.domain.memory import Label, memory
from tui.domain.memory_items import memory_items
from tui.domain.memory_mode import Mode
from tui.domain.plain import item_lines
from tui.domain.text import one_line, plural


def run(call: Call) -> int:
    """Print the blocks of the conversation that the arguments name; returns the exit code."""

    async def act(client: LettaClient) -> int:
        found = await opened(client, call, "blocks")
        labels = chosen(found, call.flags["label"])
        if call.flags["json"]:
            put_json(blocks_json(found, labels))
        elif call.flags["label"]:
            keys = {f"label-{label.name}" for label in labels}
            for item in memory_items(found, Mode.VALUE, call.clock()):
                if item.key in keys:
                    put("\n".join(item_lines(item)) + "\n")
        else:
            lines, cut = table(label_table(labels), width())
            put("".join(f"{line}\n" for line in lines))
            tail = f", {plural(cut, 'line')} cut at the terminal's width: --json has all" if cut else ""
            say(f"{plural(len(labels), 'label')} of {one_line(found.conversation.id, 60)}{tail}")
        return failed(found)

    return call.served(act)


def chosen(found: Opened, names: list[str] | None) -> list[Label]:
    """The labels that were asked for, or all of them."""
    labels = memory(found).labels
    if not names:
        return list(labels)
    known = {label.name: label for label in labels}
    strange = [name for name in names if name not in known]
    if strange:
        there = one_line(", ".join(known), 300) or "none"
        raise NotChosen(f"no block of the label “{one_line(strange[0], 60)}”; there are: {there}")
    return [known[name] for name in dict.fromkeys(names)]


def failed(found: Opened) -> int:
    """The exit code where parts of the memory could not be read."""
    parts: list[object] = [found.context, found.shared, *(found.isolated or ())]
    return code_for(part for part in parts if isinstance(part, LettaError))
