"""New keys: said with the old one, used from then on, never lost in a crash; others' new keys, believed with care."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from federation.errors import BadSignature
from federation.httpsig.request import SignedRequest
from federation.httpsig.verify import read_signature, verify
from federation.keys import PublicKey, load_multikey, load_public_pem, new_actor_keys
from federation.log.own import embedded_object, read_document
from federation.proofs import integrity
from federation.strictjson import JsonObject, load_object
from node.actions.set_up import Request, set_up
from node.cli.reading import text
from node.commands import run_command
from node.config import load_config
from node.context import Surroundings, open_node
from node.housekeeping import sweep
from node.vault import Vault, VaultError
from storage.ids import ActivityId, ObjectId
from storage.records import LocalActor
from tests.federation.people import show
from tests.stories.strangers import ACTIVITY, PUBLIC, Stranger, key_number
from tests.stories.test_refusals import Scene, follow, scene  # noqa: F401
from tests.village import Chance, Clock


@pytest.fixture
async def followed(scene: Scene) -> Scene:  # noqa: F811
    """Mal and peer follow the campaign."""
    for who in (scene.mal, scene.peer):
        await scene.deliver(who, follow(scene, who))
    await scene.us.work()
    for who in (scene.mal, scene.peer):
        who.site.requests.clear()
        who.site.bodies.clear()
    return scene


async def actor_of(scene: Scene) -> LocalActor:  # noqa: F811
    actor = await scene.us.node.store.find_actor_by_handle("strike")
    assert actor is not None
    return actor


def arrived(scene: Scene, who: Stranger, old: LocalActor, new: LocalActor) -> list[tuple[str, str]]:  # noqa: F811
    """The type of each delivery and which key signed it."""
    return list(_arrived(scene, who, old, new))


def _arrived(scene: Scene, who: Stranger, old: LocalActor, new: LocalActor) -> Iterator[tuple[str, str]]:  # noqa: F811
    posts = [request for request in who.site.requests if request.method == "POST"]
    for request, body in zip(posts, who.site.bodies, strict=True):
        headers = tuple((name.lower(), value) for name, value in request.headers.items())
        signed = SignedRequest(method="POST", target=request.raw_path, headers=headers, body=body)
        host = who.base.removeprefix("http://")
        claim = read_signature(signed, hosts=[host], now=scene.village.clock(), scheme="http")
        keys = {"old": load_public_pem(old.rsa_public_pem), "new": load_public_pem(new.rsa_public_pem)}
        yield text(read_document(body), "type"), next(name for name, key in keys.items() if made_by(claim, key))


def made_by(claim: object, key: PublicKey) -> bool:
    try:
        verify(claim, key)  # type: ignore[arg-type]
    except BadSignature:
        return False
    return True


async def test_the_change_is_said_with_the_old_key_and_all_after_it_with_the_new(followed: Scene) -> None:
    us, old = followed.us, await actor_of(followed)
    rotated = await us.do("campaign rotate-keys", handle="strike")
    new = await actor_of(followed)
    await us.do("post", handle="strike", text="Under the new key")
    await us.work()
    await us.do("post", handle="strike", text="And again")
    await us.work()
    for who in (followed.mal, followed.peer):
        seen = arrived(followed, who, old, new)
        assert ("Update", "old") in seen
        assert ("Create", "new") == seen[-1]
        update = next(read_document(body) for body in who.site.bodies if b'"Update"' in body)
        document = embedded_object(update)
        assert text(rotated, "activity") == update["id"]
        assert new.rsa_public_pem == text(document["publicKey"], "publicKeyPem") != old.rsa_public_pem
        assert f"{new.id}#main-key" == text(document["publicKey"], "id")


async def test_what_cannot_know_the_new_key_yet_is_told_with_the_old_one_first(followed: Scene) -> None:
    us, old = followed.us, await actor_of(followed)
    followed.mal.site.answer("/eve/inbox", status=503)
    await us.do("post", handle="strike", text="Before the change")
    await us.work()
    await us.do("campaign rotate-keys", handle="strike")
    await us.work()
    new = await actor_of(followed)
    assert {"old"} == {key for _, key in arrived(followed, followed.mal, old, new)}
    assert us.node.vault.find_old_rsa("strike") is not None
    followed.mal.site.answer("/eve/inbox", status=202)
    for _ in range(6):
        followed.village.clock.move(minutes=6)
        await us.work()
    assert "old" in dict(reversed(arrived(followed, followed.mal, old, new)))["Update"]
    await us.do("post", handle="strike", text="After it")
    await us.work()
    assert ("Create", "new") == arrived(followed, followed.mal, old, new)[-1]


async def test_a_refusal_with_the_old_key_is_tried_with_the_new_one_at_once(followed: Scene) -> None:
    us, old = followed.us, await actor_of(followed)
    followed.mal.site.answer("/eve/inbox", status=401)
    await us.do("campaign rotate-keys", handle="strike")
    await us.work()
    new = await actor_of(followed)
    keys = [key for type, key in arrived(followed, followed.mal, old, new) if type == "Update"]
    assert ["old", "old", "new"] == keys  # the old one in both schemes
    assert {"old"} == {key for _, key in arrived(followed, followed.peer, old, new)}  # it took the first


async def test_the_old_key_is_destroyed_when_everybody_was_told(followed: Scene) -> None:
    us, folder = followed.us, followed.us.node.config.home / "keys" / "actors"
    await us.do("campaign rotate-keys", handle="strike")
    assert ["rsa.pem"] == [file.name for file in (folder / "strike.old").iterdir()]
    await sweep(us.node)
    assert (folder / "strike.old").exists()
    await us.work()
    await sweep(us.node)
    assert ["actor", "strike", "union"] == sorted(path.name for path in folder.iterdir())


async def test_without_followers_the_old_key_is_destroyed_at_once(scene: Scene) -> None:  # noqa: F811
    await scene.us.do("campaign rotate-keys", handle="union")
    assert scene.us.node.vault.handles_with(".old") == []


async def test_a_rotation_given_twice_changes_keys_once(scene: Scene) -> None:  # noqa: F811
    serial = scene.us.node.new_serial()
    first = await scene.us.do("campaign rotate-keys", handle="strike", serial=serial)
    assert first == await scene.us.do("campaign rotate-keys", handle="strike", serial=serial)
    assert first != await scene.us.do("campaign rotate-keys", handle="strike")


async def test_the_actor_document_is_signed_by_the_key_that_it_shows(scene: Scene) -> None:  # noqa: F811
    await scene.us.do("campaign rotate-keys", handle="strike")
    async with aiohttp.ClientSession() as session, session.get(scene.campaign, headers={"Accept": ACTIVITY}) as answer:
        document = load_object(await answer.read())
    shown = load_multikey(multikey_of(document))
    integrity.verify(document, shown, method=f"{scene.campaign}#ed25519-key")


async def test_every_proof_in_the_record_holds_by_the_document_before_it(scene: Scene) -> None:  # noqa: F811
    us = scene.us
    await us.do("post", handle="strike", text="One")
    await us.do("campaign rotate-keys", handle="strike")
    await us.do("post", handle="strike", text="Two")
    await us.do("campaign rotate-keys", handle="strike")
    await us.do("post", handle="strike", text="Three")
    known: dict[str, str] = {}
    checked = 0
    for placed in await us.node.store.list_entries(0, 100):
        activity = await us.node.store.find_activity(placed.entry.activity)
        assert activity is not None
        document = read_document(activity.body)
        shown = multikey_of(embedded_object(document)) if placed.entry.is_profile else None
        key = load_multikey(known.get(placed.entry.actor) or str(shown))
        integrity.verify(document, key, method=f"{placed.entry.actor}#ed25519-key")
        own_key = key if shown is None else load_multikey(shown)
        integrity.verify(embedded_object(document), own_key, method=f"{placed.entry.actor}#ed25519-key")
        if shown is not None:
            known[placed.entry.actor] = shown
        checked += 1
    assert checked == await us.node.store.size()


def multikey_of(document: JsonObject) -> str:
    methods = document["assertionMethod"]
    assert isinstance(methods, list)
    return text(methods[0], "publicKeyMultibase")


async def test_keys_that_were_made_before_a_crash_are_used_by_the_next_try(scene: Scene) -> None:  # noqa: F811
    us, before, waiting = scene.us, await actor_of(scene), new_actor_keys()
    us.node.vault.add_next("strike", waiting)
    assert await us.node.rotations.finish() == []
    assert before == await actor_of(scene)
    await us.do("post", handle="strike", text="Still the old keys")
    await us.do("campaign rotate-keys", handle="strike")
    assert us.node.vault.actor_keys("strike").rsa.private_numbers() == waiting.rsa.private_numbers()


async def a_home(home: Path) -> Surroundings:
    """A union's home, and what surrounds it."""
    chance = Chance()
    around = Surroundings(now=Clock(), chance=chance.bits, jitter=lambda: 0.5, new_lease=chance.lease)
    asked = Request(
        home=home,
        name="Koreno",
        handle="union",
        url="http://127.0.0.1:8021",
        kit=home.with_name("kit"),
        passphrase=None,
        dev=True,
    )
    await set_up(asked, around)
    return around


