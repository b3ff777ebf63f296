"""Pages and media."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.adversary.cases.case import Case, proved

_HERE: Final = "adversary/test_pages::test_"
_BROWSER: Final = "browser/test_hostile::test_"
_SANITISING: Final = "node/test_sanitising::test_"
_REDRAW: Final = "node/pictures/test_redraw::test_"
_CLEAN: Final = "node/pictures/test_clean::test_"
_HEADERS: Final = "node/pictures/test_headers::test_"
_REMAINS: Final = f"{_REDRAW}med_01_to_04_nothing_that_tells_anything_remains"

PAGES: Final[Mapping[str, Case]] = {
    "HTML-01": proved(
        f"{_BROWSER}there_are_more_than_three_hundred_samples",
        f"{_BROWSER}html_01_no_sample_in_a_comment_or_its_authors_name_runs_or_loads_anything",
        f"{_BROWSER}html_01_no_sample_in_a_boost_or_its_warning_runs_or_loads_anything",
        f"{_BROWSER}html_01_no_sample_in_an_alt_text_runs_or_loads_anything",
        f"{_BROWSER}html_01_no_sample_in_an_update_or_a_feed_runs_or_loads_anything",
        "browser/test_hostile_peers::test_html_01_no_sample_in_the_copy_of_a_peers_record_runs_or_loads_anything",
        "node/test_mirrors::test_html_01_a_peer_s_html_is_made_harmless_again",
        f"{_SANITISING}nothing_foreign_runs_loads_or_sends",
        "fuzz/test_html::test_html_01_any_foreign_html_is_inert_afterwards_or_refused",
        "fuzz/test_html::test_html_01_what_an_organiser_pastes_is_inert_too",
    ),
    "HTML-04": proved(f"{_SANITISING}a_foreign_link_is_marked_as_nobody_of_ours_recommends_it"),
    "HTML-05": proved(f"{_SANITISING}a_link_whose_text_names_another_host_shows_the_real_one"),
    "HTML-08": proved(
        f"{_HERE}html_08_fifty_thousand_nested_tags_are_not_kept",
        f"{_SANITISING}a_monster_is_refused",
        f"{_SANITISING}a_monster_costs_little",
    ),
    "HTML-09": proved(
        f"{_BROWSER}pages_load_nothing_from_elsewhere",
        "node/test_pages::test_no_page_runs_or_loads_anything_from_elsewhere",
        "stories/test_pictures_shown::test_html_09_a_note_of_pictures_alone_is_read_and_nothing_of_it_is_fetched",
    ),
    "HTML-11": proved(
        "node/test_feeds::test_html_11_words_of_others_stay_words_in_feeds",
        "node/test_feeds::test_html_11_what_xml_cannot_say_is_replaced",
        "node/test_pages::test_words_of_others_stay_words",
        "node/test_conversation::test_names_and_warnings_of_strangers_stay_words",
        "federation/blocks/test_lists::test_what_is_written_is_read_again_and_no_cell_is_a_formula",
        "node/test_cli::test_words_of_strangers_cannot_command_a_terminal",
    ),
    "MED-01": proved(_REMAINS),
    "MED-02": proved(
        f"{_HEADERS}med_05_and_08_other_formats_are_refused_whatever_their_name"
    ),  # no video is taken at all
    "MED-03": proved(
        _REMAINS, "federation/activitystreams/test_pictures::test_a_file_is_named_by_digest_and_type_alone"
    ),
    "MED-04": proved(
        _REMAINS,
        f"{_REDRAW}med_04_a_picture_is_turned_upright",
        f"{_REDRAW}png_and_webp_are_turned_too",
        waits="pictures are given as files of the organiser's own machine; uploads that we destroy join with the desk",
    ),
    "MED-05": proved(
        f"{_HEADERS}med_05_and_08_other_formats_are_refused_whatever_their_name",
        f"{_CLEAN}med_05_and_08_what_is_no_picture_starts_no_child",
    ),
    "MED-07": proved(
        f"{_HEADERS}med_07_what_is_too_large_is_refused_before_anything_is_decoded",
        f"{_CLEAN}med_07_a_bomb_is_refused_at_once",
        f"{_CLEAN}med_07_the_largest_pictures_stay_within_the_memory_of_a_child",
    ),
    "MED-08": proved(
        f"{_HEADERS}med_05_and_08_other_formats_are_refused_whatever_their_name",
        f"{_CLEAN}a_child_has_no_file_no_network_no_process_and_little_memory",
    ),
    "MED-09": proved(
        f"{_CLEAN}med_09_a_hundred_mutated_pictures_are_drawn_or_refused",
        f"{_CLEAN}med_09_a_thousand_mutated_pictures_each_in_a_child_of_its_own",
        f"{_CLEAN}a_child_that_was_taken_over_is_not_believed",
    ),
}
