"""English."""

from __future__ import annotations

from typing import Final

from node.web.readers.wording.network.table import NetworkWords

ENGLISH: Final = NetworkWords(
    copies="Copies of other unions",
    copies_lead="Unions keep complete, checked copies of each other’s updates. When one of their servers is shut "
    "down, its words stay readable here.",
    no_copies="No copy of another union is kept here yet.",
    campaigns_of="Campaigns of this union",
    copy="This is a checked copy",
    copy_means="What you read here are another union’s words. This server keeps a copy of its whole signed record, "
    "and has checked every signature in it.",
    kept_by="Kept by",
    original="Original",
    complete_to="Complete to entry",
    newest_update="Newest update",
    checked="Last checked",
    original_answers="The original server",
    answering="is answering",
    silent_since="has been silent since",
    unheard_since="has not answered us since",
    to_original="Read it at the original",
    forked="Two different records were signed with this union’s key. We have taken nothing new since, and show what "
    "stood before. Ask the union by phone which record is theirs.",
    frozen="Nothing new is taken from this union’s server at the moment. What stands here is from before.",
    behind="The union has published more than stands here. The rest is on its way.",
    unconfirmed="So far only its own server has told us which key is this union’s newest. Compare its eight words "
    "with its posters.",
    ended="Its server has ended the exchange of copies. What was here stays; nothing new is taken.",
    holding_back="Its server took back very many updates at once. Until it is confirmed that the union wants this, "
    "they go on standing here.",
    their_words="Is this really them?",
    their_words_how="These eight words stand for this union’s key. Compare them with its posters, or ask it on the "
    "phone. If one differs, these are somebody else’s words.",
    withheld="This update is not shown here",
    withheld_means="It stands in the union’s record, but the organisers of this server do not show it.",
    reason="Their reason",
    withheld_since="Not shown since",
    proof="Check it yourself",
    proof_means="This small file proves that exactly these words stand in the union’s signed record, and which "
    "other unions have seen it there. It can be checked years from now, without this server.",
    proof_download="Download the proof",
    proof_how="How to check an update",
    check_lead="Anybody can check that an update is genuine, without trusting this server or any other.",
    check_need="What you need",
    check_need_means="The proof of the update, which its page offers for download, and the union’s eight words from "
    "somewhere else: a poster, a leaflet, a phone call. If both come from one place, one forger could have made "
    "both.",
    check_run="How to check",
    check_run_means="Install Picketline on any computer. It needs no server, no account and no connection. Then:",
    check_whose="These are our words. For an update of another union put that union’s words there.",
    check_says="It answers with the words of the update, who wrote them, when, and which unions have signed that "
    "they hold them. If one letter was changed, or the entry, the place, the union or a signature is another’s, it "
    "says which.",
    check_inside="What is in the file",
    check_inside_means="The entry of the record, the update itself, the way from that entry to the signed head of "
    "the record, and the charters that name the keys. Nothing of it is believed because it is in the file: "
    "everything is computed again, from the eight words up.",
    check_not="What it does not prove",
    check_not_epoch="That the union’s keys have not been replaced since. The answer says “true in epoch 1 as of” a "
    "time; ask a mirror whether that epoch was ended earlier.",
    check_not_mirrors="That the unions that sign as mirrors are real ones. A mirror is only as real as its charter, "
    "and anybody can make up ten unions. Look for one that you know, and compare its eight words with its posters.",
    check_not_key="That the campaign’s own key signed the update, unless the file holds that key. The union’s key "
    "stands for the words in any case.",
    check_not_truth="That what the update says is true. It proves only who said it.",
    check_others="The file is in an open format (C2SP tlog-proof) that other programs read too.",
    network="Who keeps our words",
    network_lead="Unions in this network keep complete, checked copies of each other’s records, so that no single "
    "host can silence one of them.",
    no_peers="No other union is named here yet.",
    peers="The unions",
    union="Union",
    holds_of_ours="Holds of ours",
    holds_all="everything, {n} entries",
    holds_part="{n} of {m} entries",
    holds_nothing="nothing yet",
    as_of="as of",
    we_hold="We hold of theirs",
    we_hold_nothing="nothing yet",
    up_to_entry="everything up to entry {n}",
    survive="What would survive",
    if_we_fell="If this server fell",
    if_they_fell="If this one fell",
    still_whole="Our whole record of {n} entries, with every update, would still stand at",
    still_part="{n} of the {m} entries of our record would still stand at",
    nothing_left="Nothing would be left of our record at any mirror that is named here.",
    too_few="Fewer than two of the mirrors named here hold everything of ours.",
    theirs_stands="Its record up to entry {n} would still stand here, and our readers would find it.",
    theirs_gone="Nothing of its record would be left here.",
)
