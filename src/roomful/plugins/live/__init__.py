"""Live rooms: one streamer, any number of viewers; gifts, danmaku, co-hosts and battles. specs/monibuca-rooms.md §6.

`Live` (extension.py) is told what happens, and hands it to the part that it concerns: `Running`, `Giving`,
`Commenting`, `CoHosting`, `Battling`, `Simulating`. Each of these acts on a `Show`, whose own parts keep the rules and
know neither rooms nor the time.
"""

from roomful.plugins.live.extension import LiveExtension

__all__ = ["LiveExtension"]
