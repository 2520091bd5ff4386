"""Live tests of what an older Letta does not have at all: nothing can be done there, so they are skipped.

What the app says instead is asserted by `tests/live/test_versions.py`, on every version.
"""

from __future__ import annotations

from tests.live.lacks import lack

FLOWS = (
    lack("isolated blocks", "0.16.4", """
        test_create_set_get_and_list
        test_a_fork_is_in_the_list_with_the_same_messages_and_nothing_isolated
        test_a_deletion_leaves_a_copy_with_every_text
        test_a_forced_recompile_writes_the_shared_values_over_isolation
        test_right_after_creation_all_is_live
        test_an_edited_isolated_block_is_stale
        test_a_recompile_loses_the_isolation
        test_a_detached_label_is_dead_where_isolated_and_removed_elsewhere
        test_a_fork_reads_the_shared_values_and_is_live
        test_the_orphan_of_a_refused_creation_is_noted_and_heals_with_its_first_turn
        test_seeding_over_rest_makes_conversations_with_isolated_blocks
        test_the_map_tells_same_from_diverged_and_dead
        test_many_blocks_come_by_the_page
        test_the_payload_is_the_default_conversations_and_asking_stores_nothing
        test_edit_reset_promote_and_undo_leave_the_values_that_they_showed
        test_a_promotion_reaches_every_default_conversation_at_once
        test_a_second_writer_in_between_is_asked_about
        test_a_lost_answer_is_read_back_and_nothing_is_sent_twice
        test_an_undo_after_a_restart_puts_the_value_back
        test_the_command_gets_sets_resets_and_promotes
        test_a_kill_at_each_step_loses_no_value
        test_nothing_heals_isolated_values_without_a_turn
        test_what_is_left_of_a_refused_creation_is_deleted
        test_a_block_of_a_dead_label_brings_it_back_to_life
        test_isolated_and_shared_memory_and_the_stale_system_message_are_found
    """),
    lack("changing a conversation", "0.16.4", """
        test_an_undo_after_a_restart_puts_the_summary_back
    """),
    lack("compaction on request", "0.16.4", """
        test_a_conversation_with_faults_is_the_same_offline
        test_a_conversation_compacted_twice_is_one_line_of_time
        test_a_compaction_seen_while_the_whole_history_is_shown
        test_compacting_all_removes_a_broken_call
        test_compacting_all_removes_a_call_id_that_was_used_twice
        test_compacting_keeps_an_approval_that_is_pending
        test_a_phrase_that_is_no_longer_in_context_is_found_in_one_request_for_each_conversation
        test_the_command_says_the_same
        test_enter_goes_to_the_message
    """),
    lack("the size of the context of one conversation", "0.16.4", """
        test_the_bars_are_the_servers_numbers_also_after_a_compaction
        test_the_app_shows_the_same
    """),
    lack("the handle of the model in a step", "0.16.7", """
        test_a_failed_tool_is_gone_to_and_its_step_is_what_the_server_says
    """),
    lack("a return for each of several calls that a cancelled run denies", "0.16.4", """
        test_of_the_default_conversation_the_run_that_waits_is_cancelled
    """),
    lack("a message by its id", "0.16.4", """
        test_the_ids_of_a_default_conversation_can_be_set id-without-message
    """),
    lack("deletion", "0.16.5", """
        test_what_happens_is_a_line_each
        test_a_deletion_leaves_a_copy_with_every_text
    """),
    lack("a system message that stays stale behind a turn", "0.16.5", """
        test_a_memory_tool_leaves_the_model_with_the_old_text
    """),
    lack("a turn that is refused rather than streamed", "0.16.5", """
        test_a_pending_approval_is_found_with_its_run
        test_a_plain_denial_runs_the_agent_and_so_does_one_that_comes_late
    """),
    lack("a system message from the creation on", "0.16.6", """
        test_an_edited_isolated_block_is_stale
        test_a_detached_label_is_dead_where_isolated_and_removed_elsewhere
        test_a_label_attached_later_is_missing
        test_an_interrupted_check_is_resumed_where_it_stopped
        test_right_after_creation_all_is_live
        test_isolated_and_shared_memory_and_the_stale_system_message_are_found
    """),
    lack("a time of the last message, which tells an orphan from a new conversation", "0.16.7", """
        test_the_orphan_of_a_refused_creation_is_noted_and_heals_with_its_first_turn
        test_what_is_left_of_a_refused_creation_is_deleted
    """),
    lack("a sign in the row that a message came", "0.16.7", """
        test_what_happens_is_a_line_each
    """),
    lack("a limit of a block that is not enforced", "0.16.7", """
        test_a_shared_block_over_its_limit_is_noted
        test_a_limit_is_raised_to_what_the_block_has
    """),
    lack("a default conversation that is compiled with each edit", "0.16.7", """
        test_the_default_conversation_is_compiled_at_once
        test_an_interrupted_check_is_resumed_where_it_stopped
        test_a_promotion_reaches_every_default_conversation_at_once
    """),
    lack("fork and recompile", "0.16.7", """
        test_a_fork_is_in_the_list_with_the_same_messages_and_nothing_isolated
        test_a_dry_run_shows_what_a_recompile_then_writes
        test_a_forced_recompile_writes_the_shared_values_over_isolation
        test_an_edited_shared_block_is_stale_where_it_is_not_isolated
        test_a_recompile_loses_the_isolation
        test_a_fork_reads_the_shared_values_and_is_live
        test_a_fork_that_was_compacted_shows_what_it_shares
        test_a_fork_and_a_lost_isolation_are_the_same_offline
        test_the_machine_shows_what_a_block_no_longer_holds
        test_a_fork_is_compared_with_its_source_where_both_went_on
        test_the_command_says_the_same_as_the_server
        test_a_fork_of_a_compacted_conversation_begins_with_its_summary
        test_a_fork_has_a_system_message_again_in_place_of_its_first_message
        test_a_recompile_heals_stale_missing_and_removed_where_nothing_is_isolated
        test_a_recompile_heals_the_default_conversation
        test_nothing_heals_isolated_values_without_a_turn
    """),
)  # fmt: skip
