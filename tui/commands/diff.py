"""`letta-tui diff`: where a conversation's blocks differ from what its model reads, or two conversations differ."""

from __future__ import annotations

from tui.commands.arguments import Command, CommandParser, add_conversation, add_json
from tui.commands.blocks import report_unread, select_labels
from tui.commands.exit_codes import DONE, FOUND, UsageError, exit_code_of, report_failures
from tui.commands.invocation import Invocation
from tui.commands.output import print_message, write_exact, write_json
from tui.commands.selection import find_conversation, open_selected, select_conversation
from tui.flows.compare_conversations import CompareConversations
from tui.letta.client import LettaClient
from tui.model.errors import LettaError
from tui.model.opened import Evidence
from tui.model.text import one_line, plural
from tui.presentation.compare_conversations import compared_text, differences_text
from tui.presentation.json_output import compared_json, comparison_json
from tui.rules.memory.compare import EVERY, comparisons
from tui.rules.memory.label_states import LabelState


def run(invocation: Invocation) -> int:
    """Compare the blocks of a conversation, or two conversations; returns the exit code, 1 if they differ."""
    if invocation.arguments["other"] is not None:
        return _compare(invocation)
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


def _compare(invocation: Invocation) -> int:
    """Compare two whole conversations."""
    for option in ("label", "against"):
        if invocation.arguments[option]:
            raise UsageError(f"--{option} is for the blocks of one conversation, not for two")
    settings = invocation.settings

    async def print_comparison(client: LettaClient) -> int:
        first, agent = await select_conversation(client, invocation, "diff")
        second, _ = await find_conversation(
            client, invocation.arguments["other"], settings.agent, offline=settings.bundle is not None
        )
        flow = CompareConversations(client, invocation.clock, agent)
        compared = await flow.read((first, second))
        if invocation.arguments["json"]:
            write_json(compared_json(compared))
        else:
            write_exact(compared_text(compared, invocation.clock()))
        both = compared.first, compared.second
        unread = {one.opened.conversation.id: code for one in both if (code := _code_of_unread(one))}
        limits = f", of what could be read: no message of {one_line(' and '.join(unread), 200)} could be"
        print_message(f"{differences_text(compared)}{limits if unread else ''}")
        code = report_failures(part for one in both for part in one.parts)
        return code or max(unread.values(), default=FOUND if compared.differs else DONE)

    return invocation.run_on_server(print_comparison)


def _code_of_unread(evidence: Evidence) -> int:
    """The exit code where no message of a conversation could be read, so that the two were not compared; else 0."""
    context, history = evidence.opened.context, evidence.history
    if isinstance(context, LettaError) and isinstance(history, LettaError):
        return max(exit_code_of(context), exit_code_of(history))
    return DONE


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add_conversation(parser)
    parser.add_argument("other", nargs="?", metavar="OTHER", help="a conversation to compare it with")
    parser.add_argument("--label", action="append", metavar="L", help="this block only; may be repeated")
    parser.add_argument(
        "--against", choices=EVERY, metavar="A", help=f"one comparison only: {', '.join(EVERY)}"
    )
    add_json(parser)


COMMAND = Command(
    name="diff",
    usage="CONVERSATION [OTHER]",
    summary="where blocks differ",
    description="""\
Print where blocks differ: isolated (+) from shared (-), the current block (+)
from what the model reads (-), the work tree (+) from what is committed (-).
With OTHER, where two conversations differ (OTHER is +).
""",
    exit_codes="""\
Exit codes: 0 no difference, 1 differences, 2 usage or not found, 3 connection,
4 key refused, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent of the default conversation",
)
