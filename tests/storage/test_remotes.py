import pytest

from storage.errors import StorageError
from storage.ids import ActorId, InboxUrl, KeyId, ObjectId
from storage.records import RemotePost
from storage.store import Store
from tests.storage.making import (
    ANNA,
    BELA,
    NOON,
    OTHER_OURS,
    OURS,
    a_follower,
    a_following,
    a_remote_actor,
    a_remote_key,
    a_remote_post,
    after,
)

UPDATE = ObjectId("https://union.example/objects/1")
BELAS_KEY = a_remote_key(owner=BELA)
OTHER_UPDATE = ObjectId("https://union.example/objects/2")


def a_comment(number: int, **changes: object) -> RemotePost:
    given = {"comment_on": UPDATE, "in_reply_to": UPDATE, "comment_state": "held", "in_timeline": False}
    return a_remote_post(number, **{**given, **changes})


def numbers(posts: list[RemotePost]) -> list[str]:
    return [post.id[-1] for post in posts]


async def test_an_actor_is_kept_with_its_keys_in_order(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor())
    assert a_remote_actor() == await store.find_remote_actor(ANNA)
    for key in a_remote_actor().keys:
        assert key == await store.find_remote_key(key.id)


async def test_unknown_actors_keys_and_notes_are_none(store: Store) -> None:
    assert await store.find_remote_actor(ANNA) is None
    assert await store.find_remote_key(a_remote_key().id) is None
    assert await store.find_remote_post(a_remote_post().id) is None


async def test_saving_an_actor_again_drops_the_keys_it_shows_no_more(store: Store) -> None:
    changed = a_remote_actor(name="Anna B.", keys=(a_remote_key("new"),), fetched_at=after(days=1))
    await store.save_remote_actor(a_remote_actor())
    await store.save_remote_actor(changed)
    assert changed == await store.find_remote_actor(ANNA)
    assert await store.find_remote_key(a_remote_key("main-key").id) is None


@pytest.mark.parametrize("shared", [None, InboxUrl("https://new.example/inbox")])
async def test_saving_an_actor_renews_its_inboxes_wherever_it_follows_or_is_followed(
    store: Store, shared: InboxUrl | None
) -> None:
    inbox, old = InboxUrl("https://new.example/anna/inbox"), InboxUrl("https://peer.example/inbox")
    await store.save_follower(a_follower(shared_inbox=old))
    await store.save_follower(a_follower(follows=OTHER_OURS, state="waiting"))
    await store.save_following(a_following(state="accepted"))
    await store.save_remote_actor(a_remote_actor(inbox=inbox, shared_inbox=shared))
    assert a_follower(inbox=inbox, shared_inbox=shared) == await store.find_follower(ANNA, OURS)
    waiting = a_follower(follows=OTHER_OURS, state="waiting", inbox=inbox, shared_inbox=shared)
    assert waiting == await store.find_follower(ANNA, OTHER_OURS)
    assert a_following(state="accepted", inbox=inbox) == await store.find_following(OURS, ANNA)
    assert [shared or inbox] == await store.list_delivery_inboxes(OURS, after=None, limit=9)


async def test_a_shared_inbox_that_came_or_went_is_renewed_though_the_inbox_stays(store: Store) -> None:
    await store.save_follower(a_follower())
    for shared in (InboxUrl("https://peer.example/inbox"), None):
        await store.save_remote_actor(a_remote_actor(shared_inbox=shared))
        assert a_follower(shared_inbox=shared) == await store.find_follower(ANNA, OURS)


async def test_saving_an_actor_leaves_the_inboxes_of_others_alone(store: Store) -> None:
    await store.save_follower(a_follower(BELA))
    await store.save_following(a_following(BELA))
    await store.save_remote_actor(a_remote_actor(ANNA))
    assert a_follower(BELA) == await store.find_follower(BELA, OURS)
    assert a_following(BELA) == await store.find_following(OURS, BELA)


