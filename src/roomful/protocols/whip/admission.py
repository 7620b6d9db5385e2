"""Who may come in, by an access token or by a stream key. RFC 9725 §4.5."""

from collections.abc import Callable
from typing import Protocol

from roomful.auth import Grant
from roomful.protocols.whip.problems import forbidden, not_found
from roomful.protocols.whip.sessions import Beside, Entry
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.stream_paths import MIX, StreamPath


class Stream(Protocol):
    """What a stream key stands for."""

    @property
    def room_name(self) -> str: ...

    @property
    def request(self) -> JoinRequest: ...

    def joined(self, room: Room, participant: Participant) -> None:
        """Somebody used the key."""
        ...


class StreamKeys(Protocol):
    """Who knows the stream keys."""

    def find(self, key: str) -> Stream | None:
        """The stream that may be sent with this key now; None for an unknown key, or one that is switched off."""
        ...


def by_stream(grant: Grant, token: str, rooms: Rooms, stream: StreamPath, *, plays: bool) -> Beside:
    """The way to a stream for a member of its room, or of one that it is shared with. Raises Problem (403, 404).

    specs/monibuca-rooms.md §10.2.
    """
    room, home = rooms.get(stream.room), rooms.get(grant.video.room)
    if room is not home and not (plays and room is not None and room.shares_streams(stream.user_id, grant.video.room)):
        raise forbidden("the token is for another room")
    participant = None if home is None else home.find(grant.identity)
    if room is None or home is None or participant is None:
        raise forbidden("not in the room: media comes after join_room")
    if plays:
        if not participant.permission.can_subscribe:
            raise forbidden("not allowed to subscribe")
        publisher = room.find(stream.user_id)
        is_mix = bool(room.mixer) and stream.user_id == MIX  # all who watch get it, whatever they ask for
        if not is_mix and (publisher is None or not _publishes(publisher, stream)):
            raise not_found("there is no such stream now")
    else:
        if stream.user_id != grant.identity:
            raise forbidden("nobody may publish for another")
        if not participant.permission.can_publish:
            raise forbidden("not allowed to publish")
    return Beside(room=room, home=home, participant=participant, stream=stream, secret=token)


def _publishes(participant: Participant, stream: StreamPath) -> bool:
    return any(track.published and stream.holds(track.source) for track in participant.tracks.values())


def by_token(
    grant: Grant,
    token: str,
    rooms: Rooms,
    options: Callable[[Grant], RoomOptions],
    protocol: str,
    client: dict[str, str],
) -> Entry:
    """The way in for the bearer of a grant. `protocol`: `whip` or `whep`. Raises Problem (403, 404)."""
    video = grant.video
    if not video.room_join or not video.room:
        raise forbidden("the token does not allow to join a room")
    if protocol == "whip" and not video.can_publish:
        raise forbidden("the token does not allow to publish")
    if protocol == "whep" and not video.can_subscribe:
        raise forbidden("the token does not allow to subscribe")
    if rooms.get(video.room) is None and not (rooms.defaults.auto_create or video.room_create):
        raise not_found("requested room does not exist")
    request = JoinRequest(
        identity=grant.identity,
        name=grant.name,
        metadata=grant.metadata,
        attributes=grant.attributes,
        permission=video.permission(),
        kind=grant.kind,
        protocol=protocol,
        client=client,
        not_before=grant.not_before,
    )
    return Entry(room=video.room, options=lambda: options(grant), request=request, secret=token)
