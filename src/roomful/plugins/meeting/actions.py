"""What each action does: who may send it, in which states, and what becomes of it. specs/monibuca-rooms.md §7.2."""

from collections.abc import Awaitable, Callable
from enum import StrEnum, auto
from typing import Any, TypeAlias

import msgspec

from roomful.plugins.meeting import messages
from roomful.plugins.meeting.chair import Chair
from roomful.plugins.meeting.excursion import Excursion
from roomful.plugins.meeting.floor import Floor
from roomful.plugins.meeting.meeting import Meeting
from roomful.plugins.meeting.status import BEFORE, OPEN, UNDER_WAY, Status
from roomful.rooms.extension import Code, Role, RoomApiError, RoomView, UserView
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.extension.reading import read_as
from roomful.rooms.roles import HOSTS

ANSWERED: dict[str, Any] = {}


class Who(StrEnum):
    """Who may do something."""

    ANY = auto()
    HOSTS = auto()
    """Host and cohosts."""
    HOST = auto()

    def includes(self, role: Role) -> bool:
        return self is Who.ANY or role in (HOSTS if self is Who.HOSTS else HOSTS - {Role.COHOST})


class Call(msgspec.Struct, frozen=True):
    """One message, checked."""

    floor: Floor
    excursion: Excursion
    meeting: Meeting
    room: RoomView
    user: UserView
    message: Any

    @property
    def chair(self) -> Chair:
        return self.floor.chair

    @property
    def actor(self) -> str:
        return self.user.user_id


Does: TypeAlias = Callable[[Call], Awaitable[dict[str, Any] | None]]


class Action(msgspec.Struct, frozen=True):
    """A row of the table. `does` returns fields for the `ack`."""

    who: Who
    states: frozenset[Status]
    message: type[messages.Plain]
    does: Does
    targeted: bool = False
    """`user_id` is about whom, and not who."""


async def _start(call: Call) -> None:
    await call.chair.start(call.meeting, call.actor, call.message.title)


async def _end(call: Call) -> None:
    await call.chair.end(call.meeting, call.actor, call.message.reason or "ended")


async def _pause(call: Call) -> None:
    await call.chair.pause(call.meeting, call.actor)


async def _resume(call: Call) -> None:
    await call.chair.resume(call.meeting, call.actor)


async def _mute(call: Call) -> None:
    await call.floor.mute(call.meeting, call.user, call.message.user_id, call.message.kind, call.message.reason)


async def _unmute(call: Call) -> None:
    await call.floor.unmute(call.meeting, call.user, call.message.user_id, call.message.kind)


async def _kick(call: Call) -> None:
    await call.floor.kick(call.meeting, call.user, call.message.user_id, call.message.reason)


async def _ban(call: Call) -> None:
    message = call.message
    await call.floor.ban(call.meeting, call.user, message.user_id, message.duration, message.reason)


async def _raise_hand(call: Call) -> dict[str, Any]:
    return {"order": await call.floor.raise_hand(call.meeting, call.user, call.message.reason)}


async def _lower_hand(call: Call) -> None:
    target = call.message.user_id or call.actor
    if target != call.actor and not Who.HOSTS.includes(call.user.role):
        raise RoomApiError(Code.FORBIDDEN, "only hosts lower the hands of others")
    await call.floor.lower_hand(call.meeting, target, call.actor)


async def _start_recording(call: Call) -> None:
    await call.chair.start_recording(call.meeting, call.actor, call.message.target)


async def _stop_recording(call: Call) -> None:
    await call.chair.stop_recording(call.meeting, call.actor)


async def _start_transcription(call: Call) -> None:
    await call.chair.start_transcription(call.meeting, call.actor, call.message.language)


async def _stop_transcription(call: Call) -> None:
    await call.chair.stop_transcription(call.meeting, call.actor)


async def _share_screen(call: Call) -> None:
    await call.floor.share_screen(call.meeting, call.user, call.message.on, call.message.stream_path)


async def _lock(call: Call) -> None:
    await call.chair.api.set_room_locked(call.meeting.meeting_id, call.message.locked, call.actor)


async def _lobby(call: Call) -> dict[str, Any]:
    enabled = not call.room.lobby_enabled if call.message.enabled is None else call.message.enabled
    await call.floor.set_lobby(call.meeting, enabled, call.actor)
    return {"enabled": enabled}


async def _admit(call: Call) -> None:
    await call.chair.api.admit_user(call.meeting.meeting_id, call.message.user_id, call.actor)