async def test_an_actor_that_is_refused_renews_no_inbox(store: Store) -> None:
    await store.save_follower(a_follower())
    with pytest.raises(StorageError, match="Nothing was kept"):
        await store.save_remote_actor(a_remote_actor(inbox=InboxUrl("https://new.example/i"), keys=(BELAS_KEY,)))
    assert a_follower() == await store.find_follower(ANNA, OURS)


async def test_an_actor_cannot_bring_the_key_of_another(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor())
    with pytest.raises(StorageError, match="Nothing was kept"):
        await store.save_remote_actor(a_remote_actor(BELA, keys=(a_remote_key(public="evil"),)))
    assert a_remote_key() == await store.find_remote_key(a_remote_key().id)
    assert await store.find_remote_actor(BELA) is None


async def test_removing_an_actor_takes_its_keys_and_notes(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor())
    await store.save_remote_post(a_remote_post(1))
    await store.save_remote_post(a_remote_post(2, actor=BELA))
    assert await store.remove_remote_actor(ANNA) is True
    assert await store.remove_remote_actor(ANNA) is False
    assert await store.find_remote_actor(ANNA) is None
    assert await store.find_remote_key(a_remote_key().id) is None
    assert numbers(await store.list_timeline(before=None, limit=9)) == ["2"]


async def test_what_a_removed_actor_deleted_stays_deleted(store: Store) -> None:
    await store.delete_remote_post(a_remote_post().id, ANNA, now=NOON)
    await store.remove_remote_actor(ANNA)
    assert await store.save_remote_post(a_remote_post()) is False


async def test_a_note_is_added_and_replaced(store: Store) -> None:
    edited = a_remote_post(html="<p>edited</p>", updated_at=after(days=1), warning="x", is_public=False)
    assert await store.save_remote_post(a_remote_post()) is True
    assert await store.save_remote_post(edited) is True
    assert edited == await store.find_remote_post(edited.id)


async def test_a_neighbour_who_takes_a_notes_id_first_takes_nothing(store: Store) -> None:
    mine = a_remote_post(received_at=after(hours=1))
    squatter = a_remote_post(actor=BELA, html="forged")
    for post in (squatter, mine):
        assert await store.save_remote_post(post) is True
    assert [squatter, mine] == [await store.find_remote_post(mine.id, actor) for actor in (BELA, ANNA)]
    assert [squatter, mine] == await store.list_remote_posts([mine.id])
    assert squatter == await store.find_remote_post(mine.id)
    assert await store.find_remote_post(mine.id, OURS) is None
    assert [] == await store.list_remote_posts([a_remote_post(2).id])


async def test_a_deleted_note_is_gone_and_a_late_create_stays_refused(store: Store) -> None:
    await store.save_remote_post(a_comment(1, in_timeline=True))
    for _ in range(2):
        await store.delete_remote_post(a_remote_post().id, ANNA, now=NOON)
    assert await store.save_remote_post(a_remote_post()) is False
    assert await store.find_remote_post(a_remote_post().id) is None
    assert await store.list_timeline(before=None, limit=9) == []
    assert await store.list_comments(None, state=None, before=None, limit=9) == []


async def test_a_delete_that_comes_before_its_create_is_remembered(store: Store) -> None:
    await store.delete_remote_post(a_remote_post().id, ANNA, now=NOON)
    assert await store.save_remote_post(a_remote_post()) is False


async def test_nobody_deletes_the_note_of_another_actor(store: Store) -> None:
    await store.save_remote_post(a_remote_post())
    await store.delete_remote_post(a_remote_post().id, BELA, now=NOON)
    assert a_remote_post() == await store.find_remote_post(a_remote_post().id)


async def test_deleting_an_id_never_seen_does_not_refuse_the_note_of_its_real_author(store: Store) -> None:
    await store.delete_remote_post(a_remote_post().id, BELA, now=NOON)
    assert await store.save_remote_post(a_remote_post()) is True
    assert a_remote_post() == await store.find_remote_post(a_remote_post().id)


