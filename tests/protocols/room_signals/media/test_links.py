"""Times and matches of connections, with an engine that only notes what it is asked."""

from dataclasses import dataclass, field

import msgspec
import pytest

from roomful._native import Event
from roomful.media.api import MediaError
from roomful.protocols.room_signals.codes import Code, SignalError
from roomful.protocols.room_signals.media.downlink import OFFER_TTL
from roomful.protocols.room_signals.media.links import MAX_DOWNLINKS, Links
from roomful.protocols.room_signals.media.reply import SILENCE_ALLOWED
from roomful.protocols.room_signals.media.uplink import Uplink
from roomful.rooms.model import TrackKind, TrackSource
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.tracks import TrackSpec
from tests.protocols.livekit.recording import RecordingMedia

NOW = 1000.0
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 AA\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:upup\r\na=msid:s t\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=sendonly\r\n"
)


def answer(*mids: str, ufrag: str = "down") -> str:
    sections = "".join(f"m=audio 9 X 111\r\na=mid:{mid}\r\na=ice-ufrag:{ufrag}\r\n" for mid in mids)
    return f"v=0\r\n{sections}"


@dataclass
class Booth:
    """The connections of bob, in a room with others."""

    media: RecordingMedia = field(default_factory=RecordingMedia)
    now: float = NOW
    replies: list[str | SignalError] = field(default_factory=list[str | SignalError])
    watched_again: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.room = Rooms().create("hall", RoomOptions(), NOW)
        self.bob = self.join("bob")
        self.links = Links(self.media, self.room, self.bob, lambda: self.now, self.watched_again.append)
        self.room.observers.add(lambda event: self.links.on_room_event(event, self.now))

    def join(self, identity: str) -> Participant:
        return self.room.join(JoinRequest(identity=identity, auto_subscribe=False), NOW)

    def publish(
        self, participant: Participant, kind: TrackKind = TrackKind.AUDIO, only_for: Participant | None = None
    ) -> str:
        source = TrackSource.MICROPHONE if kind is TrackKind.AUDIO else TrackSource.CAMERA
        spec = TrackSpec(kind=kind, source=source, only_for="" if only_for is None else only_for.sid)
        track = self.room.publish(participant.sid, spec, NOW)
        self.room.bind(track.sid, f"{kind}/x", "0", NOW)
        return track.sid

    def publisher(self, identity: str) -> Participant:
        participant = self.join(identity)
        self.publish(participant)
        return participant

    def watch(self, publisher: Participant, *mids: str) -> int:
        """Make a downlink with these media ids; returns its peer."""
        assert self.links.watch(publisher, self.now, self.replies.append)
        asked = self.media.last("create_offer")
        self.media.tell(Event.Offered(asked.peer, asked.request, "v=0 offer", dict.fromkeys(mids, "TR"), []))
        assert self.replies[-1] == "v=0 offer"
        return asked.peer

    def offer(self, *, restarting: bool = False, sdp: str = OFFER) -> Uplink:
        def make() -> Uplink:
            return Uplink(
                self.media,
                self.room,
                self.bob,
                lambda: self.now,
                codecs=frozenset(),
                screen=False,
                audio_only=False,
            )

        self.links.offer(sdp, restarting=restarting, make=make, now=self.now, reply=self.replies.append)
        assert self.links.uplink is not None
        return self.links.uplink

    def bring_up(self, uplink: Uplink) -> None:
        asked = self.media.last("accept_offer")
        track = asked.pending[0].sid
        self.media.tell(Event.TrackBound(uplink.peer, track, "0", "t", "t", "audio/opus", []))
        self.media.tell(Event.Answered(uplink.peer, asked.request, answer("0"), {}, []))
        self.media.tell(Event.PeerState(uplink.peer, "connected", ""))
        assert uplink.is_up


@pytest.fixture
def booth() -> Booth:
    return Booth()


def refused(code: Code) -> "pytest.RaisesExc[SignalError]":
    return pytest.raises(SignalError, check=lambda error: error.code is code)


def test_an_offer_that_nobody_answers_is_dropped(booth: Booth) -> None:
    alice = booth.publisher("alice")
    peer = booth.watch(alice, "aa")
    booth.links.tick(NOW + OFFER_TTL - 1)
    assert not booth.media.named("close_peer")
    booth.links.tick(NOW + OFFER_TTL)
    assert booth.media.last("close_peer").peer == peer
    with refused(Code.USER_LEFT):
        booth.links.answer(answer("aa"), None)


