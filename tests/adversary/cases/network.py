"""Network, JSON, mirrors, secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.adversary.cases.case import Case, proved, waiting

_HTTP: Final = "adversary/test_network::test_"
_JSON: Final = "adversary/test_json::test_"
_MIRRORS: Final = "adversary/test_mirrors::test_"
_DOORS: Final = "node/test_doors::test_"
_EVIL: Final = "stories/test_mirrors_evil::test_"
_PROOFS: Final = "federation/proofs/test_integrity::test_"
_HOMES: Final = "stories/test_lying_homes::test_"
_FOLLOWERS: Final = "adversary/test_followers::test_"
_FULL_RUN: Final = "privacy/test_full_run::test_sec_01_02_08_of_a_full_run_nothing_private_is_left_in_any_file"

NETWORK: Final[Mapping[str, Case]] = {
    "HTTP-01": proved(
        f"{_DOORS}http_01_the_same_addresses_have_two_representations_and_every_answer_varies",
        "node/test_kept_pages::test_the_same_address_is_kept_as_a_page_and_never_given_for_the_document",
        "node/test_mirrors::test_http_01_pages_and_objects_have_different_names_and_answer_304",
    ),
    "HTTP-02": proved(
        f"{_HTTP}http_02_every_answer_of_every_route_varies_and_is_not_sniffed",
        f"{_DOORS}what_is_not_here_is_404_and_varies",
    ),
    "HTTP-09": proved(
        f"{_HTTP}http_09_no_error_tells_of_the_machine",
        f"{_DOORS}http_09_error_pages_say_nothing_of_the_machine",
        "node/test_listening::test_a_malformed_request_is_answered_in_our_words_and_logged_nowhere",
    ),
    "JSN-01": proved(
        f"{_JSON}jsn_01_what_is_no_strict_json_is_400",
        "stories/test_refusals::test_jsn_01_what_is_no_strict_json",
        "fuzz/test_json::test_jsn_01_any_bytes_are_read_as_everybody_reads_them_or_refused",
    ),
    "JSN-05": proved(
        f"{_JSON}jsn_05_a_signature_in_the_document_lets_nobody_speak_for_another",
        f"{_JSON}jsn_05_a_signature_in_the_document_that_is_worthless_takes_nothing_away",
        f"{_PROOFS}jsn_05_an_old_signature_on_the_document_is_just_a_field",
    ),
    "JSN-06": proved(
        f"{_PROOFS}jsn_06_a_changed_field_is_refused",
        f"{_PROOFS}jsn_06_a_field_more_or_less_is_refused",
        "federation/mirror/test_bodies::test_jsn_06_a_changed_field_or_option_of_the_proof_is_invalid",
    ),
    "JSN-09": proved(
        f"{_PROOFS}jsn_09_a_changed_option_is_refused",
        f"{_PROOFS}jsn_09_a_truly_signed_proof_of_another_kind_is_refused",
    ),
    "JSN-10": proved(
        f"{_PROOFS}jsn_10_the_key_of_another_is_refused",
        f"{_PROOFS}jsn_10_an_odd_value_is_refused",
    ),
    "JSN-11": proved(
        "stories/test_generated::test_jsn_11_ten_thousand_mutants_are_taken_or_refused_by_name",
        "stories/test_generated::test_jsn_11_mutants_at_the_real_door_are_202_or_a_refusal",
        "fuzz/test_activities::test_jsn_11_any_object_is_an_activity_with_one_actor_or_none",
        "fuzz/test_activities::test_jsn_11_any_object_is_an_actor_with_keys_of_its_own_or_none",
        "federation/test_odd_actors::test_jsn_11_a_mutant_of_a_real_actor_is_an_actor_or_none",
    ),
    "MIR-01": proved(
        f"{_EVIL}mir_01_what_a_source_alters_is_not_taken_and_not_the_logs_fault",
        f"{_EVIL}mir_01_one_honest_source_is_enough",
        "stories/test_mirroring::test_everything_is_checked_by_verify_and_an_altered_byte_is_named",
        "stories/test_outsider::test_one_changed_byte_at_the_mirror_is_found_out_and_the_home_is_still_good",
    ),
    "MIR-02": proved(f"{_EVIL}mir_02_a_head_that_goes_back_is_refused_and_kept"),
    "MIR-03": proved(f"{_EVIL}mir_03_an_origin_that_serves_less_than_it_signed_gets_no_receipt"),
    "MIR-04": proved(
        f"{_MIRRORS}mir_04_mirrors_that_were_shown_different_records_find_out_while_the_home_answers",
        f"{_MIRRORS}mir_04_who_compares_with_a_mirror_of_the_same_record_finds_nothing",
        f"{_EVIL}mir_04_two_heads_of_one_size_stop_the_log_and_are_kept",
        f"{_EVIL}mir_04_a_larger_head_of_another_history_is_a_fork_when_its_tiles_prove_it",
        "node/test_mirrors::test_mir_04_a_forked_log_is_said_to_be_forked_and_its_good_part_is_served",
    ),
    "MIR-06": proved(
        "stories/test_mirroring::test_mir_06_what_the_origin_takes_back_is_gone_from_mirrors",
        "stories/test_reading_copies::test_mir_06_what_the_origin_takes_back_is_gone_from_pages_pictures_and_wire",
        "node/test_mirrors::test_mir_06_what_its_union_took_back_is_gone_for_readers_and_servers",
        "stories/test_mirrored_media::test_what_was_taken_back_keeps_no_pictures_after_the_grace",
    ),
    "MIR-07": proved(
        f"{_EVIL}mir_07_a_peer_beyond_its_quota_is_kept_as_it_is",
        "federation/mirror/test_pulling::test_mir_07_a_huge_log_ends_at_its_quota",
        "stories/test_mirrored_media::test_mir_07_the_oldest_pictures_make_room_for_newer_ones",
        waits="that sign-ups are untouched joins with sign-up",
    ),
    "MIR-08": proved(
        "stories/test_pacts::test_a_pact_that_ends_in_one_process_is_over_in_the_others_within_a_minute_without_news",
        f"{_EVIL}mir_08_a_removed_peer_is_neither_asked_nor_heard",
        "stories/test_reading_copies::test_mir_08_a_removed_peer_is_gone_from_pages",
        "stories/test_wire::test_mir_08_of_a_peer_that_was_removed_or_is_unlisted_it_says_nothing",
        "stories/test_pact_strangers::test_what_waits_for_a_removed_peer_is_cancelled_except_the_end_itself",
    ),
    "MIR-09": proved(
        f"{_EVIL}mir_09_a_domain_that_was_taken_over_is_not_the_union",
        "node/test_mirrors::test_mir_09_a_domain_stays_with_the_did_that_was_pinned_first",
        f"{_HOMES}a_did_that_changes_under_a_pinned_address_is_an_alarm",
        f"{_HOMES}a_second_union_that_claims_a_pinned_home_is_refused_and_evident",
    ),
    "MIR-10": proved(
        "stories/test_reading_copies::test_a_fallen_union_is_read_at_its_mirrors",
        f"{_HOMES}a_union_that_claims_our_own_address_is_refused_and_check_says_so",
        "node/test_mirrors::test_a_union_that_moved_is_found_under_both_domains",
        waits="a new home under the pinned did joins with coming back (restore, exile)",
    ),
    "SEC-01": proved(_FULL_RUN, waits="of those who follow, like, reply and report; supporters join with sign-up"),
    "SEC-02": proved(_FULL_RUN, waits="of the same; backups join with them"),
    "SEC-06": waiting("there are no backups yet: joins with them"),
    "SEC-08": proved(
        _FULL_RUN,
        "stories/test_running::test_logs_of_a_full_story_hold_nobody",
        "node/test_serve::test_a_stop_is_clean_and_its_log_holds_no_address_of_a_client",
        "node/test_logs::test_what_a_library_fills_into_its_words_is_left_out",
        waits="sign-up paths join with sign-up",
    ),
    "SEC-10": proved(
        "node/test_vault::test_files_and_folders_are_closed_to_others_whatever_the_umask",
        "node/test_doctor::test_a_key_lost_or_laid_open_while_the_node_runs_is_found",
        "node/test_store_password::test_no_output_holds_the_password",
        waits="clear backups join with backups",
    ),
    "SEC-11": proved(
        f"{_FOLLOWERS}sec_11_no_answer_to_anybody_changes_when_somebody_follows",
        f"{_FOLLOWERS}sec_11_how_many_follow_is_a_number_and_never_a_name",
        f"{_FOLLOWERS}sec_11_the_inbox_answers_a_follower_as_it_answers_a_stranger",
        f"{_FOLLOWERS}sec_11_what_one_follower_was_told_cannot_be_read_by_anybody",
        f"{_FOLLOWERS}sec_11_who_likes_and_passes_on_is_counted_and_not_named",
        f"{_FOLLOWERS}sec_11_operators_are_told_numbers",
        "adversary/test_asking_for_keys::test_sec_11_budgets_that_are_used_up_do_not_tell_whose_key_is_known",
        "adversary/test_asking_for_keys::test_sec_11_budgets_do_not_tell_who_is_blocked",
        _FULL_RUN,
    ),
    "SEC-12": proved(
        "privacy/test_forgetting::test_sec_12_a_month_after_somebody_left_nothing_holds_the_name",
        "storage/test_erased::test_nothing_of_who_unfollowed_is_in_any_file",
    ),
}