async def test_nobody_takes_over_the_tombstone_of_another_actor(store: Store) -> None:
    for actor in (ANNA, BELA, ANNA):
        await store.delete_remote_post(a_remote_post().id, actor, now=NOON)
    assert await store.save_remote_post(a_remote_post()) is False
    assert await store.save_remote_post(a_remote_post(actor=BELA)) is False


async def test_the_timeline_shows_the_newest_of_those_we_follow(store: Store) -> None:
    for number in (2, 1, 3):
        await store.save_remote_post(a_remote_post(number))
    await store.save_remote_post(a_remote_post(4, in_timeline=False))
    assert numbers(await store.list_timeline(before=None, limit=9)) == ["3", "2", "1"]
    last = a_remote_post(3)
    assert numbers(await store.list_timeline(before=(last.published_at, last.id), limit=1)) == ["2"]


async def test_pages_of_the_timeline_lose_no_note_of_the_same_moment(store: Store) -> None:
    for number in (2, 4, 1, 3):
        await store.save_remote_post(a_remote_post(number, published_at=NOON))
    seen: list[RemotePost] = []
    while page := await store.list_timeline(before=(NOON, seen[-1].id) if seen else None, limit=1):
        seen += page
    assert numbers(seen) == ["4", "3", "2", "1"]


async def test_pages_of_comments_lose_no_comment_of_the_same_moment(store: Store) -> None:
    for number in (2, 4, 1, 3):
        await store.save_remote_post(a_comment(number, received_at=NOON))
    seen: list[RemotePost] = []
    while page := await store.list_comments(
        UPDATE, state="held", before=(NOON, seen[-1].id) if seen else None, limit=1
    ):
        seen += page
    assert numbers(seen) == ["4", "3", "2", "1"]


async def test_comments_are_listed_newest_first_by_update_and_state(store: Store) -> None:
    for comment in (
        a_comment(2, comment_state="shown"),
        a_comment(1),
        a_comment(3, comment_on=OTHER_UPDATE),
        a_remote_post(4, in_reply_to=ObjectId("https://elsewhere.example/1")),
    ):
        await store.save_remote_post(comment)
    listed = store.list_comments
    assert numbers(await listed(None, state=None, before=None, limit=9)) == ["3", "2", "1"]
    assert numbers(await listed(UPDATE, state=None, before=None, limit=9)) == ["2", "1"]
    assert numbers(await listed(None, state="held", before=None, limit=9)) == ["3", "1"]
    assert numbers(await listed(UPDATE, state="shown", before=None, limit=9)) == ["2"]
    last = a_comment(3)
    assert numbers(await listed(None, state=None, before=(last.received_at, last.id), limit=1)) == ["2"]


@pytest.mark.parametrize("id", [a_remote_key().id, KeyId("https://peer.example/keys/1")])
async def test_a_neighbour_who_shows_my_keys_id_takes_nothing(store: Store, id: KeyId) -> None:
    mine, theirs = a_remote_key(id=id), a_remote_key(owner=BELA, id=id, public="PEM of a thief")
    for actor in (a_remote_actor(BELA, keys=(theirs,)), a_remote_actor(ANNA, keys=(mine,))) * 2:
        await store.save_remote_actor(actor)
    assert [mine, theirs] == [await store.find_remote_key(id, owner) for owner in (ANNA, BELA)]
    assert [(mine,), (theirs,)] == [actor.keys for actor in await store.list_remote_actors([ANNA, BELA])]
    assert await store.find_remote_key(id) == mine
    assert await store.find_remote_key(id, OURS) is None


async def test_a_key_is_first_of_all_that_of_the_actor_it_is_named_after(store: Store) -> None:
    mine, theirs = a_remote_key(owner=BELA), a_remote_key(id=a_remote_key(owner=BELA).id, public="PEM of a thief")
    for actor in (a_remote_actor(ANNA, keys=(theirs,)), a_remote_actor(BELA, keys=(mine,))):
        await store.save_remote_actor(actor)
    assert await store.find_remote_key(mine.id) == mine


