"""Signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.adversary.cases.case import Case, proved

_DOOR: Final = "adversary/test_signatures::test_"
_REFUSALS: Final = "stories/test_refusals::test_"
_CAVAGE: Final = "federation/httpsig/test_cavage::test_"
_RFC9421: Final = "federation/httpsig/test_rfc9421::test_"
_LOOKUP: Final = "federation/test_key_lookup::test_"
_KEYS: Final = "federation/test_keys::test_"

SIGNATURES: Final[Mapping[str, Case]] = {
    "SIG-01": proved(f"{_REFUSALS}sig_01_no_signature", f"{_CAVAGE}sig_01_an_unsigned_request_is_refused"),
    "SIG-02": proved(
        f"{_REFUSALS}sig_02_digest_not_signed_and_body_altered",
        f"{_CAVAGE}sig_02_an_unsigned_digest_is_refused",
    ),
    "SIG-03": proved(
        f"{_REFUSALS}sig_03_digest_signed_and_body_altered_by_a_byte",
        f"{_CAVAGE}sig_03_an_altered_body_is_refused",
        "stories/test_captured::test_a_captured_request_with_one_altered_byte_is_refused",
    ),
    "SIG-05": proved(
        f"{_DOOR}sig_05_a_digest_of_md5_alone",
        f"{_CAVAGE}sig_05_a_signed_md5_beside_an_unsigned_sha_256_is_refused",
        "federation/httpsig/test_digest::test_sig_05_a_body_without_a_sound_digest_is_refused",
    ),
    "SIG-07": proved(f"{_DOOR}sig_07_only_the_date_is_signed", f"{_CAVAGE}each_needed_part_must_be_covered"),
    "SIG-09": proved(f"{_REFUSALS}sig_09_made_for_another_host", f"{_RFC9421}a_request_for_another_host_is_refused"),
    "SIG-10": proved(f"{_REFUSALS}sig_10_replayed_at_another_inbox"),
    "SIG-11": proved(
        f"{_DOOR}sig_11_a_date_two_hours_off_or_none",
        f"{_REFUSALS}sig_11_date_two_hours_off",
        f"{_REFUSALS}sig_11_date_absent",
    ),
    "SIG-12": proved(f"{_REFUSALS}sig_12_date_a_little_off", f"{_RFC9421}a_time_within_the_hour_is_taken"),
    "SIG-16": proved(
        f"{_DOOR}sig_16_the_same_request_again_after_a_restart_has_one_effect",
        f"{_REFUSALS}sig_16_the_same_request_twice_has_one_effect",
    ),
    "SIG-18": proved(
        f"{_DOOR}sig_18_a_key_of_mals_for_an_actor_of_peers",
        f"{_REFUSALS}sig_18_another_actor_of_the_same_host",
        "stories/test_neighbours::test_sig_18_an_actor_whose_key_was_named_for_another_is_not_kept",
    ),
    "SIG-19": proved(
        f"{_DOOR}sig_19_a_key_of_mals_that_claims_peer_as_its_owner",
        f"{_LOOKUP}a_key_document_that_claims_an_owner_elsewhere_is_refused_without_asking",
        f"{_LOOKUP}an_actor_may_not_list_a_key_of_another_host",
    ),
    "SIG-23": proved(
        f"{_DOOR}sig_23_a_key_document_whose_id_is_not_its_url",
        f"{_LOOKUP}a_stand_alone_key_whose_id_is_not_its_url_is_refused_and_not_kept",
    ),
    "SIG-25": proved(
        f"{_DOOR}sig_25_a_thousand_bad_signatures_for_a_known_key_are_one_refetch",
        f"{_LOOKUP}a_thousand_bad_signatures_refetch_a_key_once_in_five_minutes",
    ),
    "SIG-26": proved(
        f"{_DOOR}sig_26_a_key_that_is_not_there_is_asked_for_once",
        f"{_LOOKUP}a_key_url_that_hangs_is_asked_once_for_a_hundred_callers",
    ),
    "SIG-27": proved(
        f"{_REFUSALS}sig_27_another_algorithm_than_the_keys",
        f"{_RFC9421}sig_27_another_algorithm_is_refused_before_the_key",
    ),
    "SIG-28": proved(
        f"{_DOOR}sig_28_an_hmac_with_the_public_key_as_its_secret",
        f"{_CAVAGE}sig_28_an_hmac_by_the_public_key_is_refused",
    ),
    "SIG-30": proved(
        f"{_DOOR}sig_30_what_is_no_sound_key_is_refused_and_no_mistake_of_ours",
        f"{_KEYS}sig_30_what_is_no_sound_public_key_is_refused",
    ),
    "SIG-31": proved(
        f"{_DOOR}sig_31_a_key_of_small_order_signs_nothing",
        f"{_DOOR}sig_31_a_second_form_of_a_signature_is_refused",
        f"{_KEYS}sig_31_a_small_order_or_odd_encoding_of_a_key_is_refused",
        f"{_KEYS}sig_31_a_second_form_of_a_signature_is_refused",
    ),
    "SIG-33": proved(
        f"{_DOOR}sig_33_a_signed_header_given_twice",
        f"{_CAVAGE}sig_33_a_header_signed_twice_is_refused",
        f"{_RFC9421}sig_33_a_signed_header_given_twice_is_refused",
    ),
    "SIG-36": proved(
        f"{_DOOR}sig_36_a_query_is_taken_only_when_it_is_signed",
        f"{_CAVAGE}sig_36_a_query_added_later_is_refused",
    ),
    "SIG-38": proved(
        f"{_DOOR}sig_38_rfc_9421_over_a_part_of_the_request",
        f"{_RFC9421}sig_38_a_cover_with_a_hole_is_refused",
    ),
    "SIG-39": proved(
        f"{_DOOR}sig_39_rfc_9421_with_a_time_that_is_none",
        f"{_RFC9421}sig_39_a_time_that_is_none_or_far_is_refused",
    ),
    "SIG-40": proved(
        "fuzz/test_signatures::test_sig_40_two_sound_signatures_make_no_request_however_they_are_put_together",
        f"{_DOOR}sig_40_rfc_9421_with_two_labels_by_two_keys",
        f"{_RFC9421}sig_40_two_labels_are_refused",
    ),
    "SIG-42": proved(
        f"{_DOOR}sig_42_parameters_of_components_that_we_do_not_implement",
        f"{_RFC9421}sig_42_a_component_we_do_not_implement_is_refused",
    ),
}
