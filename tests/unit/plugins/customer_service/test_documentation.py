"""The page about the customer service lists the settings as they are."""

import typing
from pathlib import Path

import msgspec

from roomful.plugins.customer_service.settings import CustomerServiceSettings

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "customer-service.md"


def row(field: msgspec.structs.FieldInfo) -> str:
    (text,) = [
        one.description
        for one in typing.get_args(field.type)
        if isinstance(one, msgspec.Meta) and one.description is not None
    ]
    default = field.default
    shown = str(default).lower() if isinstance(default, bool) else "none" if default == "" else default
    return f"| `customer-service.{field.name}` | {shown} | {text} |"


def test_the_page_lists_every_setting() -> None:
    page = PAGE.read_text()
    rows = [row(field) for field in msgspec.structs.fields(CustomerServiceSettings)]
    assert [one for one in rows if one not in page] == []
