"""Names of layouts, and how they travel: as metadata of the egress's participant. specs/livekit.md §6.1."""

import msgspec

from roomful.protocols.livekit.egress.errors import invalid

_BASES = ("grid", "speaker", "single-speaker")

LAYOUTS = tuple(f"{base}{suffix}" for base in _BASES for suffix in ("", "-dark", "-light"))


class _Metadata(msgspec.Struct, frozen=True):
    layout: str = ""


def checked_layout(layout: str) -> str:
    """The layout, or the default for an empty one. Raises TwirpError for one that there is not."""
    if layout and layout not in LAYOUTS:
        raise invalid(f"unknown layout: there are {', '.join(_BASES)}, each also with -dark or -light behind")
    return layout or _BASES[0]


def metadata_of(layout: str) -> str:
    return msgspec.json.encode(_Metadata(layout)).decode()


def layout_in(metadata: str) -> str | None:
    """The layout that metadata asks for, `None` if it asks for none that there is."""
    try:
        layout = msgspec.json.decode(metadata, type=_Metadata).layout
    except (msgspec.DecodeError, RecursionError):
        return None
    return layout if layout in LAYOUTS else None
