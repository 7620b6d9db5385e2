"""What hosts decide holds for everybody, of whichever protocol. specs/monibuca-rooms.md §1.3, §3.2 to §3.6."""

import pytest

from roomful.rooms import JoinRequest, Permission, Room, RoomError, RoomOptions, Rooms
from roomful.rooms.bans import Ban
from roomful.rooms.chat import EVERYBODY, ChatMute
from roomful.rooms.errors import (
    Banned,
    ChatMuted,
    LobbyFirst,
    LobbyRejected,
    NoExtension,
    RoomFull,
    RoomLocked,
    TooFast,
)
from roomful.rooms.events import (
    BanAdded,
    ChatSent,
    ForceMuted,
    LobbyLeft,
    ParticipantLeft,
    ParticipantUpdated,
    RoomUpdated,
    TrackMuted,
)
from roomful.rooms.lobby import LobbyOutcome
from roomful.rooms.model import SERVER, LeaveReason, MediaKind, TrackSource
from roomful.rooms.participant import MediaState
from roomful.rooms.roles import HOSTS, RIGHTS, Right, Role, outranks
from roomful.rooms.room_type import RoomType
from tests.unit.rooms.scene import HIDDEN, START, Witness, announce, enter, open_room, publish

ADMIN = Permission(admin=True)


def ban(user_id: str, until: float | None = None) -> Ban:
    return Ban(user_id=user_id, until=until, reason="", by="host", created_at=START)


def mute(user_id: str, until: float | None = None) -> ChatMute:
    return ChatMute(user_id=user_id, until=until, by="host", created_at=START)


def test_the_table_of_rights_is_the_specifications() -> None:
    assert RIGHTS[Role.HOST] == RIGHTS[Role.AGENT] == RIGHTS[Role.ADMIN] == frozenset(Right)
    assert not RIGHTS[Role.COHOST] & {Right.BAN, Right.UNBAN, Right.SET_ROLE, Right.CLOSE_ROOM, Right.TRANSFER_HOST}
    assert RIGHTS[Role.COHOST] >= {Right.LOCK, Right.RECORD, Right.KICK, Right.MUTE, Right.CHAT_MUTE, Right.ADMIT}
    assert RIGHTS[Role.MEMBER] == RIGHTS[Role.CUSTOMER] == {Right.CHAT, Right.MEDIA_STATE, Right.PUBLISH}
    assert RIGHTS[Role.VIEWER] == {Right.CHAT}
    assert not outranks(Role.COHOST, Role.HOST)
    assert outranks(Role.COHOST, Role.MEMBER)


def test_who_is_banned_leaves_and_stays_out_until_the_ban_ends(room: Room, witness: Witness) -> None:
    enter(room, "ann")
    enter(room, "ann/phone", user_id="ann")
    room.add_ban(ban("ann", START + 60), START)
    assert witness.only(BanAdded).ban.user_id == "ann"
    departures = [event.departure for event in witness.of(ParticipantLeft)]
    assert [departure and departure.word for departure in departures] == ["banned", "banned"]
    with pytest.raises(Banned) as refusal:
        enter(room, "ann/tablet", START + 59, user_id="ann")
    assert refusal.value.until == START + 60
    enter(room, "ann", START + 60)


def test_bans_outlive_the_room() -> None:
    rooms = Rooms()
    rooms.create("lounge", RoomOptions(), START).add_ban(ban("ann"), START)
    rooms.delete("lounge", START)
    again = rooms.create("lounge", RoomOptions(), START)
    with pytest.raises(Banned):
        enter(again, "ann")
    assert again.remove_ban("ann", START)
    assert not again.remove_ban("ann", START)
    enter(again, "ann")


@pytest.mark.parametrize("role", sorted(HOSTS))
def test_a_lock_and_a_lobby_hold_back_no_host(room: Room, role: Role) -> None:
    room.set_locked(True, START)
    room.set_lobby_enabled(True, START)
    enter(room, "boss", role=role)


def test_a_lock_holds_back_who_is_new_but_neither_who_is_here_nor_administrators(room: Room, witness: Witness) -> None:
    enter(room, "ann")
    assert room.set_locked(True, START, by="host")
    assert not room.set_locked(True, START)
    (told,) = [event for event in witness.of(RoomUpdated) if "locked" in event.changed]
    assert told.by == "host"
    with pytest.raises(RoomLocked):
        enter(room, "bob")
    enter(room, "ann")
    enter(room, "staff", permission=ADMIN)


def test_a_second_connection_of_a_user_takes_no_second_place_and_robots_take_none() -> None:
    room = open_room(max_participants=2)
    enter(room, "ann")
    enter(room, "ann/phone", user_id="ann")
    enter(room, "robot", robot=True)
    enter(room, "inspector", role=Role.ADMIN)
    enter(room, "bob")
    assert room.users == 2
    with pytest.raises(RoomFull):
        enter(room, "carol")


