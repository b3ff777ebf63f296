"""Outgoing requests, on every path that fetches or delivers (`tests.adversary.paths`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.adversary.cases.case import Case, proved

_HERE: Final = "adversary/test_outgoing::test_"
_PLANTING: Final = "adversary/test_planting::test_"
_GATE: Final = "federation/test_wire_gate::test_"
_WIRE: Final = "federation/test_wire::test_"
_LITERAL: Final = f"{_HERE}ssrf_01_to_04_no_path_connects_to_an_address_that_is_not_public"
_NAMED: Final = f"{_HERE}ssrf_01_to_04_no_path_connects_to_a_name_that_leads_there"
_CLOSED: Final = (
    _LITERAL,
    _NAMED,
    "federation/test_addresses::test_an_address_that_is_not_public_is_closed",
    f"{_GATE}no_connection_leaves_for_a_literal_address_that_is_not_public",
)
_BY_HAND: Final = f"{_HERE}ssrf_11_to_13_a_url_that_hides_something_is_refused_before_any_look_up"

OUTGOING: Final[Mapping[str, Case]] = {
    "SSRF-01": proved(*_CLOSED),
    "SSRF-02": proved(*_CLOSED),
    "SSRF-03": proved(*_CLOSED),
    "SSRF-04": proved(*_CLOSED),
    "SSRF-06": proved(
        f"{_HERE}ssrf_06_of_a_name_with_mixed_answers_no_private_one_is_connected_to",
        f"{_GATE}of_a_name_with_mixed_answers_only_the_allowed_one_is_connected_to",
    ),
    "SSRF-07": proved(
        f"{_HERE}ssrf_07_a_name_that_is_rebound_is_judged_when_it_is_connected_to",
        f"{_GATE}a_name_that_changes_between_two_requests_is_judged_at_each_connect",
    ),
    "SSRF-08": proved(
        f"{_HERE}ssrf_08_a_redirect_to_a_private_address_is_refused_at_each_hop",
        f"{_WIRE}a_redirect_to_a_closed_address_is_refused_at_every_hop",
    ),
    "SSRF-10": proved(
        f"{_HERE}ssrf_10_redirects_in_a_circle_end",
        f"{_WIRE}a_redirect_in_a_circle_is_refused",
        f"{_GATE}a_redirect_from_https_to_http_is_refused_even_under_dev",
    ),
    "SSRF-11": proved(_BY_HAND, f"{_WIRE}a_redirect_to_anything_but_a_clean_url_is_refused"),
    "SSRF-12": proved(_BY_HAND, f"{_GATE}a_url_that_hides_something_is_refused_before_the_name_is_looked_up"),
    "SSRF-13": proved(
        "fuzz/test_addresses::test_ssrf_13_any_text_is_an_address_in_its_one_form_or_refused",
        _BY_HAND,
        "federation/test_addresses::test_a_url_that_hides_something_is_refused_before_any_look_up",
    ),
    "SSRF-15": proved(
        _LITERAL,
        _NAMED,
        "federation/test_key_lookup::test_a_key_id_that_is_no_address_or_a_private_one_is_a_bad_signature",
    ),
    "SSRF-17": proved(
        f"{_HERE}ssrf_17_fifty_requests_that_name_keys_on_one_victim_are_one_fetch",
        "federation/test_key_lookup::test_fifty_key_ids_on_one_victim_cost_one_fetch_in_ten_seconds",
        "federation/test_key_lookup::test_many_askers_cost_a_victim_no_more_than_one",
        "federation/test_key_lookup::test_who_asks_from_the_hosts_own_address_is_heard_while_others_use_up_its_turns",
        "federation/test_key_lookup::test_a_redirect_of_a_key_leads_to_no_other_host",
        "federation/test_budgets::test_a_victim_is_asked_once_in_ten_seconds_whoever_makes_us_ask",
        "federation/mirror/test_named_homes::test_a_mirror_that_shows_another_unions_charter_makes_us_ask_nobody_it_names",
        "federation/test_stranger_budgets::test_a_home_is_asked_twice_in_five_minutes_whoever_names_it",
        f"{_PLANTING}ssrf_17_a_strangers_charter_makes_us_ask_a_third_party_twice_and_no_more",
        f"{_PLANTING}ssrf_17_a_redirect_of_a_charter_leads_to_no_third_party",
        "federation/test_key_lookup::test_a_host_that_gave_a_valid_key_is_asked_twenty_times_a_second",
    ),
    "SSRF-18": proved(
        f"{_HERE}ssrf_18_no_path_asks_ourselves",
        f"{_GATE}our_own_address_is_never_asked",
        f"{_GATE}a_redirect_to_our_own_address_is_refused",
    ),
}
