"""What goes over the signalling of the real SDK: the order that clients of LiveKit count on. specs of LiveKit, 3.7."""

from .meeting import Meeting
from .modes import in_both_modes
from .relay import relay
from .waiting import until


@in_both_modes
async def test_join_comes_first_and_a_token_second(meeting: Meeting) -> None:
    async with relay(meeting.server.ws_url) as line:
        await meeting.join("alice", url=line.url)
        first, second = line.kinds()[:2]
        assert first == "join"
        assert second in ("refresh_token", "subscription_permission_update")
        assert "refresh_token" in line.kinds()


@in_both_modes
async def test_a_track_is_granted_before_anything_is_negotiated_for_it(meeting: Meeting) -> None:
    async with relay(meeting.server.ws_url) as line:
        alice = await meeting.join("alice", url=line.url)
        since = len(line.responses)
        microphone = await alice.publish_tone()
        await until(lambda: "answer" in line.kinds(since), "the server answers the offer with the track")
        kinds = line.kinds(since)
        assert kinds.index("track_published") < kinds.index("answer")
        granted = next(message for message in line.responses[since:] if message.HasField("track_published"))
        assert granted.track_published.track.sid == microphone.sid


@in_both_modes
async def test_a_participant_is_announced_before_its_tracks_are_offered(meeting: Meeting) -> None:
    async with relay(meeting.server.ws_url) as line:
        bob = await meeting.join("bob", url=line.url)
        alice = await meeting.join("alice")
        await alice.publish_tone()
        await bob.hears("alice")
        announced = next(
            place
            for place, message in enumerate(line.responses)
            if any(participant.identity == "alice" for participant in message.update.participants)
        )
        assigned = next(
            place
            for place, message in enumerate(line.responses)
            if message.offer.mid_to_track_id or message.answer.mid_to_track_id
        )
        assert announced < assigned


@in_both_modes
async def test_every_ping_is_answered(meeting: Meeting) -> None:
    async with relay(meeting.server.ws_url) as line:
        await meeting.join("alice", url=line.url)

        def pings() -> list[int]:
            return [message.ping_req.timestamp for message in line.requests if message.HasField("ping_req")]

        def pongs() -> list[int]:
            return [m.pong_resp.last_ping_timestamp for m in line.responses if m.HasField("pong_resp")]

        await until(lambda: pings() and pongs() == pings(), lambda: f"pongs {pongs()} answer pings {pings()}")