def test_who_waits_is_let_in_once_or_sent_away_for_a_while(room: Room, witness: Witness) -> None:
    room.set_lobby_enabled(True, START)
    for name in ("ann", "bob"):
        request = JoinRequest(identity=name)
        with pytest.raises(LobbyFirst):
            room.join(request, START)
        room.wait_in_lobby(request, START)
    room.admit("ann", START, by="host")
    room.reject("bob", START, by="host", note="who?")
    assert [(one.waiting.user_id, one.outcome) for one in witness.of(LobbyLeft)] == [
        ("ann", LobbyOutcome.ADMITTED),
        ("bob", LobbyOutcome.REJECTED),
    ]
    enter(room, "ann", START + 1)
    with pytest.raises(LobbyRejected):
        enter(room, "bob", START + 29)
    with pytest.raises(LobbyFirst):
        enter(room, "bob", START + 30)
    with pytest.raises(RoomError):
        room.admit("nobody", START)


def test_an_open_door_lets_in_all_who_wait_and_a_long_wait_ends(room: Room, witness: Witness) -> None:
    room.set_lobby_enabled(True, START)
    room.wait_in_lobby(JoinRequest(identity="early"), START)
    room.tick(START + 599)
    room.wait_in_lobby(JoinRequest(identity="late"), START + 599)
    assert room.deadline() is not None
    enter(room, "host", START + 599, role=Role.HOST)
    room.tick(START + 600)
    room.set_lobby_enabled(False, START + 601)
    assert [(one.waiting.user_id, one.outcome) for one in witness.of(LobbyLeft)] == [
        ("early", LobbyOutcome.TIMEOUT),
        ("late", LobbyOutcome.ADMITTED),
    ]


def test_a_lobby_has_an_end(room: Room) -> None:
    room.set_lobby_enabled(True, START)
    for number in range(room.defaults.lobby_limit):
        room.wait_in_lobby(JoinRequest(identity=str(number)), START)
    room.wait_in_lobby(JoinRequest(identity="0"), START)
    with pytest.raises(RoomError, match="too many wait"):
        room.wait_in_lobby(JoinRequest(identity="one more"), START)


def test_a_forced_mute_holds_for_tracks_of_now_and_later_and_gives_back_what_was(room: Room, witness: Witness) -> None:
    ann = enter(room, "ann")
    loud, quiet = publish(room, ann), publish(room, ann)
    camera = publish(room, ann, TrackSource.CAMERA)
    room.mute(quiet.sid, True, ann.sid, START)
    assert room.force_mute("ann", MediaKind.AUDIO, True, START, by="host")
    assert witness.only(ForceMuted).by == "host"
    assert loud.muted
    assert not camera.muted
    later = announce(room, ann)
    assert later.muted
    with pytest.raises(RoomError):
        room.mute(loud.sid, False, ann.sid, START)
    with pytest.raises(RoomError):
        room.set_media_state(ann.sid, MediaState(audio=True), START)

    room.leave(ann.sid, LeaveReason.CLIENT_INITIATED, START)
    ann = enter(room, "ann")
    again, silent = publish(room, ann), publish(room, ann, muted=True)
    assert again.muted
    witness.forget()
    assert room.force_mute("ann", MediaKind.AUDIO, False, START)
    assert [(event.sid, event.muted, event.by) for event in witness.of(TrackMuted)] == [(again.sid, False, SERVER)]
    assert silent.muted
    assert not room.force_mute("ann", MediaKind.AUDIO, False, START)


def test_who_is_muted_by_a_host_and_then_mutes_itself_stays_muted(room: Room) -> None:
    ann = enter(room, "ann")
    track = publish(room, ann)
    room.force_mute("ann", MediaKind.AUDIO, True, START)
    room.mute(track.sid, True, ann.sid, START)
    room.force_mute("ann", MediaKind.AUDIO, False, START)
    assert track.muted
    assert room.mute(track.sid, False, ann.sid, START)


def test_a_viewer_publishes_nothing_until_it_is_more(room: Room, witness: Witness) -> None:
    room.type = RoomType(name="live", manages_own_sessions=True, default_role=Role.VIEWER)
    ann = enter(room, "ann")
    assert ann.role is Role.VIEWER
    with pytest.raises(RoomError):
        announce(room, ann)
    assert room.set_role("ann", Role.MEMBER, START, by="host")
    assert {"role", "permission"} <= witness.of(ParticipantUpdated)[-1].changed
    publish(room, ann)
    room.set_role("ann", Role.VIEWER, START)
    assert not ann.tracks
    room.set_role("ann", Role.COHOST, START)
    room.leave(ann.sid, LeaveReason.CLIENT_INITIATED, START)
    assert enter(room, "ann").role is Role.COHOST


