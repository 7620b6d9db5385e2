"""Access units of H.264 between broadcasts and WebRTC (specs/iroh-rooms.md §17.4)."""

import re

START_CODE = b"\0\0\0\1"

_START = re.compile(b"\0\0\0?\1")
_IDR, _SPS, _PPS, _DELIMITER, _FILLER = 5, 7, 8, 9, 12


class BadAccessUnit(ValueError):
    """The bytes are no access unit."""


class ToWebRtc:
    """Makes Annex B of whatever comes, with the parameter sets in front of each IDR picture."""

    def __init__(self, description: str | None = None) -> None:
        """`description` is the avcC record of the catalog as hex, where the parameter sets are out of band."""
        self._length_size = 4
        self._sets: list[bytes] = []
        if description:
            self._configure(bytes.fromhex(description))

    def convert(self, payload: bytes) -> tuple[bytes, bool]:
        """Return the access unit, empty if nothing is left of it, and whether it is a keyframe.

        Catalogs may lie about the form, so the bytes are looked at.

        Raises:
            BadAccessUnit: it is neither form.
        """
        units = units_of(payload) if payload.startswith((b"\0\0\1", START_CODE)) else self._split(payload)
        units = [unit for unit in units if unit and unit[0] & 0x1F not in {_DELIMITER, _FILLER}]
        kinds = {unit[0] & 0x1F for unit in units}
        sets = [unit for unit in units if unit[0] & 0x1F in {_SPS, _PPS}]
        if _SPS in kinds:
            self._sets = sets
        if _IDR in kinds and _SPS not in kinds:
            units = self._sets + [unit for unit in units if unit not in self._sets]
        keyframe = _IDR in kinds and bool(self._sets)
        return b"".join(START_CODE + unit for unit in units), keyframe

    def _split(self, payload: bytes) -> list[bytes]:
        units: list[bytes] = []
        at = 0
        while at < len(payload):
            size = int.from_bytes(payload[at : at + self._length_size])
            at += self._length_size
            if not size or at + size > len(payload):
                raise BadAccessUnit("neither start codes nor lengths that fit")
            units.append(payload[at : at + size])
            at += size
        return units

    def _configure(self, record: bytes) -> None:
        """Source: ISO/IEC 14496-15 §5.3.3. What cannot be read may still come inline."""
        if len(record) < 7:
            return
        self._length_size = (record[4] & 3) + 1
        at, sets = 5, list[bytes]()
        for mask in (0x1F, 0xFF):
            if at >= len(record):
                return
            count = record[at] & mask
            at += 1
            for _ in range(count):
                size = int.from_bytes(record[at : at + 2])
                sets.append(record[at + 2 : at + 2 + size])
                at += 2 + size
        if at <= len(record):
            self._sets = [one for one in sets if one]


def units_of(annex_b: bytes) -> list[bytes]:
    """The NAL units, without start codes and the zeros that may follow a unit."""
    return [unit.rstrip(b"\0") for unit in _START.split(annex_b) if unit]


def codec_string(annex_b: bytes) -> str | None:
    """As WebCodecs names it, from the parameter set of a keyframe; None if there is none."""
    for unit in units_of(annex_b):
        if unit[0] & 0x1F == _SPS and len(unit) >= 4:
            return f"avc3.{unit[1:4].hex()}"
    return None
