"""The server calls a method of a participant."""

from livekit.protocol import models

from roomful._native import Event
from roomful.protocols.livekit.calls import MAX_PAYLOAD_BYTES, Answer, Call, Failure, request_packet
from roomful.rooms.options import RoomOptions

from .stage import START, Player, Stage
from .test_moving import move


def call(stage: Stage, player: Player) -> tuple[Call, list[str | Answer]]:
    """A call of `greet`, and the list that acknowledgement and answer will be in."""
    heard: list[str | Answer] = []
    calls = player.session.services.calls
    begun = calls.begin(player.sid, lambda: heard.append("ack"), heard.append)
    player.session.send_packet(request_packet(begun, player.participant.identity, "greet", "hi", 5000))
    return begun, heard


def answer(player: Player, **packet: object) -> None:
    data = models.DataPacket(**packet).SerializeToString()  # type: ignore[arg-type]
    player.engine(Event.Data(peer=player.session.data_peer, label="_reliable", data=data))


def respond(player: Player, call_id: str, payload: str) -> None:
    answer(
        player,
        destination_identities=[call_id],
        rpc_response=models.RpcResponse(request_id=call_id, payload=payload),
    )


def test_the_request_is_for_that_participant_alone(stage: Stage) -> None:
    alice, _ = stage.join("alice"), stage.join("bob")
    begun, _ = call(stage, alice)
    sent = stage.media.last("send_data")
    packet = models.DataPacket.FromString(sent.data)
    assert (sent.peers, sent.label) == ([alice.session.data_peer], "_reliable")
    assert (packet.participant_identity, list(packet.destination_identities)) == (begun.id, ["alice"])
    request = packet.rpc_request
    assert (request.id, request.method, request.payload) == (begun.id, "greet", "hi")
    assert (request.response_timeout_ms, request.version) == (5000, 1)


def test_acknowledgement_and_response_are_for_the_server_alone(stage: Stage) -> None:
    alice, _ = stage.join("alice", can_publish_data=False), stage.join("bob")
    begun, heard = call(stage, alice)
    stage.media.forget()
    answer(alice, rpc_ack=models.RpcAck(request_id=begun.id))
    respond(alice, begun.id, "hello")
    assert heard == ["ack", "hello"]
    assert stage.media.named("send_data") == []
    respond(alice, begun.id, "again")
    assert heard == ["ack", "hello"]


def test_an_error_is_told(stage: Stage) -> None:
    alice = stage.join("alice")
    begun, heard = call(stage, alice)
    error = models.RpcError(code=7, message="no", data="why")
    answer(alice, rpc_response=models.RpcResponse(request_id=begun.id, error=error))
    assert heard == [Failure(7, "no", "why")]


def test_nobody_else_can_answer(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    begun, heard = call(stage, alice)
    respond(bob, begun.id, "mine")
    assert heard == []


def test_calls_between_participants_go_on(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    stage.media.forget()
    answer(alice, destination_identities=["bob"], rpc_ack=models.RpcAck(request_id="theirs"))
    assert stage.media.last("send_data").peers == [bob.session.data_peer]


def test_who_leaves_answers_nothing_any_more(stage: Stage) -> None:
    alice = stage.join("alice")
    _, heard = call(stage, alice)
    alice.session.fail(stage.now)
    assert heard == [Failure(1503, "Recipient disconnected")]
    assert len(alice.session.services.calls) == 0


def test_who_moves_can_still_answer(stage: Stage) -> None:
    other = stage.rooms.create("other", RoomOptions(), START)
    alice = stage.join("alice")
    begun, heard = call(stage, alice)
    move(stage, alice, other)
    respond(alice, begun.id, "from there")
    assert heard == ["from there"]


def test_an_answer_that_is_too_long_is_an_error(stage: Stage) -> None:
    alice = stage.join("alice")
    begun, heard = call(stage, alice)
    respond(alice, begun.id, "x" * (MAX_PAYLOAD_BYTES + 1))
    assert heard == [Failure(1504, "Response payload too large")]
