"""The server whose pages are tested."""

import os

import msgspec
from livekit import api

from tests.running_server import RunningServer


class MeetingServer(msgspec.Struct, frozen=True):
    """A server in development mode: its pages hand out tokens."""

    http_url: str
    ws_url: str
    api_key: str
    api_secret: str

    def token(self, identity: str, room: str) -> str:
        """An access token to join a room, publish and subscribe."""
        grants = api.VideoGrants(room_join=True, room=room)
        token = api.AccessToken(self.api_key, self.api_secret).with_identity(identity).with_name(identity)
        return token.with_grants(grants).to_jwt()


def meetings_on(server: RunningServer) -> MeetingServer:
    """A server that runs as a process of its own, seen from its pages."""
    return MeetingServer(server.http_url, server.ws_url, server.api_key, server.api_secret)


def server_from_environment() -> MeetingServer | None:
    """The server ROOMFUL_TEST_SERVER names, with ROOMFUL_TEST_API_KEY and ROOMFUL_TEST_API_SECRET; None without."""
    url = os.environ.get("ROOMFUL_TEST_SERVER", "").rstrip("/")
    if not url:
        return None
    return MeetingServer(
        http_url=url,
        ws_url=url.replace("http", "ws", 1),
        api_key=os.environ["ROOMFUL_TEST_API_KEY"],
        api_secret=os.environ["ROOMFUL_TEST_API_SECRET"],
    )
