"""What was written before somebody came, as LiveKit's SDK tells it."""

from livekit import rtc

from .client import Client
from .meeting import Meeting
from .modes import in_both_modes
from .waiting import until


@in_both_modes
async def test_who_comes_late_reads_what_was_written(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    heard = bob.texts("lk.chat")
    await alice.me.send_text("first", topic="lk.chat")
    await alice.me.send_text("second", topic="lk.chat")
    await until(lambda: len(heard) == 2, "bob hears alice")
    await alice.leave()

    late = Client("carol")
    meeting.clients.append(late)
    read = late.texts("lk.chat")
    options = rtc.RoomOptions(single_peer_connection=meeting.mode == "one connection")
    await late.connect(meeting.server.ws_url, meeting.token("carol"), options)
    await until(lambda: len(read) == 2, lambda: f"carol reads both: {read}")
    assert read == [("alice", "first"), ("alice", "second")]
    await bob.me.send_text("third", topic="lk.chat")
    await until(lambda: len(read) == 3, lambda: f"carol reads on: {read}")
    assert read[2] == ("bob", "third")
