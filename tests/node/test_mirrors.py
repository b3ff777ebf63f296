"""What readers see of a peer's record that is held here, and what servers get from the same addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from federation.activitystreams.media_types import ACTIVITY_JSON
from federation.log.own import embedded_object, read_document
from federation.proofs.jcs import canonical
from federation.times import rfc3339
from storage.records import Evidence, Withheld
from tests.elsewhere import Elsewhere
from tests.village import Villager, village


@dataclass(frozen=True, slots=True)
class Held:
    """A node that holds the record of another union, and a client to read it with."""

    us: Villager
    them: Elsewhere
    client: aiohttp.ClientSession

    async def get(self, path: str, accept: str = "text/html", **headers: str) -> tuple[int, str, Mapping[str, str]]:
        url = self.us.node.config.url + path
        async with self.client.get(url, headers={"Accept": accept, **headers}) as answer:
            return answer.status, await answer.text(), answer.headers

    def path(self, id: str) -> str:
        return f"/mirrors/harbour.example/{id.rsplit('/', 1)[-1]}"


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[Held]:
    them = Elsewhere()
    them.introduce()
    async with village(tmp_path) as built, aiohttp.ClientSession() as client:
        yield Held(await built.add("line workers"), them, client)


async def test_the_unions_of_which_copies_are_held_are_listed(held: Held) -> None:
    held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store)
    status, page, _ = await held.get("/mirrors/")
    assert 200 == status
    assert 'href="/mirrors/harbour.example/"' in page
    assert "Harbour Workers" in page
    assert "Complete to entry: 2" in page


async def test_without_any_it_says_so(held: Held) -> None:
    status, page, _ = await held.get("/mirrors/")
    assert (200, True) == (status, "No copy of another union is kept here yet." in page)


async def test_a_union_s_page_shows_its_campaigns_and_updates_under_a_banner(held: Held) -> None:
    held.them.say("<p>We are <strong>out</strong>.</p>")
    await held.them.hold(held.us.node.store)
    status, page, headers = await held.get("/mirrors/harbour.example/")
    assert 200 == status
    for words in (
        "This is a checked copy",
        "Kept by: ",
        "Line Workers",
        "Complete to entry: 2",
        "Last checked: ",
        "is answering",
        "We are <strong>out</strong>.",
        "Dockers of Hamburg",
        "@dock@harbour.example",
    ):
        assert words in page
    assert '<link rel="canonical" href="https://harbour.example/">' in page
    assert "Accept" in headers["Vary"]


async def test_a_silent_origin_is_said_to_be_silent_and_its_copy_is_what_search_engines_find(held: Held) -> None:
    id = held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store, silent_since=held.them.at, silence_agreed_at=held.them.at)
    _, page, _ = await held.get(held.path(id))
    assert "has been silent since" in page
    assert f'<link rel="canonical" href="{held.us.node.config.url}{held.path(id)}">' in page


async def test_what_nobody_confirms_is_not_called_silence_and_the_copy_stands_in_after_twice_as_long(
    held: Held,
) -> None:
    id, now = held.them.say("<p>We are out.</p>"), held.us.node.now()
    await held.them.hold(held.us.node.store, silent_since=now - timedelta(seconds=5))
    ours = f'<link rel="canonical" href="{held.us.node.config.url}{held.path(id)}">'
    for page in [(await held.get(path))[1] for path in (held.path(id), "/mirrors/", "/network")]:
        assert ("has not answered us since" in page, "has been silent" in page) == (True, False)
    assert ours not in (await held.get(held.path(id)))[1]
    await held.us.node.pacts.note(held.them.did, silent_since=now - timedelta(seconds=8))
    held.us.node.readers_bell.ring()
    page = (await held.get(held.path(id)))[1]
    assert (ours in page, "has not answered us since" in page) == (True, True)


async def test_it_tells_other_mirrors_what_it_found_of_a_union_s_server_and_nothing_it_was_told(held: Held) -> None:
    held.them.say("<p>We are out.</p>")
    now = held.us.node.now().replace(microsecond=0)
    since, heard = now - timedelta(seconds=9), now - timedelta(hours=1)
    await held.them.hold(held.us.node.store, silent_since=since, silence_agreed_at=now, heard_at=heard, poll_at=now)
    status, body, headers = await held.get(f"/log/{held.them.did}/home")
    said = {"heard_at": rfc3339(heard), "unheard_since": rfc3339(since), "union": held.them.did}
    assert (200, said) == (status, read_document(body.encode()))
    assert ("max-age=60, must-revalidate", "nosniff") == (headers["Cache-Control"], headers["X-Content-Type-Options"])
    for path in (f"/log/{held.us.node.union.did}/home", "/log/did:key:z6MkNobody/home"):
        assert 404 == (await held.get(path))[0]
    await held.us.node.pacts.note(held.them.did, poll_at=now - timedelta(seconds=17))
    assert 404 == (await held.get(f"/log/{held.them.did}/home"))[0]


async def test_an_update_s_page_names_its_author_the_original_and_the_proof(held: Held) -> None:
    id = held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store)
    status, page, _ = await held.get(held.path(id))
    assert 200 == status
    assert "We are out." in page
    assert "Dockers of Hamburg" in page
    assert f'href="{held.them.locations.post_page("dock", id.rsplit("/", 1)[-1])}"' in page
    assert f'href="{held.path(id)}.tlog-proof"' in page
    assert 'href="/network/check"' in page


async def test_a_server_gets_the_origin_s_exact_object_from_the_same_address(held: Held) -> None:
    id = held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store)
    status, body, headers = await held.get(held.path(id), ACTIVITY_JSON)
    activity = held.them.said[-1][1].body
    assert (200, canonical(embedded_object(read_document(activity))).decode()) == (status, body)
    assert body in activity.decode()
    assert headers["Content-Type"].startswith(ACTIVITY_JSON)
    assert "Accept" in headers["Vary"]
    assert (id, True) == (read_document(body.encode())["id"], "proof" in read_document(body.encode()))


async def test_a_server_gets_a_campaign_s_exact_document(held: Held) -> None:
    await held.them.hold(held.us.node.store)
    status, body, _ = await held.get("/mirrors/harbour.example/@dock", ACTIVITY_JSON)
    assert (200, held.them.campaign) == (status, read_document(body.encode())["id"])
    assert body in held.them.said[0][1].body.decode()


async def test_an_edited_update_shows_its_newest_version_alone(held: Held) -> None:
    id = held.them.say("<p>We are out at six.</p>")
    held.them.edit(id, "<p>We are out at seven.</p>")
    await held.them.hold(held.us.node.store)
    _, page, _ = await held.get(held.path(id))
    assert "at seven" in page
    assert "at six" not in page
    assert "Edited" in page


async def test_mir_06_what_its_union_took_back_is_gone_for_readers_and_servers(held: Held) -> None:
    id = held.them.say("<p>A mistake</p>")
    held.them.retract(id)
    await held.them.hold(held.us.node.store)
    status, page, _ = await held.get(held.path(id))
    assert (410, True, False) == (status, "This update was retracted" in page, "A mistake" in page)
    status, body, _ = await held.get(held.path(id), ACTIVITY_JSON)
    assert (410, "Tombstone") == (status, read_document(body.encode())["type"])
    assert "A mistake" not in (await held.get("/mirrors/harbour.example/"))[1]
    assert 404 == (await held.get(f"{held.path(id)}.tlog-proof"))[0]


async def test_no_reader_makes_us_read_all_ever_said_of_one(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    id = held.them.say("<p>A mistake</p>")
    held.them.retract(id)
    await held.them.hold(held.us.node.store)
    monkeypatch.setattr(type(held.us.node.store), "list_object_leaves", None)
    assert [410, 410] == [(await held.get(held.path(id), wanted))[0] for wanted in ("text/html", ACTIVITY_JSON)]


async def test_what_is_withheld_shows_the_reason_instead_of_the_words(held: Held) -> None:
    id, other = held.them.say("<p>Secret words</p>"), held.them.say("<p>Open words</p>")
    store = held.us.node.store
    await held.them.hold(store)
    await store.withhold(Withheld(did=held.them.did, object=id, reason="A court <told> us", since=held.them.at))
    for path in (held.path(id), "/mirrors/harbour.example/", "/mirrors/harbour.example/feed.json"):
        assert "Secret words" not in (await held.get(path))[1]
    status, page, _ = await held.get(held.path(id))
    assert (451, True, True) == (status, "A court &lt;told&gt; us" in page, "noindex" in page)
    status, body, _ = await held.get(held.path(id), ACTIVITY_JSON)
    assert (451, False) == (status, "Secret words" in body)
    assert 410 == (await held.get(f"{held.path(id)}.tlog-proof"))[0]
    assert "Open words" in (await held.get(held.path(other)))[1]


@pytest.mark.parametrize(
    "path",
    [
        "nobody.example/",
        "harbour.example/@nobody",
        "harbour.example/77",
        "harbour.example/99999999999999999999",
        "harbour.example/77.tlog-proof",
        "harbour.example/?before=x",
    ],
)
async def test_what_is_not_held_is_not_found(held: Held, path: str) -> None:
    held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store)
    assert 404 == (await held.get(f"/mirrors/{path}"))[0]


async def test_mir_08_a_pact_that_we_ended_shows_nothing_any_more(held: Held) -> None:
    id = held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store, state="removed", is_ended=True)
    for path in (held.path(id), "/mirrors/harbour.example/", f"{held.path(id)}.tlog-proof"):
        assert 404 == (await held.get(path))[0]
    assert "Harbour" not in (await held.get("/mirrors/"))[1] + (await held.get("/network"))[1]


async def test_a_pact_that_they_ended_goes_on_being_shown_and_the_page_says_so(held: Held) -> None:
    id = held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store, state="removed")
    status, page, _ = await held.get(held.path(id))
    assert (200, True) == (status, "has ended the exchange of copies" in page)


async def test_an_unlisted_peer_is_named_nowhere(held: Held) -> None:
    id = held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store, is_unlisted=True)
    assert 404 == (await held.get(held.path(id)))[0]
    assert "harbour.example" not in (await held.get("/mirrors/"))[1] + (await held.get("/network"))[1]


async def test_mir_04_a_forked_log_is_said_to_be_forked_and_its_good_part_is_served(held: Held) -> None:
    id = held.them.say("<p>We are out.</p>")
    store = held.us.node.store
    await held.them.hold(store)
    await store.set_log_state(held.them.log, "stopped")
    assert "Nothing new is taken from this union" in (await held.get(held.path(id)))[1]
    await store.add_evidence(
        Evidence(did=held.them.did, kind="fork", digest="0" * 64, first=b"1", second=b"2", found_at=held.them.at)
    )
    held.us.node.readers_bell.ring()
    page = (await held.get(held.path(id)))[1]
    assert "Two different records were signed" in page
    assert "We are out." in page


async def test_what_is_known_of_but_not_here_yet_is_told_and_not_shown(held: Held) -> None:
    held.them.say("<p>First</p>")
    store = held.us.node.store
    await held.them.hold(store)
    held.them.say("<p>Second</p>")
    await store.set_pending(held.them.log, expecting=2, size=3, checkpoint=held.them.checkpoint())
    page = (await held.get("/mirrors/harbour.example/"))[1]
    assert "The rest is on its way" in page
    assert "Complete to entry: 2" in page
    assert "Second" not in page


async def test_what_was_taken_back_all_at_once_stands_under_a_banner_until_somebody_confirms(held: Held) -> None:
    ids = [held.them.say(f"<p>Day {number}</p>") for number in range(2)]
    store = held.us.node.store
    await held.them.hold(store)
    held.them.retract(ids[1])
    await held.them.hold_more(store, spared={ids[1]})
    for path in (held.path(ids[1]), "/mirrors/harbour.example/", "/mirrors/harbour.example/@dock"):
        page = (await held.get(path))[1]
        assert "took back very many updates at once" in page
        assert "Day 1" in page
    assert "took back very many" not in (await held.get(held.path(ids[0])))[1]


async def test_an_unconfirmed_charter_is_said_to_be_unconfirmed(held: Held) -> None:
    await held.them.hold(held.us.node.store, confirmed_at=None)
    assert "only its own server has told us" in (await held.get("/mirrors/harbour.example/"))[1]


async def test_mir_09_a_domain_stays_with_the_did_that_was_pinned_first(held: Held) -> None:
    first, second = held.them, Elsewhere(name="Impostors")
    first.say("<p>Ours</p>")
    second.introduce("Impostors")
    await first.hold(held.us.node.store)
    await second.hold(held.us.node.store, added_at=second.at.replace(year=2027))
    page = (await held.get("/mirrors/harbour.example/"))[1]
    assert "Ours" in page
    assert "Impostors" not in page


async def test_html_01_a_peer_s_html_is_made_harmless_again(held: Held) -> None:
    id = held.them.say('<p onclick=x>Hello</p><script>alert(1)</script><img src="https://evil.example/t.png">')
    held.them.introduce('"><script>x</script>', "evil", "<script>alert(2)</script><p>about</p>")
    await held.them.hold(held.us.node.store)
    for path in (held.path(id), "/mirrors/harbour.example/", "/mirrors/harbour.example/@evil"):
        _, page, headers = await held.get(path)
        assert "<script" not in page
        assert "onclick" not in page
        assert "evil.example" not in page
        assert "default-src 'none'" in headers["Content-Security-Policy"]


async def test_older_updates_stand_on_further_pages(held: Held) -> None:
    for number in range(25):
        held.them.say(f"<p>Day {number} of it</p>")
    await held.them.hold(held.us.node.store)
    _, first, _ = await held.get("/mirrors/harbour.example/")
    assert ("Day 24 of" in first, "Day 4 of" in first) == (True, False)
    older = first.split('rel="next" href="', 1)[1].split('"', 1)[0]
    _, second, _ = await held.get(older)
    assert ("Day 4 of" in second, "Day 5 of" in second, 'rel="next"' in second) == (True, False, False)
    assert (
        "Day 4 of" in (await held.get(older.replace("/mirrors/harbour.example/", "/mirrors/harbour.example/@dock")))[1]
    )


@pytest.mark.parametrize("path", ["/mirrors/harbour.example/feed", "/mirrors/harbour.example/@dock/feed"])
async def test_a_copied_campaign_has_feeds_with_the_original_ids(held: Held, path: str) -> None:
    id = held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store)
    status, atom, headers = await held.get(f"{path}.atom")
    assert (200, True, True) == (status, id in atom, headers["Content-Type"].startswith("application/atom+xml"))
    status, feed, _ = await held.get(f"{path}.json")
    assert (200, id) == (status, read_document(feed.encode())["items"][0]["id"])  # type: ignore[call-overload,index]


async def test_http_01_pages_and_objects_have_different_names_and_answer_304(held: Held) -> None:
    id = held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store)
    names = set()
    for accept in ("text/html", ACTIVITY_JSON):
        _, _, headers = await held.get(held.path(id), accept)
        status, body, _ = await held.get(held.path(id), accept, **{"If-None-Match": headers["ETag"]})
        assert (304, "") == (status, body)
        names.add(headers["ETag"])
    assert 2 == len(names)


async def test_a_union_that_moved_is_found_under_both_domains(held: Held) -> None:
    id = held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store)
    old = held.them.charter()
    body = held.them.charter(epoch=2, homes=["https://new.example"], previous=[old.digest]).body
    await held.us.node.store.add_charter(replace(old, epoch=2, digest="zQmSecond", body=body))
    serial = id.rsplit("/", 1)[-1]
    for domain in ("new.example", "harbour.example"):
        status, page, _ = await held.get(f"/mirrors/{domain}/{serial}")
        assert (200, True) == (status, "We are out." in page)
