"""`letta-tui diff`: where a conversation's blocks differ from the shared ones, and from what its model reads."""

from __future__ import annotations

from tui.api.client import LettaClient
from tui.commands.blocks import chosen, failed
from tui.commands.selection import opened
from tui.commands.session import FOUND, Call, put_exact, put_json, say
from tui.domain.export import comparison_json
from tui.domain.labels import BOTH, comparisons
from tui.domain.memory import State
from tui.domain.text import one_line, plural


def run(call: Call) -> int:
    """Compare the blocks of the conversation that the arguments name; 1 where anything differs."""
    against = call.flags["against"]

    async def act(client: LettaClient) -> int:
        found = await opened(client, call, "diff")
        labels = chosen(found, call.flags["label"])
        differing = list(comparisons(labels, (against,) if against else BOTH))
        if call.flags["json"]:
            put_json([comparison_json(one) for one in differing])
        else:
            for one in differing:
                put_exact("".join(one.unified()))
        for label in labels:
            if label.state is State.UNTOLD and against != "shared":
                say(f"cannot tell what the model reads of {one_line(label.name, 60)}: {label.why}")
        say(f"{plural(len(differing), 'difference')} in {plural(len(labels), 'label')}")
        code = failed(found)
        return code or (FOUND if differing else 0)

    return call.served(act)
