"""What happens in a run: people come, say things and go; others read, probe and fail; organisers look after it."""

from __future__ import annotations

import asyncio
import json
import signal
from functools import partial
from typing import Any, Final

from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import member, rows, text
from node.control.client import call
from tests.federation.people import show
from tests.privacy import plants
from tests.privacy.running import Run
from tests.stories.strangers import ACTIVITY, PUBLIC

_FOLLOWERS: Final = (plants.FOLLOWER, plants.LEAVER, plants.MOVER, plants.BLOCKED)
_PATHS: Final = (
    "/", "/@strike", "/@union", "/@nobody", "/tags/harbour", "/@strike/feed.atom", "/@strike/feed.json",
    "/tags/harbour/feed.atom", "/robots.txt", "/static/style.css", "/network", "/network/check", "/mirrors/",
    "/actor", "/actor/followers", "/actors/strike", "/actors/strike/outbox", "/actors/strike/outbox?page=true",
    "/actors/strike/followers", "/actors/strike/following", "/actors/strike/featured", "/actors/union/followers",
    "/actors/wire/followers", "/.well-known/webfinger?resource=acct:strike@{host}", "/.well-known/webfinger",
    "/.well-known/webfinger?resource=acct:planted-path@elsewhere.example", "/.well-known/host-meta",
    "/.well-known/nodeinfo", "/nodeinfo/2.0", "/nodeinfo/2.1", "/log/{did}/charter", "/log/{did}/checkpoint",
    "/log/{did}/activities", "/log/{did}/receipts", "/log/{did}/withheld", "/log/{did}/retractions", "/inbox",
    "/objects/1", "/activities/1", "/objects/planted-path", "/planted-path/%2e%2e/etc?planted-path=1",
    "/actors/strike/outbox?page=true&before=planted-path", "/media/planted-path.png", "/mirrors/planted-path/",
    "/@strike?before=planted-path", "/-/metrics", "/log/planted-path/checkpoint", "/{update}", "/{update}/likes",
    "/{update}/shares", "/{accept}",
)  # fmt: skip


async def be_followed(run: Run) -> str:
    """They follow, like, pass on, reply, report and move; the organisers read it, hide some, and block one."""
    eve, post = run.eve, await run.do("post", handle="strike", text="We walked out #harbour")
    update = text(post, "id")
    follows = {name: eve.activity("Follow", run.campaign, eve.actor(name)) for name in _FOLLOWERS}
    assert [await run.tell(name, follow) for name, follow in follows.items()] == [202] * len(follows)
    await run.until("all follow", lambda: run.count("followers") == len(_FOLLOWERS))
    await _say(run, plants.FOLLOWER, "Like", update)
    await _say(run, plants.FOLLOWER, "Announce", update, to=[PUBLIC])
    for words, to in (
        (plants.HELD_WORDS, PUBLIC),
        (plants.HIDDEN_WORDS, PUBLIC),
        (plants.PRIVATE_WORDS, run.campaign),
    ):
        note: JsonObject = {
            **eve.note(words, f"<p>{words}</p>", eve.actor(plants.FOLLOWER)),
            "to": [to],
            "inReplyTo": update,
        }
        await _say(run, plants.FOLLOWER, "Create", note, to=[to])
    await _say(run, plants.REPORTER, "Flag", [update], content=plants.REPORT_WORDS)
    await _say(run, plants.LEAVER, "Undo", follows[plants.LEAVER])
    goal: JsonObject = {**eve.document(plants.MOVED), "alsoKnownAs": [eve.actor(plants.MOVER)]}
    show(eve.site, f"/{plants.MOVED}", goal)
    await _say(run, plants.MOVER, "Move", eve.actor(plants.MOVER), target=text(goal, "id"))
    await run.until("replies and the report arrived", lambda: run.count("comments") == 3 and run.count("reports") == 1)
    (hidden,) = [
        one for one in rows(await run.do("comments", id=update)) if plants.HIDDEN_WORDS in text(one, "content")
    ]
    await run.do("comments hide", id=text(hidden, "id"))
    await run.do("block add", target=eve.actor(plants.BLOCKED), reason="He asks who is in it.")
    return update


async def _say(run: Run, name: str, type: str, object: JsonValue, **more: JsonValue) -> None:
    assert await run.tell(name, run.eve.activity(type, object, run.eve.actor(name), **more)) == 202