async def _reject(call: Call) -> None:
    message = call.message
    await call.chair.api.reject_user(call.meeting.meeting_id, message.user_id, message.reason, call.actor)


async def _agenda_add(call: Call) -> dict[str, Any]:
    item = call.meeting.agenda.add(call.message.item)
    await call.floor.agenda_changed(call.meeting)
    return {"item_id": item.item_id}


async def _agenda_update(call: Call) -> None:
    call.meeting.agenda.update(call.message.item_id, call.message.patch)
    await call.floor.agenda_changed(call.meeting)


async def _agenda_remove(call: Call) -> None:
    call.meeting.agenda.remove(call.message.item_id)
    await call.floor.agenda_changed(call.meeting)


async def _agenda_reorder(call: Call) -> None:
    call.meeting.agenda.reorder(call.message.order)
    await call.floor.agenda_changed(call.meeting)


async def _agenda_start(call: Call) -> dict[str, Any]:
    return {"current_id": await call.floor.start_item(call.meeting, call.message.item_id)}


async def _agenda_complete(call: Call) -> None:
    await call.floor.complete_item(call.meeting, call.message.item_id)


async def _start_speaker(call: Call) -> None:
    await call.floor.start_speaker(call.meeting, call.message.user_id, call.message.seconds)


async def _stop_speaker(call: Call) -> None:
    await call.floor.stop_speaker(call.meeting)


async def _extend(call: Call) -> dict[str, Any]:
    await call.chair.extend(call.meeting, call.message.seconds, call.actor)
    return {"max_duration": call.meeting.timer.max_duration}


async def _open_breakouts(call: Call) -> dict[str, Any]:
    message = call.message
    await call.excursion.open(call.meeting, message.rooms, message.count, message.seconds, call.actor)
    breakouts = call.meeting.breakouts
    return {"rooms": [{"room_id": one.room_id, "name": one.name} for one in breakouts.rooms] if breakouts else []}


async def _assign_breakout(call: Call) -> dict[str, Any]:
    message = call.message
    moved = await call.excursion.assign(call.meeting, message.user_id, message.breakout_id, call.actor)
    return {"moved": moved}


async def _broadcast_breakouts(call: Call) -> dict[str, Any]:
    return {"delivered": await call.excursion.announce(call.meeting, call.message.text, call.actor)}


async def _close_breakouts(call: Call) -> None:
    await call.excursion.close(call.meeting, call.message.seconds, call.actor)


async def _enter_breakout(call: Call) -> dict[str, Any]:
    chooses = Who.HOSTS.includes(call.user.role)
    moved = await call.excursion.enter(call.meeting, call.actor, call.message.breakout_id, chooses=chooses)
    return {"moved": moved}


async def _leave_breakout(call: Call) -> dict[str, Any]:
    moved = await call.excursion.come_back(call.meeting, call.actor)
    return {"moved": moved, "target_room_id": call.meeting.parent}


async def _access_results(call: Call) -> dict[str, Any]:
    return {"token": await call.chair.results_key(call.meeting), "path": f"/meeting/meetings/{call.meeting.meeting_id}"}


ACTIVE = frozenset({Status.ACTIVE})

