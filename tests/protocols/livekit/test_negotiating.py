"""Descriptions between client and engine: one at a time, matched by id, and what goes wrong."""

from livekit.protocol import rtc

from roomful._native import Event
from roomful.protocols.livekit.candidates import MAX_PER_DESCRIPTION

from .stage import OFFER, Player, Stage


def needed(player: Player, *, audio: int = 0, video: int = 0) -> None:
    player.engine(Event.NegotiationNeeded(peer=player.session.peers.subscriber, audio=audio, video=video))


def dual(stage: Stage) -> Player:
    """A participant whose first offer is answered."""
    alice = stage.join("alice", single=False)
    alice.answer(alice.offered())
    stage.media.forget()
    alice.client.forget()
    return alice


def test_answers_echo_the_id_of_the_offer(stage: Stage) -> None:
    alice = stage.join("alice")
    for number in (7, 8):
        alice.ask(offer=rtc.SessionDescription(type="offer", sdp="v=0", id=number))
        alice.answered()
        assert alice.client.last("answer").id == number


def test_answers_say_which_section_has_which_track(stage: Stage) -> None:
    alice = stage.join("alice", offer=OFFER)
    alice.answered(_0="TR_a", _3="TR_v")
    assert dict(alice.client.last("answer").mid_to_track_id) == {"0": "TR_a", "3": "TR_v"}


def test_the_engine_gets_one_offer_at_a_time_and_of_those_meanwhile_the_last(stage: Stage) -> None:
    alice = stage.join("alice")
    for number in range(1, 6):
        alice.ask(offer=rtc.SessionDescription(type="offer", sdp=f"offer {number}", id=number))
    assert [command.sdp for command in stage.media.named("accept_offer")] == ["offer 1"]
    alice.answered()
    assert [command.sdp for command in stage.media.named("accept_offer")] == ["offer 1", "offer 5"]
    alice.answered()
    assert [answer.id for answer in alice.client.all("answer")] == [1, 5]


def test_an_offer_the_engine_cannot_use_makes_the_client_join_anew(stage: Stage) -> None:
    watcher = stage.join("bob")
    alice = stage.join("alice", offer=OFFER)
    request = stage.media.last("accept_offer").request
    peer = alice.session.peers.publisher
    alice.engine(Event.NegotiationFailed(peer=peer, request=request, reason="not SDP"))
    leave = alice.client.last("leave")
    assert (leave.action, leave.can_reconnect) == (rtc.LeaveRequest.Action.RECONNECT, True)
    assert alice.sid not in stage.room.participants
    assert watcher.client.close_code is None


def test_server_offers_are_numbered_and_answers_go_to_the_engine(stage: Stage) -> None:
    alice = stage.join("alice", single=False)
    first = alice.offered()
    alice.answer(first)
    assert stage.media.last("accept_answer").request == stage.media.last("create_offer").request
    needed(alice)
    stage.advance(0.5)
    assert alice.offered(_1="TR_v").id == first.id + 1
    assert dict(alice.client.last("offer").mid_to_track_id) == {"1": "TR_v"}


def test_only_one_server_offer_is_in_flight(stage: Stage) -> None:
    alice = dual(stage)
    for _ in range(5):
        needed(alice)
        stage.advance(0.2)
    assert len(stage.media.named("create_offer")) == 1
    alice.answer(alice.offered())
    stage.advance(0.5)
    assert len(stage.media.named("create_offer")) == 2


def test_an_answer_to_another_offer_is_ignored(stage: Stage) -> None:
    alice = dual(stage)
    needed(alice)
    stage.advance(0.5)
    offer = alice.offered()
    alice.ask(answer=rtc.SessionDescription(type="answer", sdp="v=0", id=offer.id - 1))
    assert stage.media.named("accept_answer") == []
    alice.ask(answer=rtc.SessionDescription(type="answer", sdp="v=0"))
    assert len(stage.media.named("accept_answer")) == 1


def test_answers_without_an_offer_are_ignored(stage: Stage) -> None:
    for player in (dual(stage), stage.join("bob")):
        for number in (0, 1, 300):
            player.ask(answer=rtc.SessionDescription(type="answer", sdp="v=0", id=number))
        assert stage.media.named("accept_answer") == []
        assert player.client.close_code is None


