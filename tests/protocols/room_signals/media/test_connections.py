"""Uplinks and downlinks between real WebRTC stacks and the real engine."""

import asyncio
import json
import time

import msgspec
import pytest

from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.codes import Code, SignalError
from roomful.protocols.room_signals.signals import Category
from roomful.rooms.model import LeaveReason, TrackKind, TrackSource
from tests.rtc import Peer, Picture, Tone, peers

from .conftest import Hall, Seat

RED, BLUE = (200, 30, 30), (30, 30, 200)


def code(error: pytest.ExceptionInfo[SignalError]) -> Code:
    return error.value.code


async def publish(seat: Seat, peer: Peer) -> None:
    """Take the uplink up."""
    await peer.accept(await seat.offer(await peer.offer()))
    await seat.room.until(lambda: seat.participant.is_publisher)


async def test_what_one_sends_the_other_sees_and_hears(hall: Hall) -> None:
    alice, bob = hall.seat("alice"), hall.seat("bob")
    async with peers(2) as (up, down):
        up.send(Picture(RED), Tone(440))
        answer = await alice.offer(await up.offer())
        assert not alice.participant.is_publisher, "published only when the connection is up"
        await up.accept(answer)
        await hall.until(lambda: len([one for one in alice.participant.tracks.values() if one.published]) == 2)
        sources = {track.kind: track.source for track in alice.participant.tracks.values()}
        assert sources == {TrackKind.VIDEO: TrackSource.CAMERA, TrackKind.AUDIO: TrackSource.MICROPHONE}

        [offer] = await bob.watch(alice)
        await bob.answer(await down.answer(offer))
        await down.hears(440)
        await down.sees(RED)


async def test_answers_without_a_name_find_their_offers_by_media_ids(hall: Hall) -> None:
    alice, carol, bob = hall.seat("alice"), hall.seat("carol"), hall.seat("bob")
    async with peers(4) as (up, other, first, second):
        await publish(alice, up.send(Picture(RED)))
        await publish(carol, other.send(Picture(BLUE)))
        of_alice, of_carol = await bob.watch(alice, carol)
        await bob.answer(await second.answer(of_carol))
        await bob.answer(await first.answer(of_alice))
        await second.sees(BLUE)
        await first.sees(RED)


async def test_a_shared_screen_is_one(hall: Hall) -> None:
    screen = hall.seat("alice-screen", Category.SCREENSHARE)
    async with peers(1) as (up,):
        await publish(screen, up.send(Picture(RED)))
        [track] = screen.participant.tracks.values()
        assert track.source is TrackSource.SCREEN_SHARE


async def test_who_ends_the_uplink_publishes_no_longer(hall: Hall) -> None:
    alice, bob = hall.seat("alice"), hall.seat("bob")
    async with peers(2) as (up, down):
        await publish(alice, up.send(Tone(440)))
        [offer] = await bob.watch(alice)
        answer = await down.answer(offer)
        await up.close()
        await hall.until(lambda: not alice.participant.is_publisher)
        with pytest.raises(SignalError) as error:
            await bob.answer(answer)
        assert code(error) is Code.USER_LEFT
        assert await bob.watch(alice) == []


async def test_a_second_offer_is_refused_unless_it_restarts(hall: Hall) -> None:
    alice = hall.seat("alice")
    async with peers(2) as (up, again):
        await publish(alice, up.send(Tone(440)))
        fresh = await again.send(Tone(880)).offer()
        with pytest.raises(SignalError) as error:
            await alice.offer(fresh)
        assert code(error) is Code.INVALID_SIGNAL
        before = set(alice.participant.tracks)
        await again.accept(await alice.offer(fresh, restarting=True))
        await hall.until(lambda: alice.participant.is_publisher)
        assert before.isdisjoint(alice.participant.tracks), "another connection, other tracks"


async def test_a_restart_with_the_same_keys_keeps_the_tracks(hall: Hall) -> None:
    alice, bob = hall.seat("alice"), hall.seat("bob")
    async with peers(2) as (up, down):
        await publish(alice, up.send(Tone(440)))
        before = set(alice.participant.tracks)
        await up.accept(await alice.offer(await up.offer(), restarting=True))
        assert set(alice.participant.tracks) == before
        [offer] = await bob.watch(alice)
        await bob.answer(await down.answer(offer))
        await down.hears(440)


@pytest.mark.parametrize("channel", [Channel.A2M])
async def test_rooms_for_sound_refuse_pictures(hall: Hall) -> None:
    alice, bob = hall.seat("alice"), hall.seat("bob")
    async with peers(2) as (up, down):
        # Sound first: aiortc does not get over it if the first section of a bundle is refused.
        answer = await alice.offer(await up.send(Tone(440), Picture(RED)).offer())
        media = {line.split()[0]: line.split()[1] for line in answer.splitlines() if line.startswith("m=")}
        assert media["m=video"] == "0" != media["m=audio"]
        await up.accept(answer)
        await hall.until(lambda: alice.participant.is_publisher)
        assert [track.kind for track in alice.participant.tracks.values()] == [TrackKind.AUDIO]
        [offer] = await bob.watch(alice)
        await bob.answer(await down.answer(offer))
        await down.hears(440)


