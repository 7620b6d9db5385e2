"""Gifts: charged if so configured, counted once, told to everybody. specs/monibuca-rooms.md §6.3."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

import msgspec

from roomful.plugins.live.combos import Combo, Hit
from roomful.plugins.live.gifts import Gift, GiftRecord
from roomful.plugins.live.ids import new_id, same_id
from roomful.plugins.live.messages import SendGift
from roomful.plugins.live.people import Person
from roomful.plugins.live.rates import Rates
from roomful.plugins.live.show import Show
from roomful.plugins.live.studio import Studio
from roomful.rooms.extension import Code, OutgoingFailed, RoomApiError, UserView
from roomful.rooms.extension.codes import bad_field

MESSAGES_PER_SECOND = 20
"""Of one member."""
CHARGE_SECONDS = 5.0


class Order(msgspec.Struct, frozen=True):
    """A gift that may be given, and has not been yet."""

    record_id: str
    gift: Gift
    count: int
    sender: Person
    receiver: Person


class Giving:
    """See the module."""

    def __init__(self, studio: Studio, scored: Callable[[Show, Person, int], Awaitable[str]]) -> None:
        """`scored` is told of what the streamer gets, and returns the id of the battle that it counts in, if any."""
        self._studio = studio
        self._settings = studio.settings.gift
        self._scored = scored
        self._rates: dict[str, Rates] = {}
        """By show id."""
        self._charging: dict[str, asyncio.Future[dict[str, Any]]] = {}
        """By record id: what waits for the charging service."""

    async def send(self, show: Show, user: UserView, message: SendGift) -> dict[str, Any] | Awaitable[dict[str, Any]]:
        """Give a gift; what has to be charged is answered later.

        Raises RoomApiError: BAD_STATE, RATE_LIMITED, BAD_FIELD, NOT_FOUND, USER_NOT_FOUND, FORBIDDEN (not charged).
        """
        self._rates.setdefault(show.record.show_id, Rates(MESSAGES_PER_SECOND, 1)).take(
            user.user_id, self._studio.now()
        )
        record_id = new_id("g")
        if message.request_id:
            record_id = same_id("g", show.record.show_id, user.user_id, message.request_id)
            known = await self._known(show, record_id)
            if known is not None:
                return known.answer()
            if (under_way := self._charging.get(record_id)) is not None:
                return asyncio.shield(under_way)
        order = await self._order(show, user, message, record_id)
        if not self._settings.charge_url:
            return await self._give(show, order)
        charging = self._charging[record_id] = asyncio.ensure_future(self._charge_and_give(show, order))
        charging.add_done_callback(lambda done: self._charged(record_id, done))
        return asyncio.shield(charging)

    def due(self, show: Show) -> float | None:
        return show.combos.due()

    async def on_time(self, show: Show, now: float) -> None:
        await self._tell_over(show, show.combos.expire(now))

    async def end(self, show: Show) -> None:
        """The show ends."""
        await self._tell_over(show, show.combos.close())
        self._rates.pop(show.record.show_id, None)

    async def _known(self, show: Show, record_id: str) -> GiftRecord | None:
        known = show.answered.get(record_id)
        if known is None and show.has_more_gifts:
            known = await self._studio.archive.gift_record(record_id)
        return known

    async def _order(self, show: Show, user: UserView, message: SendGift, record_id: str) -> Order:
        show.require_living()
        gift = self._studio.catalogue.get(message.gift_id)
        if gift is None or not gift.enabled:
            raise RoomApiError(Code.NOT_FOUND, "there is no such gift")
        if message.count > self._settings.max_combo_count:
            raise bad_field("count", f"count is 1 to {self._settings.max_combo_count}")
        receiver = await self._receiver(show, message.to_user_id or show.record.streamer_id)
        if receiver.user_id == user.user_id:
            raise bad_field("to_user_id", "nobody gives to oneself")
        if show.is_streamer(user.user_id):
            raise RoomApiError(Code.FORBIDDEN, "gifts come from viewers")
        return Order(record_id, gift, message.count, Person.of(user), receiver)

    async def _receiver(self, show: Show, user_id: str) -> Person:
        if show.is_streamer(user_id):
            return show.streamer
        receiver = await self._studio.api.get_user(show.room_id, user_id)
        if receiver.is_robot:
            raise bad_field("to_user_id", "robots take no gifts")
        return Person.of(receiver)

    async def _charge_and_give(self, show: Show, order: Order) -> dict[str, Any]:
        bill = {
            "room_id": show.room_id,
            "from": order.sender.user_id,
            "to": order.receiver.user_id,
            "gift_id": order.gift.gift_id,
            "count": order.count,
            "value": order.count * order.gift.price,
            "gift_record_id": order.record_id,
        }
        try:
            await self._studio.context.http.post_json(self._settings.charge_url, bill, within=CHARGE_SECONDS)
        except OutgoingFailed:
            raise RoomApiError(Code.FORBIDDEN, "the gift could not be charged") from None
        return await self._give(show, order)

    def _charged(self, record_id: str, done: "asyncio.Future[dict[str, Any]]") -> None:
        del self._charging[record_id]
        if not done.cancelled():
            done.exception()  # whoever still waits is told; nobody may be

    async def _give(self, show: Show, order: Order) -> dict[str, Any]:
        """Count the gift and tell everybody. What was charged counts, even if the show has just ended."""
        now, gift = self._studio.now(), order.gift
        news: list[Hit | Combo] = [*show.combos.expire(now)]
        news += show.combos.hit(order.sender, order.receiver, gift.gift_id, order.count, gift.price, now)
        last = cast(Hit, news[-1])
        pk_id = ""
        value = order.count * gift.price
        if show.is_streamer(order.receiver.user_id):
            pk_id = await self._scored(show, order.sender, value)
        record = GiftRecord(
            id=order.record_id,
            show_id=show.record.show_id,
            room_id=show.room_id,
            gift_id=gift.gift_id,
            gift_name=gift.name,
            unit_price=gift.price,
            count=order.count,
            value=value,
            combo_id=last.combo_id,
            combo_count=last.combo_count,
            combo_value=last.combo_value,
            from_id=order.sender.user_id,
            from_name=order.sender.user_name,
            to_id=order.receiver.user_id,
            to_name=order.receiver.user_name,
            pk_id=pk_id,
            ts=round(now * 1000),
        )
        show.remember(record)
        await self._studio.archive.keep_gift_record(record)
        visit = show.audience.gave(order.sender.user_id, value)
        if visit is not None:
            await self._studio.archive.keep_visit(visit)
        for one in news:
            if isinstance(one, Hit):
                await self._studio.tell(show, "gift_received", _received(order, one))
            else:
                await self._tell_over(show, [one])
        if show.is_over:
            show.combos.close()
            await self._studio.save(show)
        else:
            self._studio.touch(show)
            self._studio.rearm(show)
        return record.answer()

    async def _tell_over(self, show: Show, combos: Iterable[Combo]) -> None:
        for combo in combos:
            if combo.count > 1:
                fields = {
                    "combo_id": combo.id,
                    "combo_count": combo.count,
                    "combo_value": combo.value,
                    "gift_id": combo.gift_id,
                    "from": combo.sender,
                    "to": combo.receiver,
                }
                await self._studio.tell(show, "gift_combo_end", fields)


def _received(order: Order, hit: Hit) -> dict[str, Any]:
    gift = order.gift
    return {
        "gift_record_id": order.record_id,
        "gift_id": gift.gift_id,
        "gift_name": gift.name,
        "icon": gift.icon,
        "effect": gift.effect,
        "unit_price": gift.price,
        "count": hit.count,
        "value": hit.value,
        "combo_id": hit.combo_id,
        "combo_count": hit.combo_count,
        "combo_value": hit.combo_value,
        "is_combo": hit.combo_count > 1,
        "from": order.sender,
        "to": order.receiver,
    }
