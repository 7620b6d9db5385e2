"""The API without its transport: everything that connections share, put together."""

from roomful.protocols.nkmedia.calls import Calls
from roomful.protocols.nkmedia.connections import Connections
from roomful.protocols.nkmedia.core import CoreCommands
from roomful.protocols.nkmedia.executor import Executor
from roomful.protocols.nkmedia.fs.mcu_rooms import McuRooms
from roomful.protocols.nkmedia.janus.engine import JanusEngine
from roomful.protocols.nkmedia.media_sessions import MediaSessions
from roomful.protocols.nkmedia.members import Members
from roomful.protocols.nkmedia.message_log import MessageLog
from roomful.protocols.nkmedia.p2p_commands import P2pCommands
from roomful.protocols.nkmedia.player_commands import PlayerCommands
from roomful.protocols.nkmedia.recorder_commands import RecorderCommands
from roomful.protocols.nkmedia.room_commands import RoomCommands
from roomful.protocols.nkmedia.services import Services
from roomful.protocols.nkmedia.session import Line, Session


class NkMedia:
    """See the module."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.connections = Connections()
        self.executor = Executor()
        self.members = Members(services.rooms, services.hub, services.settings.event_names)
        self.janus = (
            JanusEngine(services, self.members, janus) if (janus := services.settings.janus) is not None else None
        )
        CoreCommands(self.connections, services.hub, self.executor)
        mcu_rooms = McuRooms(services, self.members)
        room_commands = RoomCommands(services, self.members, mcu_rooms, self.executor, self.janus)
        self.media_sessions = MediaSessions(
            services, self.members, room_commands, mcu_rooms, self.connections, self.executor, self.janus
        )
        RecorderCommands(services.recordings, self.media_sessions, self.executor)
        PlayerCommands(services, self.media_sessions, self.executor)
        P2pCommands(services, self.media_sessions, self.connections, self.executor)
        MessageLog(services, self.executor)
        Calls(services, self.connections, self.executor)

    def session(self, line: Line, remote: str, now: float) -> Session:
        """A new connection."""
        return Session(self.services, self.connections, self.executor, line, remote, now)
