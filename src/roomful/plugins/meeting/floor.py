"""Who has the floor: muting, hands, the shared screen, the agenda and the speaker's time.

specs/monibuca-rooms.md §7.2.
"""

from typing import Any

from roomful.plugins.meeting.chair import Chair
from roomful.plugins.meeting.hands import Hand
from roomful.plugins.meeting.meeting import Meeting, ScreenShare, speaker_timer
from roomful.plugins.meeting.timers import SpeakerTimer
from roomful.rooms.extension import Code, Role, RoomApiError, UserView
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.roles import HOSTS, outranks

EVERYBODY = "*"
HAND = "hand_raised"
"""Attribute of who has raised a hand, for protocols that show attributes: since when, in unix milliseconds."""


class Staff:
    """Whoever acts over HTTP with the rights of the server."""

    user_id = "admin"
    role = Role.ADMIN


class Floor:
    """Operations on meetings and those who are in them. They raise USER_NOT_FOUND for who is not there."""

    def __init__(self, chair: Chair) -> None:
        self.chair = chair
        self._api = chair.api

    # Others

    async def mute(self, meeting: Meeting, actor: UserView | Staff, user_id: str, kind: str, reason: str) -> None:
        """Raises FORBIDDEN, BAD_FIELD (oneself)."""
        name = await self._target(meeting, actor, user_id)
        await self._api.set_force_mute(meeting.meeting_id, user_id, kind, True, actor.user_id)
        fields = {"user_id": user_id, "user_name": name, "kind": kind, "by": actor.user_id, "reason": reason}
        await self.chair.tell(meeting, "participant_muted", fields)

    async def unmute(self, meeting: Meeting, actor: UserView | Staff, user_id: str, kind: str) -> None:
        """The server lets it through again; whether its client sends is its own affair."""
        name = "" if user_id == EVERYBODY else (await self._api.get_user(meeting.meeting_id, user_id)).user_name
        await self._api.set_force_mute(meeting.meeting_id, user_id, kind, False, actor.user_id)
        fields = {"user_id": user_id, "user_name": name, "kind": kind, "by": actor.user_id}
        await self.chair.tell(meeting, "participant_unmuted", fields)

    async def kick(self, meeting: Meeting, actor: UserView | Staff, user_id: str, reason: str) -> None:
        """Raises FORBIDDEN, BAD_FIELD (oneself, everybody)."""
        name = await self._target(meeting, actor, user_id, everybody=False)
        fields = {"user_id": user_id, "user_name": name, "reason": reason, "by": actor.user_id}
        await self.chair.tell(meeting, "participant_kicked", fields)
        await self._api.remove_user(meeting.meeting_id, user_id, reason or "kicked", actor.user_id)

    async def ban(self, meeting: Meeting, actor: UserView | Staff, user_id: str, duration: float, reason: str) -> None:
        """Also of somebody who is not there. Raises BAD_FIELD (oneself, everybody)."""
        if user_id in (actor.user_id, EVERYBODY):
            raise bad_field("user_id", "user_id must be somebody else's")
        await self._api.add_ban(meeting.meeting_id, user_id, duration, reason, actor.user_id)

    async def _target(self, meeting: Meeting, actor: UserView | Staff, user_id: str, *, everybody: bool = True) -> str:
        """The name of who is meant, whom the actor may do something to."""
        if user_id == EVERYBODY and everybody:
            return ""
        if user_id in (actor.user_id, EVERYBODY):
            raise bad_field("user_id", "user_id must be somebody else's")
        target = await self._api.get_user(meeting.meeting_id, user_id)
        if not outranks(actor.role, target.role):
            raise RoomApiError(Code.FORBIDDEN, f"a {actor.role} may not do this to a {target.role}")
        return target.user_name

    async def set_lobby(self, meeting: Meeting, enabled: bool, actor: str) -> None:
        """Also of a meeting whose room is not open yet."""
        meeting.lobby = enabled
        await self.chair.changed(meeting)
        try:
            await self._api.set_lobby_enabled(meeting.meeting_id, enabled, actor)
        except RoomApiError as error:
            if error.code is not Code.ROOM_NOT_FOUND:
                raise

    # Hands

    async def raise_hand(self, meeting: Meeting, user: UserView, reason: str) -> int:
        """Returns its place among the raised hands, from 1."""
        now = self.chair.now()
        raised_at = round(now * 1000)
        hand = Hand(user_id=user.user_id, user_name=user.user_name, reason=reason, raised_at=raised_at)
        news = meeting.hands.raise_hand(hand)
        order = meeting.hands.order(user.user_id)
        if news:
            fields = {"user_id": user.user_id, "user_name": user.user_name, "reason": reason, "order": order}
            await self.chair.tell(meeting, "hand_raised", fields)
            await self._show_hand(meeting, user.user_id, str(raised_at))
            await self.chair.changed(meeting)
        return order

    async def lower_hand(self, meeting: Meeting, user_id: str, actor: str) -> None:
        """`*`: all. A hand that is not up stays down."""
        if user_id == EVERYBODY:
            lowered = meeting.hands.lower_all()
        else:
            lowered = [user_id] if meeting.hands.lower(user_id) else []
        for one in lowered:
            await self._show_hand(meeting, one, "")
        if lowered:
            await self.chair.tell(meeting, "hand_lowered", user_id=user_id, by=actor)
            await self.chair.changed(meeting)

    async def _show_hand(self, meeting: Meeting, user_id: str, value: str) -> None:
        try:
            await self._api.set_user_attributes(meeting.meeting_id, user_id, {HAND: value})
        except RoomApiError as error:
            if error.code not in (Code.USER_NOT_FOUND, Code.ROOM_NOT_FOUND):
                raise

    # The shared screen

    async def share_screen(self, meeting: Meeting, user: UserView, on: bool, stream_path: str = "") -> None:
        """One at a time; hosts may take over, and end another's. Raises TARGET_BUSY."""
        screen = meeting.screen
        mine = screen is not None and screen.user_id == user.user_id
        if on:
            path = stream_path or f"room/{meeting.meeting_id}/{user.user_id}/screen"
            wanted = ScreenShare(user_id=user.user_id, stream_path=path)
            if screen is not None and not mine and user.role not in HOSTS:
                raise RoomApiError(Code.TARGET_BUSY, f"{screen.user_id!r} is sharing its screen")
            if screen is None or (screen.user_id, screen.stream_path) != (user.user_id, path):
                await self._set_screen(meeting, wanted, user.user_id)
        elif screen is not None and (mine or user.role in HOSTS):
            await self._set_screen(meeting, None, user.user_id)
        elif screen is not None:
            raise RoomApiError(Code.FORBIDDEN, "this is somebody else's screen")

    async def _set_screen(self, meeting: Meeting, screen: ScreenShare | None, actor: str) -> None:
        before, meeting.screen = meeting.screen, screen
        shown = screen or before
        if shown is not None:
            fields = {"user_id": shown.user_id, "on": screen is not None, "stream_path": shown.stream_path}
            await self.chair.tell(meeting, "screen_share", fields, by=actor)
        await self.chair.changed(meeting)

    async def screen_seen(self, meeting: Meeting, user: UserView) -> None:
        """A member's media changed: a screen that is sent is shared, whichever client sends it."""
        screen = meeting.screen
        mine = screen is not None and screen.user_id == user.user_id
        if user.media.screen and screen is None:
            await self.share_screen(meeting, user, True)
            screen, mine = meeting.screen, True
        if screen is not None and mine and user.media.screen:
            meeting.screen = ScreenShare(user_id=user.user_id, stream_path=screen.stream_path, seen=True)
        elif screen is not None and mine and screen.seen:
            await self._set_screen(meeting, None, user.user_id)

    async def gone(self, meeting: Meeting, user_id: str) -> None:
        """A member has left: its hand goes down, its screen is not shared any more."""
        await self.lower_hand(meeting, user_id, user_id)
        if meeting.screen is not None and meeting.screen.user_id == user_id:
            await self._set_screen(meeting, None, user_id)
        if meeting.speaker is not None and meeting.speaker.user_id == user_id:
            await self.stop_speaker(meeting)

    # The agenda

    async def agenda_changed(self, meeting: Meeting) -> None:
        await self.chair.tell(meeting, "agenda_updated", meeting.agenda_fields())
        await self.chair.changed(meeting)

    async def start_item(self, meeting: Meeting, item_id: str | None) -> str | None:
        """Returns the id of the item that is active then. Raises NOT_FOUND."""
        now = self.chair.now()
        if item_id is None:
            item = meeting.agenda.start_next(now, meeting.elapsed(now))
        else:
            item = meeting.agenda.start(item_id, now, meeting.elapsed(now))
        await self.agenda_changed(meeting)
        return item.item_id if item is not None else None

    async def next_item(self, meeting: Meeting) -> dict[str, Any]:
        return {"current_id": await self.start_item(meeting, None)}

    async def complete_item(self, meeting: Meeting, item_id: str | None) -> None:
        """Raises NOT_FOUND."""
        now = self.chair.now()
        meeting.agenda.complete(now, meeting.elapsed(now), item_id)
        await self.agenda_changed(meeting)

    # The speaker's time

    async def start_speaker(self, meeting: Meeting, user_id: str, seconds: float) -> None:
        """In place of one that runs."""
        await self._api.get_user(meeting.meeting_id, user_id)
        elapsed = meeting.elapsed(self.chair.now())
        meeting.speaker = SpeakerTimer(user_id=user_id, seconds=seconds, ends=elapsed + seconds)
        message = speaker_timer(meeting.speaker, "running", elapsed)
        await self.chair.tell(meeting, message.pop("action"), message)
        await self.chair.changed(meeting)

    async def stop_speaker(self, meeting: Meeting) -> None:
        """One that does not run stays stopped."""
        speaker, meeting.speaker = meeting.speaker, None
        if speaker is not None:
            message = speaker_timer(speaker, "stopped", meeting.elapsed(self.chair.now()))
            await self.chair.tell(meeting, message.pop("action"), message)
            await self.chair.changed(meeting)
