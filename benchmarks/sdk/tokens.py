"""Who may enter the room of the first frame."""

from livekit import api

ROOM = "first-frame"


def token(key: str, secret: str, identity: str) -> str:
    """An access token to join, publish and subscribe."""
    grants = api.VideoGrants(room_join=True, room=ROOM)
    return api.AccessToken(key, secret).with_identity(identity).with_grants(grants).to_jwt()