async def be_visited(run: Run, update: str) -> None:
    """Every address by a browser and by a server, here and at a mirror, and by the operators."""
    places = {
        "host": run.us.domain,
        "did": run.us.union,
        "update": update.removeprefix(f"{run.us.url}/"),
        "accept": _accept(run).removeprefix(f"{run.us.url}/"),
    }
    copies = (f"/mirrors/{run.us.domain}/", f"/mirrors/{run.us.domain}/{update.rpartition('/')[2]}")
    for accept in ("text/html", ACTIVITY):
        for path in _PATHS:
            await run.ask("GET", _with_query(run.us.url + path.format(**places)), {"Accept": accept})
        for path in (*copies, "/network", f"/log/{run.us.union}/activities", f"/log/{run.us.union}/receipts"):
            assert await run.ask("GET", _with_query(run.mirrors[0].url + path), {"Accept": accept}) in {200, 304}
    assert await run.ask("GET", run.us.url + "/" + places["accept"], {"Accept": ACTIVITY}) == 404
    for path in ("/-/live", "/-/ready", "/-/metrics"):
        assert await run.ask("GET", f"{run.operators}{path}?{plants.QUERY}", {}) == 200


def _with_query(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{plants.QUERY}"


def _accept(run: Run) -> str:
    """The id of an answer that one follower was sent and nobody else may read."""
    told: list[dict[str, Any]] = [json.loads(body) for body in run.eve.site.bodies]
    return str(next(one["id"] for one in told if one["type"] == "Accept"))


async def be_probed(run: Run) -> None:
    """What is refused, at every check."""
    eve, inbox, typed = run.eve, f"{run.us.url}/inbox", {"Content-Type": ACTIVITY}
    forged = eve.activity("Create", eve.note("no", plants.REFUSED_WORDS), eve.actor(plants.FORGER))
    assert await run.tell(plants.FORGER, forged, altered=b" ") == 401
    words = plants.REFUSED_WORDS.encode()
    for status, headers, body in (
        (401, typed, words),
        (401, {**typed, "Signature": f'keyId="http://127.0.0.1:1/{plants.FORGER}",signature="{plants.FORGER}"'}, words),
        (415, {"Content-Type": f"text/{plants.FORGER}"}, words),
        (415, {**typed, "Content-Encoding": "gzip"}, words),
        (413, {**typed, "Signature": "a"}, words * 20_000),
    ):
        assert await run.ask("POST", inbox, headers, body) == status
    assert (
        await run.tell(plants.BLOCKED, {**eve.activity("Like", run.campaign), "actor": eve.actor(plants.BLOCKED)})
        == 403
    )
    for path in ("/log/add-checkpoint", "/log/retract", "/log/add-entries", "/planted-path"):
        assert 400 <= await run.ask("POST", run.us.url + path, {}, words) < 500
    for raw in (b"GET /planted-path HTTP/9.9", b"planted-path", b"GET /\xffplanted-path HTTP/1.1"):
        await _say_raw(run, raw)


async def _say_raw(run: Run, line: bytes) -> None:
    """No request at all, but full of what should not be told."""
    host, _, port = run.us.domain.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), local_addr=(plants.DIRECT, 0))
    lines = "".join(f"{name}: {value}\r\n" for name, value in plants.GIVEN_AWAY.items())
    writer.write(line + b"\r\n" + lines.encode() + b"\r\n")
    run.answers.append((repr(line), await reader.read()))
    writer.close()


async def be_looked_after(run: Run, update: str) -> None:
    """Organisers read, change and take back; a follower's server fails, and a peer is away."""
    eve = run.eve
    for command in ("followers", "comments", "reports", "deliveries", "timeline", "following", "block list", "check"):
        await run.do(command)
    for command in ("peer list", "mirror status", "charter show", "rebuild"):
        await run.do(command)
    await run.do("pin", id=update)
    await run.do("boost", url=update, handle="union")
    await run.do("edit", id=update, text="We are 110 #harbour")
    eve.site.answer(f"/{plants.FOLLOWER}/inbox", f"{plants.REFUSED_WORDS} planted-path".encode(), status=500)
    taken_back = text(await run.do("post", handle="strike", text="Taken back"), "id")
    await run.do("retract", id=taken_back)
    await run.until("the mirrors hold it", partial(_holds_all, run))
    kit = ("--kit", str(run.folder / "koreno.kit"))
    await asyncio.to_thread(run.stage.command, run.us, "retract", taken_back, *kit)
    await run.end(run.mirrors.pop(), signal.SIGKILL)
    await run.do("post", handle="strike", text="One is away")
    await run.do("mirror sync")


def _holds_all(run: Run) -> bool:
    """Whether both mirrors promise to hold all of our record."""
    ours = member(call(run.us.folder, "mirror status", {}), "ours")
    return sum(member(one, "size") == member(ours, "size") for one in rows(member(ours, "receipts"))) == 2
