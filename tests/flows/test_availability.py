"""What can be done where, and the one sentence for what cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.servers_known import known
from tui.actions import ACTIONS, MAIN_SCREEN, in_scopes
from tui.flows.availability import (
    NO_COMMANDS,
    NO_TERMINAL,
    OPENS_FROM_ROW,
    READ_ONLY,
    ROWS_LOADING,
    STEPS,
    Situation,
    in_footer,
    why_not,
)
from tui.model.supported import Support, Supported

OPEN = Situation(agent=True, row="named", opened=True, item=True, pair=True, markable=True, version="0.16.2")
IN_DETAIL = replace(OPEN, focus="reader")
IN_MEMORY = replace(IN_DETAIL, block="isolated")


@pytest.mark.parametrize(
    "id", [one.id for one in in_scopes("main", "list") if not one.id.startswith("match.")]
)
def test_everything_of_the_list_can_be_done_on_an_open_conversation(id: str) -> None:
    assert why_not(id, OPEN) == ""


@pytest.mark.parametrize(
    "id", [one.id for one in in_scopes("main", "reader") if not one.id.startswith("match.")]
)
def test_everything_of_the_detail_can_be_done_on_an_open_conversation(id: str) -> None:
    now = IN_MEMORY if id in ("memory.reset", "memory.promote") else IN_DETAIL
    assert why_not(id, now) == ""


SELECT = "Select a label in Memory: b shows them"
ONLY_OWN = "Only an isolated block can be reset or promoted: this conversation reads the shared one"
NO_BLOCK = "There is no block with this label to change"
NO_CHANGE = "Changing memory blocks isn't supported by this server"


@pytest.mark.parametrize(
    ("ids", "now", "sentence"),
    [
        ("memory.reset memory.promote", IN_DETAIL, SELECT),
        ("memory.reset memory.promote", replace(IN_MEMORY, block="shared"), ONLY_OWN),
        ("memory.reset memory.promote", replace(IN_MEMORY, readonly=True), READ_ONLY),
        ("summary.edit summary.undo memory.reset", replace(IN_MEMORY, block="removed"), NO_BLOCK),
        ("summary.edit summary.edit-outside summary.undo summary.redo summary.history", IN_MEMORY, ""),
        (
            "summary.edit summary.undo summary.redo memory.reset memory.promote",
            replace(IN_MEMORY, supported=known(lacks=["edit-block"])),
            NO_CHANGE,
        ),
        # a block has nothing to do with summaries, which neither the default conversation nor every server has
        (
            "summary.edit summary.edit-outside summary.undo",
            replace(IN_MEMORY, row="default", block="shared"),
            "",
        ),
        (
            "summary.edit summary.undo",
            replace(IN_MEMORY, supported=known(lacks=["edit", "default-summary"])),
            "",
        ),
        # while a summary is being edited, `e` goes back to it
        ("summary.edit", replace(IN_MEMORY, editing=True, block="removed"), ""),
        ("memory.reset", replace(IN_MEMORY, editing=True), "Not while a summary is being edited"),
    ],
)
def test_what_can_be_done_with_the_selected_label(ids: str, now: Situation, sentence: str) -> None:
    assert {why_not(id, now) for id in ids.split()} == {sentence}


def test_what_is_done_with_labels_is_done_in_memory() -> None:
    assert why_not("memory.reset", OPEN) == "Reset works in Memory"


@pytest.mark.parametrize(
    ("id", "now", "sentence"),
    [
        ("conversation.fork", Situation(), "No agent is chosen"),
        ("conversation.fork", Situation(agent=True), "No conversation is selected"),
        ("conversation.fork", replace(OPEN, editing=True), "Not while a summary is being edited"),
        ("conversation.fork", replace(OPEN, focus="filter"), "Not while the filter is being typed"),
        ("conversation.fork", replace(OPEN, readonly=True), READ_ONLY),
        ("conversation.delete", replace(OPEN, row="default"), "The default conversation can't be deleted"),
        ("conversation.delete", replace(OPEN, row="default", marks=True), ""),
        ("conversation.export", Situation(agent=True, marks=True), ""),
        (
            "list.compare",
            replace(OPEN, pair=False),
            "To compare two conversations, mark two, or mark one with space and go to another",
        ),
        ("list.compare", Situation(agent=True), "No conversation is selected"),
        ("error.next", replace(OPEN, opened=False), "No conversation is open"),
        ("error.previous", replace(OPEN, focus="editor"), "Works in the list and in the detail"),
        (
            "conversation.archive",
            replace(OPEN, supported=known(lacks=["archive"])),
            "Archiving isn't supported by this server",
        ),
        (
            "conversation.fork",
            replace(OPEN, supported=known(lacks=["fork"])),
            "This server (Letta 0.16.2) cannot fork conversations: Letta 0.16.7 is the first version that can",
        ),
        ("summary.edit", replace(OPEN, supported=known(lacks=["edit"]), draft=True), ""),
        ("summary.edit", replace(OPEN, editing=True, row=""), ""),
        ("list.sort", replace(OPEN, supported=known(lacks=["last_message_at"])), ""),
        (
            "list.sort",
            replace(OPEN, supported=known(lacks=["last_message_at", "last_run_completion"])),
            "Other sort orders aren't supported by this server",
        ),
        (
            "history.toggle",
            replace(OPEN, supported=known(lacks=["history"])),
            "Reading the whole history isn't supported by this server",
        ),
        (
            "tool.time",
            replace(OPEN, supported=known(lacks=["traces"])),
            "A trace of what was sent to the model isn't supported by this server",
        ),
        (
            "tool.payload",
            replace(OPEN, supported=known(lacks=["payload"])),
            "Showing the exact payload isn't supported by this server",
        ),
        (
            "tool.map",
            replace(OPEN, version="", supported=known(lacks=["isolate"], has=["archive"])),
            "This server does not isolate blocks: Letta after 0.16.8 never does",
        ),
        (
            "conversation.new",
            replace(OPEN, supported=Supported({"create": Support("no", "501", "Letta Code does that")})),
            "Creating conversations isn't supported by this server: Letta Code does that",
        ),
        ("list.mark", IN_DETAIL, "Mark works in the list of conversations"),
        ("detail.find", OPEN, "Find works in Messages, Memory and Info"),
        ("list.filter", replace(OPEN, focus=""), ""),
        ("match.next", OPEN, "The list isn't filtered"),
        ("match.next", replace(OPEN, filtered=True), ""),
        ("match.next", IN_DETAIL, "Nothing is being searched for"),
        ("match.next", replace(IN_DETAIL, searching=True), ""),
        ("types.choose", Situation(agent=True, row="named"), "No conversation is open"),
        ("types.choose", replace(OPEN, focus="editor"), "Works in the list and in the detail"),
        ("list.wider", replace(OPEN, narrow=True), "The window is too narrow for two panes"),
        ("item.pager", replace(IN_DETAIL, item=False), "Nothing is selected in the detail"),
        ("item.pager", replace(IN_DETAIL, browser="commands"), NO_TERMINAL),
        ("item.view", replace(OPEN, browser="restricted"), NO_TERMINAL),
        ("summary.edit-outside", replace(OPEN, browser="restricted"), NO_TERMINAL),
        ("item.pipe", replace(OPEN, browser="restricted"), NO_COMMANDS),
        ("item.pipe", replace(IN_DETAIL, browser="commands"), ""),
    ],
)
def test_why_something_cannot_be_done_is_one_sentence(id: str, now: Situation, sentence: str) -> None:
    assert why_not(id, now) == sentence


def test_nothing_that_writes_can_be_done_read_only() -> None:
    now = replace(OPEN, readonly=True)
    reasons = {one.id: why_not(one.id, now) for one in in_scopes(*MAIN_SCREEN) if one.writes}
    assert set(reasons.values()) == {READ_ONLY}
    assert {"summary.edit", "conversation.new", "conversation.delete"} <= set(reasons)


def test_the_footer_names_what_marks_are_for_and_how_to_get_out() -> None:
    def extra(now: Situation) -> set[str]:
        return {one.id for one in in_scopes(*MAIN_SCREEN) if in_footer(one.id, now) and not one.show}

    assert extra(OPEN) == set()
    assert extra(IN_DETAIL) == {"pane.back"}
    assert extra(replace(OPEN, marks=True)) == {"pane.back", "conversation.export", "conversation.delete"}
    assert extra(replace(OPEN, failing=True)) == {"view.refresh"}
    assert extra(Situation(failing=True)) == {"view.refresh", "app.connections"}


def test_the_footer_names_no_way_into_what_is_not_there() -> None:
    shown = {one.id for one in ACTIONS if one.scope in MAIN_SCREEN and in_footer(one.id, Situation())}
    assert not shown & {"conversation.open", "memory.diff", "tab.messages", "tab.memory", "tab.info"}


def test_what_waits_for_the_first_rows_asks_before_it_writes() -> None:
    """Undo and redo save at once, export and copies take what is under the cursor: none of them waits."""
    waiting = STEPS | OPENS_FROM_ROW
    assert waiting <= {one.id for one in ACTIONS}
    at_once = {"summary.undo", "summary.redo", "conversation.export", "item.copy-id", "item.copy-text"}
    assert not waiting & at_once
    of_labels = {"memory.reset", "memory.promote"}  # they need a label of an open conversation
    assert {one.id for one in in_scopes(*MAIN_SCREEN) if one.writes} <= waiting | at_once | of_labels


def test_while_rows_are_coming_that_is_the_reason() -> None:
    loading = Situation(loading=True)
    assert why_not("summary.undo", loading) == ROWS_LOADING
    assert why_not("summary.undo", replace(loading, agent=True)) == ROWS_LOADING
    assert why_not("app.quit", loading) == ""
