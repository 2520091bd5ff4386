"""Reading a conversation: messages in context, memory beside what the agent shares, every field."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.app_helpers import (
    NARROW,
    NOW,
    WIDE,
    asked,
    focused_id,
    ids,
    main_screen,
    only_agent,
    pane_text,
    post_keys,
    press,
    press_until_held,
    reader_text,
    resize,
    row_id,
    screen_text,
    settle,
    small_server,
    started,
    until,
)
from tui.backends.demo.transport import DemoTransport
from tui.ui.widgets.reader import Reader

pytestmark = pytest.mark.anyio


def told(transport: DemoTransport, conversation_id: str, count: int = 3) -> None:
    """A few turns of a conversation."""
    for number in range(count):
        transport.store.add_message(conversation_id, "user", f"question {number}")
        transport.store.add_message(conversation_id, "assistant", f"answer {number}")


async def test_messages_in_context_stand_in_their_order_with_the_system_prompt_folded() -> None:
    """Glyph and word for each; the system prompt is one line until space unfolds it."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    told(transport, wanted)
    async with started(transport) as (app, pilot):
        words = pane_text(app, "#messages")
        places = [words.index(part) for n in range(3) for part in (f"question {n}", f"answer {n}")]
        assert places == sorted(places)
        assert "⚙ system" in words
        assert "▪ user" in words
        assert "<base_instructions>" not in words or "▸" in words
        assert "7 in context" in pane_text(app, "#facts")
        folded = len(words)
        await press(pilot, "enter", "g", "space")
        assert "You are an engineer's assistant" in pane_text(app, "#messages")
        await press(pilot, "space")
        assert len(pane_text(app, "#messages")) == folded


async def test_a_compacted_conversation_shows_what_the_model_sees_and_nothing_else() -> None:
    """200 rows are hidden behind a summary; the list of the server would show them first."""
    async with started() as (app, _):
        words = reader_text(app, "messages")
        assert "13 in context" in pane_text(app, "#facts")
        assert "replaces earlier messages" in words
        assert "Can you split the invoice module?" in words
        assert "Next: billing/" not in words
        assert words.index("Goal: split billing/invoice.py") < words.index("that cent has been missing")


async def test_every_message_type_of_the_demo_is_shown_and_the_unknown_one_is_kept_raw() -> None:
    """Tool calls, returns, approvals, hidden reasoning, summaries, and a type from a newer server."""
    transport = DemoTransport(now=NOW)
    wanted = next(
        row.id for row in transport.store.conversations.values() if row.summary == "One of every message type"
    )
    async with started(transport, conversation=wanted) as (app, pilot):
        reader = main_screen(app).query_one("#messages", Reader)
        kinds = {item.word for item in reader.items}
        assert {"system", "user", "assistant", "reasoning", "tool call", "tool return"} <= kinds
        words = reader_text(app, "messages")
        for part in ("rolled 20", "negative sides", "too risky", "telepathy_message", "a_newer_server"):
            assert part in words
        await press(pilot, "enter", "G")
        assert "newer server" in pane_text(app, "#messages")
        await press(pilot, *["k"] * 12)
        assert app.is_running


async def test_m_b_i_show_the_three_panes_and_the_list_keeps_the_keys() -> None:
    """One letter each, and back."""
    async with started() as (app, pilot):
        for key, tab in (("b", "memory"), ("i", "info"), ("m", "messages")):
            await press(pilot, key)
            assert main_screen(app).panes.detail.tabs.active == tab
            assert main_screen(app).query_one(f"#{tab}").display
            assert main_screen(app).panes.list.has_focus
        await press(pilot, "b", "j")
        assert main_screen(app).panes.detail.tabs.active == "memory"


async def test_memory_says_which_isolated_blocks_differ_and_which_are_the_same() -> None:
    """Both values stand beside each other where they differ."""
    transport = small_server(blocks={"human": "Robin", "project": "ledger", "persona": "Ada"})
    agent_id = only_agent(transport)
    store = transport.store
    wanted = store.add_conversation(agent_id, "Isolated", ["human", "project"])
    own = store.conversations[wanted].isolated
    store.set_block(own[1], "importer, not ledger")
    async with started(transport) as (app, pilot):
        await press(pilot, "b")
        words = pane_text(app, "#memory")
        assert "= same" in words
        assert "≠ differs" in words
        assert "importer, not ledger" in words
        assert "persona" in reader_text(app, "memory")
        assert own[1] in reader_text(app, "memory")
        await resize(pilot, (160, 36))
        assert "1 differs" in pane_text(app, "#facts")


