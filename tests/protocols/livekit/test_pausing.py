"""Videos that a network does not carry are paused, if the client lets them be. specs/livekit.md §3.19."""

import pytest
from livekit.protocol import rtc

from roomful.media.api import Event
from roomful.protocols.livekit.links import Settings

from .stage import Stage


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize(
    ("server", "client", "pauses"),
    [(False, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
def test_the_client_has_the_last_word_on_pauses(server: bool, client: bool | None, pauses: bool, single: bool) -> None:
    stage = Stage(settings=Settings(allow_pause=server))
    alice = stage.join("alice", single=single, allow_pause=client)
    allowed = [command.peer for command in stage.media.named("allow_pause")]
    assert allowed == ([alice.session.peers.subscriber] if pauses else [])


def test_the_client_is_told_of_a_video_that_stands_still_and_goes_on(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    track = alice.publish()
    for paused, state in ((True, rtc.StreamState.PAUSED), (False, rtc.StreamState.ACTIVE)):
        alice.client.forget()
        bob.engine(Event.StreamState(peer=bob.session.peers.subscriber, track=track.sid, paused=paused))
        [told] = bob.client.last("stream_state_update").stream_states
        assert (told.participant_sid, told.track_sid, told.state) == (alice.sid, track.sid, state)
        assert not alice.client.received


def test_a_track_that_has_just_gone_is_no_news(stage: Stage) -> None:
    bob = stage.join("bob")
    bob.client.forget()
    bob.engine(Event.StreamState(peer=bob.session.peers.subscriber, track="TR_gone", paused=True))
    assert not bob.client.received
