"""Words that are really spoken: by flite, which Debian's FFmpeg has built in."""

import asyncio

import numpy as np

from tests.dtmf import Samples

RATE = 48000


async def spoken(words: str, voice: str = "rms") -> Samples:
    """The words with a second of silence before and after, at 48 kHz; full scale is 1. Raises RuntimeError."""
    command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", f"flite=text='{words}':voice={voice}"]
    process = await asyncio.create_subprocess_exec(
        *command,
        *("-ar", str(RATE), "-ac", "1", "-f", "s16le", "-"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    sound, said = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"ffmpeg does not speak: {said.decode(errors='replace')}")
    silence = np.zeros(RATE)
    return np.concatenate([silence, np.frombuffer(sound, "<i2") / 32768, silence])
