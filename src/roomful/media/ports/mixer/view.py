"""The composed picture of an MCU room, encoded once for each codec."""

from roomful.media.ports.frames import Codec
from roomful.media.ports.mixer.plan import MemberPlan, MixPlan
from roomful.media.ports.mixer.press import Press
from roomful.media.ports.mixer.seats import Seats
from roomful.media.ports.scene.cast import Cast
from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.encoder import VideoEncoder, h264, vp8
from roomful.media.ports.scene.painter import Painter, Placed
from roomful.media.ports.scene.picture import Picture
from roomful.media.ports.scene.rect import Rect

FEW = 9
"""Videos that are all decoded, seen or not, so that a change of the layout shows them at once."""

EMPTY_SECONDS = SECOND // 2
"""How often a picture without anybody in it is encoded, unless somebody begins to watch: sound alone is cheap."""

KEYFRAME_SECONDS = 10
KEYFRAME_THROTTLE = SECOND // 2

BACKGROUND, EMPTY = (60, 128, 128), (16, 128, 128)
"""#333333 and #000000."""


class View:
    """Seats members, paints them, and encodes what is painted."""

    def __init__(self, plan: MixPlan, cast: Cast, members: dict[str, MemberPlan], *, beside: bool) -> None:
        """`beside` is for `Press`."""
        self._plan = plan
        self._cast = cast
        self._members = members
        self._painter = Painter(plan.width, plan.height, background=BACKGROUND, empty=EMPTY)
        self.press = Press([_encoder(plan, codec) for codec in plan.video_codecs], beside=beside)
        """Where what is shown is encoded."""
        self._wanted: set[Picture] = set()
        self._keyframe = True
        self._keyframe_at: int | None = None
        self._empty_at: int | None = None
        """When a picture with nobody in it was encoded last, if the one before had nobody either."""
        self.seats = Seats(plan.layout)

    def want_keyframe(self) -> None:
        """Somebody begins to watch."""
        self._keyframe = True

    def show(self, number: int, at: int, floor: str | None) -> None:
        """Have the picture with this number and moment encoded."""
        placed = self._place(at, floor)
        if self._can_wait(placed, at):
            return
        self._painter.paint(placed)
        keyframe = self._keyframe and (self._keyframe_at is None or at - self._keyframe_at >= KEYFRAME_THROTTLE)
        if keyframe:
            self._keyframe, self._keyframe_at = False, at
        self.press.begin(self._painter.canvas.frame, number, at, keyframe=keyframe)

    def _can_wait(self, placed: list[Placed], at: int) -> bool:
        """Whether nobody would miss this picture: nobody is in it, nor in the one before."""
        if any(one.picture is not None for one in placed):
            self._empty_at = None
            return False
        if self._empty_at is not None and at - self._empty_at < EMPTY_SECONDS and not self._keyframe:
            return True
        self._empty_at = at
        return False

    def _place(self, at: int, floor: str | None) -> list[Placed]:
        moment = at + SECOND // self._plan.fps // 2
        pictures = list(self._cast.pictures())
        for picture in pictures:
            picture.advance(moment, wanted=len(pictures) <= FEW or picture in self._wanted)
        seen = {sid: picture for sid in self._members if (picture := self._picture(sid, moment)) is not None}
        self.seats.seat(list(seen), floor)
        self._wanted = {seen[sid] for sid in self.seats.seated if sid}
        placed: list[tuple[bool, Placed]] = []
        for cell, sid in zip(self.seats.cells, self.seats.seated, strict=True):
            rect: Rect = cell.rect(self._plan.width, self._plan.height)
            name = self._cast.people[sid].name if sid and self._plan.names else ""
            placed.append((cell.over, Placed(rect, seen.get(sid), name, cell.zoom)))
        return [one for _, one in sorted(placed, key=lambda entry: entry[0])]

    def _picture(self, sid: str, at: int) -> Picture | None:
        """What is to be seen of a member; a screen rather than a face."""
        person = self._cast.people.get(sid)
        if person is None or self._members[sid].mute_video:
            return None
        for picture in [*person.pictures(at, screen=True), *person.pictures(at, screen=False)]:
            # Who is not decoded, for want of a cell, is known by the frames that come.
            if picture.visible(at) or (picture.frame is None and picture.sending(at) and picture not in self._wanted):
                return picture
        return None


def _encoder(plan: MixPlan, codec: Codec) -> VideoEncoder:
    every = KEYFRAME_SECONDS * plan.fps
    if codec is Codec.H264:
        # What every browser can decode (RFC 7742 §6.2).
        return h264(plan.width, plan.height, plan.fps, plan.video_bitrate, "baseline", every)
    return vp8(plan.width, plan.height, plan.fps, plan.video_bitrate, every)
