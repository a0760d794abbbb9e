"""Live topics: in order, to everybody who may, without a hole, whatever process and broker."""

import asyncio

import msgspec
import pytest

from tests.helpers.live import INST, processes
from wx_backend.base.context import VISITOR, Actor
from wx_backend.base.live import frames, handlers, hints, keeper, service, store
from wx_backend.base.live.topics import TopicKind

QUEUE = "queue:q1"
PONGS = (b"\x8a\x7d" + bytes(125)) * 1_000


async def anybody(ctx, key: str) -> bool:
    return True


async def nobody(ctx, key: str) -> bool:
    return False


KINDS = [TopicKind("queue", anybody), TopicKind("secret", nobody)]


@pytest.fixture
async def web(mongo_uri):
    async with processes(mongo_uri, kinds=KINDS) as [process]:
        yield process


async def numbers(client, count: int) -> list[int]:
    """The data of the next frames, which were published as numbers."""
    return [(await client.read())["data"] for _ in range(count)]


async def test_frames_come_in_order_with_consecutive_numbers(web):
    client = await web.connect()
    [stands] = await client.follow(QUEUE)
    for n in range(5):
        await service.publish(web.ctx, QUEUE, n)
    told = [await client.read() for _ in range(5)]
    assert [one["data"] for one in told] == list(range(5))
    first = told[0]["seq"]
    assert [one["seq"] for one in told] == list(range(first, first + 5))
    assert stands == {"topic": QUEUE, "seq": 0, "following": True}
    assert await service.position(web.ctx, QUEUE) == first + 4


async def test_a_client_that_comes_back_gets_what_it_missed_and_nothing_twice(web):
    client = await web.connect()
    await client.follow(QUEUE)
    seen = await service.publish(web.ctx, QUEUE, "seen")
    await client.read()
    client.leave()
    for n in range(3):
        await service.publish(web.ctx, QUEUE, n)
    back = await web.connect()
    told = await back.follow(QUEUE, seen)
    assert [one.get("data") for one in told] == [0, 1, 2, None]
    assert told[-1] == {"topic": QUEUE, "seq": seen + 3, "following": True}
    await service.publish(web.ctx, QUEUE, 3)
    assert await numbers(back, 1) == [3]


async def test_who_missed_more_than_is_kept_is_told_to_read_anew(web):
    seen = await service.publish(web.ctx, QUEUE, 0)
    for n in range(store.KEPT + 1):
        await service.publish(web.ctx, QUEUE, n)
    client = await web.connect()
    told = await client.follow(QUEUE, seen)
    assert [list(one) for one in told] == [["topic", "seq", "gap"], ["topic", "seq", "following"]]
    assert told[0]["seq"] == seen + store.KEPT + 1


async def test_following_while_others_publish_leaves_no_hole(web):
    start = await service.publish(web.ctx, QUEUE, -1)
    clients = [await web.connect(f"acc{n}") for n in range(5)]

    async def publish() -> None:
        for n in range(50):
            await service.publish(web.ctx, QUEUE, n)

    busy = asyncio.create_task(publish())
    told = []
    for client in clients:
        told.append(await client.follow(QUEUE, start))
        await asyncio.sleep(0)
    await busy
    for client, before in zip(clients, told, strict=True):
        data = [one["data"] for one in before if "data" in one]
        data += await numbers(client, 50 - len(data))
        assert data == list(range(50))


@pytest.mark.parametrize("hinted", [True, False])
async def test_other_processes_hear_with_redis_and_without(mongo_uri, broker_url, hinted):
    async with processes(mongo_uri, 2, KINDS, broker_url if hinted else "") as [one, other]:
        here, there = await one.connect(), await other.connect()
        for client in (here, there):
            await client.follow(QUEUE)
        for n in range(20):
            await service.publish(one.ctx, QUEUE, n)
        assert await numbers(here, 20) == await numbers(there, 20) == list(range(20))


async def test_redis_that_never_answers_holds_nobody_up(mongo_uri):
    async def hang(reader, writer) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with processes(mongo_uri, 2, KINDS, f"redis://127.0.0.1:{port}/0") as [one, other]:
        client = await other.connect()
        await client.follow(QUEUE)
        for n in range(3):
            await service.publish(one.ctx, QUEUE, n)
        assert await numbers(client, 3) == [0, 1, 2]
    silent.close()
    await silent.wait_closed()


async def test_what_none_of_us_has_told_does_not_end_the_listening(monkeypatch):
    begun, again = [], asyncio.Event()

    async def subscribed(self, heard) -> None:
        begun.append(heard)
        if len(begun) == 1:
            msgspec.json.decode(b"not ours")
        again.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(hints, "REST_SECONDS", 0)
    monkeypatch.setattr(hints.Hints, "_subscription", subscribed)
    listening = asyncio.create_task(hints.Hints("redis://127.0.0.1/0", "x").listen(print))
    done, _ = await asyncio.wait(
        [listening, asyncio.create_task(again.wait())], return_when=asyncio.FIRST_COMPLETED
    )
    assert listening not in done and len(begun) == 2
    listening.cancel()