@pytest.mark.parametrize("last_step", ["promote_next", "half", "finish"])
async def test_a_crash_after_the_change_was_said_is_mended_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last_step: str
) -> None:
    home = tmp_path / "home"
    around = await a_home(home)

    def crash(*_args: object) -> None:
        folder = home / "keys" / "actors" / "union"
        if last_step == "half":
            folder.rename(folder.with_name("union.old"))
        raise VaultError("The power is out.")

    async with open_node(load_config(home, {}), around) as node:
        with monkeypatch.context() as patched:
            patched.setattr(Vault, "promote_next", crash)
            with pytest.raises(VaultError):
                await run_command("campaign rotate-keys", {"handle": "union", "serial": node.new_serial()}, node)
        size = await node.store.size()
        if last_step == "finish":
            await run_command("campaign rotate-keys", {"handle": "union", "serial": node.new_serial()}, node)
            assert size == await node.store.size()
    async with open_node(load_config(home, {}), around) as node:
        posted = await run_command("post", {"handle": "union", "text": "Here", "serial": node.new_serial()}, node)
        actor = await node.store.find_actor(node.union_actor)
        activity = await node.store.find_activity(ActivityId(text(posted, "activity")))
        assert actor is not None
        assert activity is not None
        key = load_multikey(actor.ed25519_multibase)
        integrity.verify(read_document(activity.body), key, method=f"{actor.id}#ed25519-key")
        assert (size + 1, []) == (await node.store.size(), node.vault.handles_with(".next"))
        assert len(await node.store.list_object_entries(ObjectId(actor.id))) == 2


