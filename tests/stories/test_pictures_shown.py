"""Pictures of updates as others get them: files, parts of files, pages, feeds, timelines."""

from __future__ import annotations

from typing import Final

from federation.activitystreams.media_types import ACTIVITY_JSON
from federation.keys import multihash_sha256
from federation.strictjson import JsonValue, load_object
from node.cli.reading import member, rows, text
from node.pictures.keeping import keep
from tests.node.reading import Reading
from tests.stories.picturing import a_clean_picture, alter, ask, attachments, given, kept, publishing
from tests.stories.test_publishing import following, timeline
from tests.stories.test_refusals import Scene, scene  # noqa: F401
from tests.village import Village


async def test_a_picture_is_in_the_note_and_its_bytes_are_what_the_note_says(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1, 2))
    found = await attachments(post)
    assert ["A crowd at the gate"] * 2 == [image["name"] for image in found]
    for image in [*found, *(image["preview"] for image in found)]:
        answer, body = await ask(image["url"])
        assert (200, image["mediaType"], str(image["size"])) == (
            answer.status,
            answer.headers["Content-Type"],
            answer.headers["Content-Length"],
        )
        assert image["digestMultibase"] == multihash_sha256(body)


async def test_org_25_a_picture_is_never_anything_else(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1))
    url = (await attachments(post))[0]["url"]
    for accept in ("*/*", ACTIVITY_JSON, 'application/ld+json; profile="x"', "text/html"):
        answer, _ = await ask(url, Accept=accept)
        assert ("image/png", "nosniff", "inline") == (
            answer.headers["Content-Type"],
            answer.headers["X-Content-Type-Options"],
            answer.headers["Content-Disposition"],
        )
        assert "default-src 'none'; sandbox" == answer.headers["Content-Security-Policy"]
        assert "cross-origin" == answer.headers["Cross-Origin-Resource-Policy"]
        assert answer.headers["Vary"] == "Accept"
    for other in (url.replace(".png", ".jpg"), url.replace(".png", ""), url.replace(".png", ".json"), f"{url}/"):
        answer, _ = await ask(other, Accept=ACTIVITY_JSON)
        assert answer.status == 404


async def test_a_picture_is_cached_for_long_and_known_again(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1))
    url = (await attachments(post))[0]["url"]
    answer, body = await ask(url)
    assert "public, max-age=31536000, immutable" == answer.headers["Cache-Control"]
    again, nothing = await ask(url, **{"If-None-Match": answer.headers["ETag"]})
    assert (304, b"") == (again.status, nothing)
    head, nothing = await ask(url, "HEAD")
    assert (200, str(len(body)), b"") == (head.status, head.headers["Content-Length"], nothing)


PARTS: Final = (
    ("bytes=0-0", 206, slice(0, 1)),
    ("bytes=5-9", 206, slice(5, 10)),
    ("bytes=5-", 206, slice(5, None)),
    ("bytes=-7", 206, slice(-7, None)),
    ("bytes=0-999999999", 200, slice(None)),
    ("bytes=-999999999", 200, slice(None)),
    ("lines=1-2", 200, slice(None)),
)


async def test_one_part_of_a_picture_can_be_had(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1))
    url = (await attachments(post))[0]["url"]
    _, whole = await ask(url)
    for asked, status, part in PARTS:
        answer, body = await ask(url, Range=asked)
        assert (status, whole[part]) == (answer.status, body)
        if status == 206:
            start = part.indices(len(whole))[0]
            assert f"bytes {start}-{start + len(body) - 1}/{len(whole)}" == answer.headers["Content-Range"]


async def test_parts_that_cannot_be_had_are_refused(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1))
    image = (await attachments(post))[0]
    for asked in ("999999999-", "9-5", "0-1,4-5", "a-b", "-", f"{'9' * 5000}-"):
        answer, body = await ask(image["url"], Range=f"bytes={asked}")
        assert (416, b"", f"bytes */{image['size']}") == (answer.status, body, answer.headers["Content-Range"])
        assert "no-store" == answer.headers["Cache-Control"]


async def test_a_part_is_given_only_of_the_bytes_that_are_meant(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1))
    url = (await attachments(post))[0]["url"]
    name = (await ask(url))[0].headers["ETag"]
    statuses = [(await ask(url, **{"Range": "bytes=0-1", "If-Range": held}))[0].status for held in (name, '"other"')]
    assert [206, 200] == statuses


async def test_a_large_picture_comes_whole_in_pieces(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 99))
    image = (await attachments(post))[0]
    assert image["size"] > 4 * 64 * 1024
    _, body = await ask(image["url"])
    assert image["digestMultibase"] == multihash_sha256(body)
    _, part = await ask(image["url"], Range=f"bytes={200 * 1024}-{300 * 1024}")
    assert body[200 * 1024 : 300 * 1024 + 1] == part


