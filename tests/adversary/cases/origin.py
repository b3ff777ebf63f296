"""Origin: who may say what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.adversary.cases.case import Case, proved

_HERE: Final = "adversary/test_origin::test_"
_FETCHED: Final = "adversary/test_fetched::test_"
_REFUSALS: Final = "stories/test_refusals::test_"
_RESOLVER: Final = "federation/test_resolver::test_"

ORIGIN: Final[Mapping[str, Case]] = {
    "ORG-01": proved(
        f"{_HERE}org_01_an_id_on_peer_is_refused_and_stays_free",
        f"{_REFUSALS}org_01_a_taken_id_is_refused_and_stays_free",
    ),
    "ORG-02": proved(f"{_REFUSALS}org_02_03_a_note_of_peer_inside_a_create_by_mal"),
    "ORG-03": proved(f"{_REFUSALS}org_02_03_a_note_of_peer_inside_a_create_by_mal"),
    "ORG-05": proved(f"{_HERE}org_05_a_note_without_id_is_not_stored", f"{_REFUSALS}org_05_a_note_without_id"),
    "ORG-06": proved(
        f"{_FETCHED}org_06_a_document_with_another_id_is_not_believed",
        f"{_RESOLVER}a_document_with_an_id_on_another_host_is_refused_without_asking_there",
        f"{_RESOLVER}a_document_that_is_not_at_its_id_either_is_refused",
    ),
    "ORG-07": proved(
        f"{_FETCHED}org_07_a_redirect_to_another_host_gives_no_identity",
        f"{_RESOLVER}a_redirect_gives_no_identity",
    ),
    "ORG-10": proved(
        f"{_HERE}org_10_names_that_only_look_alike_are_other_origins",
        "federation/identity/test_ownership::test_org_10_nobody_may_change_what_is_anothers",
        "federation/test_addresses::test_an_origin_is_scheme_host_and_port",
    ),
    "ORG-11": proved(
        "fuzz/test_inbox::test_org_01_to_29_whatever_mal_signs_changes_nothing_of_others",
        f"{_HERE}org_11_15_17_what_is_peers_stays_as_it_is",
        f"{_REFUSALS}org_11_update_by_mal_of_what_is_peers",
    ),
    "ORG-13": proved(
        f"{_HERE}org_13_an_update_changes_neither_author_nor_type",
        f"{_REFUSALS}org_13_update_that_changes_the_type",
    ),
    "ORG-15": proved(
        f"{_HERE}org_11_15_17_what_is_peers_stays_as_it_is",
        f"{_REFUSALS}org_15_delete_by_mal_of_what_is_peers",
        f"{_REFUSALS}org_15_delete_by_another_actor_of_the_same_host",
    ),
    "ORG-16": proved(
        f"{_HERE}org_16_nobody_deletes_an_actor_but_itself",
        f"{_REFUSALS}org_16_delete_of_an_actor_by_another_of_its_host",
    ),
    "ORG-17": proved(
        f"{_HERE}org_11_15_17_what_is_peers_stays_as_it_is",
        f"{_REFUSALS}org_17_undo_by_mal_of_what_is_peers",
    ),
    "ORG-20": proved(f"{_HERE}org_20_of_an_announce_only_the_id_is_used"),
    "ORG-23": proved(
        f"{_FETCHED}org_23_another_type_than_activitystreams_is_not_believed",
        f"{_RESOLVER}a_document_of_another_type_is_refused",
    ),
    "ORG-25": proved(
        "stories/test_pictures_shown::test_org_25_a_picture_is_never_anything_else",
        "node/pictures/test_clean::test_med_05_and_08_what_is_no_picture_starts_no_child",
        "stories/test_held_logs::test_a_file_of_a_peer_is_bytes_to_be_stored_and_nothing_to_be_shown",
        "node/test_mirrored_pictures::test_a_peer_s_file_of_another_type_is_never_served_to_readers",
    ),
    "ORG-26": proved(
        f"{_FETCHED}org_26_a_host_that_points_elsewhere_needs_that_hosts_word",
        "federation/test_finger::test_a_host_that_points_at_anothers_actor_needs_that_ones_word",
        "federation/test_finger::test_webfinger_pointing_at_our_own_actor_is_refused",
    ),
    "ORG-27": proved("stories/test_moves::test_org_27_without_a_reference_back_nobody_is_moved"),
    "ORG-29": proved(
        f"{_HERE}org_29_nobody_speaks_as_one_of_us",
        f"{_HERE}org_29_a_delete_of_one_of_us_is_answered_like_any_farewell_and_does_nothing",
        f"{_REFUSALS}org_29_our_own_id_as_actor",
    ),
    "ORG-30": proved(
        f"{_HERE}org_30_what_is_not_for_everybody_is_shown_to_nobody",
        "stories/test_comments::test_a_reply_that_is_not_public_can_never_be_shown",
        "stories/test_comments::test_a_reply_that_stops_being_public_leaves_the_page",
        "stories/test_highlights::test_what_may_not_be_passed_on_is_refused_with_a_sentence",
        "federation/mirror/test_bodies::test_what_no_log_may_hold_stops_it",
    ),
}
