"""What can be learnt by using up how often keys are fetched: not whose key we hold, and so who follows (SEC-11)."""

from __future__ import annotations

from tests.adversary.forging import Forger, by_rsa
from tests.adversary.stage import Stage
from tests.stories.strangers import Stranger, key_number, open_stranger


async def speak_as(
    stage: Stage, name: str, *, of: Stranger | None = None, is_forged: bool = True, ip: str = "203.0.113.66"
) -> int:
    """What is answered to a Follow by this actor of peer, signed with another key; or by nobody, `of` a server."""
    server = of or stage.peer
    actor = server.actor(name) if of is None else f"{of.base}/{name}"
    sender = Forger(
        url=stage.inbox,
        key_id=f"{actor}#main-key",
        sign=by_rsa(key_number(9) if is_forged else server.key),
        now=stage.scene.village.clock(),
    )
    body, headers = sender.cavage(server.activity("Follow", stage.scene.campaign, actor))
    return await stage.post((body, {**dict(headers), "X-Forwarded-For": ip}))


async def test_sec_11_budgets_that_are_used_up_do_not_tell_whose_key_is_known(stage: Stage) -> None:
    assert 202 == await speak_as(stage, "planted-follower", is_forged=False)
    await stage.scene.village.settle()
    stage.scene.village.clock.move(minutes=10)
    used_up = [await speak_as(stage, f"{number}") for number in range(30)]
    assert (401, 429) == (used_up[0], used_up[-1])
    for _ in range(2):
        assert [429, 429] == [await speak_as(stage, name) for name in ("planted-follower", "planted-stranger")]
    assert 202 == await speak_as(stage, "planted-follower", is_forged=False)


async def test_who_asks_in_vain_for_keys_of_a_known_server_keeps_nobody_new_from_there_out(stage: Stage) -> None:
    """Their ids may be had from anywhere, and so be asked for from one address as fast as it likes."""
    assert 202 == await speak_as(stage, "known", is_forged=False)
    stage.scene.village.clock.move(minutes=10)
    in_vain = [await speak_as(stage, f"{number}") for number in range(30)]
    assert 10 == in_vain.count(401)
    assert 202 == await speak_as(stage, "newcomer", is_forged=False, ip="203.0.113.67")


async def test_many_who_are_new_on_a_known_server_come_from_its_one_address(stage: Stage) -> None:
    answers = []
    for number in range(25):
        answers.append(await speak_as(stage, f"{number}", is_forged=False))
        stage.scene.village.clock.move(seconds=0.05)
    assert 25 * [202] == answers


async def test_sec_11_budgets_do_not_tell_who_is_blocked(stage: Stage) -> None:
    """Of a server that nobody heard of yet one key is asked for in ten seconds, and of a blocked one none."""
    async with open_stranger(3) as blocked, open_stranger(4) as unknown:
        await stage.us.do("block add", target=blocked.base.removeprefix("http://"))
        for ip in ("203.0.113.66", "203.0.113.67"):
            answers = [[await speak_as(stage, f"{n}", of=one, ip=ip) for n in "1213"] for one in (blocked, unknown)]
            assert answers[0] == answers[1]
            stage.scene.village.clock.move(seconds=11)
        assert [401, 429] == [await speak_as(stage, name, of=blocked) for name in "45"]
        assert [] == blocked.site.requests
