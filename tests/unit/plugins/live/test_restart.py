"""What a show, its co-hosts and its battle are after the server came back. specs/monibuca-rooms.md §6.10."""

from pathlib import Path

from roomful.rooms.model import LeaveReason

from .stage import LiveStage, life


async def began(stage: LiveStage) -> None:
    await stage.on_air("stage", "kim")
    for user in ("ann", "bob"):
        await stage.come("stage", user)


async def test_a_show_that_was_on_waits_for_its_streamer(tmp_path: Path) -> None:
    async with life(tmp_path) as stage:
        await began(stage)
        await stage.pass_time(60)
        before = await stage.ask_http("GET", "/live/rooms/stage")
        now = stage.now
    async with life(tmp_path, now=now + 10) as stage:
        live = await stage.ask_http("GET", "/live/rooms/stage")
        assert (live["status"], live["reason"], live["viewer_count"]) == ("Paused", "host_offline", 0)
        for name in ("started_at", "total_viewers", "peak_viewers"):
            assert live[name] == before[name]
        await stage.come("stage", "ann")
        await stage.come("stage", "kim")
        live = await stage.ask_http("GET", "/live/rooms/stage")
        assert (live["status"], live["viewer_count"], live["total_viewers"]) == ("Living", 1, 2)
        await stage.pass_time(1000)
        viewers = (await stage.ask_http("GET", "/live/rooms/stage/viewers"))["viewers"]
        assert {one["user_id"]: one["duration"] for one in viewers} == {"ann": 60, "bob": 60}


async def test_it_ends_if_the_streamer_does_not_come(tmp_path: Path) -> None:
    async with life(tmp_path) as stage:
        await began(stage)
        now = stage.now
    async with life(tmp_path, now=now + 10) as stage:
        await stage.pass_time(300)
        assert (await stage.ask_http("GET", "/live/rooms/stage"))["status"] == "Ended"
    async with life(tmp_path, now=now + 1000) as stage:
        assert (await stage.ask_http("GET", "/live/rooms/stage"))["status"] == "Ended"
        assert stage.rooms.get("stage") is None


async def test_shows_that_were_not_on_stay_as_they_were(tmp_path: Path) -> None:
    async with life(tmp_path) as stage:
        await began(stage)
        await stage.say("stage", "kim", "pause_live", reason="tea")
        await stage.make("next", "lou", title="Soon")
        now = stage.now
    async with life(tmp_path, now=now + 10) as stage:
        await stage.pass_time(1000)
        shows = (await stage.ask_http("GET", "/live/rooms"))["rooms"]
        assert {one["room_id"]: (one["status"], one["reason"]) for one in shows} == {
            "stage": ("Paused", "tea"),
            "next": ("Preparing", ""),
        }


async def test_a_co_host_takes_the_mic_up_again(tmp_path: Path) -> None:
    async with life(tmp_path) as stage:
        await began(stage)
        for user in ("ann", "bob"):
            await stage.say("stage", user, "link_mic_request", media="audio")
            await stage.say("stage", "kim", "link_mic_accept", user_id=user)
        now = stage.now
    async with life(tmp_path, now=now + 10) as stage:
        for user in ("kim", "ann"):
            await stage.come("stage", user)
        assert stage.heard("link_mic_accepted", by="ann")[0]["publish"]
        ann = stage.rooms.with_name("stage").of_user("ann")[0]
        assert ann.permission.can_publish
        await stage.pass_time(30)  # neither has published
        assert {one["user_id"]: one["reason"] for one in stage.heard("link_mic_ended")} == {
            "ann": "stream_lost",
            "bob": "stream_lost",
        }


async def test_a_battle_goes_on_with_its_score(tmp_path: Path) -> None:
    async with life(tmp_path) as stage:
        await began(stage)
        await stage.on_air("loft", "lou")
        pk_id = (await stage.say("stage", "kim", "pk_invite", target_room_id="loft", duration=60))["pk_id"]
        await stage.say("loft", "lou", "pk_accept", pk_id=pk_id)
        await stage.say("stage", "ann", "send_gift", gift_id="cake")
        now = stage.now
    async with life(tmp_path, now=now + 10) as stage:
        for room, user in (("stage", "kim"), ("stage", "ann"), ("loft", "lou")):
            await stage.come(room, user)
        await stage.say("stage", "ann", "send_gift", gift_id="rose")
        await stage.pass_time(49)
        assert not stage.heard("pk_ended")
        await stage.pass_time(1)
        (ended,) = stage.heard("pk_ended", "loft")
        assert (ended["winner_room_id"], [side["score"] for side in ended["sides"]]) == ("stage", [51, 0])


async def test_a_battle_whose_time_went_by_meanwhile_is_decided(tmp_path: Path) -> None:
    async with life(tmp_path) as stage:
        await began(stage)
        await stage.on_air("loft", "lou")
        pk_id = (await stage.say("stage", "kim", "pk_invite", target_room_id="loft", duration=60))["pk_id"]
        await stage.say("loft", "lou", "pk_accept", pk_id=pk_id)
        await stage.say("stage", "ann", "send_gift", gift_id="cake")
        now = stage.now
    async with life(tmp_path, now=now + 100) as stage:
        await stage.pass_time(0)
        assert [one["winner_room_id"] for one in stage.heard("pk_ended", "stage")] == ["stage"]
    async with life(tmp_path, now=now + 200) as stage:
        assert (await stage.ask_http("GET", "/live/pk"))["pk"] == []


async def test_what_a_power_cut_leaves_is_taken_up_too(tmp_path: Path) -> None:
    async with life(tmp_path) as stage:
        await began(stage)
        await stage.say("stage", "ann", "send_gift", gift_id="cake")
        now = stage.now
        # Nobody was told that anything ends.
        stage.extensions.forget("live")
        for room in stage.rooms:
            room.close(LeaveReason.SERVER_SHUTDOWN, now)
    async with life(tmp_path, now=now + 100) as stage:
        live = await stage.ask_http("GET", "/live/rooms/stage")
        assert (live["status"], live["gift_value"], live["total_viewers"]) == ("Paused", 50, 2)
        viewers = (await stage.ask_http("GET", "/live/rooms/stage/viewers"))["viewers"]
        assert all(one["left_at"] is not None for one in viewers)
