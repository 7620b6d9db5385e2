"""Whatever happens in a room, in whatever order, these sentences stay true.

Hypothesis plays: people join, publish, mute, are kicked, change permissions, ask for tracks; time passes; rooms are
deleted. One observer changes the room while it is being told (a moderator that kicks who unmutes), as plugins will.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from roomful.rooms import JoinRequest, Limits, Participant, Permission, Room, RoomDefaults, RoomOptions, Rooms, Track
from roomful.rooms.census import Counts
from roomful.rooms.errors import RoomError
from roomful.rooms.events import RoomEvent, TrackMuted
from roomful.rooms.model import (
    SERVER,
    DataKind,
    LeaveReason,
    ParticipantKind,
    ParticipantState,
    Quality,
    RoomPhase,
    TrackKind,
    TrackSource,
)
from roomful.rooms.subscriptions import SubscriptionPermission, TrackGrant, desired, permitted
from roomful.rooms.tracks import Layer, TrackSpec
from tests.unit.rooms.mirror import Mirror

ChoiceT = TypeVar("ChoiceT")

IDENTITIES = st.sampled_from(["alice", "bob", "carol", "dave", "erin"])
INDEX = st.integers(0, 7)
RARELY = st.sampled_from([False] * 7 + [True])
"""Ends of rooms and long waits empty the stage: too many of them and nothing happens on it."""
PERMISSIONS = st.builds(
    Permission,
    can_publish=st.booleans(),
    can_subscribe=st.booleans(),
    can_publish_data=st.booleans(),
    can_publish_sources=st.frozensets(st.sampled_from(TrackSource), max_size=2),
    can_update_metadata=st.booleans(),
    hidden=st.booleans(),
    recorder=st.booleans(),
    agent=st.booleans(),
)
LIKELY_PERMISSIONS = RARELY.flatmap(lambda odd: PERMISSIONS if odd else st.just(Permission()))
KINDS = st.sampled_from([ParticipantKind.STANDARD, ParticipantKind.STANDARD, *ParticipantKind])
MAX_PARTICIPANTS = 4


def some(choices: list[ChoiceT], index: int) -> ChoiceT | None:
    return choices[index % len(choices)] if choices else None


class RoomPlay(RuleBasedStateMachine):
    rooms: Rooms
    room: Room
    mirror: Mirror

    @initialize(remote_unmute=st.booleans(), limited=st.booleans())
    def build(self, remote_unmute: bool, limited: bool) -> None:
        self.now = 1000.0
        defaults = RoomDefaults(enable_remote_unmute=remote_unmute, max_participants=MAX_PARTICIPANTS if limited else 0)
        self.rooms = Rooms(defaults, Limits(tracks_per_participant=3, subscription_wishes=6))
        self.rooms.on_opened.append(self.watch)
        self.moderated = False
        self.occupied_at = self.now
        self.versions: dict[str, int] = {}
        self.finished: list[tuple[Room, Mirror]] = []
        self.room = self.rooms.create("lounge", RoomOptions(), self.now)
        for identity in ("alice", "bob", "carol"):
            participant = self.room.join(JoinRequest(identity=identity), self.now)
            microphone = TrackSpec(kind=TrackKind.AUDIO, source=TrackSource.MICROPHONE)
            track = self.room.publish(participant.sid, microphone, self.now)
            self.room.bind(track.sid, "audio/opus", "0", self.now)
            self.room.activate(participant.sid, self.now)

    def watch(self, room: Room) -> None:
        def moderate(event: RoomEvent) -> None:
            if self.moderated and isinstance(event, TrackMuted) and not event.muted:
                room.leave(event.publisher, LeaveReason.PARTICIPANT_REMOVED, event.at)

        self.mirror = Mirror()
        room.observers.add(moderate)
        room.observers.add(self.mirror.observe)

    def attempt(self, mutate: Callable[[], Any]) -> None:
        """Do it, or be refused and find everything as before."""
        before = self.fingerprint()
        try:
            mutate()
        except RoomError:
            assert self.fingerprint() == before

    def fingerprint(self) -> object:
        room = self.room
        return (
            room.log.last,
            room.phase,
            room.metadata,
            room.counts,
            [participant.snapshot() for participant in room.participants.values()],
            [(track.published, track.muted_by, track.snapshot()) for track in room.tracks.values()],
            [sorted(desired(room, participant)) for participant in room.participants.values()],
            [room.wishes.count(sid) for sid in room.participants],
            dict(room.speaking()),
            room.deadline(),
        )

    def participant(self, index: int) -> Participant | None:
        return some(list(self.room.participants.values()), index)

    def track(self, index: int) -> Track | None:
        return some(list(self.room.tracks.values()), index)

    def sid(self, index: int) -> str:
        participant = self.participant(index)
        return participant.sid if participant else "PA_nobody"

    def track_sid(self, index: int) -> str:
        track = self.track(index)
        return track.sid if track else "TR_nothing"

    @rule(identity=IDENTITIES, permission=LIKELY_PERMISSIONS, kind=KINDS, auto_subscribe=st.booleans())
    def join(self, identity: str, permission: Permission, kind: ParticipantKind, auto_subscribe: bool) -> None:
        request = JoinRequest(identity=identity, permission=permission, kind=kind, auto_subscribe=auto_subscribe)

        def enter() -> None:
            before = self.room.counts.num_participants
            participant = self.room.join(request, self.now)
            assert self.room.find(identity) is participant
            limit = self.room.options.max_participants
            assert not limit or self.room.counts.num_participants <= max(before, limit)

        self.attempt(enter)

    @rule(index=INDEX)
    def confirm(self, index: int) -> None:
        self.attempt(lambda: self.room.confirm_join(self.sid(index)))

    @rule(index=INDEX)
    def activate(self, index: int) -> None:
        self.attempt(lambda: self.room.activate(self.sid(index), self.now))

    @rule(index=INDEX, reason=st.sampled_from(LeaveReason), really=st.booleans())
    def leave(self, index: int, reason: LeaveReason, really: bool) -> None:
        if not really:
            return
        self.attempt(lambda: self.room.leave(self.sid(index), reason, self.now))

    @rule(index=INDEX, permission=LIKELY_PERMISSIONS)
    def change_permission(self, index: int, permission: Permission) -> None:
        self.attempt(lambda: self.room.update_participant(self.sid(index), self.now, permission=permission))

    @rule(index=INDEX, name=st.sampled_from(["", "x", "n" * 300]), value=st.sampled_from(["", "1"]), own=st.booleans())
    def rename(self, index: int, name: str, value: str, own: bool) -> None:
        self.attempt(
            lambda: self.room.update_participant(
                self.sid(index), self.now, name=name, attributes={"key": value}, by_itself=own
            )
        )

    @rule(index=INDEX, source=st.sampled_from(TrackSource), muted=st.booleans())
    def announce(self, index: int, source: TrackSource, muted: bool) -> None:
        kind = TrackKind.VIDEO if source in {TrackSource.CAMERA, TrackSource.SCREEN_SHARE} else TrackKind.AUDIO
        spec = TrackSpec(kind=kind, source=source, muted=muted)
        self.attempt(lambda: self.room.publish(self.sid(index), spec, self.now))

    @rule(index=INDEX, muted=st.booleans())
    def publish_microphone(self, index: int, muted: bool) -> None:
        def publish() -> None:
            spec = TrackSpec(kind=TrackKind.AUDIO, source=TrackSource.MICROPHONE, muted=muted)
            self.room.publish(self.sid(index), spec, self.now)

        self.attempt(publish)
        self.bind(-1)

    @rule(index=INDEX)
    def bind(self, index: int) -> None:
        self.attempt(lambda: self.room.bind(self.track_sid(index), "audio/opus", str(index), self.now))

    @rule(index=INDEX, ssrc=st.integers(1, 3))
    def first_packets(self, index: int, ssrc: int) -> None:
        self.attempt(lambda: self.room.set_layers(self.track_sid(index), [Layer(ssrc=ssrc)], self.now))

    @rule(index=INDEX, muted=st.booleans(), by_server=RARELY)
    def mute(self, index: int, muted: bool, by_server: bool) -> None:
        track = self.track(index)
        by = track.publisher if track and not by_server else SERVER
        self.attempt(lambda: self.room.mute(self.track_sid(index), muted, by, self.now))

    @rule(index=INDEX)
    def unpublish(self, index: int) -> None:
        self.attempt(lambda: self.room.unpublish(self.track_sid(index), self.now))

    @rule(index=INDEX, tracks=st.lists(INDEX, max_size=3), unknown=st.booleans(), wanted=st.booleans())
    def ask_for_tracks(self, index: int, tracks: list[int], unknown: bool, wanted: bool) -> None:
        sids = [self.track_sid(track) for track in tracks] + ["TR_unknown"] * unknown
        ask = self.room.subscribe if wanted else self.room.unsubscribe
        self.attempt(lambda: ask(self.sid(index), sids, self.now))

    @rule(
        index=INDEX,
        everybody=st.booleans(),
        guests=st.lists(IDENTITIES, max_size=2),
        tracks=st.lists(INDEX, max_size=2),
    )
    def choose_subscribers(self, index: int, everybody: bool, guests: list[str], tracks: list[int]) -> None:
        chosen = frozenset(self.track_sid(track) for track in tracks)
        grants = tuple(TrackGrant(identity=guest, all_tracks=not chosen, track_sids=chosen) for guest in guests)
        permission = SubscriptionPermission(all_participants=everybody, grants=grants)
        self.attempt(lambda: self.room.set_subscription_permission(self.sid(index), permission, self.now))

    @rule(
        index=INDEX,
        kind=st.sampled_from(DataKind),
        to=st.lists(IDENTITIES, max_size=2),
        size=st.sampled_from([1, 70_000]),
    )
    def send(self, index: int, kind: DataKind, to: list[str], size: int) -> None:
        def send() -> None:
            sid = self.sid(index)
            message = self.room.send_data(sid, bytes(size), self.now, kind=kind, identities=to)
            if message is None:
                return
            assert not message.is_for(sid), "data came back to its sender"
            if kind is DataKind.RELIABLE:
                for other in self.room.participants:
                    assert (message in self.room.recent_data(other, self.now)) == message.is_for(other)

        self.attempt(send)

    @rule(levels=st.lists(st.sampled_from([0.9, 0.3, 0.01, 0.0]), min_size=3, max_size=8))
    def speak(self, levels: list[float]) -> None:
        self.room.set_speakers(zip([*self.room.tracks, "TR_nothing"], levels, strict=False), self.now)

    @rule(index=INDEX, quality=st.sampled_from(Quality))
    def measure(self, index: int, quality: Quality) -> None:
        self.room.set_quality({self.sid(index): (quality, 3.0)}, self.now)

    @rule(metadata=st.sampled_from(["", "a", "b", "m" * 70_000]))
    def set_metadata(self, metadata: str) -> None:
        self.attempt(lambda: self.room.set_metadata(metadata, self.now))

    @rule(moderated=st.booleans())
    def moderate(self, moderated: bool) -> None:
        self.moderated = moderated

    @rule(seconds=RARELY.flatmap(lambda long: st.sampled_from([21.0, 61.0, 301.0] if long else [0.4, 1.0, 5.0])))
    def pass_time(self, seconds: float) -> None:
        room, was_open = self.room, self.room.is_open
        self.now += seconds
        self.rooms.tick(self.now)
        if was_open and not room.is_open:
            assert self.now >= self.occupied_at + room.options.departure_timeout, "closed before its time"
        due = self.room.deadline()
        assert due is None or due > self.now, "something is overdue after a tick"

    @precondition(lambda self: self.room.is_open)
    @rule(really=RARELY)
    def delete(self, really: bool) -> None:
        if really:
            self.rooms.delete("lounge", self.now)

    @precondition(lambda self: not self.room.is_open)
    @rule()
    def reopen(self) -> None:
        self.finished.append((self.room, self.mirror))
        self.room = self.rooms.create("lounge", RoomOptions(), self.now)

    @invariant()
    def identities_are_unique(self) -> None:
        participants = self.room.participants.values()
        assert len({participant.identity for participant in participants}) == len(participants)
        assert all(self.room.find(participant.identity) is participant for participant in participants)
        assert all(participant.state is not ParticipantState.DISCONNECTED for participant in participants)

    @invariant()
    def every_track_has_its_publisher_and_every_publisher_its_tracks(self) -> None:
        room = self.room
        held = {sid: track for participant in room.participants.values() for sid, track in participant.tracks.items()}
        assert held == room.tracks
        for track in room.tracks.values():
            assert track.sid in room.participants[track.publisher].tracks
            assert room.participants[track.publisher].permission.allows(track.source)
            assert track.muted == (track.muted_by is not None)

    @invariant()
    def remember_when_somebody_was_here(self) -> None:
        if self.room.counts.num_participants:
            self.occupied_at = self.now

    @invariant()
    def counts_are_what_counting_gives(self) -> None:
        participants = self.room.participants.values()
        assert self.room.counts == Counts(
            num_participants=sum(not participant.dependent for participant in participants),
            num_publishers=sum(participant.is_publisher for participant in participants),
            active_recording=any(participant.is_recorder for participant in participants),
        )

    @invariant()
    def desired_are_only_tracks_that_are_there_allowed_and_of_others(self) -> None:
        room = self.room
        for subscriber in room.participants.values():
            tracks = [room.tracks[sid] for sid in desired(room, subscriber)]
            assert subscriber.permission.can_subscribe or not tracks
            for track in tracks:
                assert track.published
                assert track.publisher != subscriber.sid
                assert permitted(room, subscriber, track)
                wish = room.wishes.get(subscriber.sid, track.sid)
                assert wish or (wish is None and not room.participants[track.publisher].hidden)

    @invariant()
    def hidden_participants_are_seen_by_nobody(self) -> None:
        room = self.room
        for participant in room.participants.values():
            assert all(not other.hidden and other is not participant for other in room.others(participant.sid))
        assert all(not room.participants[sid].hidden for sid in room.speaking())

    @invariant()
    def only_open_microphones_speak(self) -> None:
        for sid in self.room.speaking():
            tracks = self.room.participants[sid].tracks.values()
            assert any(
                track.source is TrackSource.MICROPHONE and track.published and not track.muted for track in tracks
            )

    @invariant()
    def the_events_tell_everything(self) -> None:
        room, mirror = self.room, self.mirror
        assert mirror.participants == {sid: participant.identity for sid, participant in room.participants.items()}
        assert mirror.tracks == {track.sid: track.publisher for track in room.tracks.values() if track.published}
        assert all(room.tracks[sid].muted == muted for sid, muted in mirror.toggled.items() if sid in mirror.tracks)
        assert mirror.speaking == room.speaking()
        assert room.observers.failures == 0

    @invariant()
    def the_log_is_the_end_of_what_was_told(self) -> None:
        log, told = self.room.log, self.mirror.facts
        kept = log.since(0)
        assert log.last == len(told)
        assert kept == told[len(told) - len(kept) :]
        assert log.covers(0) == (len(kept) == len(told))

    @invariant()
    def versions_only_grow(self) -> None:
        things = [*self.room.participants.values(), *self.room.tracks.values()]
        for thing in things:
            assert thing.version >= self.versions.get(thing.sid, 0)
        self.versions = {thing.sid: thing.version for thing in things}

    @invariant()
    def wishes_are_of_those_and_for_what_is_here(self) -> None:
        room = self.room
        for participant in room.participants.values():
            assert room.wishes.count(participant.sid) <= room.limits.subscription_wishes
            known = [*room.tracks, "TR_unknown", "TR_nothing"]
            remembered = sum(room.wishes.get(participant.sid, track) is not None for track in known)
            assert room.wishes.count(participant.sid) == remembered, "a wish for a track that is gone"
        if not room.participants:
            assert room.wishes.deadline() is None

    @invariant()
    def closed_rooms_are_empty_and_forgotten(self) -> None:
        finished = [(self.room, self.mirror)] if not self.room.is_open else []
        for room, mirror in [*self.finished, *finished]:
            assert room.phase is RoomPhase.CLOSED
            assert mirror.closed
            assert not room.participants
            assert not room.tracks
            assert self.rooms.by_sid(room.sid) is None
            assert self.rooms.get(room.name) is not room

    @invariant()
    def the_next_tick_comes_in_time(self) -> None:
        due, alarm = self.room.deadline(), self.rooms.next_tick()
        assert due is None or (alarm is not None and alarm <= due)


RoomPlay.TestCase.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
TestRoomPlay = pytest.mark.timeout(300)(RoomPlay.TestCase)
