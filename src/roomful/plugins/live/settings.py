"""The group `live` of the configuration. specs/monibuca-rooms.md §11. Times are seconds."""

from typing import Annotated, Literal, TypeAlias

import msgspec


def doc(text: str) -> msgspec.Meta:
    """What the key does."""
    return msgspec.Meta(description=text)


Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]
Interval: TypeAlias = Annotated[float, msgspec.Meta(gt=0)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]


class GiftSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Gifts and their combos."""

    combo_timeout: Annotated[Interval, doc("A gift within this time after the one before goes on with its combo.")] = 5
    max_combo_count: Annotated[int, msgspec.Meta(ge=1, le=999), doc("A combo that gets there begins anew.")] = 999
    charge_url: Annotated[
        str, doc("Asked by POST before a gift counts; whatever it answers but success refuses the gift. Empty: nobody.")
    ] = ""


class LinkMicSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Viewers on the microphone."""

    max_participants: Annotated[Count, doc("Co-hosts at once, besides the streamer.")] = 6
    timeout: Annotated[Interval, doc("How long a request or an invitation stays open.")] = 30


class DanmakuSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Comments that fly over the picture."""

    rate: Annotated[int, msgspec.Meta(ge=1), doc("So many per `window` and member.")] = 3
    window: Annotated[Interval, doc("See `rate`.")] = 5
    max_length: Annotated[int, msgspec.Meta(ge=1, le=1000), doc("Characters.")] = 100
    filter: Annotated[
        Literal["mask", "reject", "off"], doc("What happens to banned words: stars, a refusal, or nothing.")
    ] = "mask"
    banned_words: Annotated[
        list[str], doc("Upper and lower case, width and invisible characters make no difference.")
    ] = []


class PkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Battles of two streamers."""

    duration: Annotated[int, msgspec.Meta(ge=1), doc("Where the invitation names none.")] = 300
    invite_timeout: Annotated[Interval, doc("How long an invitation stays open.")] = 30
    punish_duration: Annotated[Seconds, doc("Time for the loser's forfeit after a decision. 0: none.")] = 0


class RobotSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Simulated viewers."""

    max_per_room: Annotated[Count, doc("Robots in one room, those to come included.")] = 500


class LiveSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Live rooms."""

    enable: Annotated[bool, doc("Whether there are live rooms.")] = True
    gift: GiftSettings = GiftSettings()
    link_mic: LinkMicSettings = LinkMicSettings()
    danmaku: DanmakuSettings = DanmakuSettings()
    pk: PkSettings = PkSettings()
    robot: RobotSettings = RobotSettings()
    allow_early_join: Annotated[bool, doc("Let viewers in before the show begins.")] = False
    host_grace: Annotated[Interval, doc("A streamer that is away for longer has the show paused.")] = 30
    host_offline_timeout: Annotated[Interval, doc("A show so paused that is not taken up again ends.")] = 300
