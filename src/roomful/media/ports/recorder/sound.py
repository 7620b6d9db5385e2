"""Audio payloads without decoding them: how long they last, and silence to put where there are none."""

from collections.abc import Iterator

from roomful.media.ports.frames import Codec

OPUS_MS_48 = 48
"""Opus samples per millisecond: it is always counted at 48 kHz (RFC 7587 §4.1)."""

_SILK_FRAMES = (480, 960, 1920, 2880)
_HYBRID_FRAMES = (480, 960)
_CELT_FRAMES = (120, 240, 480, 960)

_SILENT_120_MS = b"\xfb\x06" + b"\xff\xfe" * 6
_SILENT_20_MS = b"\xf8\xff\xfe"
_SILENT_2_5_MS = b"\xe0\xff\xfe"
_SILENT_OPUS = ((5760, _SILENT_120_MS), (960, _SILENT_20_MS), (120, _SILENT_2_5_MS))
"""Full-band CELT packets with the silence flag set (RFC 6716 §4.3), and their samples."""

PCM_CHUNK_SAMPLES = 800


def opus_samples(packet: bytes) -> int:
    """Return how many samples at 48 kHz an Opus packet lasts, 0 if it is none (RFC 6716 §3.1, §3.2)."""
    if not packet:
        return 0
    toc = packet[0]
    config = toc >> 3
    if config < 12:
        samples = _SILK_FRAMES[config & 3]
    elif config < 16:
        samples = _HYBRID_FRAMES[config & 1]
    else:
        samples = _CELT_FRAMES[config & 3]
    match toc & 3:
        case 0:
            count = 1
        case 3:
            count = packet[1] & 63 if len(packet) > 1 else 0
        case _:
            count = 2
    samples *= count
    return samples if samples <= 120 * OPUS_MS_48 else 0


def samples_of(codec: Codec, data: bytes, channels: int) -> int:
    """Return how many samples per channel these encoded bytes last."""
    return opus_samples(data) if codec is Codec.OPUS else len(data) // max(channels, 1)


def silence(codec: Codec, samples: int, channels: int) -> Iterator[tuple[bytes, int]]:
    """Yield payloads as they are written, and their samples, that together last at most `samples`.

    Opus comes in steps of 2.5 ms, so that up to 119 samples are left over.
    """
    if codec is Codec.OPUS:
        for length, packet in _SILENT_OPUS:
            while samples >= length:
                samples -= length
                yield packet, length
        return
    while samples > 0:
        length = min(samples, PCM_CHUNK_SAMPLES)
        samples -= length
        yield bytes(2 * length * max(channels, 1)), length


def _ulaw(code: int) -> int:
    """ITU-T G.711, table 2."""
    code = ~code & 255
    magnitude = (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132
    return -magnitude if code & 128 else magnitude


def _alaw(code: int) -> int:
    """ITU-T G.711, table 1."""
    code ^= 0x55
    exponent = code >> 4 & 7
    magnitude = (code & 15) << 4
    magnitude = magnitude + 8 if exponent == 0 else magnitude + 264 << exponent - 1
    return magnitude if code & 128 else -magnitude


def _planes(values: list[int]) -> tuple[bytes, bytes]:
    return bytes(value & 255 for value in values), bytes(value >> 8 & 255 for value in values)


_LINEAR = {
    Codec.PCMU: _planes([_ulaw(code) for code in range(256)]),
    Codec.PCMA: _planes([_alaw(code) for code in range(256)]),
}


def written(codec: Codec, data: bytes) -> bytes:
    """Return the payload as files take it: G.711 expanded to 16-bit little-endian PCM, which every container of ours
    for it can hold and which loses nothing; everything else as it is."""
    planes = _LINEAR.get(codec)
    if planes is None:
        return data
    linear = bytearray(2 * len(data))
    linear[0::2], linear[1::2] = data.translate(planes[0]), data.translate(planes[1])
    return bytes(linear)