def test_when_the_host_leaves_the_oldest_cohost_or_member_takes_over(room: Room) -> None:
    host, _ = enter(room, "host", role=Role.HOST), enter(room, "spy", permission=HIDDEN)
    member, cohost = enter(room, "member"), enter(room, "cohost", role=Role.COHOST)
    room.leave(host.sid, LeaveReason.CLIENT_INITIATED, START)
    assert (cohost.role, room.rules.owner_id) == (Role.HOST, "cohost")
    room.leave(cohost.sid, LeaveReason.CLIENT_INITIATED, START)
    assert member.role is Role.HOST
    room.leave(member.sid, LeaveReason.CLIENT_INITIATED, START)
    assert room.rules.owner_id == "member"
    assert enter(room, "member").role is Role.HOST


def test_a_host_who_hands_over_is_cohost(room: Room) -> None:
    host, ann = enter(room, "host", role=Role.HOST), enter(room, "ann")
    room.transfer("ann", START, by="host")
    assert (host.role, ann.role, room.rules.owner_id) == (Role.COHOST, Role.HOST, "ann")


def test_chat_reaches_everybody_or_two_and_the_public_part_is_remembered(room: Room, witness: Witness) -> None:
    ann, bob, _ = enter(room, "ann"), enter(room, "bob"), enter(room, "carol")
    for number in range(60):
        room.send_chat(ann.sid, f"message {number}", START)
    room.send_chat(ann.sid, "psst", START, to="bob")
    assert witness.of(ChatSent)[-1].recipients == {ann.sid, bob.sid}
    assert [message.content for message in room.chat_history()] == [f"message {number}" for number in range(10, 60)]
    with pytest.raises(RoomError):
        room.send_chat(ann.sid, "psst", START, to="nobody")


def test_who_is_silenced_cannot_chat_and_hosts_are_not_everybody(room: Room) -> None:
    ann, host = enter(room, "ann"), enter(room, "host", role=Role.HOST)
    room.add_chat_mute(mute("ann", START + 10), START)
    with pytest.raises(ChatMuted) as refusal:
        room.send_chat(ann.sid, "hi", START)
    assert refusal.value.until == START + 10
    room.send_chat(ann.sid, "hi", START + 10)
    room.add_chat_mute(mute(EVERYBODY), START + 10)
    with pytest.raises(ChatMuted):
        room.send_chat(ann.sid, "hi", START + 11)
    room.send_chat(host.sid, "quiet, please", START + 11)
    assert room.remove_chat_mute(EVERYBODY, START + 12)
    room.send_chat(ann.sid, "hi", START + 12)


def test_who_is_in_no_room_writes_whatever_its_rules_are(room: Room, witness: Witness) -> None:
    room.add_chat_mute(mute(EVERYBODY), START)
    room.set_slow_mode(10, START)
    for text in ("one", "two"):
        room.announce("backend", text, START, extra={"from": "outside"})
    told = witness.of(ChatSent)
    assert [(one.message.content, one.message.sender, one.recipients) for one in told] == [
        ("one", SERVER, None),
        ("two", SERVER, None),
    ]
    assert [one.user_id for one in room.chat_history()] == ["backend", "backend"]
    with pytest.raises(RoomError):
        room.announce("backend", "x" * 20_000, START, extra={})


def test_in_slow_mode_one_waits_between_messages(room: Room) -> None:
    ann, host = enter(room, "ann"), enter(room, "host", role=Role.HOST)
    room.set_slow_mode(10, START)
    room.send_chat(ann.sid, "one", START)
    with pytest.raises(TooFast) as refusal:
        room.send_chat(ann.sid, "two", START + 4)
    assert refusal.value.wait == pytest.approx(6)
    room.send_chat(ann.sid, "two", START + 10)
    for at in range(3):
        room.send_chat(host.sid, "host", START + 10 + at)
    with pytest.raises(RoomError):
        room.set_slow_mode(601, START)


def test_a_password_is_not_kept_as_it_is(room: Room) -> None:
    assert room.fits_password("anything")
    room.set_password("sesame", START)
    assert room.fits_password("sesame")
    assert not room.fits_password("Sesame")
    assert "sesame" not in room.rules.password


def test_joins_open_no_room_of_a_type_that_is_not_theirs_to_open() -> None:
    rooms = Rooms()
    rooms.add_type(RoomType(name="live", manages_own_sessions=True))
    with pytest.raises(NoExtension):
        rooms.with_name_or_new("show", START, RoomOptions(type="opera"))
    with pytest.raises(RoomError, match="does not exist"):
        rooms.with_name_or_new("show", START, RoomOptions(type="live"))
    show = rooms.create("show", RoomOptions(type="live"), START)
    assert rooms.with_name_or_new("show", START) is show
    rooms.tick(START + 100_000)
    assert show.is_open


def test_a_room_that_hosts_never_touched_holds_nothing_for_it(room: Room) -> None:
    enter(room, "ann")
    assert room._rules is None
    assert room._lobby is None
    assert room._chat is None
