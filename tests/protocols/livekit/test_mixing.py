"""A room with a mixer, as LiveKit's clients are told of it."""

from typing import Any

from livekit.protocol import rtc

from roomful.rooms.model import LeaveReason, ParticipantKind, TrackKind, TrackSource
from roomful.rooms.participant import JoinRequest
from roomful.rooms.tracks import Track, TrackSpec

from .stage import Player, Stage


def enter_mixer(stage: Stage) -> str:
    sid = stage.room.join(JoinRequest(identity="mix", kind=ParticipantKind.AGENT), stage.now).sid
    stage.room.activate(sid, stage.now)
    stage.room.set_mixer(sid, stage.now)
    return sid


def publish(stage: Stage, mixer: str, **fields: Any) -> Track:
    spec = TrackSpec(kind=TrackKind.AUDIO, source=TrackSource.MICROPHONE, **fields)
    track = stage.room.publish(mixer, spec, stage.now)
    return stage.room.bind(track.sid, "audio/opus", "", stage.now)


def tracks_told(player: Player, mixer: str) -> set[str]:
    """The tracks of the mixer, as the client was last told."""
    infos = [info for update in player.client.all("update") for info in update.participants if info.sid == mixer]
    return {track.sid for track in infos[-1].tracks}


def test_everybody_s_own_tracks_are_taken_away_and_come_back(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    raw = bob.publish()
    mixer = enter_mixer(stage)
    gone = stage.media.last("unsubscribe")
    assert (gone.peer, gone.track) == (alice.session.peers.publisher, raw.sid)
    permission = alice.client.last("subscription_permission_update")
    assert (permission.track_sid, permission.allowed) == (raw.sid, False)
    alice.ask(subscription=rtc.UpdateSubscription(track_sids=[raw.sid], subscribe=True))
    assert len(stage.media.named("subscribe")) == 1, "asking does not help"

    stage.room.leave(mixer, LeaveReason.CLIENT_INITIATED, stage.now)
    back = stage.media.last("subscribe")
    assert (back.peer, back.track) == (alice.session.peers.publisher, raw.sid)


def test_a_mix_for_one_is_told_to_that_one_alone(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    mixer = enter_mixer(stage)
    of_alice, of_bob = (publish(stage, mixer, only_for=one.sid) for one in (alice, bob))
    of_all = publish(stage, mixer)
    assert tracks_told(alice, mixer) == {of_alice.sid, of_all.sid}
    assert tracks_told(bob, mixer) == {of_bob.sid, of_all.sid}
    subscribed = {(call.peer, call.track) for call in stage.media.named("subscribe")}
    peers = alice.session.peers.publisher, bob.session.peers.publisher
    assert subscribed == {
        (peers[0], of_alice.sid),
        (peers[0], of_all.sid),
        (peers[1], of_bob.sid),
        (peers[1], of_all.sid),
    }

    carol = stage.join("carol")
    (others,) = [info for info in carol.client.last("join").other_participants if info.sid == mixer]
    assert [track.sid for track in others.tracks] == [of_all.sid]


def test_in_a_mix_all_hear_who_speaks(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    voice = bob.publish_microphone()
    enter_mixer(stage)
    stage.room.set_speakers([(voice.sid, 0.5)], stage.now)
    assert [one.sid for one in alice.client.last("speakers_changed").speakers] == [bob.sid]