async def test_what_changed_since_it_was_read_gets_no_state(store: Store) -> None:
    read = a_comment(1)
    for changes in ({"html": "<p>Scabs</p>"}, {"warning": "x"}, {"is_public": False}):
        await store.save_remote_post(a_comment(1, **changes))
        assert await store.set_comment_state(read, "hidden") is False
        assert a_comment(1, **changes) == await store.find_remote_post(read.id)
    await store.save_remote_post(a_comment(1, actor=BELA))
    assert await store.set_comment_state(read, "shown") is False


async def test_comments_of_one_author_are_counted_since_a_time_and_those_held_by_update(store: Store) -> None:
    for comment in (
        a_comment(1),
        a_comment(2, comment_state="shown"),
        a_comment(3, comment_on=OTHER_UPDATE),
        a_comment(4, actor=BELA),
        a_remote_post(5),
    ):
        await store.save_remote_post(comment)
    assert 3 == await store.count_comments_of(ANNA, since=a_comment(1).received_at)
    assert 1 == await store.count_comments_of(ANNA, since=a_comment(3).received_at)
    assert {UPDATE: 2, OTHER_UPDATE: 1} == await store.count_held_comments()


async def test_a_comment_is_shown_hidden_and_held_again(store: Store) -> None:
    await store.save_remote_post(a_comment(1))
    for state in ("shown", "shown", "hidden", "held"):
        assert await store.set_comment_state(a_comment(1), state) is True
        assert a_comment(1, comment_state=state) == await store.find_remote_post(a_comment(1).id)


async def test_a_comment_that_was_not_written_to_everybody_is_never_shown(store: Store) -> None:
    private = a_comment(1, is_public=False)
    await store.save_remote_post(private)
    assert await store.set_comment_state(private, "shown") is False
    assert private == await store.find_remote_post(private.id)
    assert await store.set_comment_state(private, "hidden") is True


async def test_what_is_no_comment_gets_no_state(store: Store) -> None:
    await store.save_remote_post(a_remote_post(1))
    assert await store.set_comment_state(a_remote_post(1), "shown") is False
    assert await store.set_comment_state(a_remote_post(2), "shown") is False
    assert a_remote_post(1) == await store.find_remote_post(a_remote_post(1).id)


async def test_comments_are_counted_by_update_state_and_author(store: Store) -> None:
    for comment in (
        a_comment(1),
        a_comment(2),
        a_comment(3, actor=BELA),
        a_comment(4, comment_state="shown"),
        a_comment(5, comment_on=OTHER_UPDATE),
        a_remote_post(6),
    ):
        await store.save_remote_post(comment)
    counts = [
        await store.count_comments(UPDATE, state="held"),
        await store.count_comments(UPDATE, state="shown"),
        await store.count_comments(UPDATE, state="hidden"),
        await store.count_comments(OTHER_UPDATE, state="held"),
    ]
    assert counts == [{ANNA: 2, BELA: 1}, {ANNA: 1}, {}, {ANNA: 1}]


async def test_several_actors_are_read_at_once(store: Store) -> None:
    for id in (BELA, ANNA):
        await store.save_remote_actor(a_remote_actor(id))
    unknown = ActorId("https://peer.example/nobody")
    assert [a_remote_actor(ANNA), a_remote_actor(BELA)] == await store.list_remote_actors([BELA, unknown, ANNA, BELA])
    assert await store.list_remote_actors([]) == []


async def test_approved_comments_are_paged_from_the_newest_and_counted(store: Store) -> None:
    for number in range(1, 6):
        await store.save_remote_post(a_comment(number, received_at=NOON, comment_state="shown"))
    await store.save_remote_post(a_comment(6, comment_state="held"))
    pages = [numbers(await store.list_shown_comments(UPDATE, skip=skip, limit=2)) for skip in (0, 2, 4, 6)]
    assert [["5", "4"], ["3", "2"], ["1"], []] == pages
    other = ObjectId("https://union.example/objects/2")
    assert {UPDATE: 5, other: 0} == await store.count_shown_comments([UPDATE, other])