async def test_memory_says_which_isolated_block_nobody_can_see_any_more() -> None:
    """The label was detached from the agent: the copy is there, and the agent cannot read it."""
    transport = small_server()
    agent_id = only_agent(transport)
    transport.store.add_conversation(agent_id, "Dead letter", ["project"])
    transport.store.detach(agent_id, "project")
    async with started(transport) as (app, pilot):
        await press(pilot, "b")
        assert "dead" in pane_text(app, "#memory")


async def test_memory_says_where_the_server_does_not_report_isolated_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An older server leaves the field out: that is unknown, not none."""
    from tui.backends.demo.records import Conversation

    whole = Conversation.json

    def older(self: Conversation, in_context: list[str] | None = None) -> dict[str, object]:
        return {key: value for key, value in whole(self, in_context).items() if key != "isolated_block_ids"}

    monkeypatch.setattr(Conversation, "json", older)
    async with started(small_server("One")) as (app, pilot):
        await press(pilot, "b")
        assert "does not report isolated blocks" in pane_text(app, "#memory")
        await resize(pilot, (160, 36))
        assert "not reported" in pane_text(app, "#facts")
        await press(pilot, "i")
        assert "not reported" in pane_text(app, "#info")


async def test_a_block_that_cannot_be_read_spoils_only_itself() -> None:
    """One of two isolated blocks answers 500: the other one and the messages stand."""
    transport = small_server()
    wanted = transport.store.add_conversation(only_agent(transport), "Two", ["human", "project"])
    broken = transport.store.conversations[wanted].isolated[0]
    transport.fail(500, path=broken)
    async with started(transport) as (app, pilot):
        await press(pilot, "b")
        words = reader_text(app, "memory")
        assert broken in words
        assert "the server failed (500" in words
        assert "= same" in words
        assert "⚙ system" in pane_text(app, "#detail") or "system" in reader_text(app, "messages")


async def test_info_shows_every_field_with_absolute_times_and_whole_ids() -> None:
    """Times to the second with their zone, relative beside."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    transport.store.conversations[wanted].created_at = NOW - timedelta(hours=3)
    async with started(transport) as (app, pilot):
        await press(pilot, "i")
        words = pane_text(app, "#info")
        assert wanted in words
        assert only_agent(transport) in words
        assert "2026-03-14 06:26:53 UTC (3 h ago)" in words


async def test_y_copies_the_whole_id_and_shift_y_the_text_as_the_server_has_it() -> None:
    """From the list the conversation's, from a reader the selected item's."""
    text = "two\r\nlines \u202e and more"
    transport = small_server(text)
    (wanted,) = ids(transport)
    message = transport.store.add_message(wanted, "user", "hello there")
    async with started(transport) as (app, pilot):
        await press(pilot, "y")
        assert app.clipboard == wanted
        await press(pilot, "Y")
        assert app.clipboard == text
        await press(pilot, "enter", "G", "y")
        assert app.clipboard == message
        await press(pilot, "Y")
        assert app.clipboard == "hello there"


async def test_x_shows_the_raw_answer_and_escape_leads_back() -> None:
    """Of the conversation from the list, of a message from the reader."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    transport.store.add_message(wanted, "user", "hello there")
    async with started(transport) as (app, pilot):
        await press(pilot, "x")
        assert f'"id": "{wanted}"' in screen_text(app)
        await press(pilot, "escape", "enter", "G", "x")
        assert '"message_type": "user_message"' in screen_text(app)
        await press(pilot, "escape")
        assert focused_id(app) == "messages"


async def test_a_message_that_arrives_meanwhile_comes_with_r_and_the_place_is_kept() -> None:
    """r in the reader reads the conversation again; the selected message stays selected."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    told(transport, wanted, 20)
    async with started(transport) as (app, pilot):
        await press(pilot, "enter", *["j"] * 7)
        reader = main_screen(app).panes.detail.reader
        selected, top = reader.item, pane_text(app, "#messages")[:200]
        assert selected is not None
        transport.store.add_message(wanted, "user", "the latest news")
        await press(pilot, "r")
        assert reader.item is not None
        assert reader.item.key == selected.key
        assert pane_text(app, "#messages")[:200] == top
        await press(pilot, "G")
        assert "the latest news" in pane_text(app, "#messages")


