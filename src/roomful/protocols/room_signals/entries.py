"""One entry of `pps`: a session of ours, or somebody who speaks another protocol. specs/room-signals.md §5."""

from enum import StrEnum, auto

import msgspec

from roomful.protocols.room_signals.session import Session
from roomful.protocols.room_signals.signals import Category, EngineName, Host
from roomful.rooms.model import MediaKind
from roomful.rooms.participant import Participant


class SignalRole(StrEnum):
    """`pt` of a JOIN ack, `role` of an entry."""

    ADMIN = auto()
    PUBLISHER = auto()
    VIEWER = auto()


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The union of the two shapes that the document has."""

    id: str
    session_id: str
    user_id: str
    role: SignalRole
    video: bool
    audio: bool
    publish: bool
    """Media is really being sent."""
    username: str
    fullname: str
    avatar: str
    host: str
    category: str
    device_id: str


def entry_of_session(session: Session, role: SignalRole) -> Entry:
    info, person, participant = session.info, session.person, session.participant
    picture = MediaKind.SCREEN if info.category is Category.SCREENSHARE else MediaKind.VIDEO
    return Entry(
        id=info.session_id,
        session_id=info.session_id,
        user_id=info.user_id,
        role=role,
        video=session.video and _gets_through(participant, picture),
        audio=session.audio and _gets_through(participant, MediaKind.AUDIO),
        publish=session.publishes and is_sending(session),
        username=participant.name or person.name,
        fullname=participant.attributes.get("fullname") or person.fullname,
        avatar=participant.attributes.get("avatar") or person.avatar,
        host=info.host,
        category=info.category,
        device_id=info.device_id or info.session_id,
    )


def is_sending(session: Session) -> bool:
    """Media of an engine elsewhere is beyond us: who may send does, as far as we know."""
    elsewhere = session.room.engine not in (EngineName.NATIVE, EngineName.LIVEKIT)
    return elsewhere or session.sending or session.participant.is_publisher


def entry_of_foreigner(participant: Participant, role: SignalRole, *, has_pictures: bool = True) -> Entry:
    """`has_pictures` says whether the room's channel does."""
    media = participant.media
    return Entry(
        id=participant.identity,
        session_id=participant.identity,
        user_id=participant.user_id,
        role=role,
        video=has_pictures and (media.video or media.screen),
        audio=media.audio,
        publish=participant.is_publisher,
        username=participant.name or participant.user_id,
        fullname=participant.attributes.get("fullname", ""),
        avatar=participant.attributes.get("avatar", ""),
        host=host_of(participant),
        category=Category.STREAM,
        device_id=participant.identity,
    )


def is_foreign_member(participant: Participant) -> bool:
    """Whether our clients may know of somebody who speaks another protocol."""
    return participant.is_member


def host_of(participant: Participant) -> Host:
    """The word for the device of somebody who speaks another protocol."""
    client = participant.client
    system = client.get("os", "").lower()
    software = client.get("sdk", "").lower()
    if system.startswith(("ios", "ipad")) or software in ("swift", "ios"):
        return "iOS"
    if system.startswith("android") or software == "android":
        return "Android"
    return "Server" if participant.dependent or software in ("python", "go", "rust", "node", "cpp") else "Web"


def _gets_through(participant: Participant, kind: MediaKind) -> bool:
    """Whether no host, and no mute of all its tracks, keeps media of a kind from the others."""
    if kind in participant.force_muted:
        return False
    tracks = [track for track in participant.tracks.values() if track.published and track.media_kind is kind]
    return not tracks or not all(track.muted for track in tracks)
