"""Danmaku: comments that fly over the picture. specs/monibuca-rooms.md §6.4."""

from typing import Any

from roomful.plugins.live.ids import new_id
from roomful.plugins.live.messages import SendDanmaku
from roomful.plugins.live.people import HOSTS
from roomful.plugins.live.rates import Rates
from roomful.plugins.live.show import Show
from roomful.plugins.live.status import Status, bad_state
from roomful.plugins.live.studio import Studio
from roomful.plugins.live.words import BannedWords
from roomful.rooms.extension import Code, RoomApiError, UserView
from roomful.rooms.extension.codes import bad_field


class Commenting:
    """See the module."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._settings = studio.settings.danmaku
        self._words = BannedWords(self._settings.banned_words)
        self._rates: dict[str, Rates] = {}
        """By show id."""

    async def send(self, show: Show, user: UserView, message: SendDanmaku) -> dict[str, Any]:
        """Raises RoomApiError: CHAT_MUTED, BAD_STATE, RATE_LIMITED, BAD_FIELD, CONTENT_REJECTED."""
        studio, settings = self._studio, self._settings
        if user.role not in HOSTS and (until := await studio.api.is_chat_muted(show.room_id, user.user_id)) is not None:
            raise RoomApiError(Code.CHAT_MUTED, "you may not write", until=until or None)
        if show.status not in (Status.LIVING, Status.PAUSED):
            raise bad_state(show.status, f"the show is {show.status}")
        self._rates_of(show).take(user.user_id, studio.now())
        content = message.content.strip()
        if not 1 <= len(content) <= settings.max_length:
            raise bad_field("content", f"content has 1 to {settings.max_length} characters")
        if settings.filter == "reject" and self._words.found_in(content):
            raise RoomApiError(Code.CONTENT_REJECTED, "that cannot be said here")
        if settings.filter == "mask":
            content = self._words.masked(content)
        danmaku_id = new_id("d")
        show.record.danmaku_count += 1
        studio.touch(show)
        fields = {
            "danmaku_id": danmaku_id,
            "user_id": user.user_id,
            "user_name": user.user_name,
            "content": content,
            "color": message.color,
            "mode": message.mode,
            "size": message.size,
        }
        await studio.tell(show, "danmaku", fields)
        return {"danmaku_id": danmaku_id}

    def forget(self, show: Show) -> None:
        self._rates.pop(show.record.show_id, None)

    def _rates_of(self, show: Show) -> Rates:
        return self._rates.setdefault(show.record.show_id, Rates(self._settings.rate, self._settings.window))
