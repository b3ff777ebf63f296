"""What can be learnt by using up how often keys are fetched: not whose key we hold, and so who follows (SEC-11)."""

from __future__ import annotations

from tests.adversary.forging import Forger, by_rsa
from tests.adversary.stage import Stage
from tests.stories.strangers import key_number


async def speak_as(stage: Stage, name: str, *, is_forged: bool = True) -> int:
    """What is answered to a Follow by this actor of peer, signed with a key that is not its own."""
    actor = stage.peer.actor(name)
    sender = Forger(
        url=stage.inbox,
        key_id=f"{actor}#main-key",
        sign=by_rsa(key_number(9) if is_forged else stage.peer.key),
        now=stage.scene.village.clock(),
    )
    return await stage.post(sender.cavage(stage.peer.activity("Follow", stage.scene.campaign, actor)))


async def test_sec_11_budgets_that_are_used_up_do_not_tell_whose_key_is_known(stage: Stage) -> None:
    assert 202 == await speak_as(stage, "planted-follower", is_forged=False)
    await stage.scene.village.settle()
    stage.scene.village.clock.move(minutes=10)
    used_up = [await speak_as(stage, f"{number}") for number in range(30)]
    assert (401, 429) == (used_up[0], used_up[-1])
    for _ in range(2):
        assert [429, 429] == [await speak_as(stage, name) for name in ("planted-follower", "planted-stranger")]
    assert 202 == await speak_as(stage, "planted-follower", is_forged=False)