async def test_a_stranger_that_changes_its_key_without_a_word_is_asked_again_once_in_five_minutes(
    scene: Scene,  # noqa: F811
) -> None:
    mal = scene.mal
    assert await scene.deliver(mal, follow(scene, mal)) == 202
    for number, status in ((3, 202), (4, 401)):
        mal.key = key_number(number)
        show(mal.site, "/eve", mal.document())
        assert (number, status) == (number, await scene.deliver(mal, follow(scene, mal)))
    assert mal.site.fetches["/eve"] == 2
    scene.village.clock.move(minutes=6)
    assert await scene.deliver(mal, follow(scene, mal)) == 202
    assert mal.site.fetches["/eve"] == 3


async def test_a_stranger_that_says_its_new_key_with_the_old_one_is_believed_without_a_question(
    scene: Scene,  # noqa: F811
) -> None:
    mal = scene.mal
    await scene.deliver(mal, follow(scene, mal))
    fetches = mal.site.fetches["/eve"]
    old, mal.key = mal.key, key_number(3)
    document = mal.document()
    mal.key = old
    assert await scene.deliver(mal, mal.activity("Update", document, to=[PUBLIC])) == 202
    mal.key = key_number(3)
    assert await scene.deliver(mal, follow(scene, mal)) == 202
    assert fetches == mal.site.fetches["/eve"]
    mal.key = old
    show(mal.site, "/eve", document)
    scene.village.clock.move(seconds=1)
    assert await scene.deliver(mal, follow(scene, mal)) == 401


async def test_nobody_says_a_new_key_for_another(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.peer, follow(scene, scene.peer))
    forged = {**scene.peer.document(), "publicKey": {**scene.mal.document()["publicKey"], "owner": scene.peer.actor()}}  # type: ignore[dict-item]
    assert await scene.deliver(scene.mal, scene.mal.activity("Update", forged)) == 403
    assert await scene.deliver(scene.peer, scene.peer.activity("Like", scene.campaign)) == 202
