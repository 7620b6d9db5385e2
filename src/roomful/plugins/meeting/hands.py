"""Raised hands, in the order in which they were raised."""

import msgspec

from roomful.rooms.extension import Code, RoomApiError

MAX_HANDS = 200


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    user_id: str
    user_name: str
    reason: str
    raised_at: int
    """Unix milliseconds."""


class Hands(msgspec.Struct):
    """One hand per user."""

    raised: list[Hand] = []

    def raise_hand(self, hand: Hand) -> bool:
        """Returns False if that hand is up already; it keeps its place. Raises LIMIT_REACHED."""
        if self.order(hand.user_id):
            return False
        if len(self.raised) >= MAX_HANDS:
            raise RoomApiError(Code.LIMIT_REACHED, f"{MAX_HANDS} hands are up already")
        self.raised.append(hand)
        return True

    def lower(self, user_id: str) -> bool:
        """Returns whether it was up."""
        before = len(self.raised)
        self.raised = [hand for hand in self.raised if hand.user_id != user_id]
        return len(self.raised) < before

    def lower_all(self) -> list[str]:
        """Returns whose hands were up."""
        users = [hand.user_id for hand in self.raised]
        self.raised = []
        return users

    def order(self, user_id: str) -> int:
        """The place of a hand, from 1; 0 if it is not up."""
        return next((place for place, hand in enumerate(self.raised, 1) if hand.user_id == user_id), 0)
