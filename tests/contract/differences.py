"""Promises of 0.16.8 that the API after it does not make, as its official client describes it (not measured there).

A test named here has to fail on the embedded server's cloud flavour; `test_cloud.py` has what is promised instead.
All other tests of the contract hold on both.
"""

from __future__ import annotations

DIFFERENCES: dict[str, tuple[str, ...]] = {
    "no block is isolated, and labels are ignored or refused": (
        "test_a_block_that_was_deleted_vanishes_from_its_conversation",
        "test_a_detached_label_leaves_its_isolated_block_readable_and_dead",
        "test_a_fork_has_no_summary_no_isolated_blocks_and_its_own_system_message",
        "test_a_turn_edits_the_isolated_block_not_the_shared_one",
        "test_an_edit_of_a_block_leaves_named_conversations_stale",
        "test_an_edit_of_a_shared_block_rewrites_the_default_conversation_at_once",
        "test_an_edit_that_equals_the_shared_value_is_reported_and_lost",
        "test_blocks_come_newest_first_page_by_page_unless_they_are_counted",
        "test_blocks_of_an_agent_are_the_shared_ones_whatever_conversation_is_named",
        "test_create_copies_the_blocks_that_are_to_be_isolated",
        "test_create_that_is_refused_keeps_all_but_the_last_block_before_the_bad_label",
        "test_create_with_a_label_twice_is_a_conflict_and_leaves_an_orphan",
        "test_create_with_an_unknown_label_is_refused_and_leaves_an_orphan",
        "test_delete_is_soft_for_the_conversation_and_hard_for_its_isolated_blocks",
        "test_deleting_an_agent_hard_deletes_its_conversations_and_keeps_its_blocks",
        "test_isolated_blocks_hide_among_the_blocks_without_agents",
        "test_labels_that_are_no_list_of_texts_are_refused_before_anything_is_made",
        "test_recompile_writes_the_shared_values_and_the_id_default_even_where_blocks_are_isolated",
        "test_the_preview_is_the_default_conversations_next_request_and_changes_nothing",
    ),
    "what is in context is null where it is not reported, not an empty list": (
        "test_create_answers_without_ids_in_context_although_a_system_message_exists",
        "test_list_never_says_what_is_in_context_but_does_say_what_is_isolated",
        "test_patch_changes_the_summary_and_answers_without_ids_in_context",
    ),
    "archived conversations are a list of their own": ("test_archive_status_is_ignored",),
    "cursors of messages are relative to the order, and descending pages are so inside": (
        "test_cursors_go_by_position_in_both_directions",
        "test_default_conversation_descending_is_ascending_inside_the_page",
        "test_history_by_sequence_is_complete_and_its_descending_pages_are_ascending_inside",
    ),
    "`default` is an id where a conversation is read and changed": (
        "test_a_malformed_conversation_id_is_a_422_by_length_first",
        "test_default_cannot_be_retrieved_changed_or_deleted GET",
        "test_default_cannot_be_retrieved_changed_or_deleted PATCH",
    ),
    "relations of agents are loaded only where they are asked for": (
        "test_agents_come_without_blocks_for_an_sdk_or_when_no_relationships_are_asked",
    ),
    "agents are not counted": ("test_count_of_agents_is_a_bare_number",),
    "the context is not counted": (
        "test_the_context_is_counted_by_parts_that_add_up_and_compiled_from_the_shared_blocks",
    ),
    "messages and conversations can be searched": (
        "test_conversations_have_no_search_and_its_name_is_no_id",
        "test_messages_cannot_be_searched_without_the_services_for_it",
    ),
    "the gateway answers for routes that do not exist": ("test_an_unknown_route_is_not_found",),
    "the version is not 0.16.8": ("test_health_and_readiness_tell_the_version",),
}


def difference(name: str) -> str | None:
    """Why the promise that this test is about is not made, None where it is; a part of the parameters may follow it."""
    function = name.partition("[")[0]
    for reason, tests in DIFFERENCES.items():
        for named in tests:
            base, _, part = named.partition(" ")
            if base == function and part in name:
                return reason
    return None
