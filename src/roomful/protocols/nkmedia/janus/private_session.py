"""What media sessions on Janus that are in no room have in common."""

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from roomful.media.api import Event
from roomful.media.descriptions import Description
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code
from roomful.protocols.nkmedia.commands import MediaCreate, Sdp
from roomful.protocols.nkmedia.janus.link import Handle
from roomful.protocols.nkmedia.janus.messages import Message
from roomful.protocols.nkmedia.janus.session import Attachment
from roomful.protocols.nkmedia.media_session import MediaSession
from roomful.protocols.nkmedia.room_settings import JANUS
from roomful.protocols.nkmedia.services import Services
from roomful.protocols.nkmedia.steps import Steps

if TYPE_CHECKING:
    from roomful.protocols.nkmedia.janus.engine import JanusEngine


class PrivateSession(MediaSession):
    """See the module."""

    backend = JANUS
    lost = Code.JANUS_SESSION_DOWN

    def __init__(
        self,
        engine: "JanusEngine",
        services: Services,
        caller: Caller,
        command: MediaCreate,
        session_id: str,
        on_stopped: Callable[[MediaSession, float], None],
        now: float,
    ) -> None:
        super().__init__(services, caller, command, session_id, on_stopped, now)
        self._engine = engine
        self._attachment = Attachment(self, engine.client, services.clock, lambda: None, self.on_plugin_event)
        self._handle: Handle | None = None
        self._given = Description((), ())
        """The client's own description."""
        self._trickles = False

    @abstractmethod
    def take(self, given: Description) -> Steps[None]:
        """Do what is to be done with the client's own description, an offer or an answer. Raises NkError."""

    @abstractmethod
    def change(self, handle: Handle, **body: Any) -> Steps[None]:
        """Change whether `audio` and `video` go through, or the `bitrate`. Raises NkError."""

    def on_plugin_event(self, message: Message) -> None:
        """What the plugin says without being asked."""
        del message

    def begin(self, given: Sdp, offer: Description, now: float) -> None:
        """Take the client's offer."""
        self.set_description("offer", given.sdp)
        self.receive(given, offer, now, complete=self.command.no_offer_trickle_ice)

    def receive(self, given: Sdp, description: Description, now: float, *, complete: bool) -> None:
        """Take the client's own description, at once or, if it is to be `complete`, with its candidates."""
        self._given = description
        if given.trickle_ice and complete:
            self.gather(now)
        else:
            self._trickles = given.trickle_ice
            self._attachment.walk(self.take(description))

    def gathered(self, now: float) -> None:
        del now
        self._attachment.walk(self.take(self.with_candidates(self._given)))

    def mute(self, *, audio: bool | None, video: bool | None, now: float) -> None:
        del now
        wanted = {name: not muted for name, muted in (("audio", audio), ("video", video)) if muted is not None}
        if self._handle is not None and wanted:
            self._attachment.walk(self.change(self._handle, **wanted))

    def limit(self, bitrate: int) -> None:
        if self._handle is not None:
            self._attachment.walk(self.change(self._handle, bitrate=bitrate))

    def wishes(self) -> dict[str, Any]:
        """What is to be other than it is by itself, as `change` takes it."""
        command = self.command
        audio = command.use_audio and not command.mute_audio
        video = command.use_video and not command.mute_video
        limit = {"bitrate": command.bitrate} if command.bitrate else {}
        return {**({} if audio else {"audio": False}), **({} if video else {"video": False}), **limit}

    def pass_candidate(self, line: str) -> None:
        self._attachment.trickle(line)

    def open_media(self) -> None:
        pass

    def close_media(self) -> None:
        super().close_media()
        self._attachment.link.close()

    def leave(self, now: float) -> None:
        pass

    def activate(self, now: float) -> None:
        pass

    def on_media_event(self, event: Event, now: float) -> None:
        pass