async def test_what_no_update_names_is_not_served(village: Village) -> None:
    us = await publishing(village)
    picture = await keep(a_clean_picture(1), "x", us.node.blobs)
    answer, _ = await ask(us.node.locations.media(picture.file))
    assert answer.status == 404


async def test_pages_show_pictures_with_their_size_and_description(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1, alt='A "crowd" <b>'))
    image = (await attachments(post))[0]
    _, body = await ask(text(post, "url"))
    reading = Reading(body.decode())
    (shown,) = reading.all("img")
    base = us.node.config.url
    small, large = image["preview"]["url"].removeprefix(base), image["url"].removeprefix(base)
    assert ('A "crowd" <b>', "801", "600", "lazy", small, f"{small} 64w, {large} 801w") == tuple(
        shown.attributes[name] for name in ("alt", "width", "height", "loading", "src", "srcset")
    )
    assert large in reading.links()
    assert (image["url"], "801", "600", 'A "crowd" <b>') == tuple(
        reading.meta(name) for name in ("og:image", "og:image:width", "og:image:height", "og:image:alt")
    )
    for path in ("/", "/@strike"):
        assert [large] == [link for link in Reading((await ask(base + path))[1].decode()).links() if "/media/" in link]


async def test_decoration_is_no_link_and_has_an_empty_description(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1, alt=""))
    reading = Reading((await ask(text(post, "url")))[1].decode())
    assert [""] == [image.attributes["alt"] for image in reading.all("img")]
    assert [] == [link for link in reading.links() if "/media/" in link]


async def test_what_a_warning_hides_is_in_no_preview_and_no_feed(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", warning="Blood", pictures=await given(us, 1))
    page = (await ask(text(post, "url")))[1].decode()
    assert "og:image" not in page
    assert page.index("<details") < page.index("<img") < page.index("</details>")
    for form in ("atom", "json"):
        _, feed = await ask(f"{us.node.config.url}/@strike/feed.{form}")
        assert b"Blood" in feed
        assert b"/media/" not in feed


async def test_feeds_carry_pictures(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1, 2, alt="A <crowd>"))
    images = await attachments(post)
    _, atom = await ask(f"{us.node.config.url}/@strike/feed.atom")
    for image in images:
        link = (
            f'rel="enclosure" type="image/png" length="{image["size"]}" title="A &lt;crowd&gt;" href="{image["url"]}"'
        )
        assert link in atom.decode()
    _, body = await ask(f"{us.node.config.url}/@strike/feed.json")
    (item,) = rows(load_object(body)["items"])
    assert images[0]["url"] == member(item, "image")
    assert [(image["url"], "image/png", image["size"], "A <crowd>") for image in images] == [
        tuple(member(found, name) for name in ("url", "mime_type", "size_in_bytes", "title"))
        for found in rows(member(item, "attachments"))
    ]


async def test_followers_read_that_there_is_a_picture_and_load_nothing(village: Village) -> None:
    koreno, harbour = await following(village)
    await koreno.do("post", handle="strike", text="Look", pictures=await given(koreno, 1, alt="A <crowd>"))
    await village.settle()
    assert ["<p>Look</p><p>[picture: A &lt;crowd&gt;]</p>"] == await timeline(harbour)


async def test_html_09_a_note_of_pictures_alone_is_read_and_nothing_of_it_is_fetched(scene: Scene) -> None:  # noqa: F811
    pictures: JsonValue = [{"type": "Image", "url": f"{scene.peer.base}/secret.png", "name": "Us"}]
    note = scene.peer.note("n1", "", None, attachment=pictures)
    del note["content"]
    assert 202 == await scene.deliver(scene.peer, scene.peer.activity("Create", note))
    (shown,) = rows(await scene.us.do("timeline"))
    assert "<p>[picture: Us]</p>" == text(shown, "content")
    assert 0 == scene.peer.site.fetches["/secret.png"]


async def test_a_file_that_is_gone_or_short_is_not_found(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1))
    image = (await attachments(post))[0]
    for digest in await kept(us):
        await alter(us, digest, b"short")
    assert 404 == (await ask(image["url"]))[0].status
    for digest in await kept(us):
        await us.node.blobs.remove_blob(digest)
    assert 404 == (await ask(image["url"]))[0].status


async def test_a_boost_of_our_own_update_shows_its_pictures(village: Village) -> None:
    us = await publishing(village)
    await us.do("campaign add", handle="gate", name="Gate")
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1))
    await us.do("boost", url=text(post, "id"), handle="gate")
    reading = Reading((await ask(f"{us.node.config.url}/@gate"))[1].decode())
    assert ["A crowd at the gate"] == [image.attributes["alt"] for image in reading.all("img")]
