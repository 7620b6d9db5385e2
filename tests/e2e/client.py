"""A client on LiveKit's Python SDK that writes down everything it is told, sees and hears."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, cast, get_args

from livekit import rtc
from livekit.rtc.room import EventTypes

from .showing import RED, SAMPLE_RATE, SIZE, Colour, play_tone, show_picture
from .waiting import WITHIN, until
from .watching import Picture, Sound

LEAVE_WITHIN = 5.0


@dataclass(frozen=True)
class Happening:
    """Something the SDK has told."""

    event: EventTypes
    identity: str = ""
    """Of the participant it is about."""
    track: str = ""
    """Name of the track it is about."""
    details: tuple[Any, ...] = ()
    """Whatever else was said."""


class Client:
    """In a room, publishing what it is told to, following everybody else. Made by `Meeting.join`."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.room = rtc.Room()
        self.happened: list[Happening] = []
        """Oldest first."""
        self.pictures: dict[tuple[str, str], Picture] = {}
        """By identity of the publisher and name of the track."""
        self.sounds: dict[tuple[str, str], Sound] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._following: dict[tuple[str, str], asyncio.Task[None]] = {}
        for event in get_args(EventTypes):
            self.room.on(event, partial(self._note, event))

    @property
    def me(self) -> rtc.LocalParticipant:
        return self.room.local_participant

    def other(self, identity: str) -> rtc.RemoteParticipant:
        """Somebody else in the room. Raises KeyError."""
        return self.room.remote_participants[identity]

    async def connect(self, url: str, token: str, options: rtc.RoomOptions) -> None:
        """Enters the room. Raises rtc.ConnectError, TimeoutError."""
        await asyncio.wait_for(self.room.connect(url, token, options), WITHIN)

    async def leave(self) -> None:
        """Leaves the room in good order, if it is in one, and stops publishing. Raises TimeoutError."""
        tasks = [*self._tasks, *self._following.values()]
        for task in tasks:
            task.cancel()
        async with asyncio.timeout(WITHIN):
            await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(LEAVE_WITHIN):
            await self.room.disconnect()

    # Publishing

    async def publish_tone(self, frequency: int = 450, name: str = "microphone") -> rtc.LocalTrackPublication:
        """Publishes a tone of that many Hz, a multiple of 50, as microphone."""
        source = rtc.AudioSource(SAMPLE_RATE, 1, queue_size_ms=200)
        track = rtc.LocalAudioTrack.create_audio_track(name, source)
        publication = await self.publish(track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
        self.start(play_tone(source, frequency))
        return publication

    async def publish_picture(
        self,
        colour: Colour = RED,
        name: str = "camera",
        *,
        size: tuple[int, int] = SIZE,
        simulcast: bool = False,
        source: rtc.TrackSource.ValueType = rtc.TrackSource.SOURCE_CAMERA,
    ) -> rtc.LocalTrackPublication:
        """Publishes moving pictures of one colour."""
        video = rtc.VideoSource(*size)
        track = rtc.LocalVideoTrack.create_video_track(name, video)
        publication = await self.publish(track, rtc.TrackPublishOptions(source=source, simulcast=simulcast))
        self.start(show_picture(video, colour, size))
        return publication

    async def publish(self, track: rtc.LocalTrack, options: rtc.TrackPublishOptions) -> rtc.LocalTrackPublication:
        """Publishes a track that somebody else feeds."""
        return await asyncio.wait_for(self.me.publish_track(track, options), WITHIN)

    def start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Runs something until the client leaves."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def texts(self, topic: str) -> list[tuple[str, str]]:
        """What others send as texts of a topic from now on, with their identities; it grows."""
        read: list[tuple[str, str]] = []

        def on_text(reader: rtc.TextStreamReader, identity: str) -> None:
            async def read_it() -> None:
                read.append((identity, await reader.read_all()))

            self.start(read_it())

        self.room.register_text_stream_handler(topic, on_text)
        return read

    # Watching

    def picture(self, identity: str, name: str = "camera") -> Picture:
        """What was seen of a track so far, even if that is nothing."""
        return self.pictures.setdefault((identity, name), Picture())

    def sound(self, identity: str, name: str = "microphone") -> Sound:
        """What was heard of a track so far, even if that is nothing."""
        return self.sounds.setdefault((identity, name), Sound())

    async def sees(self, identity: str, colour: Colour = RED, name: str = "camera", within: float = WITHIN) -> None:
        """Waits until a new frame of that track shows the colour."""
        picture = self.picture(identity, name)
        seen = picture.frames
        await until(
            lambda: picture.frames > seen and picture.shows(colour),
            lambda: (
                f"{self.identity} sees {name} of {identity} show {colour}: {picture.frames} frames came, "
                f"the latest is {picture.colour}; {self._story()}"
            ),
            within,
        )

    async def hears(
        self, identity: str, frequency: int = 450, name: str = "microphone", within: float = WITHIN
    ) -> None:
        """Waits until new sound of that track is a tone of so many Hz."""
        sound = self.sound(identity, name)
        heard = len(sound.heard_at)
        await until(
            lambda: len(sound.heard_at) > heard and sound.is_tone(frequency),
            lambda: (
                f"{self.identity} hears {frequency} Hz from {identity}: {sound.level} at {sound.pitch} Hz; "
                f"{self._story()}"
            ),
            within,
        )

    async def sees_nothing(self, identity: str, name: str = "camera", within: float = WITHIN) -> None:
        """Waits until no picture of that track has come for a second."""
        picture = self.picture(identity, name)
        await until(
            lambda: not picture.times or time.monotonic() - picture.times[-1] > 1,
            lambda: f"{self.identity} sees {name} of {identity} no more; {self._story()}",
            within,
        )

    async def hears_nothing(self, identity: str, name: str = "microphone", within: float = WITHIN) -> None:
        """Waits until no sound of that track has come for half a second."""
        sound = self.sound(identity, name)
        await until(
            lambda: not sound.heard_at or time.monotonic() - sound.heard_at[-1] > 0.5,
            lambda: f"{self.identity} hears {name} of {identity} no more; {self._story()}",
            within,
        )

    async def until(
        self, event: EventTypes, identity: str = "", *, since: int = 0, within: float = WITHIN
    ) -> Happening:
        """The first such event, about that participant if one is named, from place `since` of what happened on.

        Raises TimeoutError, which tells what happened instead.
        """
        found = await until(
            lambda: self.told(event, identity, since),
            lambda: f"{self.identity} is told {event} {identity}; {self._story()}",
            within,
        )
        return found[0]

    async def knows(self, identity: str, within: float = WITHIN) -> rtc.RemoteParticipant:
        """Waits until somebody else is in the room, for this client."""
        return await until(
            lambda: self.room.remote_participants.get(identity),
            lambda: f"{self.identity} knows {identity}; {self._story()}",
            within,
        )

    async def knows_track(
        self, identity: str, name: str = "camera", within: float = WITHIN
    ) -> rtc.RemoteTrackPublication:
        """Waits until that track is published, for this client."""

        def publication() -> rtc.RemoteTrackPublication | None:
            other = self.room.remote_participants.get(identity)
            tracks = other.track_publications.values() if other else ()
            return next((track for track in tracks if track.name == name), None)

        return await until(publication, lambda: f"{self.identity} knows {name} of {identity}; {self._story()}", within)

    @property
    def speakers(self) -> list[str] | None:
        """Identities in the latest list of speakers; None before the first one."""
        told = self.told("active_speakers_changed")
        return [participant.identity for participant in told[-1].details[0]] if told else None

    def told(self, event: EventTypes, identity: str = "", since: int = 0) -> list[Happening]:
        """All such events, from place `since` of what happened on."""
        return [
            happening
            for happening in self.happened[since:]
            if happening.event == event and identity in ("", happening.identity)
        ]

    def mark(self) -> int:
        """A place in what happened: now."""
        return len(self.happened)

    def _story(self) -> str:
        # Quality and tokens come by themselves, and say nothing about what went wrong.
        noise = ("connection_quality_changed", "token_refreshed", "room_updated", "active_speakers_changed")
        told = [happening for happening in self.happened if happening.event not in noise]
        return "told: " + ", ".join(f"{one.event}({one.identity} {one.track})" for one in told)

    def _note(self, event: EventTypes, *about: Any) -> None:
        participant = next((one for one in about if isinstance(one, rtc.Participant)), None)
        publication = next((one for one in about if isinstance(one, rtc.TrackPublication)), None)
        rest = tuple(one for one in about if one not in (participant, publication))
        identity = participant.identity if participant else ""
        if isinstance(participant, rtc.RemoteParticipant) and event == "participant_disconnected":
            rest = (participant.disconnect_reason,)
        track = publication.name if publication else ""
        self.happened.append(Happening(event, identity, track, rest))
        if event == "track_subscribed":
            self._follow(identity, track, cast(rtc.Track, rest[0]))
        elif event == "track_unsubscribed" and (following := self._following.pop((identity, track), None)):
            following.cancel()

    def _follow(self, identity: str, name: str, track: rtc.Track) -> None:
        following = (
            self.picture(identity, name).watch(track)
            if track.kind == rtc.TrackKind.KIND_VIDEO
            else self.sound(identity, name).listen(track)
        )
        self._following[identity, name] = asyncio.create_task(following)
