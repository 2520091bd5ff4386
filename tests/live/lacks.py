"""What Letta before 0.16.8 lacks of the contract: by capability, the first version that has it and what shows it.

The contract is that of 0.16.8. Its tests named here fail on older servers and are expected to: a name that passes
there is a failure of the table (on the versions of MEASURED, where it was run). `tests/contract/test_absences.py`
asserts what is answered instead, `tests/live/test_versions.py` what the app makes of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MEASURED = frozenset({"0.16.2", "0.16.5", "0.16.6", "0.16.7"})


@dataclass(frozen=True)
class Lack:
    """One capability; a test is named by its function, and by a part of its parameters behind a blank."""

    what: str
    first: str
    tests: tuple[str, ...]
    except_in: frozenset[str] = frozenset()


def lack(what: str, first: str, tests: str, except_in: str = "") -> Lack:
    """A capability with the contract's tests that need it, a line each."""
    names = tuple(line.strip() for line in tests.strip().splitlines())
    return Lack(what, first, names, frozenset(except_in.split()))


LACKS = (
    lack(
        "changing a conversation (405)",
        "0.16.4",
        """
        test_patch_changes_the_summary_and_answers_without_ids_in_context
        test_patch_of_nothing_is_a_no_op_that_still_bumps_updated_at
        test_preconditions_are_ignored
        test_only_an_empty_string_clears_a_summary
        test_summary_keeps_every_character
        test_nul_and_lone_surrogates_are_a_500_that_changes_nothing
        test_patch_bodies_that_are_refused
        test_json_without_its_content_type_is_refused
        test_an_unknown_conversation_is_a_404_that_leaks_the_actor PATCH
        """,
    ),
    lack(
        "isolated blocks (labels are ignored, and no field tells of any)",
        "0.16.4",
        """
        test_deleting_an_agent_hard_deletes_its_conversations_and_keeps_its_blocks
        test_a_turn_edits_the_isolated_block_not_the_shared_one
        test_an_edit_that_equals_the_shared_value_is_reported_and_lost
        test_blocks_of_an_agent_are_the_shared_ones_whatever_conversation_is_named
        test_a_detached_label_leaves_its_isolated_block_readable_and_dead
        test_isolated_blocks_hide_among_the_blocks_without_agents
        test_a_block_that_was_deleted_vanishes_from_its_conversation
        test_create_copies_the_blocks_that_are_to_be_isolated
        test_create_with_an_unknown_label_is_refused_and_leaves_an_orphan
        test_labels_that_are_no_list_of_texts_are_refused_before_anything_is_made
        test_create_with_a_label_twice_is_a_conflict_and_leaves_an_orphan
        test_create_that_is_refused_keeps_all_but_the_last_block_before_the_bad_label
        test_blocks_come_newest_first_page_by_page_unless_they_are_counted
        test_an_edit_by_label_reaches_one_agents_default_conversation_and_no_isolated_block
        """,
    ),
    lack(
        "a message by its id (404)",
        "0.16.4",
        """
        test_a_malformed_id_is_a_422_whose_detail_is_a_python_repr messages/x
        test_by_id_is_a_list_with_reversed_parts_and_assistant_text_told_as_reasoning
        test_by_id_of_system_user_and_tool_return_equals_the_list
        test_by_id_of_an_unknown_message_is_a_404
        test_a_message_has_no_such_id
        """,
    ),
    lack(
        "an order of the messages (always the oldest first)",
        "0.16.4",
        """
        test_named_conversations_are_newest_first_but_parts_of_one_id_keep_their_order
        test_cursors_go_by_position_in_both_directions
        """,
    ),
    lack(
        "compaction on request (404)",
        "0.16.4",
        """
        test_compaction_keeps_the_system_message_a_new_summary_and_the_last_rows
        test_a_summary_is_a_user_message_whose_content_is_a_json_string
        test_compaction_changes_neither_updated_at_nor_last_message_at
        test_after_compaction_one_request_with_a_large_limit_holds_all_that_is_in_context
        test_after_compaction_the_history_by_sequence_is_chronological_with_the_summary_last
        test_after_compaction_a_new_turn_comes_last_in_every_order
        test_compacting_all_leaves_the_system_message_and_a_summary
        """,
    ),
    lack(
        "search by summary (ignored)",
        "0.16.4",
        """
        test_summary_search_is_case_sensitive_and_finds_substrings
        test_summary_search_does_not_escape_wildcards
        test_summary_search_takes_a_backslash_as_an_escape
        """,
    ),
    lack(
        "deletion (405)",
        "0.16.5",
        """
        test_cursor_of_a_deleted_conversation_still_works
        test_an_unknown_conversation_is_a_404_that_leaks_the_actor DELETE
        """,
    ),
    lack(
        "the size of a named conversation's context (that of the default one)",
        "0.16.5",
        """
        test_the_context_is_counted_by_parts_that_add_up_and_compiled_from_the_shared_blocks
        """,
    ),
    lack(
        "an order of the list (ignored)",
        "0.16.5",
        """
        test_newest_first_unless_asked_otherwise
        test_after_goes_on_behind_the_cursor_in_both_directions
        test_unknown_cursor_of_last_run_completion_is_page_one_again
        test_runs_that_were_not_streamed_leave_no_last_run
        """,
    ),
    lack(
        "a list without an agent (422)",
        "0.16.5",
        """
        test_bad_parameters_are_a_422 params1
        test_unknown_parameters_are_ignored
        test_limit_that_the_database_refuses_is_a_500
        test_summary_search_for_nul_is_a_500
        """,
    ),
    lack(
        "a turn that is not streamed, and that says 404 of an unknown agent",
        "0.16.5",
        """
        test_create_for_an_unknown_or_malformed_agent_is_a_404
        test_a_turn_without_messages_is_refused_without_a_trace_id
        test_a_denial_with_a_limit_of_one_step_stores_it_and_ends
        test_a_plain_denial_lets_the_agent_go_on
        test_a_denial_that_comes_late_runs_the_agent
        test_a_denial_of_what_never_waited_is_refused
        test_a_denial_runs_a_tool_that_was_called_in_the_same_step
        test_cancelling_the_run_of_a_named_conversation_leaves_it_waiting
        test_compacting_all_keeps_what_waits_for_approval
        """,
    ),
    lack(
        "a system message from the creation on",
        "0.16.6",
        """
        test_read_only_and_empty_blocks_in_the_system_message
        test_an_edit_of_a_block_leaves_named_conversations_stale
        test_a_new_conversation_is_compiled_with_the_values_of_now
        test_list_never_says_what_is_in_context_but_does_say_what_is_isolated
        test_too_short_a_conversation_cannot_be_compacted
        """,
    ),
    lack(
        "a default conversation that its name or its agent's id opens",
        "0.16.6",
        """
        test_a_malformed_id_where_default_is_allowed_names_all_three_forms
        test_default_conversation_descending_is_ascending_inside_the_page
        test_ids_in_context_of_the_default_conversation_come_from_the_agent
        test_three_ways_to_the_default_conversation_agree_and_one_is_silently_empty
        test_messages_of_an_unknown_agent_are_a_404
        test_cancelling_its_run_denies_what_a_default_conversation_waits_for
        test_a_default_conversation_is_compacted_by_the_id_of_its_agent
        """,
    ),
    lack(
        "a model of a conversation, and its settings",
        "0.16.5",
        """
        test_a_model_of_its_own_is_stored_with_the_defaults_of_its_provider
        test_a_model_that_is_none_is_refused_by_create_and_patch
        """,
    ),
    lack(
        "pages of an agent's blocks in both directions",
        "0.16.5",
        "test_blocks_of_an_agent_come_page_by_page_in_the_order_of_their_ids",
    ),
    lack(
        "tags of a block, and a NUL in its value that is cut out (500)",
        "0.16.4",
        """
        test_a_block_has_no_dates
        test_nul_in_a_block_is_cut_out_not_refused
        """,
    ),
    lack(
        "the handle of a step's model",
        "0.16.7",
        "test_a_step_says_its_model_and_why_it_ended",
    ),
    lack(
        "cancelling, also of the default conversation",
        "0.16.6",
        "test_without_a_turn_there_is_nothing_to_cancel",
    ),
    lack(
        "a default conversation that is compiled with each edit of a shared block",
        "0.16.7",
        """
        test_an_edit_of_a_shared_block_rewrites_the_default_conversation_at_once
        test_a_shared_block_is_compiled_into_the_default_conversations_of_all_its_agents
        """,
    ),
    lack(
        "a system message that names its agent and its conversation",
        "0.16.7",
        "test_system_message_holds_every_block_with_its_size_and_the_conversations_id",
    ),
    lack(
        "a deletion that takes the messages along (they stay, by list and by id)",
        "0.16.7",
        "test_delete_is_soft_for_the_conversation_and_hard_for_its_isolated_blocks",
    ),
    lack(
        "fork and recompile (404)",
        "0.16.7",
        """
        test_recompile_writes_the_shared_values_and_the_id_default_even_where_blocks_are_isolated
        test_dry_recompile_stores_nothing
        test_a_fork_has_no_summary_no_isolated_blocks_and_its_own_system_message
        test_a_fork_has_the_model_of_its_source
        test_a_fork_of_a_compacted_conversation_shares_only_what_is_in_context
        test_forked_rows_are_in_the_forks_list_but_not_in_its_history
        test_forking_does_not_change_the_source
        test_deleting_the_source_keeps_the_shared_rows_readable
        test_forking_the_default_conversation_empties_its_list_for_ever
        test_default_without_its_agent_cannot_be_forked_or_recompiled
        test_a_trace_holds_the_request_of_its_step_and_stays_what_it_was
        """,
    ),
    lack(
        "the time of the last message, and an order by it",
        "0.16.7",
        """
        test_bad_parameters_are_a_422 params0
        test_the_time_of_the_last_message_can_be_set
        test_unknown_cursor_is_a_404_that_leaks_the_actor
        test_last_message_descending_is_complete_with_silent_ones_last
        test_last_message_ascending_loses_all_silent_ones_behind_a_full_page
        test_last_message_ascending_repeats_the_others_behind_a_silent_cursor
        test_cursor_that_got_a_message_starts_from_the_top_again
        test_create_answers_without_ids_in_context_although_a_system_message_exists
        test_a_provider_error_stores_nothing_but_bumps_updated_at
        test_a_turn_bumps_updated_at_at_its_start
        """,
    ),
    lack(
        "messages by type, an otid of what the user said, and a history with its system message",
        "0.16.7",
        """
        test_otid_of_model_output_is_the_id_with_the_index_in_its_low_bits
        test_types_can_be_chosen_and_unknown_types_are_refused
        test_a_system_message_can_arrive_in_the_middle
        test_messages_of_an_agent_mix_all_conversations
        test_history_by_sequence_is_complete_and_its_descending_pages_are_ascending_inside
        test_compaction_does_not_rewrite_the_system_message
        test_after_compaction_the_list_is_complete_but_not_chronological
        test_after_compaction_a_walk_by_cursors_loses_rows
        """,
    ),
    lack(
        "a trace of each step",
        "0.16.7",
        """
        test_a_turn_with_a_tool_has_two_steps_and_the_second_was_sent_the_result
        """,
        except_in="0.16.2",
    ),
    lack(
        "tools in the preview of the payload",
        "0.16.7",
        "test_the_preview_is_the_default_conversations_next_request_and_changes_nothing",
    ),
    lack(
        "a conversation's id of another form told by its length (404 or by its pattern)",
        "0.16.6",
        """
        test_a_malformed_conversation_id_is_a_422_by_length_first too_short
        test_a_malformed_conversation_id_is_a_422_by_length_first pattern
        test_default_cannot_be_retrieved_changed_or_deleted GET
        """,
        except_in="0.16.2",
    ),
    lack(
        "a refusal of the default conversation's change by its length (405 or 404)",
        "0.16.6",
        """
        test_default_cannot_be_retrieved_changed_or_deleted PATCH
        test_default_cannot_be_retrieved_changed_or_deleted DELETE
        """,
    ),
    lack(
        "a limit of a block that is not enforced (400)",
        "0.16.7",
        """
        test_patch_of_a_block_ignores_null_and_unknown_keys_and_does_not_enforce_the_limit
        test_neither_read_only_nor_the_limit_stops_an_edit_by_its_id
        """,
    ),
    lack(
        "a refusal to compact what was compacted (400)",
        "0.16.6",
        "test_compacting_all_leaves_the_system_message_and_a_summary",
    ),
    lack(
        "a database error by its name (500 with another sentence)",
        "0.16.4",
        "test_a_blocks_value_is_checked_by_type_alone",
    ),
    lack("version 0.16.8", "0.16.8", "test_health_and_readiness_tell_the_version"),
)


def missing(version: str, name: str, table: tuple[Lack, ...] = LACKS) -> Lack | None:
    """What this version lacks of what the test of this name needs, if anything."""
    function = name.partition("[")[0]
    for one in table:
        if not older(version, one.first) or version in one.except_in:
            continue
        for named in one.tests:
            base, _, part = named.partition(" ")
            if base == function and part in name:
                return one
    return None


def older(version: str, first: str) -> bool:
    """Whether a version is before another; what is no version is not."""
    numbers = [[int(part) for part in re.findall(r"\d+", text)[:3]] for text in (version, first)]
    return len(numbers[0]) == 3 and numbers[0] < numbers[1]
