"""What is shown before a fork."""

from __future__ import annotations

import pytest

from tests.app_helpers import NOW, ids, small_server
from tests.flows.test_create_on_servers import talk
from tests.flows.test_write import client_of, isolated_server, opened_of
from tests.servers_known import known
from tui.backends.demo.transport import DemoTransport
from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.message import Message
from tui.model.opened import Context, Opened
from tui.presentation.changes import fork

pytestmark = pytest.mark.anyio


async def test_what_a_fork_does_not_copy_is_shown() -> None:
    transport = isolated_server()
    shown = fork.consequences(await opened_of(client_of(transport), transport))
    assert not shown.forced
    assert "Isolation and summary are not copied" in shown.text
    assert "2 isolated blocks" in shown.text
    assert {item.title: item.head for item in shown.items} == {
        "human": "≠ differs from shared",
        "project": "= same as shared",
    }


async def test_forking_the_default_conversation_needs_the_second_key() -> None:
    transport = small_server()
    shown = fork.consequences(await opened_of(client_of(transport), transport, "default"))
    assert shown.forced
    assert "permanently empties its own message list" in shown.text
    assert "would share no messages, because only the system message is in context; isolation" in shown.text


async def read(transport: DemoTransport) -> Opened:
    """The only conversation of a server, after its list, which shows what the server is."""
    client = client_of(transport)
    await client.conversations("", limit=1)
    return await opened_of(client, transport, ids(transport)[0])


async def test_where_nothing_is_isolated_isolation_is_no_matter() -> None:
    transport, _ = talk("cloud")
    shown = fork.consequences(await read(transport))
    assert "solat" not in shown.text
    assert "The summary is not copied" in shown.text
    assert shown.part == ""


@pytest.mark.parametrize(
    ("at", "words", "offered"),
    [
        (0, "m forks only up to the selected message: 0 messages, without the 4 after it.", True),
        (2, "m forks only up to the selected message: 2 messages, without the 2 after it.", True),
        (4, "The selected message is the last in context: a fork up to it shares everything.", False),
    ],
)
async def test_what_a_fork_up_to_the_selected_message_shares_is_counted(
    at: int, words: str, offered: bool
) -> None:
    transport, context = talk("cloud")
    shown = fork.consequences(await read(transport), context[at])
    assert words in shown.text
    assert bool(shown.part) is offered
    assert not shown.forced


async def test_a_message_before_the_context_is_no_end_of_a_fork() -> None:
    transport, _ = talk("cloud")
    shown = fork.consequences(await read(transport), "message-of-old")
    assert "not in context, so a fork cannot end there" in shown.text
    assert shown.part == ""


async def test_where_the_context_is_not_reported_the_server_decides() -> None:
    transport, context = talk("cloud")
    opened = await read(transport)
    assert isinstance(opened.context, Context)
    untold = Opened(**{**vars(opened), "context": Context(None, opened.context.messages)})
    shown = fork.consequences(untold, context[2])
    assert "if it is in context on the server" in shown.text
    assert shown.part == "Fork up to the message"


async def test_a_server_up_to_0_16_8_forks_whole_conversations_only() -> None:
    transport, context = talk("self-hosted")
    shown = fork.consequences(await read(transport), context[2])
    assert "A fork up to one message isn't supported by this server: it forks all" in shown.text
    assert shown.part == ""
    assert "isn't supported" not in fork.consequences(await read(transport)).text


def test_a_fork_that_would_part_a_call_from_its_return_says_so() -> None:
    call = {"name": "search", "arguments": "{}", "tool_call_id": "call-1"}
    sent: tuple[dict[str, object], ...] = (
        {"id": "message-s", "message_type": "system_message", "content": ""},
        {"id": "message-1", "message_type": "user_message", "content": "look it up"},
        {"id": "message-2", "message_type": "tool_call_message", "tool_calls": [call]},
        {
            "id": "message-3",
            "message_type": "tool_return_message",
            "tool_call_id": "call-1",
            "tool_return": "x",
        },
        {"id": "message-4", "message_type": "assistant_message", "content": "done"},
    )
    context = Context(tuple(str(one["id"]) for one in sent), tuple(map(Message.read, sent)))
    opened = Opened(
        Conversation(id="conv-1"),
        Agent(id="agent-1"),
        NOW,
        context,
        (),
        (),
        supported=known(has=["fork-from-message"]),
    )
    assert "1 tool call would have no return" in fork.consequences(opened, "message-2").text
    assert "no return" not in fork.consequences(opened, "message-3").text
