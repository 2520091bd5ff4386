"""The dialog for each question of the flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.model.text import one_line

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.flows.protocols import Question


def dialog_for(question: Question[Any]) -> Screen[Any]:
    """The dialog for a question, loaded on first use; raises TypeError for an unknown question."""
    from tui.flows.change_conversation import ConfirmChange
    from tui.flows.change_memory import EditBlock
    from tui.flows.choose_server import ChooseAgent, ManageConnections, NoConnection
    from tui.flows.create_conversation import AskNewConversation
    from tui.flows.edit_summary import ClearSummary, SummaryConflict
    from tui.flows.undo_summary import ChooseSummary

    if isinstance(question, ConfirmChange):
        from tui.ui.dialogs.confirm_change import AskScreen

        return AskScreen(question.title, question.prepare)
    if isinstance(question, SummaryConflict):
        from tui.ui.dialogs.conflict import ConflictScreen

        return ConflictScreen(question.mine, question.theirs, written=question.written, noun=question.noun)
    if isinstance(question, ClearSummary):
        from tui.ui.dialogs.confirm import ConfirmScreen

        words = f"Current text:\n\n{one_line(question.text, 300)}"
        return ConfirmScreen("Clear this summary?", words, "Clear")
    if isinstance(question, ChooseSummary):
        from tui.ui.dialogs.summary_history import SummariesScreen

        return SummariesScreen(
            question.name,
            question.lines,
            question.now,
            readonly=question.readonly,
            noun=question.noun,
            many=question.many,
        )
    if isinstance(question, EditBlock):
        from tui.ui.dialogs.block_editor import BlockEditor

        return BlockEditor(question)
    if isinstance(question, AskNewConversation):
        from tui.ui.dialogs.new_conversation import NewConversationScreen

        return NewConversationScreen(
            question.agent, question.read_blocks, question.create, question.supported, question.no_isolation
        )
    if isinstance(question, ChooseAgent):
        from tui.ui.dialogs.agent_picker import AgentPicker

        return AgentPicker(
            question.client, question.recent, question.current, question.pinned, question.toggle_pin
        )
    if isinstance(question, NoConnection):
        from tui.letta.api_key import Key
        from tui.ui.dialogs.connection_failed import ConnectScreen

        settings = question.settings
        source = settings.sources.get("base_url", "default")
        api_key = Key(settings.api_key) if settings.api_key else None
        plain = settings.allow_plain_http
        store = question.store
        return ConnectScreen(settings.base_url, source, api_key, question.error, plain=plain, store=store)
    if isinstance(question, ManageConnections):
        from tui.config.profiles import ProfileStore
        from tui.ui.dialogs.connections import ConnectionsScreen

        return ConnectionsScreen(ProfileStore(), question.settings, question.wire_for, store=question.store)
    raise TypeError(f"no dialog for {type(question).__name__}")
