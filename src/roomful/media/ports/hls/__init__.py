"""What one participant sends as HLS, made here: a playlist of the newest segments, for as long as it sends.

streams   all of a server: begun, found by place, ended, and how many there may be
stream    one: the participant's tracks, a compositor, a folder
settings  what the configuration says
"""

from roomful.media.ports.hls.settings import HlsSettings, settings_of
from roomful.media.ports.hls.stream import HlsStream
from roomful.media.ports.hls.streams import HlsStreams

__all__ = ["HlsSettings", "HlsStream", "HlsStreams", "settings_of"]
