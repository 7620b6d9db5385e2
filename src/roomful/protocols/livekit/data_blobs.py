"""Data blobs: small pieces that a participant stores under a key, for others to ask for. specs/livekit.md §3.23.

Clients keep the schemas of their data tracks there. A blob lives as long as its participant is in the room.
"""

from typing import TYPE_CHECKING

from livekit.protocol import models, rtc

from roomful.protocols.livekit.responses import Reason, Refused
from roomful.rooms.room import Room

if TYPE_CHECKING:
    from roomful.protocols.livekit.session import Session

MAX_KEY = 256
"""Bytes."""
MAX_BYTES = 64_000
"""Of one participant, keys and contents together."""


class DataBlobs:
    """Those of one room."""

    def __init__(self, room: Room, *, enabled: bool) -> None:
        self._room = room
        self._enabled = enabled
        self._of: dict[str, dict[bytes, models.DataBlob]] = {}
        """By sid of the participant, then by encoded key."""

    def store(self, session: "Session", request: rtc.StoreDataBlobRequest) -> None:
        """Keep a blob, in place of what the key stood for, and answer. Raises Refused."""
        if not self._enabled:
            raise Refused(Reason.NOT_ALLOWED, "data blobs are switched off (enable_participant_data_blob)")
        if not session.participant.permission.can_publish_data:
            raise Refused(Reason.NOT_ALLOWED, "the token does not allow to publish data")
        blob, own = request.blob, self._of.get(session.participant.sid, {})
        if blob.key.WhichOneof("key") is None:
            raise Refused(Reason.INVALID_REQUEST, "a blob has a key")
        key = blob.key.SerializeToString()
        others = sum(len(known) + len(kept.contents) for known, kept in own.items() if known != key)
        if len(key) > MAX_KEY or others + len(key) + len(blob.contents) > MAX_BYTES:
            limits = f"a key has {MAX_KEY} bytes at most, all blobs of a participant {MAX_BYTES}"
            raise Refused(Reason.LIMIT_EXCEEDED, limits)
        self._of.setdefault(session.participant.sid, {})[key] = models.DataBlob(key=blob.key, contents=blob.contents)
        stored = rtc.StoreDataBlobResponse(request_id=request.request_id, key=blob.key)
        session.send(rtc.SignalResponse(store_data_blob_response=stored))

    def get(self, session: "Session", request: rtc.GetDataBlobRequest) -> None:
        """Answer with a participant's blob. Raises Refused, and RoomError if there is nobody of that identity."""
        owner = self._room.with_identity(request.participant_identity)
        blob = self._of.get(owner.sid, {}).get(request.key.SerializeToString())
        if blob is None:
            raise Refused(Reason.NOT_FOUND, f"{request.participant_identity!r} has no blob under this key")
        found = rtc.GetDataBlobResponse(request_id=request.request_id, blob=blob)
        session.send(rtc.SignalResponse(get_data_blob_response=found))

    def left(self, sid: str) -> None:
        """A participant has gone, with its blobs."""
        self._of.pop(sid, None)
