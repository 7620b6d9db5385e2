"""Whether a plan makes sense, before anything is done."""

from roomful.media.ports.compositor.layout import BadLayout, parse
from roomful.media.ports.compositor.outputs.stream import BadUrl, check_url
from roomful.media.ports.compositor.plan import (
    LIVE_SEGMENTS,
    CompositionPlan,
    FileKind,
    FileOutput,
    ImageOutput,
    SegmentOutput,
    StreamOutput,
    Suffix,
)
from roomful.media.ports.recorder.naming import BadTemplate, check_template
from roomful.media.ports.worker.states import Failed, Reason


def check_plan(plan: CompositionPlan) -> None:
    """Refuse a plan that cannot be followed.

    Raises:
        Failed: with `Reason.BAD_PLAN`; the message says what is wrong.
    """
    try:
        parse(plan.layout, plan.background)
        for output in plan.outputs:
            match output:
                case FileOutput():
                    check_template(output.path)
                    _need(not (plan.video_only and output.kind is not FileKind.MP4), f"{output.kind} has no video")
                case SegmentOutput():
                    for template in (output.prefix, output.playlist_name, output.live_playlist_name):
                        check_template(template)
                    _need(0.5 <= output.segment_seconds <= 60, "segments last half a second to a minute")
                    kept = output.kept_segments
                    _need(not (kept and plan.upload), "segments that are deleted cannot be uploaded")
                    _need(kept == 0 or kept > LIVE_SEGMENTS, f"more than {LIVE_SEGMENTS} segments are kept, or all")
                    _need(output.suffix is not Suffix.NONE, "segments have a number or a time in their names")
                case ImageOutput():
                    check_template(output.prefix)
                    _need(output.interval_seconds > 0, "the interval of images is more than 0 seconds")
                    _need(0 <= output.width <= 4096 and 0 <= output.height <= 4096, "images are at most 4096 wide")
                case StreamOutput():
                    check_url(output.url)
    except (BadTemplate, BadLayout, BadUrl) as error:
        raise Failed(Reason.BAD_PLAN, str(error)) from error
    _need(not (plan.audio_only and plan.video_only), "audio only and video only at once leaves nothing")
    for side in (plan.width, plan.height):
        _need(16 <= side <= 4096 and side % 2 == 0, f"width and height are even, from 16 to 4096, not {side}")
    _need(1 <= plan.fps <= 120, "there are 1 to 120 pictures per second")
    _need(0 <= plan.delay_seconds <= 10, "the delay is at most 10 seconds")
    _need(0.1 <= plan.keyframe_seconds <= 60, "keyframes are a tenth of a second to a minute apart")
    _need(10_000 <= plan.video_bitrate <= 100_000_000, "the video bitrate is 10 kbit/s to 100 Mbit/s")
    _need(8_000 <= plan.audio_bitrate <= 512_000, "the audio bitrate is 8 to 512 kbit/s")


def _need(true: bool, what: str) -> None:
    if not true:
        raise Failed(Reason.BAD_PLAN, f"this cannot be composed: {what}")
