"""Data packets: to all, to some, reliable or not, and never back to who sent them."""

from livekit import api, rtc
from livekit.protocol import models

from .client import Client
from .meeting import Meeting
from .modes import in_both_modes
from .waiting import until, until_seen


@in_both_modes
async def test_data_reaches_everybody_else_and_never_comes_back(meeting: Meeting) -> None:
    alice, bob, carol = await meeting.meet("alice", "bob", "carol")
    await alice.me.publish_data(b"hello", topic="greeting")
    for client in (bob, carol):
        packet = await gets(client, b"hello")
        assert packet.topic == "greeting"
        assert packet.kind == rtc.DataPacketKind.KIND_RELIABLE
        assert packet.participant is not None
        assert packet.participant.identity == "alice"

    await bob.me.publish_data(b"the end")
    await gets(alice, b"the end")
    assert received(alice) == [b"the end"], "what alice sent would have come before"


@in_both_modes
async def test_data_for_one_reaches_nobody_else(meeting: Meeting) -> None:
    alice, bob, carol = await meeting.meet("alice", "bob", "carol")
    await alice.me.publish_data(b"a secret", destination_identities=["bob", "nobody", "alice"])
    await alice.me.publish_data(b"the end")
    await gets(bob, b"a secret")
    await gets(carol, b"the end")
    assert received(carol) == [b"the end"]


@in_both_modes
async def test_lossy_data_arrives_where_nothing_is_lost(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")

    async def send() -> rtc.DataPacket | None:
        await alice.me.publish_data(b"position 1", reliable=False, topic="mouse")
        return next((packet for packet in packets(bob) if packet.data == b"position 1"), None)

    # What comes before a client's channel is open is lost.
    packet = await until_seen(send, bool, "lossy data")
    assert packet is not None
    assert packet.kind == rtc.DataPacketKind.KIND_LOSSY
    assert packet.topic == "mouse"


@in_both_modes
async def test_reliable_data_keeps_its_order(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    sent = [b"%d" % number for number in range(300)]
    for payload in sent:
        await alice.me.publish_data(payload)
    await until(lambda: len(received(bob)) == len(sent), lambda: f"all {len(sent)} arrive: {len(received(bob))}")
    assert received(bob) == sent


@in_both_modes
async def test_a_large_packet_arrives_whole(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    payload = bytes(range(256)) * 56  # as large as the SDK cares to send at once
    await alice.me.publish_data(payload)
    assert (await gets(bob, payload)).data == payload


async def test_who_may_not_send_data_is_not_heard(meeting: Meeting) -> None:
    bob = await meeting.join("bob")
    alice = await meeting.join("alice", can_publish_data=False)
    carol = await meeting.join("carol")
    await bob.knows("alice")
    await alice.knows("carol")
    await alice.me.publish_data(b"psst")
    await carol.me.publish_data(b"the end")
    await gets(bob, b"the end")
    assert received(bob) == [b"the end"]


async def test_data_of_the_server_has_no_sender(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    kind = models.DataPacket.Kind.RELIABLE
    await meeting.api.room.send_data(
        api.SendDataRequest(room=meeting.name, data=b"for bob", kind=kind, topic="news", destination_identities=["bob"])
    )
    await meeting.api.room.send_data(api.SendDataRequest(room=meeting.name, data=b"for all", kind=kind))
    packet = await gets(bob, b"for bob")
    assert (packet.participant, packet.topic) == (None, "news")
    await gets(bob, b"for all")
    await gets(alice, b"for all")
    assert received(alice) == [b"for all"]


async def test_a_hidden_sender_stays_unknown(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    ghost = await meeting.join("ghost", hidden=True)
    await ghost.knows("alice")
    await ghost.me.publish_data(b"boo")
    assert (await gets(alice, b"boo")).participant is None


async def gets(client: Client, payload: bytes) -> rtc.DataPacket:
    """Waits for the packet with this content."""

    def look() -> rtc.DataPacket | None:
        return next((packet for packet in packets(client) if packet.data == payload), None)

    return await until(look, lambda: f"{client.identity} gets {payload[:30]!r}: got {received(client)[:9]}")


def packets(client: Client) -> list[rtc.DataPacket]:
    return [happening.details[0] for happening in client.told("data_received")]


def received(client: Client) -> list[bytes]:
    return [packet.data for packet in packets(client)]
