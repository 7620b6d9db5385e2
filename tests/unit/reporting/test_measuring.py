"""Heartbeats out of the engine's counters."""

import pytest

from roomful._native import Event, TrackStats
from roomful.reporting.questions.loading import Span
from roomful.rooms.model import TrackKind, TrackSource, VideoQuality
from roomful.rooms.stream_paths import StreamPath
from roomful.rooms.tracks import Layer

from .conftest import Stage
from .test_visits import ask


def stats(
    peer: int,
    track: str,
    direction: str,
    packets: int,
    size: int,
    loss: float = 0.0,
    frames: int = 0,
    spatial: int = 0,
) -> Event.PeerStats:
    one = TrackStats(
        track=track,
        direction=direction,
        packets=packets,
        bytes=size,
        frames=frames,
        expected=packets,
        lost=round(loss * packets),
        jitter_ms=4.0,
        spatial=spatial,
    )
    return Event.PeerStats(peer, 40.0, 0.0, [one])


async def test_rates_come_from_two_looks_at_the_counters(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    track, room = stage.publish(alice), stage.room.sid
    measuring = stage.reports.measuring
    for seconds in range(3):
        measuring.on_stats(
            room, alice.sid, stats(1, track, "in", 500 * seconds, 625_000 * seconds, frames=125 * seconds)
        )
        measuring.on_stats(
            room, bob.sid, stats(2, track, "out", 500 * seconds, 562_500 * seconds, loss=0.1, frames=120 * seconds)
        )
        stage.tick(5)
    answer = await ask(stage)
    beats = [beat for beat in answer["heartbeats"] if beat["user_id"] == "alice"]
    assert [beat["upstream"]["network"]["bitrate"] for beat in beats] == [1_000_000, 1_000_000]
    assert beats[0]["upstream"]["video"] == {
        "bitrate": 1_000_000,
        "fps": 25.0,
        "width": 1280,
        "height": 720,
        "codec": "x",
        "frames_processed": 125,
    }
    assert beats[0]["source"] == "server"
    (pair,) = answer["pairs"]
    assert (pair["sender"], pair["receiver"]) == ("alice", "bob")
    assert pair["bitrate"] == 900_000
    assert pair["packet_loss"] == pytest.approx(0.1)
    assert pair["points"][0]["send_bitrate"] == 1_000_000
    assert pair["points"][0]["fps"] == 24.0
    span = Span(start=0, end=round(stage.now * 1000) + 1)
    assert await stage.reports.writer.settled(10)
    (room_now,) = (await stage.reports.site.ask(span))["rooms"]
    assert room_now["risks"] == ["packet_loss_spike"]


async def test_a_heartbeat_tells_the_loss_of_all_of_its_time_and_none_where_nothing_is_known(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    track, room = stage.publish(alice), stage.room.sid
    for expected, lost in ((0, 0), (100, 20), (100, 20), (300, 30), (250, 90)):
        counted = TrackStats(track=track, direction="out", bytes=expected, expected=expected, lost=lost, spatial=0)
        stage.reports.measuring.on_stats(room, bob.sid, Event.PeerStats(2, 40.0, 0.0, [counted]))
        stage.tick(5)
    (pair,) = (await ask(stage))["pairs"]
    assert [point["packet_loss"] for point in pair["points"]] == [0.2, None, 0.05, None]


async def test_a_frame_rate_is_told_only_of_what_flowed_all_the_time(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    track, room = stage.publish(alice), stage.room.sid
    for frames, spatial in ((0, 0), (100, 0), (130, -1), (130, -1), (180, 0), (305, 0)):
        stage.reports.measuring.on_stats(room, bob.sid, stats(2, track, "out", 1, 1, frames=frames, spatial=spatial))
        stage.tick(5)
    (pair,) = (await ask(stage))["pairs"]
    assert [point["fps"] for point in pair["points"]] == [20.0, None, None, None, 25.0]


async def test_the_size_is_that_of_the_layer_that_somebody_gets(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    small = Layer(quality=VideoQuality.LOW, spatial=0, width=320, height=180)
    large = Layer(quality=VideoQuality.HIGH, spatial=1, width=1280, height=720)
    track, room = stage.publish(alice, layers=(small, large)), stage.room.sid
    for packets in range(2):
        stage.reports.measuring.on_stats(room, bob.sid, stats(2, track, "out", packets, packets))
        stage.tick(5)
    (pair,) = (await ask(stage))["pairs"]
    assert (pair["points"][0]["width"], pair["points"][0]["height"]) == (320, 180)


async def test_what_is_lost_of_sound_tells_how_the_line_of_a_sender_is(stage: Stage) -> None:
    alice = stage.join("alice")
    video, audio = stage.publish(alice), stage.publish(alice, TrackKind.AUDIO)
    for packets in (0, 100):
        flows = [
            TrackStats(track=video, direction="in", packets=9 * packets, bytes=packets, expected=9 * packets),
            TrackStats(
                track=audio, direction="in", packets=packets, bytes=packets, expected=packets, lost=packets // 10
            ),
        ]
        stage.reports.measuring.on_stats(stage.room.sid, alice.sid, Event.PeerStats(1, 40.0, 0.0, flows))
        stage.tick(5)
    (beat,) = (await ask(stage))["heartbeats"]
    assert beat["upstream"]["network"]["packet_loss"] == pytest.approx(0.1)


async def test_a_page_that_is_shared_has_no_frame_rate_to_worry_about(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    track, room = stage.publish(alice, source=TrackSource.SCREEN_SHARE), stage.room.sid
    for packets in range(2):
        stage.reports.measuring.on_stats(room, bob.sid, stats(2, track, "out", packets, packets, frames=packets))
        stage.tick(5)
    (pair,) = (await ask(stage))["pairs"]
    assert pair["points"][0]["fps"] is None


async def test_what_is_told_of_strangers_is_ignored(stage: Stage) -> None:
    alice = stage.join("alice")
    for _ in range(2):
        stage.reports.measuring.on_stats("RM_other", alice.sid, stats(1, "TR_x", "in", 1, 1))
        stage.reports.measuring.on_stats(stage.room.sid, "PA_gone", stats(2, "TR_x", "in", 1, 1))
        stage.reports.measuring.on_stats(stage.room.sid, alice.sid, stats(3, "TR_x", "in", 1, 1))
        stage.tick(5)
    answer = await ask(stage)
    assert (answer["heartbeats"], answer["pairs"]) == ([], [])


async def test_a_stream_tells_how_it_is_and_who_gets_it(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    track, room = stage.publish(alice), stage.room.sid
    path = StreamPath("show", "alice")
    for seconds in range(3):
        for peer, one, direction in ((1, alice, "in"), (2, bob, "out")):
            told = stats(peer, track, direction, 500 * seconds, 625_000 * seconds, frames=125 * seconds)
            stage.reports.measuring.on_stats(room, one.sid, told)
        stage.tick(5)
    answer = await stage.reports.streams.ask(path, "")
    assert (answer["published"], answer["subscribers"], answer["video_codec"]) == (True, 1, "x")
    assert (answer["bitrate"], answer["fps"], answer["width"], answer["height"]) == (1_000_000, 25.0, 1280, 720)
    assert [point["bitrate"] for point in answer["points"]] == [1_000_000, 1_000_000]
    stage.room.unpublish(track, stage.now)
    stage.tick(90)
    over = await stage.reports.streams.ask(path, "1h")
    assert (over["published"], over["subscribers"], over["bitrate"], len(over["points"])) == (False, 0, None, 2)
    assert (await stage.reports.streams.ask(path, ""))["points"] == []
