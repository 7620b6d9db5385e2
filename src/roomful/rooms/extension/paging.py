"""Pages of lists, as a query asks for them."""

import msgspec

from roomful.rooms.extension.codes import bad_field
from roomful.rooms.extension.routes import Request

MAX_PAGE_SIZE = 100


class Page(msgspec.Struct, frozen=True):
    """`page` counts from 1."""

    page: int
    size: int

    @classmethod
    def of(cls, request: Request) -> "Page":
        """Raises RoomApiError (BAD_FIELD)."""
        return cls(_number(request, "page", 1, 1_000_000), _number(request, "page_size", 20, MAX_PAGE_SIZE))

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise bad_field(name, f"{name} is a number from 1 to {most}")
    return int(text)
