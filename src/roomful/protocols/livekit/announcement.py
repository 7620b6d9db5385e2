"""What a LiveKit client says of a track that only LiveKit clients need to hear: codecs, client ids, policies.

It travels with the track as `Track.announcement`. Tracks of other protocols have none. specs/livekit.md §3.12.
"""

import msgspec
from livekit.protocol import models

from roomful.rooms.tracks import Layer


class Codec(msgspec.Struct, frozen=True, kw_only=True):
    """One encoding of a track; all but the first are backups."""

    mime: str = ""
    """As announced (`video/vp8`), then as negotiated (`video/VP8`)."""
    cid: str = ""
    """Id of the client's MediaStreamTrack; empty for a codec to be published later."""
    mid: str = ""
    sdp_cid: str = ""
    """The track id in the SDP, when it is another one."""
    mode: models.VideoLayer.Mode = models.VideoLayer.MODE_UNUSED
    layers: tuple[Layer, ...] = ()
    """Of a backup codec; those of the first are the track's."""


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    codecs: tuple[Codec, ...]
    """At least one."""
    backup_codec_policy: models.BackupCodecPolicy = models.BackupCodecPolicy.PREFER_REGRESSION
    packet_trailer_features: tuple[models.PacketTrailerFeature, ...] = ()

    @property
    def cids(self) -> frozenset[str]:
        return frozenset(codec.cid for codec in self.codecs if codec.cid)

    def bound(self, *, mime: str, mid: str, cid: str, sdp_cid: str) -> "Announcement":
        """The announcement once a media line carries the track; `cid` says which codec it is, else the first."""
        index = next((place for place, codec in enumerate(self.codecs) if codec.cid == cid), 0)
        codec = self.codecs[index]
        negotiated = msgspec.structs.replace(codec, mime=mime, mid=mid, sdp_cid=sdp_cid if sdp_cid != codec.cid else "")
        return msgspec.structs.replace(self, codecs=(*self.codecs[:index], negotiated, *self.codecs[index + 1 :]))


def announcement_of(value: object) -> Announcement | None:
    """The announcement, if the track was published over this protocol."""
    return value if isinstance(value, Announcement) else None