async def test_a_hint_that_overtakes_another_makes_no_hole(web):
    client = await web.connect()
    await client.follow(QUEUE)
    seq = await service.publish(web.ctx, QUEUE, 0)
    key = store.key_of(web.ctx, QUEUE)
    await store.append(web.ctx, QUEUE, "1")
    await store.append(web.ctx, QUEUE, "2")
    web.keeper.heard(key, seq + 2, "2")
    web.keeper.heard(key, seq + 1, "1")
    assert await numbers(client, 3) == [0, 1, 2]


async def test_a_topic_that_was_forgotten_never_repeats_a_number(web):
    seen = await service.publish(web.ctx, QUEUE, 0)
    await web.house.db.raw(store.TOPICS.name).delete_many({})
    await asyncio.sleep(0.005)
    assert await service.publish(web.ctx, QUEUE, 1) > seen
    client = await web.connect()
    assert (await client.follow(QUEUE, seen))[0]["gap"] is True


async def test_old_topics_are_forgotten(web):
    await service.publish(web.ctx, QUEUE, 0)
    assert await store.forget(web.ctx) == 0
    old = web.ctx.wire_now().replace(year=2020)
    await web.house.db.raw(store.TOPICS.name).update_many({}, {"$set": {"at": old}})
    assert await store.forget(web.ctx) == 1


class TestWhoMay:
    async def test_only_the_person_follows_what_is_theirs(self, web):
        client = await web.connect("acc1")
        [mine] = await client.follow("me:acc1")
        assert mine["following"]
        for topic, code in (
            ("me:acc2", "forbidden"),
            ("secret:x", "forbidden"),
            ("other:x", "not_found"),
            ("queue", "not_found"),
        ):
            assert await client.follow(topic) == [{"topic": topic, "refused": code}]
        await service.publish(web.ctx, "me:acc2", "private")
        await service.publish(web.ctx, "me:acc1", "mine")
        assert await numbers(client, 1) == ["mine"]

    async def test_nobody_else_gets_in(self, web):
        assert await web.knock(account="") == 401
        assert await web.knock(Origin="https://evil.example") == 403
        own = web.house.settings.public_url
        assert await web.knock(Origin=own.replace("http:", "https:")) == 403, "another scheme"
        assert await web.knock(Upgrade="h2c") == 422
        assert web.keeper._sockets == {}

    async def test_a_page_of_ours_gets_in(self, web):
        await web.connect(Origin=web.house.settings.public_url)

    async def test_another_institutions_topic_of_that_name_is_another_topic(self, web):
        client = await web.connect()
        await client.follow(QUEUE)
        await service.publish(web.house.ctx("ins2"), QUEUE, "theirs")
        await service.publish(web.ctx, QUEUE, "ours")
        assert await numbers(client, 1) == ["ours"]

    async def test_who_signs_out_is_let_go(self, web):
        client = await web.connect()
        await client.follow(QUEUE)
        [socket] = web.keeper._sockets
        socket.front.caller = lambda handler: (VISITOR, None)
        assert await client.closed() == frames.SIGNED_OUT
        assert web.keeper.hub.channels == {}

    async def test_who_changes_roles_starts_anew(self, web):
        client = await web.connect()
        [socket] = web.keeper._sockets
        changed = Actor("account", "acc1", frozenset({"other"}))
        socket.front.caller = lambda handler: (changed, None)
        assert await client.closed() == frames.SIGNED_OUT

    async def test_a_right_that_is_gone_ends_the_topic_only(self, mongo_uri):
        held = {"q1", "q2"}

        async def may(ctx, key: str) -> bool:
            return key in held

        async with processes(mongo_uri, kinds=[TopicKind("queue", may)]) as [web]:
            client = await web.connect()
            for topic in ("queue:q1", "queue:q2"):
                await client.follow(topic)
            held.remove("q1")
            [socket] = web.keeper._sockets
            socket._visits = handlers.RIGHTS - 1
            assert await client.read() == {"topic": "queue:q1", "refused": "forbidden"}
            await service.publish(web.ctx, "queue:q1", "secret")
            await service.publish(web.ctx, "queue:q2", "open")
            assert await numbers(client, 1) == ["open"]


