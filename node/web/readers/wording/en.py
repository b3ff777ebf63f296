"""English."""

from __future__ import annotations

from typing import Final

from node.web.readers.wording.network import en as network
from node.web.readers.wording.table import Counted, Notice, Wording

ENGLISH: Final = Wording(
    code="en",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December"),
    date="{weekday} {day} {month} {year}, {time} UTC",
    skip="Skip to the content",
    front_page="Front page",
    own_server="These pages come from the union’s own server. They load nothing from elsewhere, set no cookies and run "
    "no scripts.",
    campaign="Campaign",
    campaigns="Campaigns",
    hashtag="Hashtag",
    own_page="This is the union’s own page. Here its campaigns speak for themselves.",
    newest_updates="Newest updates",
    updates="Updates",
    older_updates="Older updates",
    newest="Newest",
    nothing_older="There are no older updates.",
    nothing_yet="Nothing has been published yet.",
    nothing_yet_follow="Nothing has been published yet. Follow the campaign, and the first update will reach you.",
    nothing_tagged="No update here carries this hashtag.",
    more_updates="More updates",
    updates_counted=Counted("1 update", "{n} updates"),
    newest_update="Newest",
    update_from="Update from",
    updates_from="Updates from",
    tagged="Updates with the hashtag",
    edited="edited",
    edited_at="Edited",
    warning="Warning:",
    read_on="Read on",
    previous="Previous update",
    next="Next update",
    all_updates="All updates",
    pinned="Pinned",
    boosted_by="Passed on by",
    changed_since="Its author has changed it since.",
    likes=Counted("1 like", "{n} likes"),
    boosts=Counted("1 boost", "{n} boosts"),
    comments=Counted("1 comment", "{n} comments"),
    comments_older="Older comments",
    comments_newer="Newer comments",
    comments_page="More comments",
    comments_part="Part {page} of {pages}, the newest first.",
    original_on="Original on",
    in_answer_to="In answer to",
    reply="Answer or pass on",
    reply_how="Put this link into the search field of Mastodon or any other fediverse app; there you can reply, like "
    "and boost. Replies appear here once the union has read them.",
    link="Link",
    follow_union="Follow the union",
    follow_campaign="Follow this campaign",
    follow_how="Copy this address into the search field of Mastodon or any other fediverse app, then press Follow.",
    follow_carries="Updates reach you there as they appear.",
    follow_union_carries="It carries what the union says in its own name; each campaign has an address of its own.",
    follow_without="Without an account",
    feed_for_readers="for any feed reader",
    genuine="Is this really us?",
    genuine_how="These eight words stand for our key. Compare them with our posters, or ask us on the phone. If one "
    "differs, you are reading somebody else’s pages.",
    genuine_digits="The same in digits",
    network=network.ENGLISH,
    ways_on="Ways on",
    to_front_page="Go to the front page",
    notices={
        "retracted": Notice(
            "This update was retracted",
            "Its authors published it here and later took it back. Servers that had received it were asked to remove "
            "it too.",
            "Copies others made may still exist, but the authors no longer stand behind them.",
        ),
        "wrong": Notice(
            "This request could not be answered",
            "Something about it was not as it should be.",
            "Go back and try again, or start from the front page.",
        ),
        "ours": Notice(
            "Something went wrong on our side",
            "It is not your fault, and nothing was lost.",
            "Please try again in a few minutes.",
        ),
        "elsewhere": Notice(
            "This page cannot be shown to you",
            "It is only for those who may prove who they are.",
            "What the union publishes for everybody is on the front page.",
        ),
        "missing": Notice(
            "There is no such page",
            "The address may be mistyped or cut short, or it points to something that never was here.",
            "Check the address letter by letter, or look for what you want among our campaigns.",
        ),
        "only_read": Notice(
            "That cannot be done here",
            "This address can be read, but nothing can be sent to it.",
            "Open the page by its link instead.",
        ),
        "slow": Notice(
            "That took too long", "The connection was too slow, or it broke in between.", "Please try again."
        ),
        "large": Notice("That is too large", "More was sent than this server takes.", "Send less, or in parts."),
        "many": Notice(
            "Too many requests",
            "This server had more requests than it can answer, perhaps from others on your network.",
            "Wait a minute and try again.",
        ),
        "closed": Notice(
            "Closed for a moment",
            "The server cannot read or write its records just now.",
            "Please try again in a few minutes.",
        ),
    },
)  # fmt: skip