ACTIONS: dict[str, Action] = {
    "start_meeting": Action(Who.HOSTS, BEFORE, messages.StartMeeting, _start),
    "end_meeting": Action(Who.HOST, OPEN, messages.EndMeeting, _end),
    "pause_meeting": Action(Who.HOSTS, ACTIVE, messages.Plain, _pause),
    "resume_meeting": Action(Who.HOSTS, frozenset({Status.PAUSED}), messages.Plain, _resume),
    "mute_participant": Action(Who.HOSTS, OPEN, messages.Mute, _mute, targeted=True),
    "unmute_participant": Action(Who.HOSTS, OPEN, messages.Mute, _unmute, targeted=True),
    "kick_participant": Action(Who.HOSTS, OPEN, messages.Target, _kick, targeted=True),
    "ban_user": Action(Who.HOST, OPEN, messages.Ban, _ban, targeted=True),
    "raise_hand": Action(Who.ANY, OPEN, messages.RaiseHand, _raise_hand),
    "lower_hand": Action(Who.ANY, OPEN, messages.LowerHand, _lower_hand, targeted=True),
    "start_recording": Action(Who.HOSTS, ACTIVE, messages.StartRecording, _start_recording),
    "stop_recording": Action(Who.HOSTS, OPEN, messages.Plain, _stop_recording),
    "start_transcription": Action(Who.HOSTS, ACTIVE, messages.StartTranscription, _start_transcription),
    "stop_transcription": Action(Who.HOSTS, OPEN, messages.Plain, _stop_transcription),
    "share_screen": Action(Who.ANY, OPEN, messages.ShareScreen, _share_screen),
    "lock_room": Action(Who.HOSTS, OPEN, messages.LockRoom, _lock),
    "toggle_lobby": Action(Who.HOSTS, OPEN, messages.ToggleLobby, _lobby),
    "admit_user": Action(Who.HOSTS, OPEN, messages.Target, _admit, targeted=True),
    "reject_user": Action(Who.HOSTS, OPEN, messages.Target, _reject, targeted=True),
    "agenda_add": Action(Who.HOSTS, OPEN, messages.AgendaAdd, _agenda_add),
    "agenda_update": Action(Who.HOSTS, OPEN, messages.AgendaUpdate, _agenda_update),
    "agenda_remove": Action(Who.HOSTS, OPEN, messages.AgendaRemove, _agenda_remove),
    "agenda_reorder": Action(Who.HOSTS, OPEN, messages.AgendaReorder, _agenda_reorder),
    "agenda_start": Action(Who.HOSTS, ACTIVE, messages.AgendaStart, _agenda_start),
    "agenda_next": Action(Who.HOSTS, ACTIVE, messages.Plain, lambda call: call.floor.next_item(call.meeting)),
    "agenda_complete": Action(Who.HOSTS, UNDER_WAY, messages.AgendaComplete, _agenda_complete),
    "start_speaker_timer": Action(Who.HOSTS, ACTIVE, messages.StartSpeakerTimer, _start_speaker, targeted=True),
    "stop_speaker_timer": Action(Who.HOSTS, UNDER_WAY, messages.Plain, _stop_speaker),
    "extend_meeting": Action(Who.HOST, UNDER_WAY, messages.ExtendMeeting, _extend),
    "open_breakouts": Action(Who.HOSTS, ACTIVE, messages.OpenBreakouts, _open_breakouts),
    "assign_breakout": Action(Who.HOSTS, UNDER_WAY, messages.AssignBreakout, _assign_breakout, targeted=True),
    "broadcast_breakouts": Action(Who.HOSTS, UNDER_WAY, messages.BroadcastBreakouts, _broadcast_breakouts),
    "close_breakouts": Action(Who.HOSTS, UNDER_WAY, messages.CloseBreakouts, _close_breakouts),
    "access_results": Action(Who.HOSTS, OPEN, messages.Plain, _access_results),
    "enter_breakout": Action(Who.ANY, UNDER_WAY, messages.EnterBreakout, _enter_breakout),
    "leave_breakout": Action(Who.ANY, UNDER_WAY, messages.Plain, _leave_breakout),
}
"""Checked in the order of the columns: who, message, state."""


async def perform(
    floor: Floor, excursion: Excursion, meeting: Meeting, room: RoomView, user: UserView, message: dict[str, Any]
) -> dict[str, Any] | bool:
    """Carry out a message; fields for its `ack`, or False for one that is unknown.

    Raises RoomApiError: FORBIDDEN, BAD_FIELD, BAD_STATE, and as the action does.
    """
    action = ACTIONS.get(str(message.get("action")))
    if action is None:
        return False
    if not action.who.includes(user.role):
        raise RoomApiError(Code.FORBIDDEN, f"your role {user.role} may not {message['action']}")
    if message.get("room_id") not in (None, "", room.room_id):
        raise bad_field("room_id", "room_id is not the one of this room")
    if not action.targeted and message.get("user_id") not in (None, "", user.user_id):
        raise bad_field("user_id", "user_id must be your own")
    read = read_as(action.message, message)
    request_id = message.get("request_id", "")
    if not isinstance(request_id, str) or len(request_id) > 64:
        raise bad_field("request_id", "request_id has 64 characters at most")
    if request_id and (earlier := meeting.repeats.find(user.user_id, request_id)) is not None:
        return earlier
    meeting.require(*action.states)
    answer = await action.does(Call(floor, excursion, meeting, room, user, read)) or ANSWERED
    if request_id:
        meeting.repeats.remember(user.user_id, request_id, answer)
        await floor.chair.changed(meeting)
    return answer
