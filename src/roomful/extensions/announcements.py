"""What hosts decided, as the people in a room are told, whichever protocol carries it. specs/monibuca-rooms.md §3.5."""

from typing import Any

import msgspec

from roomful.extensions.errors import milliseconds
from roomful.extensions.views import lobby_view
from roomful.rooms import events
from roomful.rooms.extension import RoomView

ROOM_FIELDS = {
    "metadata": "metadata",
    "name": "name",
    "owner": "owner_id",
    "locked": "locked",
    "lobby_enabled": "lobby_enabled",
    "slow_mode": "slow_mode",
    "chat_muted_all": "chat_muted_all",
    "recording": "recording",
    "password": "has_password",
}
"""What `RoomUpdated.changed` says, and the field of the room object. Counts are told by comings and goings."""


class Announcement(msgspec.Struct, frozen=True):
    action: str
    fields: dict[str, Any]
    hosts_only: bool = False
    about: str = ""
    """User id of somebody who hears it too, though no host."""


def announcements(event: events.RoomEvent, view: RoomView) -> list[Announcement]:
    """What an event is to people; `view` is the room after it. Comings, goings, chat and streams are not among them."""
    match event:
        case events.RoomUpdated():
            return _room_updated(event, view)
        case events.TargetRecording():
            return [_recording(event, event.recording, event.target)]
        case events.ForceMuted():
            fields = {"user_id": event.user_id, "kind": event.kind, "on": event.on, "by": event.by}
            return [Announcement("force_mute", fields)]
        case events.BanAdded(ban=ban):
            until = milliseconds(ban.until)
            fields = {"user_id": ban.user_id, "until": until, "reason": ban.reason, "by": ban.by}
            return [Announcement("user_banned", fields, hosts_only=True, about=ban.user_id)]
        case events.BanRemoved():
            fields = {"user_id": event.user_id, "until": None, "reason": "", "by": event.by}
            return [Announcement("user_unbanned", fields, hosts_only=True)]
        case events.ChatMuteAdded(mute=mute):
            fields = {"user_id": mute.user_id, "until": milliseconds(mute.until), "by": mute.by}
            return [Announcement("chat_muted", fields)]
        case events.ChatMuteRemoved():
            return [Announcement("chat_unmuted", {"user_id": event.user_id, "until": None, "by": event.by})]
        case events.LobbyEntered(waiting=waiting):
            return [Announcement("lobby_user_waiting", {"user": lobby_view(waiting)}, hosts_only=True)]
        case events.LobbyLeft(waiting=waiting):
            fields = {"user_id": waiting.user_id, "outcome": event.outcome, "by": event.by}
            return [Announcement("lobby_user_left", fields, hosts_only=True)]
        case _:
            return []


def _room_updated(event: events.RoomUpdated, view: RoomView) -> list[Announcement]:
    changes = {field: getattr(view, field) for word, field in ROOM_FIELDS.items() if word in event.changed}
    if not changes:
        return []
    told = [Announcement("room_updated", {"changes": changes, "by": event.by})]
    if "recording" in changes:
        told.append(_recording(event, changes["recording"], "room"))
    return told


def _recording(event: events.RoomUpdated | events.TargetRecording, recording: bool, target: str) -> Announcement:
    fields: dict[str, Any] = {"recording": recording, "target": target, "files": event.files, "by": event.by}
    return Announcement("recording_state", fields | ({"error": event.note} if event.note else {}))
