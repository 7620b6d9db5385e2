"""From announcement to media, as publisher and others see it."""

from types import SimpleNamespace
from typing import Any

import pytest
from livekit.protocol import models, rtc

from roomful._native import Event
from roomful.protocols.livekit import publishing
from roomful.protocols.livekit.publishing import MAX_QUEUED
from roomful.rooms.model import SERVER, TrackSource

from .stage import OFFER, Stage

Reason = rtc.RequestResponse.Reason
Mode = models.VideoLayer.Mode
Policy = models.BackupCodecPolicy
Quality = models.VideoQuality
AUDIO, VIDEO = models.TrackType.AUDIO, models.TrackType.VIDEO

LAYERS = [
    models.VideoLayer(quality=Quality.HIGH, width=1280, height=720, bitrate=3_000_000),
    models.VideoLayer(quality=Quality.MEDIUM, width=640, height=360, bitrate=450_000),
    models.VideoLayer(quality=Quality.LOW, width=320, height=180, bitrate=160_000),
]


def test_an_announcement_is_answered_at_once_with_the_final_sid(stage: Stage) -> None:
    alice = stage.join("alice")
    sid = alice.announce("mic", type=AUDIO, source=models.TrackSource.MICROPHONE, name="my mic")
    track = alice.client.last("track_published").track
    assert sid.startswith("TR_AM")
    assert (track.name, track.source, track.stream) == ("my mic", models.TrackSource.MICROPHONE, "camera")
    assert [(codec.cid, codec.video_layer_mode) for codec in track.codecs] == [
        ("mic", Mode.ONE_SPATIAL_LAYER_PER_STREAM)
    ]
    assert track.backup_codec_policy == Policy.SIMULCAST
    assert not track.mime_type
    assert stage.media.named("accept_offer") == []


def test_nobody_else_hears_of_an_announcement(stage: Stage) -> None:
    watcher = stage.join("bob")
    alice = stage.join("alice")
    watcher.client.forget()
    alice.announce()
    assert watcher.client.kinds == []


def test_simulcast_layers_are_sorted_and_mirrored_for_older_sdks(stage: Stage) -> None:
    alice = stage.join("alice")
    codec = rtc.SimulcastCodec(codec="vp8", cid="cid", layers=LAYERS)
    alice.announce(width=1280, height=720, layers=LAYERS, simulcast_codecs=[codec])
    track = alice.client.last("track_published").track
    assert [layer.quality for layer in track.layers] == [Quality.LOW, Quality.MEDIUM, Quality.HIGH]
    assert track.codecs[0].layers == track.layers
    assert track.codecs[0].mime_type == "video/vp8"
    assert track.simulcast


def test_a_codec_with_layers_in_one_stream_is_no_simulcast(stage: Stage) -> None:
    alice = stage.join("alice")
    codecs = [rtc.SimulcastCodec(codec="vp9", cid="cid"), rtc.SimulcastCodec(codec="vp8", cid="")]
    alice.announce(layers=LAYERS, simulcast_codecs=codecs)
    track = alice.client.last("track_published").track
    assert [(codec.mime_type, codec.cid) for codec in track.codecs] == [("video/vp9", "cid"), ("video/vp8", "")]
    assert track.codecs[0].video_layer_mode == Mode.MULTIPLE_SPATIAL_LAYERS_PER_STREAM
    assert not track.simulcast


