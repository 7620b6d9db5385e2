"""Chat, and messages of extensions. specs/monibuca-rooms.md §3.3, §4."""

from collections.abc import Collection, Sequence
from typing import Any

from roomful.rooms.chat import Chat, ChatMessage
from roomful.rooms.errors import ChatMuted, RoomError, RoomErrorCode, TooFast, participant_not_found
from roomful.rooms.events import ChatSent, PluginMessage
from roomful.rooms.ids import new_id
from roomful.rooms.model import SERVER
from roomful.rooms.standing import Standing

MAX_CHAT_BYTES = 16 * 1024
"""Of one message. How many characters it may have is the protocol's part, as is how many come in a while."""


class Conversing(Standing):
    """The mutators of what is written."""

    __slots__ = ()

    def check_chat(self, sid: str, now: float) -> None:
        """Raise NOT_FOUND, ChatMuted or TooFast if this participant may not write now."""
        self._require_open()
        author = self.participant(sid)
        mute = self.find_chat_mute(author.user_id, now)
        if mute is not None:
            raise ChatMuted(mute.until)
        slow_mode = self.rules.slow_mode
        if slow_mode and self._chat is not None and not self.is_host(author.user_id):
            wait = self._chat.wait(author.user_id, slow_mode, now)
            if wait:
                raise TooFast(wait)

    def send_chat(
        self,
        sid: str,
        content: str,
        now: float,
        *,
        type: str = "text",  # noqa: A002 - the wire's word
        to: str | None = None,
        only: Collection[str] | None = None,
        extra: dict[str, Any] | None = None,
        message_id: str = "",
        carried_by: str = "",
    ) -> ChatMessage:
        """Tell everybody, or one user (`to`), and the sender. `message_id` is one that the sender made up.

        `only` are the sids of those of that user who get it, None: all. `carried_by` is the protocol whose own clients
        have got it already.
        Raises what `check_chat` raises, NOT_FOUND (`to`), INVALID_ARGUMENT (too long).
        """
        self.check_chat(sid, now)
        _check_size(content)
        author = self.participant(sid)
        recipients = None
        if to is not None:
            receivers = {one.sid for one in self.of_user(to)} if only is None else self.participants.keys() & only
            if not receivers:
                raise participant_not_found()
            recipients = frozenset({*receivers, sid, *(one.sid for one in self.of_user(author.user_id))})
        message = ChatMessage(
            id=message_id or new_id("m-"),
            sender=sid,
            user_id=author.user_id,
            user_name=author.name,
            content=content,
            type=type,
            to=to,
            extra=extra or {},
            at=now,
        )
        chat = self._add_chat(message)
        chat.note(author.user_id, self.rules.slow_mode, now)
        self._mention(
            ChatSent(offset=self.log.last, at=now, message=message, recipients=recipients, carried_by=carried_by)
        )
        self._commit(now)
        return message

    def announce(
        self, user_id: str, content: str, now: float, *, extra: dict[str, Any], message_id: str = ""
    ) -> ChatMessage:
        """Tell everybody what somebody writes who is not in the room, as a back end: its rules do not hold for them.

        Raises FAILED_PRECONDITION (the room is closed), INVALID_ARGUMENT (too long).
        """
        self._require_open()
        _check_size(content)
        message = ChatMessage(
            id=message_id or new_id("m-"),
            sender=SERVER,
            user_id=user_id,
            user_name=user_id,
            content=content,
            extra=extra,
            at=now,
        )
        self._add_chat(message)
        self._mention(ChatSent(offset=self.log.last, at=now, message=message, recipients=None))
        self._commit(now)
        return message

    def chat_history(self) -> Sequence[ChatMessage]:
        """Return the newest public messages, oldest first."""
        return () if self._chat is None else tuple(self._chat.messages)

    def _add_chat(self, message: ChatMessage) -> Chat:
        if self._chat is None:
            self._chat = Chat(self.defaults.chat_history)
        self._chat.add(message)
        return self._chat

    def restore_chat(self, messages: Collection[ChatMessage]) -> None:
        """Take the history of an earlier life; nobody is told."""
        self._chat = Chat(self.defaults.chat_history)
        self._chat.messages.extend(messages)

    def tell(self, message: dict[str, Any], json: bytes, now: float, recipients: Collection[str] | None = None) -> None:
        """Pass a message of an extension on, with its JSON; `recipients` are sids, of those in the lobby too."""
        self._require_open()
        if recipients is None or recipients:
            to = None if recipients is None else frozenset(recipients)
            self._mention(PluginMessage(offset=self.log.last, at=now, message=message, json=json, recipients=to))
            self._commit(now)


def _check_size(content: str) -> None:
    """Raises INVALID_ARGUMENT."""
    if len(content.encode("utf-8", "surrogatepass")) > MAX_CHAT_BYTES:
        raise RoomError(RoomErrorCode.INVALID_ARGUMENT, f"a message has {MAX_CHAT_BYTES} bytes at most")