def test_an_answered_offer_stays(booth: Booth) -> None:
    booth.watch(booth.publisher("alice"), "aa")
    booth.links.answer(answer("aa"), None)
    booth.links.tick(NOW + 10 * OFFER_TTL)
    assert not booth.media.named("close_peer")
    with refused(Code.INVALID_SIGNAL):
        booth.links.answer(answer("aa"), None)


def test_a_silent_connection_is_closed_unless_it_comes_back(booth: Booth) -> None:
    peer = booth.watch(booth.publisher("alice"), "aa")
    booth.links.answer(answer("aa"), None)
    for state in ("connected", "disconnected", "connected"):
        booth.media.tell(Event.PeerState(peer, state, ""))
    booth.links.tick(NOW + SILENCE_ALLOWED)
    assert not booth.media.named("close_peer")
    booth.media.tell(Event.PeerState(peer, "disconnected", ""))
    booth.links.tick(NOW + SILENCE_ALLOWED)
    assert booth.media.last("close_peer").peer == peer


def test_an_answer_goes_to_the_offer_with_its_media_ids(booth: Booth) -> None:
    first = booth.watch(booth.publisher("alice"), "aa", "ab")
    second = booth.watch(booth.publisher("carol"), "ca")
    booth.links.answer(answer("ca"), None)
    assert booth.media.last("accept_answer").peer == second
    with refused(Code.INVALID_SIGNAL):
        booth.links.answer(answer("xx"), None)  # the only open offer, and another one's media ids
    booth.links.answer(answer("aa", "ab"), None)
    assert booth.media.last("accept_answer").peer == first


def test_an_answer_that_names_a_publisher_goes_to_its_offer(booth: Booth) -> None:
    alice, carol = booth.publisher("alice"), booth.publisher("carol")
    booth.watch(alice, "aa")
    peer = booth.watch(carol, "ca")
    booth.links.answer(answer("ca"), [carol])
    assert booth.media.last("accept_answer").peer == peer
    with refused(Code.INVALID_SIGNAL):
        booth.links.answer(answer("ca"), [carol])


def test_a_publisher_that_adds_a_track_is_watched_again_once(booth: Booth) -> None:
    alice = booth.publisher("alice")
    peer = booth.watch(alice, "aa")
    booth.publish(alice, TrackKind.VIDEO)
    booth.publish(alice, TrackKind.AUDIO)
    assert not booth.watched_again, "tracks come in twos"
    booth.links.tick(NOW + 1)
    booth.links.tick(NOW + 2)
    assert booth.watched_again == [alice.sid]
    assert booth.media.last("close_peer").peer == peer


def test_a_publisher_without_tracks_is_received_no_longer(booth: Booth) -> None:
    alice = booth.join("alice")
    track = booth.publish(alice)
    peer = booth.watch(alice, "aa")
    booth.room.unpublish(track, NOW)
    assert booth.media.last("close_peer").peer == peer
    assert not booth.links.watch(alice, NOW, booth.replies.append)


def test_what_the_receiver_may_not_have_is_held_back_for_so_long(booth: Booth) -> None:
    booth.watch(booth.publisher("alice"), "aa")
    for allowed in (False, True):
        permission = msgspec.structs.replace(booth.bob.permission, can_subscribe=allowed)
        booth.room.update_participant(booth.bob.sid, NOW, permission=permission)
        assert booth.media.last("set_subscription").enabled is allowed
    booth.links.select_layer([booth.room.with_identity("alice")], 0)
    assert booth.media.last("set_subscription").max_spatial == 0


def test_a_session_receives_so_many_and_no_more(booth: Booth) -> None:
    for number in range(MAX_DOWNLINKS):
        booth.watch(booth.publisher(f"p{number}"), f"m{number}")
    with refused(Code.INVALID_SIGNAL):
        booth.links.watch(booth.publisher("one-more"), NOW, booth.replies.append)