class TestLimits:
    async def test_the_eldest_socket_of_a_person_makes_room(self, web):
        clients = [await web.connect() for _ in range(keeper.SOCKETS_EACH)]
        await web.connect("acc2")
        await web.connect()
        assert await clients[0].closed() == frames.REPLACED
        assert len(web.keeper._people["account:acc1"]) == keeper.SOCKETS_EACH

    async def test_a_slow_client_is_shed_and_catches_up(self, web):
        slow, quick = await web.connect("slow"), await web.connect("quick")
        for client in (slow, quick):
            await client.follow(QUEUE)
        stuck = next(one for one in web.keeper._sockets if one.person == "account:slow")
        stuck._stream.max_write_buffer_size = None
        with slow.not_reading():
            for _ in range(100):  # more than the kernel takes for a client that does not read
                stuck._stream.write(PONGS)
            assert len(stuck._stream._write_buffer) > handlers.BUFFER
            stuck._stream.max_write_buffer_size = handlers.BUFFER
            first = await service.publish(web.ctx, QUEUE, 0)
            assert await numbers(quick, 1) == [0]
        assert await slow.closed() == frames.SLOW
        back = await web.connect("slow")
        told = await back.follow(QUEUE, first - 1)
        assert [one.get("data") for one in told] == [0, None]

    @pytest.mark.parametrize("words", ["", "[]", '{"follow": 1}', '{"more": 1}', "\x00"])
    async def test_what_is_not_understood_ends_the_socket(self, web, words):
        client = await web.connect()
        await client.connection.write_message(words)
        assert await client.closed() == frames.NOT_UNDERSTOOD

    async def test_a_client_that_answers_no_ping_is_let_go(self, web):
        client = await web.connect()
        [socket] = web.keeper._sockets
        socket._answered = False
        socket._visits = handlers.PINGS - 1
        assert await client.closed() == frames.SILENT

    async def test_a_client_that_answers_pings_stays(self, web):
        client = await web.connect()
        [socket] = web.keeper._sockets
        socket._visits = handlers.PINGS - 1
        await socket.visited()
        await client.follow(QUEUE)  # the pong came before this
        assert socket._answered

    async def test_more_topics_than_a_socket_may_have_are_not_followed(self, web):
        client = await web.connect()
        wanted = {f"queue:q{n}": None for n in range(handlers.TOPICS_EACH)}
        await client.say(follow=wanted)
        for _ in wanted:
            assert (await client.read())["following"]
        await client.say(follow={"queue:more": None}, leave=["queue:q0"])
        await client.follow("queue:q0")
        assert len(web.keeper.hub.channels) == handlers.TOPICS_EACH

    async def test_a_frame_is_short_and_of_a_known_kind(self, web):
        for topic, data in ((QUEUE, "x" * 5000), ("other:x", 1), ("queue:", 1)):
            with pytest.raises(ValueError, match=r"nobody could|too long"):
                await service.publish(web.ctx, topic, data)
        assert await web.house.db.raw(store.TOPICS.name).count_documents({}) == 0


class TestPolling:
    async def test_what_came_after_a_number(self, web):
        seq = await service.publish(web.ctx, QUEUE, {"n": 0})
        await service.publish(web.ctx, QUEUE, {"n": 1})
        answer = await web.poll(f"{QUEUE}={seq},me:acc1=,me:acc2=,queue:old=7")
        assert answer.json()["topics"] == {
            QUEUE: {"seq": seq + 1, "gap": False, "frames": [[seq + 1, {"n": 1}]], "refused": None},
            "me:acc1": {"seq": 0, "gap": False, "frames": [], "refused": None},
            "me:acc2": {"seq": 0, "gap": False, "frames": [], "refused": "forbidden"},
            "queue:old": {"seq": 0, "gap": True, "frames": [], "refused": None},
        }

    async def test_visitors_and_nonsense_are_refused(self, web):
        assert (await web.poll(QUEUE, account="")).status_code == 401
        for after in ("", "queue:q1=x", "queue:q1=1;", ",".join(["queue:q1="] * 65)):
            assert (await web.poll(after)).status_code == 422


async def test_a_broadcast_reaches_everybody_in_order(web, monkeypatch):
    monkeypatch.setattr("wx_backend.base.live.hub.AT_ONCE", 3)
    clients = [await web.connect(f"acc{n}") for n in range(10)]
    for client in clients:
        await client.follow(QUEUE)
    for n in range(4):
        await service.publish(web.ctx, QUEUE, n)
    for client in clients:
        assert await numbers(client, 4) == [0, 1, 2, 3]


async def test_a_process_that_ends_tells_its_clients_to_come_back(web):
    client = await web.connect()
    service.live(web.house).close()
    assert await client.closed() == frames.GOING_AWAY


async def test_publishing_needs_an_institution(web):
    with pytest.raises(ValueError, match="nobody could"):
        await service.publish(web.house.ctx(None), QUEUE, 1)
    assert INST not in await web.house.db.raw(store.TOPICS.name).distinct("_id")