async def test_a_repeated_watch_makes_another_connection(hall: Hall) -> None:
    alice, bob = hall.seat("alice"), hall.seat("bob")
    async with peers(3) as (up, first, second):
        await publish(alice, up.send(Tone(440)))
        [old] = await bob.watch(alice)
        late = await first.answer(old)
        [new] = await bob.watch(alice)
        with pytest.raises(SignalError) as error:
            await bob.answer(late)
        assert code(error) is Code.USER_LEFT
        await bob.answer(await second.answer(new), alice, to="alice")
        await second.hears(440)


@pytest.mark.parametrize("sdp", ["v=0", "v=0\r\nm=nonsense", "v=0\r\ns=-\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"])
async def test_offers_that_make_no_sense_are_refused_and_leave_nothing(hall: Hall, sdp: str) -> None:
    alice = hall.seat("alice")
    with pytest.raises(SignalError) as error:
        await alice.offer(sdp)
    assert code(error) is Code.INVALID_SIGNAL
    assert not alice.participant.tracks


async def test_an_answer_to_nothing_is_refused(hall: Hall) -> None:
    bob = hall.seat("bob")
    for answer in ("v=0", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"):
        with pytest.raises(SignalError) as error:
            await bob.answer(answer)
        assert code(error) is Code.INVALID_SIGNAL


async def test_candidates_are_taken_in_every_form_and_dropped_when_nobody_waits_for_them(hall: Hall) -> None:
    alice = hall.seat("alice")
    line = "candidate:1 1 udp 2130706431 127.0.0.1 9 typ host"
    forms = [line, f"a={line}", json.dumps({"candidate": line, "sdpMid": "0", "usernameFragment": "abcd"}), "", "{}"]
    for form in forms:
        alice.ice(form)
    async with peers(1) as (up,):
        await publish(alice, up.send(Tone(440)))
        for form in forms:
            alice.ice(form)
            alice.ice(form, alice, to="alice")
    for wrong in ("nonsense", "{", json.dumps({"candidate": "nonsense"}), f"{line}\r\na=setup:passive"):
        with pytest.raises(SignalError):
            alice.ice(wrong)


async def test_who_may_not_publish_any_more_loses_the_uplink_and_can_have_another(hall: Hall) -> None:
    alice = hall.seat("alice")
    async with peers(2) as (up, again):
        await publish(alice, up.send(Tone(440)))
        for allowed in (False, True):
            permission = msgspec.structs.replace(alice.participant.permission, can_publish=allowed)
            hall.room.update_participant(alice.participant.sid, time.time(), permission=permission)
        assert not alice.participant.is_publisher
        await publish(alice, again.send(Tone(880)))


async def test_layers_are_selected_only_of_who_is_received(hall: Hall) -> None:
    alice, bob = hall.seat("alice"), hall.seat("bob")
    async with peers(2) as (up, down):
        await publish(alice, up.send(Picture(RED)))
        with pytest.raises(SignalError) as error:
            bob.select("low", alice)
        assert code(error) is Code.USER_LEFT
        [offer] = await bob.watch(alice)
        for layer in ("low", "auto"):  # a stream without layers goes on as it is
            bob.select(layer, alice)
        await bob.answer(await down.answer(offer))
        await down.sees(RED)


async def test_who_has_left_is_received_no_longer(hall: Hall) -> None:
    alice, bob = hall.seat("alice"), hall.seat("bob")
    async with peers(2) as (up, down):
        await publish(alice, up.send(Tone(440)))
        [offer] = await bob.watch(alice)
        await bob.answer(await down.answer(offer))
        await down.connected()
        hall.room.leave(alice.participant.sid, LeaveReason.CLIENT_INITIATED, time.time())
        await down.ended()


async def test_a_session_that_begins_anew_has_no_connections(hall: Hall) -> None:
    alice, bob = hall.seat("alice"), hall.seat("bob")
    async with peers(3) as (up, down, again):
        await publish(alice, up.send(Tone(440)))
        [offer] = await bob.watch(alice)
        await bob.answer(await down.answer(offer))
        await down.connected()
        hall.connections.restart(alice, time.time())  # type: ignore[arg-type]
        hall.connections.restart(bob, time.time())  # type: ignore[arg-type]
        assert not alice.participant.is_publisher
        await asyncio.gather(up.ended(), down.ended())
        await publish(alice, again.send(Tone(440)))