def test_candidates_find_their_connection(booth: Booth) -> None:
    line = "candidate:1 1 udp 1 127.0.0.1 9 typ host"
    booth.links.add_candidate(line, None)
    assert not booth.media.named("add_candidate"), "there is none"
    alice, carol = booth.publisher("alice"), booth.publisher("carol")
    first = booth.watch(alice, "aa")
    booth.links.add_candidate(line, None)
    assert booth.media.last("add_candidate").peer == first, "there is one"
    second = booth.watch(carol, "ca")
    booth.links.answer(answer("ca", ufrag="of-c"), [carol])
    uplink = booth.offer()
    for said, publishers, peer in (
        (f'{{"candidate":"{line}","sdpMid":"aa"}}', None, first),
        (f'{{"candidate":"{line}","usernameFragment":"of-c"}}', None, second),
        (f"{line} ufrag of-c", None, second),
        (f'{{"candidate":"{line}","sdpMid":"0"}}', None, uplink.peer),
        (line, None, uplink.peer),
        (line, [booth.bob], uplink.peer),
        (line, [carol], second),
    ):
        booth.links.add_candidate(said, publishers)
        assert booth.media.last("add_candidate").peer == peer, said
    count = len(booth.media.named("add_candidate"))
    booth.links.add_candidate(line, [booth.join("dave")])
    assert len(booth.media.named("add_candidate")) == count


def test_the_track_is_published_when_the_connection_is_up_and_not_before(booth: Booth) -> None:
    uplink = booth.offer()
    asked = booth.media.last("accept_offer")
    booth.media.tell(Event.TrackBound(uplink.peer, asked.pending[0].sid, "0", "t", "t", "audio/opus", []))
    booth.media.tell(Event.Answered(uplink.peer, asked.request, answer("0"), {}, []))
    assert booth.replies == [answer("0", ufrag="down")]
    assert not booth.bob.is_publisher
    booth.media.tell(Event.PeerState(uplink.peer, "connected", ""))
    assert booth.bob.is_publisher


def test_what_a_host_mutes_is_dropped_and_what_the_client_mutes_is_not(booth: Booth) -> None:
    booth.bring_up(booth.offer())
    [track] = booth.bob.tracks
    booth.room.mute(track, muted=True, by=booth.bob.sid, now=NOW)
    assert booth.media.last("set_track_muted").muted is False
    booth.room.mute(track, muted=False, by=booth.bob.sid, now=NOW)
    booth.room.mute(track, muted=True, by="", now=NOW)
    assert booth.media.last("set_track_muted").muted is True


def test_an_offer_that_the_engine_cannot_use_leaves_nothing(booth: Booth) -> None:
    uplink = booth.offer()
    asked = booth.media.last("accept_offer")
    booth.media.tell(Event.NegotiationFailed(uplink.peer, asked.request, "no"))
    [error] = booth.replies
    assert isinstance(error, SignalError)
    assert error.code is Code.INVALID_SIGNAL
    assert not booth.bob.tracks
    assert uplink.closed


def test_an_engine_that_has_too_much_to_do_leaves_nothing_and_may_be_asked_again(booth: Booth) -> None:
    real = booth.media.accept_offer

    def overloaded(*_: object) -> None:
        raise MediaError("too much")

    booth.media.accept_offer = overloaded  # type: ignore[method-assign]
    with pytest.raises(MediaError):
        booth.offer()
    assert not booth.bob.tracks
    booth.media.accept_offer = real  # type: ignore[method-assign]
    booth.bring_up(booth.offer())


def test_who_leaves_while_an_offer_waits_is_told(booth: Booth) -> None:
    booth.offer()
    booth.links.close(NOW)
    [error] = booth.replies
    assert isinstance(error, SignalError)
    assert error.code is Code.INTERNAL_SERVER_ERROR


def test_a_mix_for_others_changes_nothing_and_ones_own_does(booth: Booth) -> None:
    mix, carol = booth.join("mix"), booth.join("carol")
    booth.publish(mix, TrackKind.VIDEO)
    booth.watch(mix, "aa")
    booth.publish(mix, only_for=carol)
    booth.links.tick(NOW)
    assert booth.watched_again == []
    booth.publish(mix, only_for=booth.bob)
    booth.links.tick(NOW)
    assert booth.watched_again == [mix.sid]


def test_where_there_are_no_pictures_none_are_received(booth: Booth) -> None:
    booth.links = Links(
        booth.media, booth.room, booth.bob, lambda: booth.now, booth.watched_again.append, audio_only=True
    )
    alice = booth.join("alice")
    booth.publish(alice, TrackKind.VIDEO)
    assert not booth.links.watch(alice, NOW, booth.replies.append)
    sound = booth.publish(alice)
    booth.watch(alice, "aa")
    assert [asked.track for asked in booth.media.named("subscribe")] == [sound]
    booth.publish(alice, TrackKind.VIDEO)
    booth.links.tick(NOW)
    assert booth.watched_again == []
