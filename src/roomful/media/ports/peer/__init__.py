"""What a peer of an iroh room sends and sees: films and test patterns into broadcasts, and broadcasts decoded.

programme  tracks with frames in the order of their time
pattern    a test pattern, as a programme
film       a file, as a programme
player     a programme in real time, to the writers of a broadcast
viewing    a broadcast of somebody else, decoded and counted
recording  a broadcast of somebody else, as a file
"""

from roomful.media.ports.peer.film import film
from roomful.media.ports.peer.pattern import pattern
from roomful.media.ports.peer.player import Player
from roomful.media.ports.peer.recording import Recording
from roomful.media.ports.peer.viewing import Viewing

__all__ = ["Player", "Recording", "Viewing", "film", "pattern"]