async def test_ctrl_d_and_ctrl_u_scroll_the_detail_while_the_list_keeps_the_keys() -> None:
    """Reading along without leaving the list."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    told(transport, wanted, 40)
    async with started(transport) as (app, pilot):
        top = pane_text(app, "#messages")
        await press(pilot, "ctrl+d", "ctrl+d")
        assert pane_text(app, "#messages") != top
        assert main_screen(app).panes.list.has_focus
        assert row_id(app) == wanted
        await press(pilot, "ctrl+u", "ctrl+u")
        assert pane_text(app, "#messages") == top


async def test_the_default_conversation_shows_the_messages_of_the_agent_itself() -> None:
    """◆ has no record of its own, and is readable all the same."""
    transport = small_server("One")
    transport.store.add_message(only_agent(transport), "user", "straight to the agent")
    async with started(transport) as (app, pilot):
        await press(pilot, "k")
        assert "default conversation" in pane_text(app, "#title")
        assert "straight to the agent" in pane_text(app, "#messages")
        await press(pilot, "b")
        assert "reads the agent's shared ones" in pane_text(app, "#memory")


async def test_a_summary_changed_by_somebody_else_is_shown_once_read() -> None:
    """Row and title follow what the server says when the conversation is read again."""
    transport = small_server("Before", "Other")
    wanted, _ = ids(transport)
    async with started(transport) as (app, pilot):
        transport.store.set_summary(wanted, "After")
        await press(pilot, "enter", "r")
        assert "After" in pane_text(app, "#title")
        assert "After" in pane_text(app, "#list")


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_huge_messages_are_folded_and_open_whole(size: tuple[int, int]) -> None:
    """A tool return of 300,000 characters and a line of 100,000: to the end and back."""
    transport = DemoTransport(now=NOW)
    wanted = next(
        row.id for row in transport.store.conversations.values() if row.summary == "The log, all of it"
    )
    async with started(transport, conversation=wanted, size=size) as (app, pilot):
        await press(pilot, "enter")
        reader = main_screen(app).panes.detail.reader
        index = next(i for i, item in enumerate(reader.items) if len(item.text) > 290_000)
        reader.select(index)
        await press(pilot, "space", "pagedown", "pagedown")
        assert "worker-" in pane_text(app, "#messages")
        await press(pilot, "G", "space", "G")
        assert "Row 9950 is where I stopped to think" in pane_text(app, "#messages")
        await press(pilot, "g")
        assert app.is_running
    assert len(asked(transport, "GET", "/messages?")) <= 2


async def test_a_reading_that_is_older_than_a_save_does_not_take_it_back() -> None:
    """The conversation was read, its messages come late, and meanwhile its summary was saved."""
    transport = small_server("Other", "One")
    wanted = ids(transport)[1]
    async with started(transport) as (app, pilot):
        gate = await press_until_held(pilot, transport, "j", path=f"/{wanted}/messages$")
        await post_keys(pilot, "e")
        await until(pilot, lambda: main_screen(app).edit is not None)
        await post_keys(pilot, "2", "enter")
        await until(pilot, lambda: main_screen(app).edit is None)
        assert transport.store.conversations[wanted].summary == "One2"
        gate.open()
        await settle(pilot)
        assert "One2" in pane_text(app, "#title")
        assert "One2" in pane_text(app, "#list")


@pytest.mark.parametrize("columns", [72, 80, 120])
async def test_facts_that_do_not_fit_are_left_out_whole(columns: int) -> None:
    async with started(DemoTransport(now=NOW), size=(columns, 24)) as (app, pilot):
        await press(pilot, "enter")
        facts = main_screen(app).panes.detail.facts_text
        *shown, last = pane_text(app, "#facts").strip().removesuffix(" …").split(" · ")
        whole = facts.words.split(" · ")
        assert [*shown, last] == whole[: len(shown) + 1]
        assert pane_text(app, "#facts").strip().endswith(" …") is (len(shown) + 1 < len(whole))
        assert shown
