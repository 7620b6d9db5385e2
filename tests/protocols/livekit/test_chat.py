"""What LiveKit clients write reaches the room, what others write reaches them, and the hosts' rules hold for all."""

import zlib

from livekit.protocol import models

from roomful._native import Event
from roomful.protocols.livekit.links import Settings
from roomful.rooms.chat import ChatMute
from roomful.rooms.events import ChatSent
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant

from .stage import OFFER, Player, Stage
from .test_data import RELIABLE, agent, delivered, send
from .test_moving import move

HEADER = models.DataStream.TextHeader()


def stream(text: str, stream_id: str = "s1", *, to: tuple[str, ...] = (), parts: int = 1) -> list[models.DataPacket]:
    """The packets of a text stream of the chat."""
    content, size = text.encode(), -(-len(text.encode()) // parts)
    header = models.DataStream.Header(stream_id=stream_id, topic="lk.chat", text_header=HEADER)
    chunks = [
        models.DataStream.Chunk(stream_id=stream_id, chunk_index=place, content=content[place * size :][:size])
        for place in range(parts)
    ]
    return [
        models.DataPacket(stream_header=header, destination_identities=to),
        *(models.DataPacket(stream_chunk=chunk, destination_identities=to) for chunk in chunks),
        models.DataPacket(stream_trailer=models.DataStream.Trailer(stream_id=stream_id), destination_identities=to),
    ]


def listening(stage: Stage, identity: str) -> Player:
    """Somebody with an open data channel."""
    player = stage.join(identity)
    player.engine(Event.ChannelOpen(peer=player.session.data_peer, label=RELIABLE))
    return player


def somebody_else(stage: Stage, identity: str = "moni") -> Participant:
    """Somebody who speaks another protocol."""
    return stage.room.join(JoinRequest(identity=identity, name=identity.title(), protocol="monibuca"), stage.now)


def written(stage: Stage) -> list[tuple[str, str]]:
    return [(message.user_id, message.content) for message in stage.room.chat_history()]


def test_a_text_stream_of_the_chat_is_a_message_in_the_room(stage: Stage) -> None:
    alice, bob = listening(stage, "alice"), listening(stage, "bob")
    for packet in stream("hällo", parts=3):
        send(alice, packet)
    assert written(stage) == [("alice", "hällo")]
    assert len(delivered(stage)) == 5, "and goes to the others of LiveKit as it is"
    assert {peer for peers, _, _ in delivered(stage) for peer in peers} == {bob.session.data_peer}


def test_so_is_the_older_packet(stage: Stage) -> None:
    alice = listening(stage, "alice")
    send(alice, models.DataPacket(chat_message=models.ChatMessage(id="m1", message="hello")))
    assert written(stage) == [("alice", "hello")]


def test_edits_and_other_streams_are_none(stage: Stage) -> None:
    alice = listening(stage, "alice")
    send(alice, models.DataPacket(chat_message=models.ChatMessage(id="m1", message="x", edit_timestamp=5)))
    send(alice, models.DataPacket(chat_message=models.ChatMessage(id="m1", deleted=True)))
    other = stream("x")
    other[0].stream_header.topic = "files"
    for packet in other:
        send(alice, packet)
    assert written(stage) == []


def test_a_message_for_one_stays_between_two(stage: Stage) -> None:
    alice, _ = listening(stage, "alice"), somebody_else(stage)
    told: list[object] = []
    stage.room.observers.add(told.append)
    for packet in stream("psst", to=("moni",)):
        send(alice, packet)
    assert written(stage) == []
    assert [event.message.to for event in told if isinstance(event, ChatSent)] == ["moni"]


def test_it_is_for_an_identity_not_for_all_that_a_user_is(stage: Stage) -> None:
    alice = listening(stage, "alice")
    phone, tablet = [
        stage.room.join(JoinRequest(identity=f"bob/{n}", user_id="bob", protocol="monibuca"), stage.now) for n in "12"
    ]
    told: list[object] = []
    stage.room.observers.add(told.append)
    for packet in stream("psst", to=("bob/1",)):
        send(alice, packet)
    (event,) = [event for event in told if isinstance(event, ChatSent)]
    assert event.message.to == "bob"
    assert event.recipients == {alice.participant.sid, phone.sid} != {tablet.sid}


def test_who_is_silenced_reaches_nobody(stage: Stage) -> None:
    alice, _ = listening(stage, "alice"), listening(stage, "bob")
    stage.room.add_chat_mute(ChatMute(user_id="alice", until=None, by="host", created_at=stage.now), stage.now)
    send(alice, models.DataPacket(chat_message=models.ChatMessage(id="m1", message="hello")))
    for packet in stream("hello"):
        send(alice, packet)
    assert written(stage) == []
    assert delivered(stage) == []


def test_long_texts_are_for_livekit_alone(stage: Stage) -> None:
    alice, _ = listening(stage, "alice"), listening(stage, "bob")
    for packet in stream("x" * 50_000, parts=5):
        send(alice, packet)
    assert written(stage) == []
    assert len(delivered(stage)) == 7


def test_what_others_write_comes_as_stream_and_as_packet(stage: Stage) -> None:
    alice, moni = listening(stage, "alice"), somebody_else(stage)
    message = stage.room.send_chat(moni.sid, "hello", stage.now)
    packets = [packet for _, _, packet in delivered(stage)]
    kinds = [packet.WhichOneof("value") for packet in packets]
    assert kinds == ["stream_header", "stream_chunk", "stream_trailer", "chat_message"]
    assert {packet.participant_identity for packet in packets} == {"moni"}
    assert packets[0].stream_header.topic == "lk.chat"
    assert packets[1].stream_chunk.content == b"hello"
    assert packets[3].chat_message.id == message.id
    assert {peer for peers, _, _ in delivered(stage) for peer in peers} == {alice.session.data_peer}


def test_what_others_write_to_one_is_for_one(stage: Stage) -> None:
    alice, moni = listening(stage, "alice"), somebody_else(stage)
    listening(stage, "bob")
    stage.room.send_chat(moni.sid, "psst", stage.now, to="alice")
    assert {peer for peers, _, _ in delivered(stage) for peer in peers} == {alice.session.data_peer}


def told_before(stage: Stage, player: Player) -> list[str]:
    """What the player was told of the past, message by message."""
    return [
        packet.chat_message.message
        for peers, _, packet in delivered(stage)
        if packet.WhichOneof("value") == "chat_message" and peers == [player.session.data_peer]
    ]


def single(content: bytes, compression: str = "NONE") -> models.DataPacket:
    """A text stream that is one packet."""
    header = models.DataStream.Header(
        stream_id="s1", topic="lk.chat", text_header=HEADER, inline_content=content, compression=compression
    )
    return models.DataPacket(stream_header=header)


def deflated(text: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(text) + compressor.flush()


def test_a_text_may_be_one_packet_and_compressed(stage: Stage) -> None:
    alice = listening(stage, "alice")
    listening(stage, "bob")
    send(alice, single(b"plain"))
    send(alice, single(deflated(b"small"), "DEFLATE_RAW"))
    assert written(stage) == [("alice", "plain"), ("alice", "small")]
    send(alice, single(deflated(b"x" * 1_000_000), "DEFLATE_RAW"))
    send(alice, single(b"no deflate", "DEFLATE_RAW"))
    assert len(written(stage)) == 2
    assert len(delivered(stage)) == 4, "LiveKit clients get all of them as they are"


def test_who_may_not_chat_sends_no_single_packets_either(stage: Stage) -> None:
    alice = listening(stage, "alice")
    listening(stage, "bob")
    stage.room.add_chat_mute(ChatMute(user_id="alice", until=None, by="host", created_at=stage.now), stage.now)
    send(alice, single(b"plain"))
    assert written(stage) == []
    assert delivered(stage) == []


class TestHistory:
    def test_who_joins_is_told_what_was_written_before(self, stage: Stage) -> None:
        alice, moni = listening(stage, "alice"), somebody_else(stage)
        for packet in stream("hello"):
            send(alice, packet)
        stage.room.send_chat(moni.sid, "hi", stage.now)
        stage.advance(60)
        alice.session.leave(LeaveReason.CLIENT_INITIATED, stage.now)
        stage.media.forget()
        bob = stage.join("bob")
        packets = [packet for peers, _, packet in delivered(stage) if peers == [bob.session.data_peer]]
        headers = [packet for packet in packets if packet.WhichOneof("value") == "stream_header"]
        assert [
            (one.participant_identity, one.stream_header.topic, dict(one.stream_header.attributes)) for one in headers
        ] == [
            ("alice", "lk.chat", {"roomful.history": "true", "roomful.name": "ALICE"}),
            ("moni", "lk.chat", {"roomful.history": "true", "roomful.name": "Moni"}),
        ]
        assert [one.stream_header.timestamp for one in headers] == [int((stage.now - 60) * 1000)] * 2
        chunks = [bytes(one.stream_chunk.content) for one in packets if one.WhichOneof("value") == "stream_chunk"]
        assert chunks == [b"hello", b"hi"]
        assert told_before(stage, bob) == ["hello", "hi"]

    def test_a_message_of_this_moment_is_told_once(self, stage: Stage) -> None:
        alice = listening(stage, "alice")
        bob = stage.join("bob", active=False)
        for packet in stream("now"):
            send(alice, packet)
        send(alice, models.DataPacket(user=models.UserPacket(payload=b"data")))
        stage.media.forget()
        bob.ask(offer=OFFER)
        bob.answered()
        bob.go_active().open_channels()
        values = [packet.WhichOneof("value") for _, _, packet in delivered(stage)]
        assert values == ["stream_header", "stream_chunk", "stream_trailer", "chat_message", "user"]

    def test_agents_and_recorders_are_told_nothing(self, stage: Stage) -> None:
        alice = listening(stage, "alice")
        for packet in stream("do this"):
            send(alice, packet)
        stage.advance(10)
        stage.media.forget()
        agent(stage)
        assert delivered(stage) == []

    def test_private_messages_stay_private(self, stage: Stage) -> None:
        alice = listening(stage, "alice")
        listening(stage, "bob")
        for packet in stream("secret", to=("bob",)):
            send(alice, packet)
        stage.advance(10)
        stage.media.forget()
        stage.join("carol")
        assert delivered(stage) == []

    def test_it_is_bounded_the_newest_are_told(self, stage: Stage) -> None:
        stage.join("alice")
        moni = somebody_else(stage)
        for number in range(40):
            stage.room.send_chat(moni.sid, f"{number} " + "x" * 16_000, stage.now)
        bob = stage.join("bob")
        told = told_before(stage, bob)
        assert 0 < len(told) < 40
        assert told[-1].startswith("39 ")
        sent = [one.data for one in stage.media.named("send_data") if one.peers == [bob.session.data_peer]]
        assert sum(map(len, sent)) <= 256 * 1024

    def test_it_can_be_switched_off(self) -> None:
        stage = Stage(settings=Settings(chat_history=0))
        stage.join("alice")
        stage.room.send_chat(somebody_else(stage).sid, "hi", stage.now)
        stage.media.forget()
        stage.join("bob")
        assert delivered(stage) == []

    def test_who_is_moved_is_told_what_was_written_there(self, stage: Stage) -> None:
        other = stage.rooms.create("other", RoomOptions(), stage.now)
        carol = stage.join("carol", room="other")
        other.send_chat(carol.sid, "before", stage.now)
        alice = stage.join("alice")
        stage.media.forget()
        move(stage, alice, other)
        assert told_before(stage, alice) == ["before"]
