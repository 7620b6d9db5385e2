"""The gift catalogue over HTTP. specs/monibuca-rooms.md §6.3, §6.9."""

from typing import Annotated, Any

import msgspec

from roomful.plugins.live.gifts import Gift, Price
from roomful.plugins.live.messages import Address, Id
from roomful.plugins.live.studio import Studio
from roomful.rooms.extension import Code, Request, RoomApiError, Route

MAX_GIFTS = 1000
"""In the catalogue."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class NewGift(msgspec.Struct, frozen=True, kw_only=True):
    """`price` is in the smallest unit of the app's currency."""

    gift_id: Id
    name: Name
    icon: Address = ""
    price: Price
    enabled: bool = True
    sort: int = 0
    effect: Address = ""


class GiftPatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is absent stays."""

    name: Name | None = None
    icon: Address | None = None
    price: Price | None = None
    enabled: bool | None = None
    sort: int | None = None
    effect: Address | None = None


def catalogue_routes(studio: Studio) -> list[Route]:
    api = _CatalogueApi(studio)
    one = "/live/gifts/{gift_id}"
    return [
        Route(method="GET", path="/live/gifts", handler=api.list, summary="The gift catalogue"),
        Route(method="POST", path="/live/gifts", handler=api.add, summary="Add a gift", body_type=NewGift, admin=True),
        Route(method="PATCH", path=one, handler=api.patch, summary="Change a gift", body_type=GiftPatch, admin=True),
        Route(method="DELETE", path=one, handler=api.delete, summary="Remove a gift", admin=True),
    ]


class _CatalogueApi:
    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def list(self, request: Request) -> dict[str, Any]:
        gifts = sorted(self._studio.catalogue.values(), key=lambda gift: (gift.sort, gift.gift_id))
        return {"gifts": [gift for gift in gifts if gift.enabled or request.is_admin]}

    async def add(self, request: Request) -> Gift:
        catalogue = self._studio.catalogue
        gift = Gift(**msgspec.structs.asdict(request.body))
        if gift.gift_id in catalogue:
            raise RoomApiError(Code.CONFLICT, f"there is a gift {gift.gift_id!r} already")
        if len(catalogue) >= MAX_GIFTS:
            raise RoomApiError(Code.LIMIT_REACHED, f"a catalogue has {MAX_GIFTS} gifts at most")
        return await self._keep(gift)

    async def patch(self, request: Request) -> Gift:
        changes = {name: value for name, value in msgspec.structs.asdict(request.body).items() if value is not None}
        return await self._keep(msgspec.structs.replace(self._gift(request), **changes))

    async def delete(self, request: Request) -> dict[str, Any]:
        gift = self._gift(request)
        del self._studio.catalogue[gift.gift_id]
        await self._studio.archive.drop_gift(gift.gift_id)
        return {"gift_id": gift.gift_id}

    async def _keep(self, gift: Gift) -> Gift:
        self._studio.catalogue[gift.gift_id] = gift
        await self._studio.archive.keep_gift(gift)
        return gift

    def _gift(self, request: Request) -> Gift:
        gift = self._studio.catalogue.get(request.path["gift_id"])
        if gift is None:
            raise RoomApiError(Code.NOT_FOUND, f"there is no gift {request.path['gift_id']!r}")
        return gift
