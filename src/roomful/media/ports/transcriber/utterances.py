"""One track cut into utterances, sans-IO: sound in, pieces of utterances out.

An utterance begins a little before the voice does and ends when it has been silent for a while. A long one is cut at
its quietest moment of late; that moment is known only afterwards, so pieces are held back from where it may be.
"""

from collections import deque

import msgspec
import numpy as np

from roomful.media.ports.transcriber.voice_activity import RATE, WINDOW, Samples, VoiceActivity
from roomful.rooms.ids import new_id

WINDOW_NS = 20_000_000

ONSET_VOICED, ONSET_WINDOWS = 5, 8
"""So much voice within so much time is the beginning of an utterance; less is a click."""

PRE_ROLL_WINDOWS = 20
"""Of what came before the beginning: soft consonants are no voice yet."""

HANGOVER_WINDOWS = 35
"""Silence that ends an utterance: 0.7 s, longer than the pauses within a sentence."""

CUT_SHARE = 1 / 3
"""The cut of an utterance that is too long is within its last third."""

QUIET_WINDOWS = 5
"""Length of the quietest moment."""

PIECE_WINDOWS = 5
"""Windows of a piece: 0.1 s."""


class Piece(msgspec.Struct, frozen=True):
    """Some of an utterance. The first one with a new id begins it."""

    id: str
    start_ns: int
    """When the utterance began, in ns since the Unix epoch."""

    samples: bytes
    """16 kHz, mono, 16 bits, little-endian."""

    last: bool


class Utterances:
    """Takes the sound of one track in any portions, and says so when some is missing."""

    def __init__(self, max_seconds: float) -> None:
        """An utterance has at most `max_seconds`."""
        self._longest = max(round(max_seconds * RATE / WINDOW), 4 * QUIET_WINDOWS)
        self._free = round(self._longest * (1 - CUT_SHARE))
        """Windows that are given out as they come."""
        self._detector = VoiceActivity()
        self._rest = np.empty(0, np.int16)
        self._before: deque[tuple[int, Samples]] = deque(maxlen=PRE_ROLL_WINDOWS)
        self._voiced: deque[bool] = deque(maxlen=ONSET_WINDOWS)
        self._id = ""
        """Of the utterance; empty in silence."""
        self._start_ns = 0
        self._given = 0
        """Windows of the utterance that were given out."""
        self._held: list[tuple[Samples, float]] = []
        """Windows that were not, with their levels."""
        self._silence = 0

    @property
    def speaking(self) -> bool:
        return bool(self._id)

    def feed(self, samples: Samples, at_ns: int) -> list[Piece]:
        """Take sound that follows what came before; its first sample was captured at `at_ns`."""
        at_ns -= len(self._rest) * 1_000_000_000 // RATE
        sound = np.concatenate([self._rest, samples])
        whole = len(sound) - len(sound) % WINDOW
        self._rest = sound[whole:]
        pieces: list[Piece] = []
        for start in range(0, whole, WINDOW):
            pieces += self._take(sound[start : start + WINDOW], at_ns + start * 1_000_000_000 // RATE)
        return pieces

    def skip(self, seconds: float, at_ns: int) -> list[Piece]:
        """So much sound is missing from `at_ns` on: packets were lost, or there was nothing to send."""
        windows = round(seconds * RATE / WINDOW)
        if windows >= HANGOVER_WINDOWS:
            return self.end()
        return self.feed(np.zeros(windows * WINDOW, np.int16), at_ns)

    def end(self) -> list[Piece]:
        """There is no more sound, for now: finish the utterance."""
        pieces = [self._give(len(self._held), last=True)] if self._id else []
        self._rest = np.empty(0, np.int16)
        self._before.clear()
        self._voiced.clear()
        return pieces

    def _take(self, window: Samples, at_ns: int) -> list[Piece]:
        voice = self._detector.is_voice(window)
        if not self._id:
            return self._wait(window, at_ns, voice)
        self._held.append((window, self._detector.level))
        self._silence = 0 if voice else self._silence + 1
        if self._silence >= HANGOVER_WINDOWS:
            return self.end()
        length = self._given + len(self._held)
        if length >= self._longest:
            return self._cut()
        if length <= self._free and len(self._held) >= PIECE_WINDOWS:
            return [self._give(len(self._held))]
        return []

    def _wait(self, window: Samples, at_ns: int, voice: bool) -> list[Piece]:
        self._before.append((at_ns, window))
        self._voiced.append(voice)
        if sum(self._voiced) < ONSET_VOICED:
            return []
        before = list(self._before)
        self._before.clear()
        self._voiced.clear()
        # Levels before the beginning are of no interest: nothing is cut there.
        return [self._begin(before[0][0], [(sound, 0.0) for _, sound in before])]

    def _begin(self, start_ns: int, windows: list[tuple[Samples, float]]) -> Piece:
        self._id, self._start_ns = new_id("SG_"), start_ns
        self._given, self._held, self._silence = 0, windows, 0
        return self._give(len(windows))

    def _cut(self) -> list[Piece]:
        """End the utterance at its quietest moment since it could be cut; the next one begins there."""
        levels = np.array([level for _, level in self._held])
        quietness = np.convolve(levels, np.ones(QUIET_WINDOWS), "valid")
        place = int(quietness.argmin()) + QUIET_WINDOWS // 2 + 1
        start_ns = self._start_ns + (self._given + place) * WINDOW_NS
        silence, rest = self._silence, self._held[place:]
        last = self._give(place, last=True)
        first = self._begin(start_ns, rest)
        self._silence = silence
        return [last, first]

    def _give(self, count: int, *, last: bool = False) -> Piece:
        given, self._held = self._held[:count], self._held[count:]
        self._given += len(given)
        piece = Piece(self._id, self._start_ns, b"".join(sound.tobytes() for sound, _ in given), last)
        if last:
            self._id, self._held, self._silence = "", [], 0
        return piece
