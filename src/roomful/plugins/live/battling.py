"""Battles between two shows: invitations, scores, time, and who wins. specs/monibuca-rooms.md §6.6."""

from typing import Any

from roomful.plugins.live.archive import BattleRecord
from roomful.plugins.live.battle import Battle, BattleState, Outcome, Side
from roomful.plugins.live.ids import new_id
from roomful.plugins.live.messages import PkAnswer, PkInvite
from roomful.plugins.live.people import Person
from roomful.plugins.live.show import Show
from roomful.plugins.live.status import bad_state
from roomful.plugins.live.studio import Studio
from roomful.rooms.extension import Code, RoomApiError, Timer, UserView
from roomful.rooms.extension.codes import bad_field


class Battling:
    """See the module. A battle belongs to two rooms, so that its alarm is in turn with neither."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._settings = studio.settings.pk
        self._alarms: dict[str, Timer] = {}
        """By pk id."""

    # What streamers say

    async def invite(self, show: Show, user: UserView, message: PkInvite) -> dict[str, Any]:
        """Raises RoomApiError: FORBIDDEN, BAD_STATE, BAD_FIELD, ROOM_NOT_FOUND, TARGET_BUSY."""
        show.require_streamer(user.user_id)
        show.require_living()
        if message.target_room_id == show.room_id:
            raise bad_field("target_room_id", "nobody battles alone")
        target = self._studio.show(message.target_room_id)
        target.require_living()
        if show.battle is not None or target.battle is not None:
            raise RoomApiError(Code.TARGET_BUSY, "there is a battle, or an invitation, already")
        now, duration = self._studio.now(), message.duration or self._settings.duration
        expires_at = now + self._settings.invite_timeout
        battle = Battle(new_id("pk"), (_side(show), _side(target)), duration, expires_at=expires_at)
        show.battle = target.battle = battle
        self._rearm(battle)
        await self._tell_invited(battle)
        return {"pk_id": battle.pk_id, "expires_at": round(expires_at * 1000)}

    async def accept(self, show: Show, user: UserView, message: PkAnswer) -> dict[str, Any]:
        """Raises RoomApiError: FORBIDDEN, NOT_FOUND, BAD_STATE."""
        battle = self._invitation(show, user, message)
        for one in self._shows(battle):
            one.require_living()
        now = self._studio.now()
        battle.start(now)
        for side in battle.sides:
            shown = self._studio.shows.get(side.room_id)
            if shown is not None:
                side.lost_at = shown.streamer_lost_at
        self._rearm(battle)
        await self._share(battle, shared=True)
        await self._studio.archive.keep_battle(battle)
        await self._tell(battle, "pk_started", battle.view())
        return {"pk_id": battle.pk_id}

    async def reject(self, show: Show, user: UserView, message: PkAnswer) -> dict[str, Any]:
        """Raises RoomApiError: FORBIDDEN, NOT_FOUND, BAD_STATE."""
        battle = self._invitation(show, user, message)
        self._forget(battle)
        fields = {"pk_id": battle.pk_id, "room_id": show.room_id, "reason": message.reason}
        await self._tell_streamer(battle.sides[0], "pk_rejected", fields)
        return {"pk_id": battle.pk_id}

    async def end(self, show: Show, user: UserView, message: PkAnswer) -> dict[str, Any]:
        """Give up; who invited takes the invitation back. Raises RoomApiError: FORBIDDEN, NOT_FOUND, BAD_STATE."""
        show.require_streamer(user.user_id)
        battle = self._battle(show, message.pk_id)
        side = battle.side(show.room_id)
        if battle.state is BattleState.INVITING:
            if side is not battle.sides[0]:
                raise bad_state(battle.state, "an invitation is rejected, not ended")
            await self._cancel(battle, message.reason)
        else:
            await self._give_up(battle, [side], Outcome.HOST)
        return {"pk_id": battle.pk_id}

    # What happens in the shows

    async def scored(self, show: Show, sender: Person, value: int) -> str:
        """The streamer got a gift. Returns the id of the battle in which it counts, or nothing."""
        battle = show.battle
        if battle is None or not battle.add(show.room_id, sender, value, self._studio.now()):
            return ""
        await self._tell_score(battle)
        self._rearm(battle)
        return battle.pk_id

    async def streamer(self, show: Show) -> None:
        """The streamer of a show is away, or back."""
        if show.battle is None:
            return
        show.battle.set_lost(show.room_id, show.streamer_lost_at)
        self._rearm(show.battle)
        if show.battle.state is BattleState.INVITING and show.streamer_lost_at is None:
            await self._tell_invited(show.battle)

    async def show_ends(self, show: Show) -> None:
        battle = show.battle
        if battle is None:
            return
        if battle.state is BattleState.INVITING:
            await self._cancel(battle, "live_stopped")
        else:
            await self._give_up(battle, [battle.side(show.room_id)], Outcome.FORFEIT)

    def running(self) -> list[Battle]:
        """All battles, each once."""
        return list({show.battle.pk_id: show.battle for show in self._studio.shows.values() if show.battle}.values())

    async def restore(self, record: BattleRecord) -> None:
        """Take up a battle of before a restart; without both shows there is none any more."""
        shows = [one for room_id in (record.room_a, record.room_b) if (one := self._studio.shows.get(room_id))]
        if [one.record.show_id for one in shows] != [record.show_a, record.show_b]:
            record.ended_at, record.reason = round(self._studio.now() * 1000), Outcome.FORFEIT
            await self._studio.archive.keep_battle_record(record)
            return
        sides = (_side(shows[0]), _side(shows[1]))
        battle = Battle(record.pk_id, sides, (record.ends_at - record.started_at) / 1000, expires_at=0)
        battle.start(record.started_at / 1000)
        async for gift in self._studio.archive.gift_records({"pk_id": record.pk_id}):
            battle.add(gift.room_id, gift.sender, gift.value, battle.started_at)
        if record.punished_until is not None:
            battle.decide()
            battle.punish(record.punished_until / 1000)
        for show, side in zip(shows, sides, strict=True):
            show.battle = battle
            side.lost_at = show.streamer_lost_at
        await self._share(battle, shared=True)
        self._rearm(battle)

    # Time

    def _rearm(self, battle: Battle) -> None:
        alarm = self._alarms.pop(battle.pk_id, None)
        if alarm is not None:
            alarm.cancel()
        due = battle.due()
        if due is not None:
            delay = max(0.0, due - self._studio.now())
            self._alarms[battle.pk_id] = self._studio.context.call_later(delay, lambda: self._on_time(battle))

    async def _on_time(self, battle: Battle) -> None:
        now = self._studio.now()
        match battle.state:
            case BattleState.INVITING if now >= battle.expires_at:
                self._forget(battle)
                fields = {"pk_id": battle.pk_id, "room_id": battle.sides[1].room_id}
                for side in battle.sides:
                    await self._tell_streamer(side, "pk_timeout", fields)
            case BattleState.ACTIVE if now >= battle.ends_at:
                await self._time_over(battle, now)
            case BattleState.ACTIVE:
                given_up = battle.given_up(now)
                if given_up:
                    await self._give_up(battle, given_up, Outcome.FORFEIT)
                else:
                    await self._tell_score(battle)
            case BattleState.PUNISHING if battle.punished_until is not None and now >= battle.punished_until:
                await self._over(battle, Outcome.TIME)
            case _:
                pass
        self._rearm(battle)

    async def _time_over(self, battle: Battle, now: float) -> None:
        punished_for = self._settings.punish_duration
        battle.decide()
        if battle.winner is None or punished_for <= 0:
            await self._over(battle, Outcome.TIME)
            return
        battle.punish(now + punished_for)
        await self._studio.archive.keep_battle(battle)
        await self._tell(
            battle, "pk_punish_started", {**_result(battle), "ends_at": round((now + punished_for) * 1000)}
        )

    async def _give_up(self, battle: Battle, losers: list[Side], outcome: Outcome) -> None:
        """Both at once is a draw; after the decision nobody can lose any more."""
        if battle.state is BattleState.ACTIVE and len(losers) == 1:
            battle.winner = battle.other(losers[0])
        await self._over(battle, outcome)

    async def _over(self, battle: Battle, outcome: Outcome) -> None:
        if battle.state is BattleState.ENDED:
            return
        self._forget(battle)
        await self._share(battle, shared=False)
        await self._tell(battle, "pk_ended", {**_result(battle), "reason": outcome})
        await self._studio.archive.keep_battle(battle, self._studio.now(), outcome)

    async def _cancel(self, battle: Battle, reason: str) -> None:
        self._forget(battle)
        for side in battle.sides:
            await self._tell_streamer(side, "pk_canceled", {"pk_id": battle.pk_id, "reason": reason})

    def _forget(self, battle: Battle) -> None:
        """It is over: both are free for another."""
        battle.state = BattleState.ENDED
        self._rearm(battle)
        for show in self._shows(battle):
            if show.battle is battle:
                show.battle = None

    # Who is meant, and who is told

    def _battle(self, show: Show, pk_id: str) -> Battle:
        if show.battle is None or show.battle.pk_id != pk_id:
            raise RoomApiError(Code.NOT_FOUND, "there is no such battle")
        return show.battle

    def _invitation(self, show: Show, user: UserView, message: PkAnswer) -> Battle:
        show.require_streamer(user.user_id)
        battle = self._battle(show, message.pk_id)
        if battle.state is not BattleState.INVITING:
            raise bad_state(battle.state, "the invitation is answered already")
        if battle.sides[1].room_id != show.room_id:
            raise RoomApiError(Code.FORBIDDEN, "the other side answers")
        return battle

    def _shows(self, battle: Battle) -> list[Show]:
        return [show for side in battle.sides if (show := self._studio.shows.get(side.room_id)) is not None]

    async def _share(self, battle: Battle, *, shared: bool) -> None:
        """Let the viewers of each room see the other streamer."""
        for side in battle.sides:
            try:
                await self._studio.api.share_stream(
                    side.room_id, side.streamer.user_id, battle.other(side).room_id, shared
                )
            except RoomApiError:  # its room is closed
                continue

    async def _tell(self, battle: Battle, action: str, fields: dict[str, Any]) -> None:
        for show in self._shows(battle):
            await self._studio.tell(show, action, fields)

    async def _tell_streamer(self, side: Side, action: str, fields: dict[str, Any]) -> None:
        show = self._studio.shows.get(side.room_id)
        if show is not None:
            await self._studio.tell_streamer(show, action, fields)

    async def _tell_score(self, battle: Battle) -> None:
        if battle.score_to_tell(self._studio.now()):
            await self._tell(battle, "pk_score", {"pk_id": battle.pk_id, "sides": battle.standings()})

    async def _tell_invited(self, battle: Battle) -> None:
        inviter, invited = battle.sides
        fields = {
            "pk_id": battle.pk_id,
            "from_room_id": inviter.room_id,
            "from_streamer": inviter.streamer,
            "duration": battle.duration,
            "expires_at": round(battle.expires_at * 1000),
        }
        await self._tell_streamer(invited, "pk_invited", fields)


def _side(show: Show) -> Side:
    return Side(room_id=show.room_id, show_id=show.record.show_id, streamer=show.streamer, whep_url=show.whep_url)


def _result(battle: Battle) -> dict[str, Any]:
    winner = battle.winner.room_id if battle.winner is not None else None
    return {"pk_id": battle.pk_id, "winner_room_id": winner, "sides": battle.standings()}
