"""Media sessions on Janus, up to where they are connected."""

from typing import Any

from roomful.media.api import Event
from tests.protocols.nkmedia.stage import ANSWER, OFFER, Client, Stage

from .fake_janus import FakeJanus

CREATE = "media/session/create"


def publish(client: Client, session_id: str = "p1", **data: Any) -> Any:
    fields = {"type": "publish", "room_id": "r1", "offer": {"sdp": OFFER}, "wait_reply": True, **data}
    return client.ok(CREATE, session_id=session_id, **fields)


def up(stage: Stage, janus: FakeJanus, place: int = -1) -> None:
    """The connection of a publisher is there, and our own subscription to it."""
    published = janus.requests("publish")[place]
    janus.tell("webrtcup", published)
    _, peer, request, _, pending = stage.media.last("accept_offer")
    for mid, one in enumerate(pending):
        mime = {"audio": "audio/opus", "video": "video/VP8"}[one.kind]
        stage.media.tell(peer, Event.TrackBound(peer, one.sid, str(mid), one.cid, one.cid, mime, []))
    stage.media.tell(peer, Event.Answered(peer, request, ANSWER, {}, []))


def listen(client: Client, publisher: str = "p1", session_id: str = "l1") -> Any:
    made = client.ok(CREATE, type="listen", publisher_id=publisher, session_id=session_id, wait_reply=True)
    client.ok("media/session/set_answer", session_id=session_id, answer={"sdp": ANSWER})
    return made