def test_a_codec_that_is_not_enabled_is_replaced(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.announce("mic", type=AUDIO, simulcast_codecs=[rtc.SimulcastCodec(codec="g722", cid="mic")])
    assert alice.client.last("track_published").track.codecs[0].mime_type == "audio/opus"


@pytest.mark.parametrize(
    ("source", "stream"),
    [("CAMERA", "camera"), ("SCREEN_SHARE", "screen"), ("SCREEN_SHARE_AUDIO", "screen"), ("UNKNOWN", "unknown")],
)
def test_tracks_of_one_source_belong_to_one_stream(stage: Stage, source: str, stream: str) -> None:
    alice = stage.join("alice")
    alice.announce(source=source)
    assert alice.client.last("track_published").track.stream == stream


def test_features_are_said_by_booleans_too_and_the_other_way_round(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.announce("a", type=AUDIO, stereo=True, disable_dtx=True)
    track = alice.client.last("track_published").track
    features = models.AudioTrackFeature
    assert list(track.audio_features) == [features.TF_STEREO, features.TF_NO_DTX]
    assert (track.stereo, track.disable_dtx) == (True, True)
    alice.announce("b", type=AUDIO, audio_features=[features.TF_STEREO, 99])
    assert alice.client.last("track_published").track.stereo


def test_announced_tracks_go_to_the_engine_with_the_offer(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "PendingTrack", SimpleNamespace)  # the engine's own cannot be read back
    alice = stage.join("alice")
    first = alice.announce("mic", type=AUDIO, stereo=True, disable_dtx=True)
    second = alice.announce("plain", type=AUDIO, disable_red=True)
    third = alice.announce("cam", simulcast_codecs=[rtc.SimulcastCodec(codec="h264", cid="cam")])
    alice.ask(offer=OFFER)
    pending = stage.media.last("accept_offer").pending
    assert [(one.sid, one.cid, one.kind, one.mime, one.dtx, one.stereo, one.red) for one in pending] == [
        (first, "mic", "audio", "", False, True, True),
        (second, "plain", "audio", "", True, False, False),
        (third, "cam", "video", "video/h264", True, False, True),
    ]


def test_a_bound_track_is_published_to_everybody_before_the_answer(stage: Stage) -> None:
    watcher = stage.join("bob")
    alice = stage.join("alice")
    sid = alice.announce(layers=LAYERS, simulcast_codecs=[rtc.SimulcastCodec(codec="vp8", cid="cid", layers=LAYERS)])
    alice.client.forget()
    alice.bind(sid, rids=("f", "h", "q"))
    assert alice.client.kinds == ["update", "subscribed_quality_update", "answer"]
    for player in (alice, watcher):
        (info,) = player.client.last("update").participants
        assert info.is_publisher
        (track,) = info.tracks
        assert (track.sid, track.mime_type, track.mid) == (sid, "video/VP8", "0")
        assert (track.codecs[0].mime_type, track.codecs[0].mid) == ("video/VP8", "0")
        assert [(layer.rid, layer.spatial_layer) for layer in track.layers] == [("q", 0), ("h", 1), ("f", 2)]
        assert track.version.unix_micro == int(stage.now * 1_000_000)


def test_of_two_layers_the_names_are_q_and_h(stage: Stage) -> None:
    alice = stage.join("alice")
    track = alice.publish(layers=LAYERS[1:], rids=("h", "q"))
    assert [(layer.rid, layer.spatial) for layer in track.layers] == [("q", 0), ("h", 1)]


def test_of_numeric_names_two_is_the_lowest(stage: Stage) -> None:
    alice = stage.join("alice")
    track = alice.publish(layers=LAYERS, rids=("0", "1", "2"))
    assert [layer.rid for layer in track.layers] == ["2", "1", "0"]


def test_the_id_in_the_description_is_told_when_it_is_another(stage: Stage) -> None:
    alice = stage.join("alice")
    sid = alice.announce("cid")
    peer = alice.session.peers.publisher
    alice.engine(Event.TrackBound(peer=peer, track=sid, mid="0", cid="cid", sdp_cid="other", mime="video/VP8", rids=[]))
    assert alice.client.last("update").participants[0].tracks[0].codecs[0].sdp_cid == "other"


def test_first_packets_of_a_layer_are_told(stage: Stage) -> None:
    alice = stage.join("alice")
    track = alice.publish(layers=LAYERS, rids=("q", "h", "f"))
    alice.client.forget()
    layer = SimpleNamespace(rid="h", spatial=1, ssrc=1234, rtx_ssrc=5678)
    event: Any = SimpleNamespace(track=track.sid, layers=[layer])  # the engine's own cannot be made here
    alice.session.publications.on_layers(event, stage.now)
    layers = alice.client.last("update").participants[0].tracks[0].layers
    assert [(layer.ssrc, layer.repair_ssrc) for layer in layers] == [(0, 0), (1234, 5678), (0, 0)]


def test_a_track_that_left_the_offer_is_unpublished_for_all(stage: Stage) -> None:
    watcher = stage.join("bob")
    alice = stage.join("alice")
    track = alice.publish()
    assert stage.media.last("subscribe").track == track.sid
    alice.engine(Event.TrackUnbound(peer=alice.session.peers.publisher, track=track.sid))
    assert list(watcher.client.last("update").participants[0].tracks) == []
    assert "track_unpublished" not in alice.client.kinds
    assert list(watcher.session.subscriptions.tracks) == []


@pytest.mark.parametrize(
    ("rights", "announced", "reason"),
    [
        ({"can_publish": False}, {}, Reason.NOT_ALLOWED),
        ({"can_publish_sources": frozenset({TrackSource.MICROPHONE})}, {}, Reason.NOT_ALLOWED),
        ({}, {"type": models.TrackType.DATA}, Reason.UNSUPPORTED_TYPE),
        ({}, {"type": 17}, Reason.UNSUPPORTED_TYPE),
        ({}, {"sid": "TR_unknown"}, Reason.NOT_FOUND),
        ({}, {"name": "x" * 300}, Reason.LIMIT_EXCEEDED),
    ],
)
def test_a_refused_announcement_is_answered_with_an_echo(
    stage: Stage, rights: dict[str, Any], announced: dict[str, Any], reason: Reason
) -> None:
    alice = stage.join("alice", **rights)
    fields = {"type": VIDEO, "source": models.TrackSource.CAMERA, **announced}
    alice.ask(add_track=rtc.AddTrackRequest(cid="cid", **fields))
    response = alice.client.last("request_response")
    assert (response.reason, response.add_track.cid) == (reason, "cid")
    assert "track_published" not in alice.client.kinds


def test_the_same_client_id_waits_until_the_earlier_track_is_gone(stage: Stage) -> None:
    alice = stage.join("alice")
    first = alice.publish("cid")
    alice.ask(add_track=rtc.AddTrackRequest(cid="cid", type=VIDEO))
    assert alice.client.last("request_response").reason == Reason.QUEUED
    assert len(alice.client.all("track_published")) == 1
    alice.engine(Event.TrackUnbound(peer=alice.session.peers.publisher, track=first.sid))
    assert alice.client.last("track_published").track.sid != first.sid


def test_only_so_many_announcements_wait(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.announce("cid")
    for _ in range(MAX_QUEUED + 1):
        alice.ask(add_track=rtc.AddTrackRequest(cid="cid", type=VIDEO))
    assert alice.client.last("request_response").reason == Reason.LIMIT_EXCEEDED


def test_muting_is_told_to_all_and_stops_the_media(stage: Stage) -> None:
    watcher = stage.join("bob")
    alice = stage.join("alice")
    track = alice.publish()
    for muted in (True, False):
        alice.ask(mute=rtc.MuteTrackRequest(sid=track.sid, muted=muted))
        for player in (alice, watcher):
            assert player.client.last("update").participants[0].tracks[0].muted is muted
        assert stage.media.last("set_track_muted").arguments == {"track": track.sid, "muted": muted}
    assert "mute" not in alice.client.kinds


def test_a_track_that_was_muted_before_it_had_media_starts_muted(stage: Stage) -> None:
    alice = stage.join("alice")
    sid = alice.announce()
    alice.ask(mute=rtc.MuteTrackRequest(sid=sid, muted=True))
    alice.bind(sid)
    assert stage.media.last("set_track_muted").muted
    assert alice.client.last("update").participants[0].tracks[0].muted


def test_nobody_mutes_anothers_track(stage: Stage) -> None:
    alice, mallory = stage.join("alice"), stage.join("mallory")
    track = alice.publish()
    mallory.ask(mute=rtc.MuteTrackRequest(sid=track.sid, muted=True))
    mallory.ask(mute=rtc.MuteTrackRequest(sid="TR_unknown", muted=True))
    assert not track.muted


def test_an_administrators_mute_is_told_to_the_publisher(stage: Stage) -> None:
    alice = stage.join("alice")
    track = alice.publish()
    stage.room.mute(track.sid, True, SERVER, stage.now)
    mute = alice.client.last("mute")
    assert (mute.sid, mute.muted) == (track.sid, True)


def test_features_and_size_can_change_later(stage: Stage) -> None:
    alice = stage.join("alice")
    microphone, camera = alice.publish_microphone(), alice.publish("cam")
    features = models.AudioTrackFeature
    alice.ask(
        update_audio_track=rtc.UpdateLocalAudioTrack(track_sid=microphone.sid, features=[features.TF_NOISE_SUPPRESSION])
    )
    alice.ask(update_video_track=rtc.UpdateLocalVideoTrack(track_sid=camera.sid, width=640, height=480))
    audio, video = alice.client.last("update").participants[0].tracks
    assert list(audio.audio_features) == [features.TF_NOISE_SUPPRESSION]
    assert (video.width, video.height) == (640, 480)
