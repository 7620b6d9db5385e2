"""Viewers on the mic: requests, invitations, and the right to publish. specs/monibuca-rooms.md §6.5."""

import contextlib
from typing import Any

from roomful.plugins.live.link_mic import CoHost
from roomful.plugins.live.messages import LinkMicAnswer, LinkMicCancel, LinkMicEnd, LinkMicRequest
from roomful.plugins.live.people import Person
from roomful.plugins.live.show import Show
from roomful.plugins.live.studio import Studio
from roomful.rooms.extension import Code, RoomApiError, UserView
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.stream_paths import StreamPath


class CoHosting:
    """See the module."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def request(self, show: Show, user: UserView, message: LinkMicRequest) -> dict[str, Any]:
        """A viewer asks, or the streamer invites one.

        Raises RoomApiError: BAD_STATE, BAD_FIELD, FORBIDDEN, USER_NOT_FOUND, TARGET_BUSY, LIMIT_REACHED.
        """
        show.require_living()
        now, link_mic = self._studio.now(), show.link_mic
        if not show.is_streamer(user.user_id):
            if message.target_user_id not in (None, user.user_id):
                raise RoomApiError(Code.FORBIDDEN, "only the streamer invites")
            asked, position = link_mic.ask(Person.of(user), message.media, message.message, now, invited=False)
            await self._studio.tell_streamer(show, "link_mic_requested", asked.view(position))
        else:
            if message.target_user_id is None:
                raise bad_field("target_user_id", "whom to invite?")
            guest = await self._guest(show, message.target_user_id)
            asked, position = link_mic.ask(guest, message.media, message.message, now, invited=True)
            await self._invite(show, guest.user_id)
        await self._list(show)
        return {"position": position, "expires_at": round(asked.expires_at * 1000)}

    async def accept(self, show: Show, user: UserView, message: LinkMicAnswer) -> dict[str, Any]:
        """The asked side agrees. Raises RoomApiError: BAD_STATE, BAD_FIELD, NOT_FOUND, LIMIT_REACHED."""
        show.require_living()
        user_id, invited = _meant(show, user, message.user_id)
        co_host = show.link_mic.accept(user_id, self._studio.now(), invited=invited)
        try:
            await self._hand_mic(show, co_host)
        except RoomApiError:  # it has left just now
            show.link_mic.end(user_id)
            raise
        await self._studio.tell(show, "link_mic_accepted", _on_mic(co_host), exclude={user_id})
        await self._studio.archive.keep_turn(show.record, co_host)
        await self._list(show)
        return {"user_id": user_id}

    async def reject(self, show: Show, user: UserView, message: LinkMicAnswer) -> dict[str, Any]:
        """The asked side declines. Raises RoomApiError: BAD_FIELD, NOT_FOUND."""
        user_id, invited = _meant(show, user, message.user_id)
        asked = show.link_mic.withdraw(user_id, invited=invited)
        fields = {"user": asked.user, "reason": message.reason, "by": user.user_id}
        other = show.record.streamer_id if invited else user_id
        await self._studio.tell(show, "link_mic_rejected", fields, only={other})
        await self._list(show)
        return {"user_id": user_id}

    async def cancel(self, show: Show, user: UserView, message: LinkMicCancel) -> dict[str, Any]:
        """The viewer has thought better of it. Raises RoomApiError (NOT_FOUND)."""
        del message
        asked = show.link_mic.withdraw(user.user_id, invited=False)
        await self._studio.tell_streamer(show, "link_mic_canceled", {"user": asked.user, "reason": "canceled"})
        await self._list(show)
        return {}

    async def leave_mic(self, show: Show, user: UserView, message: LinkMicEnd) -> dict[str, Any]:
        """The streamer or the co-host ends it. Raises RoomApiError: BAD_FIELD, FORBIDDEN, NOT_FOUND."""
        user_id = message.user_id or user.user_id
        if show.is_streamer(user.user_id):
            if message.user_id is None:
                raise bad_field("user_id", "who is to leave the mic?")
        elif user_id != user.user_id:
            raise RoomApiError(Code.FORBIDDEN, "only the streamer ends it for others")
        await self._ended(show, show.link_mic.end(user_id), "ended", user.user_id)
        await self._list(show)
        return {"user_id": user_id}

    # People and streams come and go

    async def joined(self, show: Show, user: UserView) -> None:
        """Tell who comes (back) what it has to know: a co-host that it still is one, others that they are invited."""
        if show.is_streamer(user.user_id):
            await self._list_for_streamer(show)
            return
        co_host = show.link_mic.on_mic.get(user.user_id)
        if co_host is not None:
            await self._hand_mic(show, co_host)
        elif show.link_mic.invitation(user.user_id) is not None:
            await self._invite(show, user.user_id)

    async def left(self, show: Show, user_id: str, reason: str) -> None:
        asked, co_host = show.link_mic.forget(user_id)
        if asked is None and co_host is None:
            return
        if asked is not None:
            await self._studio.tell_streamer(show, "link_mic_canceled", {"user": asked.user, "reason": reason})
        if co_host is not None:
            await self._ended(show, co_host, reason, user_id, is_here=False)
        await self._list(show)

    def on_stream(self, show: Show, user: UserView, published: bool) -> None:
        """One of possibly several streams of a member began or ended."""
        show.link_mic.on_stream(user.user_id, published or bool(user.streams), self._studio.now())

    def due(self, show: Show) -> float | None:
        return show.link_mic.due()

    async def on_time(self, show: Show, now: float) -> None:
        late, lost = show.link_mic.expire(now)
        for asked in late:
            both = {asked.user.user_id, show.record.streamer_id}
            fields = {"user": asked.user, "state": "invited" if asked.invited else "requested"}
            await self._studio.tell(show, "link_mic_timeout", fields, only=both)
        for co_host in lost:
            await self._ended(show, co_host, "stream_lost", "system")
        if late or lost:
            await self._list(show)

    async def end(self, show: Show) -> None:
        """The show ends."""
        for co_host in show.link_mic.close():
            await self._ended(show, co_host, "live_stopped", "system")

    async def _guest(self, show: Show, user_id: str) -> Person:
        guest = await self._studio.api.get_user(show.room_id, user_id)
        if guest.is_robot or show.is_streamer(user_id):
            raise bad_field("target_user_id", "that one cannot be invited")
        return Person.of(guest)

    async def _invite(self, show: Show, user_id: str) -> None:
        asked = show.link_mic.asked(user_id, invited=True)
        await self._studio.tell(
            show, "link_mic_invited", {**asked.view(1), "from": show.streamer}, only={asked.user.user_id}
        )

    async def _hand_mic(self, show: Show, co_host: CoHost) -> None:
        """Let it publish, and tell it how. Raises RoomApiError (USER_NOT_FOUND)."""
        user_id = co_host.user.user_id
        token = await self._studio.api.grant_publish(show.room_id, user_id, co_host.kinds)
        path = str(StreamPath(show.room_id, user_id))
        publish = {"stream_path": path, "whip_url": f"/webrtc/whip/{path}", "token": token}
        await self._studio.tell(show, "link_mic_accepted", {**_on_mic(co_host), "publish": publish}, only={user_id})

    async def _ended(self, show: Show, co_host: CoHost, reason: str, by: str, *, is_here: bool = True) -> None:
        user_id = co_host.user.user_id
        if is_here:
            with contextlib.suppress(RoomApiError):  # it is gone, and its right with it
                await self._studio.api.revoke_publish(show.room_id, user_id)
        fields = {"user": co_host.user, "user_id": user_id, "reason": reason, "by": by}
        await self._studio.tell(show, "link_mic_ended", fields)
        await self._studio.archive.keep_turn(show.record, co_host, self._studio.now(), reason)

    async def _list(self, show: Show) -> None:
        await self._studio.tell(
            show, "link_mic_list", {"participants": show.link_mic.participants()}, exclude={show.record.streamer_id}
        )
        await self._list_for_streamer(show)

    async def _list_for_streamer(self, show: Show) -> None:
        link_mic = show.link_mic
        fields = {"participants": link_mic.participants(), "requests": link_mic.requests()}
        await self._studio.tell_streamer(show, "link_mic_list", fields)


def _meant(show: Show, user: UserView, other: str | None) -> tuple[str, bool]:
    """Whose request or invitation is answered, and whether it is an invitation."""
    if not show.is_streamer(user.user_id):
        return user.user_id, True
    if other is None:
        raise bad_field("user_id", "whose request?")
    return other, False


def _on_mic(co_host: CoHost) -> dict[str, Any]:
    return {"user": co_host.user, "user_id": co_host.user.user_id, "media": co_host.media}
