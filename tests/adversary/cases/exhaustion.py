"""Exhaustion: tests count answers, fetches, bytes, rows and steps; times are for `make soak` and `make bench`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.adversary.cases.case import Case, proved, waiting

_HERE: Final = "adversary/test_exhaustion::test_"
_PLANTING: Final = "adversary/test_planting::test_"
_LIMITS: Final = "federation/test_wire_limits::test_"

EXHAUSTION: Final[Mapping[str, Case]] = {
    "DOS-01": proved(
        f"{_HERE}dos_01_chunks_without_end_are_cut_off_at_the_cap",
        "stories/test_refusals::test_dos_01_a_body_over_the_cap",
        "stories/test_crowding::test_bodies_that_never_end_fill_only_the_part_of_the_address_they_come_from",
    ),
    "DOS-02": proved(
        f"{_HERE}dos_02_compressed_bodies_are_not_unpacked", "stories/test_refusals::test_dos_02_compressed_bodies"
    ),
    "DOS-04": proved(
        f"{_HERE}dos_04_json_without_bottom_or_end_is_400",
        "federation/test_strictjson::test_what_is_not_strict_json_is_refused",
        "federation/test_strictjson::test_more_brackets_than_any_document_needs_are_refused_before_they_are_decoded",
        "federation/activitystreams/test_parse::test_dos_04_ten_thousand_things_cost_no_more_than_one",
        "fuzz/test_json::test_jsn_01_any_bytes_are_read_as_everybody_reads_them_or_refused",
    ),
    "DOS-08": proved(
        f"{_LIMITS}an_endless_body_is_dropped_at_the_cap",
        f"{_LIMITS}a_gzip_bomb_is_dropped_at_the_cap",
        f"{_LIMITS}a_host_that_falls_silent_is_left_after_the_time_limit",
        f"{_LIMITS}headers_without_end_are_a_bad_answer",
        f"{_LIMITS}a_long_answer_to_a_post_is_not_read_and_its_status_counts",
    ),
    "DOS-11": proved(f"{_HERE}dos_11_a_tree_of_replies_without_end_costs_no_fetch"),
    "DOS-14": proved(
        f"{_HERE}dos_14_deletes_of_unknown_actors_cost_neither_fetch_nor_row",
        "stories/test_refusals::test_a_delete_of_a_stranger_costs_no_fetch",
        "soak/test_farewells::test_ten_thousand_deletes_of_strangers_cost_no_fetch_and_no_row",
    ),
    "DOS-15": proved(
        "stories/test_hostile::test_one_actor_cannot_flood_us_and_others_are_unhurt",
        "stories/test_running::test_one_address_gets_429_and_others_are_unhurt",
        f"{_PLANTING}dos_15_who_repeats_what_somebody_signed_uses_up_nothing_of_theirs",
        "soak/test_flood::test_a_flood_from_many_addresses_hurts_nobody",
        "federation/test_budgets::test_an_empty_bucket_says_how_long_to_wait_and_takes_nothing",
    ),
    "DOS-17": proved(
        "federation/delivery/test_hosts::test_a_hundred_thousand_failing_hosts_fill_a_bounded_table",
        "federation/delivery/test_hosts::test_the_store_keeps_a_bounded_number_of_rows",
        "federation/delivery/test_worker_rests::test_the_table_of_failing_hosts_stays_bounded",
        f"{_PLANTING}dos_17_who_only_names_a_key_leaves_no_row_and_costs_its_host_one_fetch",
        f"{_PLANTING}dos_17_deletions_of_what_we_never_had_are_remembered_within_bounds",
        "federation/test_seen_keys::test_keys_that_were_only_named_fill_a_bounded_memory",
        "storage/test_kept_keys::test_keys_that_are_long_push_out_others_so_that_all_together_stay_within_bounds",
    ),
    "DOS-19": waiting("there are no passwords over the network yet: joins with the desk"),
    "DOS-21": proved(
        f"{_HERE}dos_21_without_room_media_of_others_are_left_and_our_own_words_go_out",
        "federation/mirror/test_rules::test_mir_07_all_mirrors_together_leave_half_of_the_free_disk",
        "stories/test_running::test_a_full_disk_is_named",
        waits="sign-ups on a full disk join with sign-up",
    ),
}
