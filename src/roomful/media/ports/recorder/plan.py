"""What to record, and where to: the first line that the worker reads from its control socket."""

import enum

import msgspec


class Grouping(enum.StrEnum):
    """What goes into one file."""

    TRACK = enum.auto()
    """Each track alone; a track that is published again is another file."""

    PARTICIPANT = enum.auto()
    """Camera and microphone of a participant together, in sync, across mutes and reconnects; a screen share and its
    sound likewise."""


class Container(enum.StrEnum):
    """File formats. Which codec fits into which is in `containers`."""

    OGG = enum.auto()
    WEBM = enum.auto()
    MP4 = enum.auto()
    """Fragmented, so that a file that was never finished plays."""
    MKV = enum.auto()


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """Object storage to which finished files go."""

    url: str
    """Bucket and prefix as obstore takes them: `s3://`, `gs://`, `az://`, `file://`, `memory://`."""

    options: dict[str, str] = {}
    """Settings of the store under obstore's names, such as `endpoint`, `region`, `access_key_id`."""

    attempts: int = 5
    """How often a file is tried, with exponential back-off between."""

    request_seconds: float = 120.0
    """Longest time of one request, which carries one part of a file."""

    first_wait_seconds: float = 1.0
    """Wait before the second attempt; doubled for each further one, up to a minute."""

    keep_local: bool = False
    """Keep the local file although the upload is confirmed."""

    def __repr__(self) -> str:
        return f"Upload(url={self.url!r})"  # the options hold secrets


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One recording: one worker, any number of tracks of one room."""

    directory: str
    """Folder below which all files are; made where missing."""

    room_name: str
    room_id: str

    grouping: Grouping = Grouping.PARTICIPANT

    path: str = ""
    """Template of the files' paths below `directory`, see `naming`. Also their key in object storage."""

    container: Container | None = None
    """Wanted format; one that cannot hold the codecs is replaced by one that can. `None` chooses by the codecs."""

    start_at_ns: int = 0
    """Frames captured before this wall time, in ns since the Unix epoch, are left out."""

    min_free_bytes: int = 256 * 1024 * 1024
    """Free space on the disk below which recording does not start, or stops."""

    upload: Upload | None = None