def test_an_answer_that_does_not_come_in_time_makes_the_client_join_anew(stage: Stage) -> None:
    alice = dual(stage)
    needed(alice)
    stage.advance(1.0)
    alice.offered()
    stage.advance(14.0)
    assert alice.client.close_code is None
    stage.advance(1.0)
    leave = alice.client.last("leave")
    assert leave.action == rtc.LeaveRequest.Action.RECONNECT
    assert alice.client.close_code == 1000


def test_an_offer_with_nothing_in_it_is_not_sent(stage: Stage) -> None:
    alice = dual(stage)
    needed(alice)
    stage.advance(0.5)
    command = stage.media.last("create_offer")
    alice.engine(Event.Offered(peer=command.peer, request=command.request, sdp="", mid_to_track={}, candidates=[]))
    assert "offer" not in alice.client.kinds
    stage.advance(60)
    assert alice.client.close_code is None


def test_a_single_connection_client_is_asked_for_the_sections_that_are_missing(stage: Stage) -> None:
    alice = stage.join("alice", offer=OFFER)
    alice.answered()
    needed(alice, audio=1)
    needed(alice, audio=1, video=2)
    stage.advance(0.5)
    (requirement,) = alice.client.all("media_sections_requirement")
    assert (requirement.num_audios, requirement.num_videos) == (1, 2)


def test_asking_for_a_plain_offer_is_an_empty_requirement(stage: Stage) -> None:
    alice = stage.join("alice", offer=OFFER)
    alice.answered()
    needed(alice)
    stage.advance(0.5)
    assert alice.client.last("media_sections_requirement") == rtc.MediaSectionsRequirement()


def test_nothing_is_asked_for_when_the_answer_under_way_has_it_all(stage: Stage) -> None:
    track = stage.join("bob").publish()
    alice = stage.join("alice", offer=OFFER)
    needed(alice)
    alice.answered(_3=track.sid)
    stage.advance(60)
    assert "media_sections_requirement" not in alice.client.kinds


def test_a_track_that_came_too_late_for_the_answer_is_asked_for(stage: Stage) -> None:
    bob = stage.join("bob")
    alice = stage.join("alice", offer=OFFER)
    bob.publish()
    alice.answered()
    stage.advance(0.5)
    assert len(alice.client.all("media_sections_requirement")) == 1


def test_a_client_that_does_not_care_is_not_asked_for_the_same_again(stage: Stage) -> None:
    stage.join("bob").publish()
    alice = stage.join("alice", offer=OFFER)
    alice.answered()
    stage.advance(0.5)
    for _ in range(10):
        alice.ask(offer=OFFER)
        alice.answered()
        stage.advance(20)
    assert len(alice.client.all("media_sections_requirement")) == 1
    assert alice.client.close_code is None


def test_candidates_go_to_the_connection_they_are_for(stage: Stage) -> None:
    alice = stage.join("alice", single=False)
    peers = alice.session.peers
    for target in (rtc.SignalTarget.PUBLISHER, rtc.SignalTarget.SUBSCRIBER):
        alice.ask(trickle=rtc.TrickleRequest(candidateInit='{"candidate": "candidate:1"}', target=target))
    assert [(c.peer, c.candidate) for c in stage.media.named("add_candidate")] == [
        (peers.publisher, "candidate:1"),
        (peers.subscriber, "candidate:1"),
    ]


def test_a_candidate_that_is_not_json_is_answered_with_an_error(stage: Stage) -> None:
    alice = stage.join("alice")
    for text in ("", "{", "[]", '{"candidate": 1}', "[" * 10_000):
        alice.ask(trickle=rtc.TrickleRequest(candidateInit=text))
        response = alice.client.last("request_response")
        assert response.reason == rtc.RequestResponse.Reason.UNCLASSIFIED_ERROR
        assert response.trickle.candidateInit == text
    assert stage.media.named("add_candidate") == []


def test_of_ten_thousand_candidates_the_engine_sees_a_few(stage: Stage) -> None:
    alice = stage.join("alice")
    for number in range(10_000):
        alice.ask(trickle=rtc.TrickleRequest(candidateInit=f'{{"candidate": "candidate:{number}"}}'))
    assert len(stage.media.named("add_candidate")) == MAX_PER_DESCRIPTION
    alice.ask(offer=OFFER)
    alice.ask(trickle=rtc.TrickleRequest(candidateInit='{"candidate": "candidate:again"}'))
    assert stage.media.last("add_candidate").candidate == "candidate:again"
