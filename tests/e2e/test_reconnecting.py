"""Connections that break come back: by a resume, which nobody notices, or by joining anew."""

import time

from livekit import rtc

from .client import Client
from .meeting import Meeting
from .modes import in_both_modes
from .relay import relay
from .showing import BLUE, GREEN
from .waiting import until
from .watching import largest_gap


@in_both_modes
async def test_a_broken_signal_connection_is_resumed_while_media_flows(meeting: Meeting) -> None:
    async with relay(meeting.server.ws_url) as line:
        alice, bob = await meeting.join("alice", url=line.url), await meeting.join("bob")
        await alice.publish_tone()
        await alice.publish_picture(BLUE)
        await bob.publish_picture(GREEN)
        await bob.hears("alice")
        await bob.sees("alice", BLUE)
        await alice.sees("bob", GREEN)
        sid, told_bob, said = alice.me.sid, bob.mark(), len(line.responses)

        cut = time.monotonic()
        line.cut()
        await alice.until("reconnecting")
        await alice.until("reconnected")
        back = time.monotonic()
        await bob.sees("alice", BLUE)
        await alice.sees("bob", GREEN)

        kinds = line.kinds(said)
        assert kinds[0] == "reconnect", kinds
        assert kinds.index("update") < kinds.index("room_update") < kinds.index("refresh_token")
        assert alice.me.sid == bob.other("alice").sid == sid
        for event in ("participant_disconnected", "track_unsubscribed", "track_unpublished", "track_subscribed"):
            assert bob.told(event, since=told_bob) == []
        assert alice.told("track_unsubscribed") == []
        assert largest_gap(bob.sound("alice").heard_at, cut, back) < 1.0, "bob kept hearing alice"


@in_both_modes
async def test_what_happened_meanwhile_is_told_after_a_resume(meeting: Meeting) -> None:
    async with relay(meeting.server.ws_url) as line:
        alice = await meeting.join("alice", url=line.url)
        bob, carol = await meeting.meet("bob", "carol")
        await alice.knows("bob")
        await alice.knows("carol")

        line.is_open = False
        line.cut()
        await alice.until("reconnecting")
        await carol.leave()
        dave = await meeting.join("dave")
        await dave.publish_picture(BLUE)
        await bob.until("participant_disconnected", "carol")
        line.is_open = True

        await alice.until("reconnected")
        await alice.until("participant_disconnected", "carol")
        await alice.sees("dave", BLUE)
        assert set(alice.room.remote_participants) == {"bob", "dave"}


@in_both_modes
async def test_a_client_can_join_anew_and_everybody_gets_its_tracks_again(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone()
    await alice.publish_picture(BLUE)
    await bob.publish_picture(GREEN)
    await bob.sees("alice", BLUE)
    await alice.sees("bob", GREEN)
    before = alice.me.sid

    await simulate(alice, rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
    await alice.until("reconnected")
    await until(lambda: bob.room.remote_participants.get("alice") and bob.other("alice").sid != before, "alice is anew")
    await bob.sees("alice", BLUE)
    await bob.hears("alice")
    await alice.sees("bob", GREEN)
    assert set(bob.room.remote_participants) == {"alice"}


@in_both_modes
async def test_a_client_can_be_made_to_use_tcp(meeting: Meeting) -> None:
    async with relay(meeting.server.ws_url) as line:
        alice, bob = await meeting.join("alice", url=line.url), await meeting.join("bob")
        await alice.publish_picture(BLUE)
        await bob.sees("alice", BLUE)
        said = len(line.responses)
        await simulate(alice, rtc.SimulateScenarioKind.SIMULATE_FORCE_TCP)
        await alice.until("reconnected")
        await bob.sees("alice", BLUE)
        answers = [message.answer.sdp for message in line.responses[said:] if message.HasField("answer")]
        candidates = [one for sdp in answers for one in sdp.splitlines() if one.startswith("a=candidate:")]
        assert candidates
        assert {one.split()[2].lower() for one in candidates} == {"tcp"}


@in_both_modes
async def test_a_resume_that_is_refused_becomes_a_join(meeting: Meeting) -> None:
    async with relay(meeting.server.ws_url) as line:
        alice, bob = await meeting.join("alice", url=line.url), await meeting.join("bob")
        await alice.publish_picture(BLUE)
        await bob.sees("alice", BLUE)
        await simulate(alice, rtc.SimulateScenarioKind.SIMULATE_NODE_FAILURE)
        await alice.until("reconnected")
        await bob.sees("alice", BLUE)
        refused = [message.leave for message in line.responses if message.HasField("leave")]
        assert [(leave.action, leave.reason) for leave in refused] == [
            (leave.Action.RECONNECT, rtc.DisconnectReason.STATE_MISMATCH) for leave in refused
        ]


async def test_a_server_that_asks_to_leave_is_obeyed(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await simulate(alice, rtc.SimulateScenarioKind.SIMULATE_SERVER_LEAVE)
    await alice.until("disconnected")
    await bob.until("participant_disconnected", "alice")


async def simulate(client: Client, scenario: rtc.SimulateScenarioKind.ValueType) -> None:
    """Has the server play a fault on the client that asks for it."""
    await client.room.simulate_scenario(scenario)
