"""The mixer of MCU rooms, in a process of its own: each member hears all but himself, and all see one picture.

The server starts a worker with `Mixer`; the engine writes the members' frames into its pipe and reads what it makes
from `take_output_fd()`, both in the format of `media.ports.frames`. See `docs/explanation/composing.md`.
"""

from roomful.media.ports.mixer.plan import MemberPlan, MixPlan, Playback
from roomful.media.ports.mixer.process import Mixer, MixerFailed
from roomful.media.ports.mixer.states import Status

__all__ = ["MemberPlan", "MixPlan", "Mixer", "MixerFailed", "Playback", "Status"]
