"""Steps that several tests of the screens share: servers to begin from, actions to be in the middle of."""

from __future__ import annotations

from textual import events
from textual.pilot import Pilot

from tests.app_helpers import (
    asked,
    draft_on_disk,
    flush,
    ids,
    main_screen,
    post_keys,
    press,
    press_until_held,
    small_server,
    type_text,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport, Gate


def numbered(count: int) -> DemoTransport:
    """A server with the conversations "Number 000" (the newest) and so on."""
    return small_server(*(f"Number {number:03}" for number in range(count)))


def conversation_reads(transport: DemoTransport) -> list[str]:
    """Ids of the conversations that were retrieved one by one."""
    found = [
        line.split("?")[0].rsplit("/", 1)[1] for line in asked(transport, "GET", "/v1/conversations/conv-")
    ]
    return [name for name in found if name != "messages"]


def drafted(conversation_id: str) -> str | None:
    """The text of the draft on disk."""
    found = draft_on_disk("http://demo", conversation_id)
    return None if found is None else found["text"]


def typed(app: LettaApp) -> str:
    """What stands in the editor."""
    return main_screen(app).panes.detail.editor.area.text


def burst(app: LettaApp, *keys: str) -> None:
    """Send keys at once, without waiting for anything between them."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def both_edit(pilot: Pilot[None], transport: DemoTransport, theirs: str, *keys: str) -> None:
    """Type 1 behind the only summary, have somebody else change it, and save; then these keys."""
    await press(pilot, "e", "1")
    transport.store.set_summary(ids(transport)[0], theirs)
    await press(pilot, "enter", *keys)


async def delete_three_until_held(pilot: Pilot[None], transport: DemoTransport) -> Gate:
    """Mark three, have them deleted, and be in the middle of the first."""
    await press(pilot, "J", "J", "D")
    gate = await press_until_held(pilot, transport, "y", method="DELETE")
    await flush(pilot)
    return gate


async def create_and_leave(pilot: Pilot[None], transport: DemoTransport, summary: str) -> Gate:
    """Create a conversation, and leave the dialog before the server has answered."""
    await press(pilot, "ctrl+n")
    await type_text(pilot, summary)
    await press(pilot, "enter")
    gate = await press_until_held(pilot, transport, "enter", method="POST")
    await post_keys(pilot, "escape")
    return gate
