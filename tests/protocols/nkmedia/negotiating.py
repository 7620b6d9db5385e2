"""Media sessions of clients on the stage, up to where they have both descriptions."""

from typing import Any

from roomful.media.api import Event
from roomful.protocols.nkmedia.media_session import MediaSession
from roomful.protocols.nkmedia.room_session import RoomSession
from roomful.rooms.participant import Participant

from .stage import ANSWER, OFFER, Client, Stage


def session(stage: Stage, session_id: str) -> MediaSession:
    found = stage.server.media_sessions.find(session_id)
    assert found is not None
    return found


def participant(stage: Stage, session_id: str) -> Participant:
    """Who is in the room for a session."""
    found = session(stage, session_id)
    assert isinstance(found, RoomSession)
    return found.participant


def answer_offer(stage: Stage, session_id: str) -> None:
    """The engine takes the offer of a publisher."""
    _, peer, request, _, pending = stage.media.last("accept_offer")
    assert peer == session(stage, session_id).peer
    for track in pending:
        mime = {"audio": "audio/opus", "video": "video/VP8"}[track.kind]
        stage.media.tell(peer, Event.TrackBound(peer, track.sid, "0", track.cid, track.cid, mime, []))
    stage.media.tell(peer, Event.Answered(peer, request, ANSWER, {}, []))


def publish(stage: Stage, client: Client, session_id: str = "p1", **data: Any) -> str:
    fields = {"type": "publish", "room_id": "r1", "session_id": session_id, "offer": {"sdp": OFFER}, **data}
    assert client.ok("media/session/create", **fields)["session_id"] == session_id
    answer_offer(stage, session_id)
    return session_id


def listen(stage: Stage, client: Client, session_id: str = "l1", publisher_id: str = "p1", **data: Any) -> str:
    client.ok("media/session/create", type="listen", session_id=session_id, publisher_id=publisher_id, **data)
    _, peer, request = stage.media.last("create_offer")
    mids = {"0": "TR_a", "1": "TR_v"}
    stage.media.tell(peer, Event.Offered(peer, request, OFFER, mids, []))
    return session_id


def answered(stage: Stage, client: Client, session_id: str = "l1", **data: Any) -> str:
    """A listener whose answer is set."""
    listen(stage, client, session_id, **data)
    client.ok("media/session/set_answer", session_id=session_id, answer={"sdp": ANSWER})
    return session_id


def ended(client: Client, session_id: str) -> int:
    """The code with which a session has ended."""
    (event,) = [one for one in client.events("session", "destroyed") if one["obj_id"] == session_id]
    return event["body"]["code"]


def subscribed(stage: Stage) -> set[str]:
    """Sids of tracks that were subscribed to and not given up."""
    sids: set[str] = set()
    for name, *rest in stage.media.commands:
        if name == "subscribe":
            sids.add(rest[1])
        elif name == "unsubscribe":
            sids.discard(rest[1])
    return sids


def tracks_of(stage: Stage, session_id: str) -> set[str]:
    return set(participant(stage, session_id).tracks)
