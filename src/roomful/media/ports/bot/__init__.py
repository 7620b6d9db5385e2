"""Bots: workers that play a file or a URL, show a test pattern or echo what they hear, as participants of a room.

plan      what a bot does, the first line that the worker reads
pattern   a moving picture with a flash and a beep each second
film      the packets of a file or stream, transcoded only where a browser could not play them
playback  a film in real time, which can be paused and put elsewhere
echo      what somebody else sends, a moment later
sender    frames in real time to the engine
"""

from roomful.media.ports.bot.plan import (
    Act,
    BotPlan,
    Command,
    Echo,
    FilmStatus,
    Pattern,
    Pause,
    Play,
    Pull,
    Resume,
    Seek,
)
from roomful.media.ports.bot.process import BotFailed, BotProcess

__all__ = [
    "Act",
    "BotFailed",
    "BotPlan",
    "BotProcess",
    "Command",
    "Echo",
    "FilmStatus",
    "Pattern",
    "Pause",
    "Play",
    "Pull",
    "Resume",
    "Seek",
]
