"""`letta-tui diff`: where a conversation's blocks differ from the shared ones, and from what its model reads."""

from __future__ import annotations

from tui.commands.arguments import Command, CommandParser, add_conversation, add_json
from tui.commands.blocks import report_unread, select_labels
from tui.commands.exit_codes import FOUND
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, write_exact, write_json
from tui.commands.selection import open_selected
from tui.letta.client import LettaClient
from tui.model.text import one_line, plural
from tui.presentation.json_output import comparison_json
from tui.rules.memory.compare import EVERY, comparisons
from tui.rules.memory.label_states import LabelState


def run(invocation: Invocation) -> int:
    """Compare the blocks of the conversation that the arguments name; 1 where anything differs."""
    against = invocation.arguments["against"]

    async def print_differences(client: LettaClient) -> int:
        opened = await open_selected(client, invocation, "diff")
        labels = select_labels(opened, invocation.arguments["label"])
        differing = list(comparisons(labels, (against,) if against else EVERY))
        if invocation.arguments["json"]:
            write_json([comparison_json(one) for one in differing])
        else:
            for one in differing:
                write_exact("".join(one.unified()))
        for label in labels:
            if label.state is LabelState.UNKNOWN and against != "shared":
                print_message(f"what the model reads of {one_line(label.name, 60)} is unknown: {label.why}")
        print_message(f"{plural(len(differing), 'difference')} in {plural(len(labels), 'label')}")
        code = report_unread(opened)
        return code or (FOUND if differing else 0)

    return invocation.run_on_server(print_differences)


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add_conversation(parser)
    parser.add_argument("--label", action="append", metavar="L", help="this block only; may be repeated")
    parser.add_argument("--against", choices=EVERY, help="one comparison only")
    add_json(parser)


COMMAND = Command(
    name="diff",
    usage="CONVERSATION",
    summary="where blocks differ",
    description="""\
Print where blocks differ: isolated (+) from shared (-), and the current block
(+) from what the model reads (-), as a unified diff. Of memory in files, also
the work tree (+) from what is committed (-).
""",
    exit_codes="""\
Exit codes: 0 no difference, 1 differences, 2 usage or not there, 3 connection,
4 key refused, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent of the default conversation",
)
