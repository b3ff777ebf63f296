"""What a language has to give for copies, proofs and the network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkWords:
    """One language's words. A label that names something is followed by it after a colon or stands above it."""

    copies: str
    copies_lead: str
    no_copies: str
    campaigns_of: str

    copy: str
    copy_means: str
    kept_by: str
    original: str
    complete_to: str
    newest_update: str
    checked: str
    original_answers: str
    answering: str
    silent_since: str
    unheard_since: str
    to_original: str

    forked: str
    frozen: str
    behind: str
    unconfirmed: str
    ended: str
    holding_back: str

    their_words: str
    their_words_how: str

    withheld: str
    withheld_means: str
    reason: str
    withheld_since: str

    proof: str
    proof_means: str
    proof_download: str
    proof_how: str

    check_lead: str
    check_need: str
    check_need_means: str
    check_run: str
    check_run_means: str
    check_whose: str
    check_says: str
    check_inside: str
    check_inside_means: str
    check_not: str
    check_not_epoch: str
    check_not_mirrors: str
    check_not_key: str
    check_not_truth: str
    check_others: str

    network: str
    network_lead: str
    no_peers: str
    peers: str
    union: str
    holds_of_ours: str
    holds_all: str
    """With {n}."""
    holds_part: str
    """With {n} and {m}."""
    holds_nothing: str
    as_of: str
    we_hold: str
    we_hold_nothing: str
    up_to_entry: str
    """With {n}."""

    survive: str
    if_we_fell: str
    if_they_fell: str
    still_whole: str
    """With {n}."""
    still_part: str
    """With {n} and {m}."""
    nothing_left: str
    too_few: str
    theirs_stands: str
    """With {n}."""
    theirs_gone: str
